-- A record of an exchange as a row of a database: what the columns of schema/exchange.lua hold.
--
--    local values = row.of(exchange, { east = 0, source = "x.pcap" })   -- values[1] … [row.count]

local db     = require "weir.db"
local fold   = require "weir.sample.fold"
local sample = require "weir.sample"
local schema = require "weir.schema"
local value  = require "weir.ends".value

local row = {}

local SECOND = 1000000000LL

-- Nanoseconds as a time that says no zone, with microseconds, as SQLAlchemy writes it.
local function local_time(ns, how)
   local seconds = tonumber(ns / SECOND)
   local format = how.is_local and "%Y-%m-%d %H:%M:%S" or "!%Y-%m-%d %H:%M:%S"
   return ("%s.%06d"):format(os.date(format, seconds + how.east), tonumber(ns % SECOND / 1000LL))
end

-- The time of a field, in nanoseconds; nil when it is not known.
local function ns_of(record, field)
   if field.name ~= "timestamp" and record[field.name] == nil then return nil end
   local ns = record[field.member]
   return ns ~= 0 and ns or nil
end

-- A list of numbers as JSON; nil without any.
local function numbers(list)
   if not list or #list == 0 then return nil end
   local parts = {}
   for i, number in ipairs(list) do parts[i] = ("%.0f"):format(number) end
   return "[" .. table.concat(parts, ",") .. "]"
end

-- Whom a URL names.
local function host_of(url)
   return (url or ""):match "^%a+://([^/?#]+)" or ""
end

-- What is said that no number and no text is: by part of weir.h's enum weir_sample_part.
local write = {}

function write.ID(record) return sample.id(record) end
function write.HOST(record)
   return record.hostname or record.dest_ip or host_of(record.url):gsub(":%d+$", "")
end
function write.PORT(record)
   local url = record.url or ""
   local port = value(record, "exchange", "dest_port")
   return port ~= 0 and port or tonumber(host_of(url):match ":(%d+)$")
      or url:find "^https:" and 443 or url:find "^http:" and 80 or 0
end
function write.VERSION(record, field)
   local version = record[field.name]
   return version and version:find "^HTTP/[23]$" and version .. ".0" or version
end
function write.WHEN(record, field, how)
   local ns = ns_of(record, field)
   return ns and local_time(ns, how)
end
write.START = write.WHEN
write.WHEN_NS, write.START_NS, write.END_NS = ns_of, ns_of, ns_of
function write.FOLDED(record, field)
   local headers = record[field.name]
   return headers and fold.object(headers)
end
function write.HEADERS(record, field)
   local headers = record[field.name]
   return headers and headers[1] and fold.pairs(headers)
end
write.TRAILERS = write.HEADERS
function write.BODY(record, field)
   if not record[field.name:gsub("_body", "_headers")] then return nil end
   return db.blob(record[field.name .. "_raw"] or record[field.name] or "")
end
function write.VLAN(record)
   local tags = record.vlan
   return tags[1] and table.concat(tags, ",")
end
function write.TRUNCATED(record, field) return record[field.name] or nil end
write.AMBIGUOUS = write.TRUNCATED
function write.SRC_PORT(record)
   local port = value(record, "exchange", "src_port")
   return port ~= 0 and port or nil
end

-- What is only written.
local function other(record, column, how)
   if column.name == "flow_index" then return 0 end
   if column.name == "pcap_filename" then return how.source and how.source:match "[^/]*$" end
   local found = record[column.field]
   if type(found) == "table" then return numbers(found) end
   return found ~= 0 and found or nil
end

local function value_of(record, column, how)
   if not column.part then return other(record, column, how) end
   local field = schema.of "exchange".names[column.field]
   if write[column.part] then return (write[column.part](record, field, how)) end
   local found = value(record, "exchange", field.name)
   return not (field.skip_zero and found == 0) and found or nil
end

row.count = #schema.of "exchange".columns

-- `how`: the zone of times that say none, as weir.sample.zone returns it (east, is_local), and
-- `source`, what the record is from; of a path the name alone, since samples are for others, too.
function row.of(record, how)
   local values = {}
   for i, column in ipairs(schema.of "exchange".columns) do
      values[i] = value_of(record, column, how)
   end
   return values
end

return row
