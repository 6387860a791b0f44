-- How `weir sql` writes what a query yields: as a table, JSON or fields.
--
--    local shape = show.new { shape = "csv", out = out }
--    shape:begin(names);  shape:write(batch, n);  local ok, why, gone = shape:finish()

local db    = require "weir.db"
local host  = require "weir.host"
local rows  = require "weir.rows"
local sheet = require "weir.sheet"
local text  = require "weir.text"

local show = {}

show.shapes = { "table", "json", "ndjson", "array", "csv", "tsv" }

-- ---- a table ---------------------------------------------------------------------------------

local BLOB = 16                           -- bytes of a blob that a cell shows
local TEXT = 4096                         -- and of a text, before it is cut to the terminal
local LEAST = 6                           -- columns of a terminal that each cell may have

local function hex(bytes)
   return (bytes:gsub(".", function (c) return ("%02x"):format(c:byte()) end))
end

-- A number with all its digits: what reads back as the same.
local function digits(number)
   local found
   for precision = 15, 17 do
      found = ("%%.%dg"):format(precision):format(number)
      if tonumber(found) == number then break end
   end
   return found:find "^-?%d+$" and found .. ".0" or found
end

local cells = {}

function cells.null() return nil end
function cells.integer(value) return (tostring(value):gsub("LL$", "")) end
cells.number = digits
function cells.text(value) return text.safe(value:sub(1, TEXT)) end
function cells.blob(value)
   if #value <= BLOB then return "x'" .. hex(value) .. "'" end
   return ("x'%s…' (%s)"):format(hex(value:sub(1, BLOB)), sheet.size(#value))
end

-- A whole number is made a text before the sheet sees it, which knows doubles only.
local function cell(batch, i, null)
   local kind = db.kind_of(batch, i)
   if kind == "integer" then
      local value = db.value_of(batch, i)
      return type(value) == "number" and ("%d"):format(value) or cells.integer(value)
   end
   return cells[kind](db.value_of(batch, i)) or null
end

local grid = {}
grid.__index = grid

function grid:begin(names) self.names, self.sheet = names, nil end

-- Columns of which the first rows are numbers stand to the right.
local function columns_of(names, batch, n)
   local columns, width = {}, batch.column_count
   for i = 1, width do
      local numbers = 0
      for r = 0, n - 1 do
         local kind = db.kind_of(batch, r * width + i - 1)
         if kind == "text" or kind == "blob" then numbers = -math.huge end
         if kind ~= "null" then numbers = numbers + 1 end
      end
      columns[i] = numbers > 0 and { name = names[i], align = "right" }
         or { name = names[i], shrink = 1, min = LEAST }
   end
   return columns
end

local function open_sheet(self, batch, n)
   self.sheet = sheet.new {
      columns = columns_of(self.names, batch, n), width = host.width "stdout" or math.huge,
      colour = host.colour "stdout", write = function (page) self.out:write(page) end,
   }
end

function grid:write(batch, n)
   if not self.sheet then open_sheet(self, batch, n) end
   local width = batch.column_count
   for r = 0, n - 1 do
      local row = {}
      for i = 1, width do row[i] = cell(batch, r * width + i - 1, self.null) end
      self.sheet:row(row)
   end
   return self.out:flush()
end

-- A query that was stopped before its first row has no table.
function grid:finish(is_stopped)
   if is_stopped and not self.sheet then return true end
   if not self.sheet then open_sheet(self, { column_count = #self.names }, 0) end
   self.sheet:finish()
   return self.out:flush()
end

-- ---- text for machines -----------------------------------------------------------------------

local forms = {
   json = { shape = "json" }, ndjson = { shape = "json" },
   array = { shape = "json", listed = true },
   csv = { shape = "separated", separator = ",", quote = '"', header = true },
   tsv = { shape = "separated", separator = "\t", header = true },
}

local lines = {}
lines.__index = lines

local function header(names, how)
   local quoted = {}
   for i, name in ipairs(names) do
      local must = how.quote == '"' and name:find('[\r\n"' .. how.separator .. "]")
      quoted[i] = must and '"' .. name:gsub('"', '""') .. '"' or name
   end
   return table.concat(quoted, how.separator) .. "\n"
end

function lines:begin(names)
   self.form = rows.form(names, self.how)
   if self.how.listed then self.out:write "[\n" end
   if self.how.header then self.out:write(header(names, self.how)) end
end

function lines:write(batch)
   return self.form:write(batch, self.out)
end

function lines:finish()
   if self.how.listed then self.out:write "\n]\n" end
   return self.out:flush()
end

-- ---- which -----------------------------------------------------------------------------------

-- Options: `shape`, one of show.shapes; `out`, a weir.output; `null`, what stands for nothing;
-- `format`, a table of `header`, `separator`, `quote` that differ.
function show.new(options)
   if options.shape == "table" then
      return setmetatable({ out = options.out, null = options.null or "NULL" }, grid)
   end
   local how = setmetatable({ null = options.null }, { __index = forms[options.shape] })
   for name, value in pairs(options.format or {}) do how[name] = value end
   return setmetatable({ out = options.out, how = how }, lines)
end

return show
