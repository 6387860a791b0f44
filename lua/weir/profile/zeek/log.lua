-- One of Zeek's logs: rows as lines of tabs with a header, or of JSON.

local json   = require "weir.json"
local output = require "weir.output"
local schema = require "weir.schema"
local text   = require "weir.text"

local log = {}
log.__index = log

-- ---- values --------------------------------------------------------------------------------

-- Nanoseconds since 1970, or seconds, as Zeek writes a time.
local function time(value)
   if type(value) == "number" then return ("%.6f"):format(value) end
   return ("%d.%06d"):format(tonumber(value / 1000000000), tonumber(value % 1000000000 / 1000))
end

local function interval(value) return ("%.6f"):format(value) end
local function whole(value) return ("%.0f"):format(value) end

local function escape(c) return ("\\x%02x"):format(c:byte()) end

-- A text, without what would end it or could be taken for an unset or an empty field.
local function plain(value, within_list)
   local s = tostring(value)
   if s == "" then return "(empty)" end
   if s == "-" or s == "(empty)" then return escape(s:sub(1, 1)) .. s:sub(2) end
   local kept = text.is_utf8(s) and "[%c\127\\" or "[%c\127-\255\\"
   return (s:gsub(kept .. (within_list and ",]" or "]"), escape))
end

-- By the type of a column: what stands between tabs, and in JSON.
local tabbed = {
   time = time, interval = interval, count = whole, int = whole, port = whole,
   bool = function (value) return value and "T" or "F" end,
}
local quoted = {
   time = time, interval = interval, count = whole, int = whole, port = whole, bool = tostring,
}

-- ---- columns ---------------------------------------------------------------------------------

-- A function that takes the value of a column from a record of the log's kinds.
local function source_of(from, spec)
   if type(from) == "function" then return from end
   local is_row = spec.join ~= nil                       -- a table, with those names
   if not from or not (is_row or schema.of(spec.kinds[1]).names[from]) then return nil end
   return function (record) return record[from] end
end

-- How a value is written: lists by how their items are.
local function writer_of(kind, writers, list, item)
   local inner = kind:match "^%a+%[(%a+)%]$"
   if not inner then return writers[kind] or item end
   local write = writers[inner] or item
   return function (values)
      local parts = {}
      for i, value in ipairs(values) do parts[i] = write(value, true) end
      return list(parts)
   end
end

local function tab_list(parts) return parts[1] and table.concat(parts, ",") or "(empty)" end
local function item_json(value) return json.encode(value) end
local function json_list(parts) return "[" .. table.concat(parts, ",") .. "]" end

local function columns_of(spec, is_json)
   local columns = {}
   for i, column in ipairs(spec) do
      local name, kind, from = column[1], column[2], column[3]
      columns[i] = {
         name = name, kind = kind, from = source_of(from, spec),
         label = json.encode(name) .. ":",
         write = is_json and writer_of(kind, quoted, json_list, item_json)
            or writer_of(kind, tabbed, tab_list, plain),
      }
   end
   return columns
end

-- ---- lines -----------------------------------------------------------------------------------

local function as_tabs(self, record)
   local cells = {}
   for i, column in ipairs(self.columns) do
      local value = column.from and column.from(record)
      cells[i] = value ~= nil and column.write(value) or "-"
   end
   return table.concat(cells, "\t")
end

-- Bytes that are no text are kept in base64, under a name that says so.
local function as_json(self, record)
   local parts = {}
   if self.out_is_shared then parts[1] = ('"_path":"%s"'):format(self.path) end
   for _, column in ipairs(self.columns) do
      local value = column.from and column.from(record)
      if type(value) == "string" and not text.is_utf8(value) then
         parts[#parts + 1] = ('"%s_b64":"%s"'):format(column.name, text.to_base64(value))
      elseif value ~= nil then
         parts[#parts + 1] = column.label .. column.write(value)
      end
   end
   return "{" .. table.concat(parts, ",") .. "}"
end

local function date(ns) return os.date("!%Y-%m-%d-%H-%M-%S", tonumber(ns / 1000000000)) end

-- The first lines.  `#open` and `#close` are times of the capture, so that a log depends on nothing
-- else.
local function header(self, ns)
   local names, kinds = {}, {}
   for i, column in ipairs(self.columns) do names[i], kinds[i] = column.name, column.kind end
   return table.concat({
      "#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-",
      "#path\t" .. self.path, "#open\t" .. date(ns),
      "#fields\t" .. table.concat(names, "\t"), "#types\t" .. table.concat(kinds, "\t"),
   }, "\n") .. "\n"
end

-- Opens the file with the first row: a log without rows is none.
local function begin(self, ns)
   if not self.out then
      local why
      self.out, why = output.open(("%s/%s.log"):format(self.folder, self.path))
      if not self.out then return nil, why end
   end
   self.has_begun = true
   return self.is_json or self.out:write(header(self, ns))
end

-- A log as its module describes it.  options: shape ("json", "tsv"), out (where all logs go) or
-- folder (where it has a file of its own), flush (after each line).
function log.new(spec, options)
   local is_json = options.shape == "json"
   return setmetatable({
      path = spec.path, columns = columns_of(spec, is_json), is_json = is_json, out = options.out,
      out_is_shared = options.out ~= nil, folder = options.folder, flushes = options.flush,
      time = spec[1][3], last = 0LL,
   }, log)
end

-- Adds a row.  Returns nil, the reason, and whether nobody reads any more when that fails.
function log:add(record)
   local ns = type(self.time) == "function" and self.time(record) or record[self.time]
   if ns > self.last then self.last = ns end
   local ok, why, gone = true, nil, nil
   if not self.has_begun then ok, why, gone = begin(self, ns) end
   if ok then
      ok, why, gone = self.out:write((self.is_json and as_json or as_tabs)(self, record) .. "\n")
   end
   if ok and self.flushes then ok, why, gone = self.out:flush() end
   return ok, why, gone
end

function log:flush()
   if not self.out then return true end
   return self.out:flush()
end

function log:close()
   if not self.has_begun then return true end
   local ok, why, gone = true, nil, nil
   if not self.is_json then
      ok, why, gone = self.out:write("#close\t" .. date(self.last) .. "\n")
   end
   if self.out_is_shared or not ok then return ok, why, gone end
   return self.out:close()
end

return log
