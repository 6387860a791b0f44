-- Records as a table on a terminal.  A grid writes batches like any sink.

local begins  = require "weir.cli.begins"
local cell    = require "weir.cli.cell"
local flows   = require "weir.cli.flows"
local host    = require "weir.host"
local output  = require "weir.output"
local packets = require "weir.cli.packets"
local schema  = require "weir.schema"
local seconds = require "weir.cli.seconds"
local sheet   = require "weir.sheet"
local stamp   = require "weir.stamp"
local told    = require "weir.cli.told"
local where   = require "weir.cli.where"

local grid = {}
grid.__index = grid

local HELD  = 100000                      -- rows that are sorted and given a share of the whole
local TIMES = { time = true, start = true, second = true }

-- Rows of the fields that were named.
local function named(options)
   local columns = {}
   for i, field in ipairs(options.fields) do columns[i] = cell.column(field) end
   return columns, function (record)
      local row = {}
      for i, field in ipairs(options.fields) do row[i] = cell.of(record, field, options.sources) end
      return row
   end
end

-- The columns; a function that makes a row of a record, a clock and the most bytes of all; and of
-- what is sorted first, one that keeps what a row needs of a record, which is gone with its batch.
local function layout(options, collector)
   local asked = options.asked or {}
   if options.fields then return named(options) end
   if not options.kind or schema.of(options.kind).said then return told.layout(not options.kind) end
   if options.kind == "packet" then return packets.columns, packets.row end
   if options.kind == "begin" then return begins.columns, begins.row end
   if options.kind == "second" then return seconds.columns, seconds.row, seconds.keep end
   local part = options.part                             -- what extensions gave at the beginning
   local function keep(f) return flows.keep(f, asked, collector, part) end
   return flows.columns(asked, options.live, part), flows.row, keep
end

-- The same columns, of which that of times was asked for: it is not left out.
local function with_time(columns)
   local list = {}
   for i, column in ipairs(columns) do
      list[i] = TIMES[column.name] and setmetatable({ spare = 0 }, { __index = column }) or column
   end
   return list
end

-- Chooses the columns, of a sheet on which nothing is yet.
local function arrange(self)
   local columns, row, keep = layout(self.options, self.seconds)
   if self.options.stamp then columns = with_time(columns) end
   self.row, self.keep = row, keep
   if keep and not self.options.live then self.held = {} end
   self.sheet = sheet.new {
      columns = columns, width = host.width "stdout" or math.huge, colour = host.colour "stdout",
      live = self.options.live,
      write = function (line) self.ok, self.why, self.gone = self.out:write(line) end,
   }
end

-- options: kinds, fields (of the first kind), asked, sources, stamp, sort, top, filter, live (rows
-- as they come).
function grid.open(options)
   local out, why = output.open(options.path or "-")
   if not out then return nil, why end
   options.kind = #options.kinds == 1 and options.kinds[1] or nil
   local self = setmetatable({ out = out, ok = true, options = options, kinds = {} }, grid)
   for _, kind in ipairs(options.kinds) do self.kinds[schema.number(kind)] = kind end
   if options.asked and options.asked.seconds then self.seconds = seconds.new() end
   self.filters, self.matched = where.by_number(options.filter, options.kinds)
   arrange(self)
   return self
end

local function show(self, record, kind)
   self.clock = self.clock or stamp.new(self.options.stamp or "r", self.first)
   self.sheet:row(self.row(record, self.clock, self.most, kind))
end

-- Writes what is held back, sorted and with bars; later rows follow as they come.
local function release(self)
   local rows = self.held
   self.held, self.most = nil, 0
   flows.sort(rows, self.options.sort or "start")
   for _, row in ipairs(rows) do self.most = math.max(self.most, row.bytes) end
   for i = 1, math.min(#rows, self.options.top or math.huge) do show(self, rows[i]) end
end

-- Forgets what cannot be among the first any more.
local function keep_top(self)
   flows.sort(self.held, self.options.sort)
   for i = #self.held, self.options.top + 1, -1 do self.held[i] = nil end
end

function grid:add(record, kind)
   if self.keep then record = self.keep(record) end
   if not self.held then return show(self, record, kind) end
   if not self.first or record.ns < self.first then self.first = record.ns end
   self.held[#self.held + 1] = record
   if #self.held % HELD > 0 then return end
   if self.options.top then
      keep_top(self)
   elseif not self.options.sort then                    -- a sorted table has to wait for the end
      release(self)
   end
end

-- The records of a run, or those for which the filter of their kind holds.
local function write_run(self, batch, run)
   local number, kind = run.kind, self.kinds[run.kind]
   local records, filter = batch[schema.of(kind).records], self.filters[number]
   local spans, n = { run.first, run.count }, 2
   if filter then
      spans, n = filter.spans(batch, run.first, run.count)
      for k = 2, n, 2 do self.matched[number] = self.matched[number] + spans[k] end
   end
   for k = 1, n, 2 do
      for i = spans[k], spans[k] + spans[k + 1] - 1 do self:add(records[i], kind) end
   end
end

function grid:write(batch)
   for i = 0, self.seconds and batch.second_count - 1 or -1 do     -- they come before their flows
      self.seconds:add(batch.seconds[i])
   end
   for i = 0, batch.run_count - 1 do
      if self.kinds[batch.runs[i].kind] then write_run(self, batch, batch.runs[i]) end
   end
   return self.ok, self.why, self.gone
end

-- For a live table, which must not wait for its widths.
function grid:flush()
   if not self.held then self.sheet:flush() end
   self.ok, self.why, self.gone = self.out:flush()
   return self.ok, self.why, self.gone
end

-- Extensions give other fields from now on: new columns, as long as none has been shown.  Returns
-- whether columns stood where they were.
function grid:renew(part)
   if self.options.kind ~= "flow" or self.options.fields then return true end
   local is_begun = self.sheet.has_begun or self.held and #self.held > 0
   if is_begun then return true end
   self.options.part = part
   arrange(self)
   return false
end

function grid:close()
   if self.held then release(self) end
   self.sheet:finish()
   return self.out:close()
end

return grid
