-- Rows as lines of CSV (RFC 4180) under a header that stands: columns that are named, or those of
-- the first row.  What a later row has besides is left out, and told once where none are named.
--
--    local out = file.open(self, { lines = csv.new { columns = { "src_ip" }, log = self.log } })
--    out:rows(rows)

local json   = require "weir.json"
local plans  = require "weir.report.plans"
local row    = require "weir.row"
local sorted = require "weir.sorted"
local values = require "weir.report.values"

local csv = {}
csv.__index = csv

local SHAPE = { shape = "separated", separator = ",", quote = '"' }

-- options: columns (their names; none: those of the first row), log (of the instance).
function csv.new(options)
   local named = options.columns
   return setmetatable({
      columns = named and named[1] and { unpack(named) } or nil, log = options.log, told = {},
      is_chosen = named and named[1] ~= nil,
   }, csv)
end

local function quoted(value)
   if not value:find '[,"\r\n]' then return value end
   return '"' .. value:gsub('"', '""') .. '"'
end

-- The cell of a line that begins there, and where the next one does; the line ends in a comma.
local function cell_at(line, at)
   local cell, behind = line:match('^"([^"]*)"()', at)
   while behind and line:sub(behind, behind) == '"' do
      local more, next_one = line:match('^"([^"]*)"()', behind)
      cell, behind = more and cell .. '"' .. more, next_one
   end
   if behind then return cell, behind + 1 end
   return line:match("^([^,]*),()", at)
end

-- Goes on behind a header that was written before.
function csv:adopt(line)
   local columns, named, at = {}, self.columns, 1
   local whole = line:gsub("\r$", "") .. ","
   while at <= #whole do columns[#columns + 1], at = cell_at(whole, at) end
   self.columns = columns
   if named and table.concat(named, ",") ~= table.concat(columns, ",") then
      self.log:warning("the columns stay those of the file's header: %s", line)
   end
end

-- The names of what a row has.
local function columns_of(one)
   if not row.is_record(one) then return sorted(one) end
   local names = {}
   for i, field in ipairs(plans.new(SHAPE):fields(one.event_type, one)) do names[i] = field.name end
   return names
end

-- The header of a file, of the columns that are named or those of `first`, a row.
function csv:header(first)
   self.columns = self.columns or columns_of(first)
   local cells = {}
   for i, name in ipairs(self.columns) do cells[i] = quoted(name) end
   return table.concat(cells, ",") .. "\n"
end

local function shown(name, value)
   if value == nil then return "" end
   value = values.words(name, value)
   return quoted(type(value) == "string" and value or json.encode(value))
end

-- Tells once of what has no column.
local function tell_others(self, one)
   for name in pairs(one) do
      if not self.known[name] and not self.told[name] then
         self.told[name] = true
         self.log:warning("'%s' has no column: the header stands; name the columns in the option "
            .. "'columns'", tostring(name))
      end
   end
end

local function line_of(self, one)
   local cells = {}
   for i, name in ipairs(self.columns) do cells[i] = shown(name, one[name]) end
   if not self.is_chosen then tell_others(self, one) end
   return table.concat(cells, ",") .. "\n"
end

-- Writes a row, once there is a header.
function csv:write(out, one)
   if not self.plans then
      local how = setmetatable({ columns = self.columns }, { __index = SHAPE })
      self.plans, self.known = plans.new(how), {}
      for _, name in ipairs(self.columns) do self.known[name] = true end
   end
   if row.is_record(one) then return out:record(self.plans:of(one), one) end
   return out:write(line_of(self, one))
end

return csv
