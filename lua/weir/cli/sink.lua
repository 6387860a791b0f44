-- Where the records of `weir read` go: a table, JSON lines, fields, or nowhere.
--
--    local sink = assert(sink.open { shape = "json", path = "-", kind = "packet" })
--    sink:write(batch, 0, n)
--    local ok, why, gone = sink:close()

local cell    = require "weir.cli.cell"
local host    = require "weir.host"
local output  = require "weir.output"
local packets = require "weir.cli.packets"
local plan    = require "weir.plan"
local schema  = require "weir.schema"
local sheet   = require "weir.sheet"
local stamp   = require "weir.cli.stamp"

local sink = {}

-- Shapes of text that the core writes: how each fills a plan.
local shapes = {
   json   = { shape = "json" },
   csv    = { shape = "separated", separator = ",", quote = '"', header = true },
   tsv    = { shape = "separated", separator = "\t", header = true },
   fields = { shape = "separated", separator = "\t" },
}

sink.shapes = { "table", "json", "csv", "tsv", "fields", "none" }

local function names_of(fields)
   local names = {}
   for i, field in ipairs(fields) do names[i] = field.name end
   return names
end

-- The fields asked for, or all that a record is printed with.
local function choose(options)
   if options.fields then return options.fields end
   local all = {}
   for _, field in ipairs(schema.of(options.kind)) do
      if field.listed ~= false then all[#all + 1] = field end
   end
   return all
end

-- ---- the core's text ---------------------------------------------------------

local text = {}
text.__index = text

function text:write(batch, first, count) return self.out:records(self.plan, batch, first, count) end
function text:flush() return self.out:flush() end
function text:close() return self.out:close() end

local function open_text(options)
   local out, why = output.open(options.path or "-")
   if not out then return nil, why end
   local how = setmetatable({ nested = not options.fields, sources = options.sources },
      { __index = shapes[options.shape] })
   for name, value in pairs(options.format or {}) do how[name] = value end
   local fields = choose(options)
   if how.header then out:write(table.concat(names_of(fields), how.separator) .. "\n") end
   return setmetatable({ out = out, plan = plan.new(fields, how) }, text)
end

-- ---- a table ---------------------------------------------------------------------

local grid = {}
grid.__index = grid

function grid:write(batch, first, count)
   for i = first, first + count - 1 do self.sheet:row(self.row(batch.packets[i])) end
   return self.ok, self.why, self.gone
end

-- Rows are held back until the widths are known; a live table must not wait.
function grid:flush()
   self.sheet:flush()
   self.ok, self.why, self.gone = self.out:flush()
   return self.ok, self.why, self.gone
end

function grid:close()
   self.sheet:finish()
   return self.out:close()
end

-- Rows with the fields that were named, or those that packets have by default.
local function layout(options)
   if not options.fields then
      local clock = stamp.new(options.stamp or "r")
      return packets.columns, function (p) return packets.row(p, clock) end
   end
   local columns = {}
   for i, field in ipairs(options.fields) do
      columns[i] = { name = field.name, shrink = 1, min = 4 }
   end
   return columns, function (p)
      local row = {}
      for i, field in ipairs(options.fields) do row[i] = cell.of(p, field, options.sources) end
      return row
   end
end

local function open_table(options)
   local out, why = output.open(options.path or "-")
   if not out then return nil, why end
   local self = setmetatable({ out = out, ok = true }, grid)
   local columns, row = layout(options)
   self.row = row
   self.sheet = sheet.new {
      columns = columns, width = host.width "stdout" or math.huge, colour = host.colour "stdout",
      write = function (line) self.ok, self.why, self.gone = out:write(line) end,
   }
   return self
end

-- ---- nothing ------------------------------------------------------------------------

local nothing = {}
nothing.__index = nothing
function nothing:write() return self ~= nil end
nothing.flush, nothing.close = nothing.write, nothing.write

-- options: shape (one of sink.shapes), kind, path, fields (of the schema),
-- format (separator, quote, within, header, flush), stamp, sources.
-- A sink writes records and returns true; or nil, the reason, and whether
-- that is only that nobody reads any more.
function sink.open(options)
   if options.shape == "none" then return setmetatable({}, nothing) end
   return (options.shape == "table" and open_table or open_text)(options)
end

return sink
