-- Records as a table on a terminal.  A grid writes batches like any sink.

local cell    = require "weir.cli.cell"
local flows   = require "weir.cli.flows"
local host    = require "weir.host"
local output  = require "weir.output"
local packets = require "weir.cli.packets"
local sheet   = require "weir.sheet"
local stamp   = require "weir.cli.stamp"

local grid = {}
grid.__index = grid

local HELD = 100000                       -- flows that are sorted and given a share of the whole

-- Where a batch has the records of a kind.
local MEMBERS = { packet = "packets", flow = "flows", second = "seconds" }

-- Rows of the fields that were named.
local function named(options)
   local columns = {}
   for i, field in ipairs(options.fields) do
      columns[i] = { name = field.name, shrink = 1, min = 4 }
   end
   return columns, function (record)
      local row = {}
      for i, field in ipairs(options.fields) do row[i] = cell.of(record, field, options.sources) end
      return row
   end
end

-- The columns, and a function that makes a row of a record.
local function layout(options)
   if options.fields then return named(options) end
   local clock = stamp.new(options.stamp or "r")
   if options.kind == "packet" then
      return packets.columns, function (p) return packets.row(p, clock) end
   elseif options.kind == "flow" then
      return flows.columns, function (f, most) return flows.row(f, clock, most) end
   end
   options.fields = require "weir.schema".of "second"
   return named(options)
end

-- options: kind, fields, sources, stamp, sort, top, live (rows at once, in the order they come).
function grid.open(options)
   local out, why = output.open(options.path or "-")
   if not out then return nil, why end
   local self = setmetatable({ out = out, ok = true, options = options }, grid)
   local columns, row = layout(options)
   self.row = row
   if options.kind == "flow" and not options.fields and not options.live then self.held = {} end
   self.sheet = sheet.new {
      columns = columns, width = host.width "stdout" or math.huge, colour = host.colour "stdout",
      write = function (line) self.ok, self.why, self.gone = out:write(line) end,
   }
   return self
end

-- Writes what is held back, sorted and with bars; later rows follow as they come.
local function release(self)
   local rows, most = self.held, 0
   self.held = nil
   flows.sort(rows, self.options.sort or "start")
   for _, row in ipairs(rows) do most = math.max(most, row.bytes) end
   for i = 1, math.min(#rows, self.options.top or math.huge) do
      self.sheet:row(self.row(rows[i], most))
   end
end

-- Forgets what cannot be among the first any more.
local function keep_top(self)
   flows.sort(self.held, self.options.sort)
   for i = #self.held, self.options.top + 1, -1 do self.held[i] = nil end
end

function grid:add(record)
   if self.options.kind == "flow" and not self.options.fields then record = flows.keep(record) end
   if not self.held then return self.sheet:row(self.row(record)) end
   self.held[#self.held + 1] = record
   if #self.held % HELD > 0 then return end
   if self.options.top then
      keep_top(self)
   elseif not self.options.sort then                    -- a sorted table has to wait for the end
      release(self)
   end
end

function grid:write(batch)
   local records = batch[MEMBERS[self.options.kind]]
   for i = 0, batch[self.options.kind .. "_count"] - 1 do self:add(records[i]) end
   return self.ok, self.why, self.gone
end

-- For a live table, which must not wait for its widths.
function grid:flush()
   if not self.held then self.sheet:flush() end
   self.ok, self.why, self.gone = self.out:flush()
   return self.ok, self.why, self.gone
end

function grid:close()
   if self.held then release(self) end
   self.sheet:finish()
   return self.out:close()
end

return grid
