-- Where the records of `weir read` go: a table, JSON lines, fields, or nowhere.
--
--    local sink = assert(sink.open { shape = "json", kinds = { "flow" } })
--    sink:write(batch)
--    local ok, why, gone = sink:close()

local output = require "weir.output"
local plan   = require "weir.plan"
local schema = require "weir.schema"
local where  = require "weir.cli.where"

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

-- ---- the core's text ---------------------------------------------------------

local text = {}
text.__index = text

-- A column of extensions after a reload: its field of the part `part`, or nobody's any more.
local function anew(field, part)
   local found = part.rows.names[field.member]
   local change = found and { at = found.at, part = part } or { mask = 2 ^ 31 }
   return setmetatable(change, { __index = field })
end

-- The records of a run for which the filter of their kind holds.
function text:write_matches(how, filter, batch, run)
   local spans, n = filter.spans(batch, run.first, run.count)
   for i = 1, n, 2 do
      local ok, why, gone = self.out:records(how, batch, spans[i], spans[i + 1])
      if not ok then return nil, why, gone end
      self.matched[run.kind] = self.matched[run.kind] + spans[i + 1]
   end
   return true
end

-- Records of all kinds in the order in which they happened.
function text:write(batch)
   for i = 0, batch.run_count - 1 do
      local run = batch.runs[i]
      local how, filter = self.plans[run.kind], self.filters[run.kind]
      if how then
         local ok, why, gone
         if filter then
            ok, why, gone = self:write_matches(how, filter, batch, run)
         else
            ok, why, gone = self.out:records(how, batch, run.first, run.count)
         end
         if not ok then return nil, why, gone end
      end
   end
   return true
end

function text:flush() return self.out:flush() end
function text:close() return self.out:close() end

local function open_text(options)
   local out, why = output.open(options.path or "-")
   if not out then return nil, why end
   local how = setmetatable({
      nested = options.shape == "json" and not options.fields, sources = options.sources,
   }, { __index = shapes[options.shape] })
   for name, value in pairs(options.format or {}) do how[name] = value end
   local self = setmetatable({ out = out, plans = {}, how = how, options = options }, text)
   self.filters, self.matched = where.by_number(options.filter, options.kinds)
   for i, kind in ipairs(options.kinds) do
      local fields = plan.fields(kind, options)
      self.plans[schema.number(kind)] = plan.new(fields, how)
      if kind == "flow" then self.columns = fields end
      if how.header and i == 1 then
         out:write(table.concat(names_of(fields), how.separator) .. "\n")
      end
   end
   return self
end

-- Extensions give other fields from now on.  JSON shows them; columns are those of the header, and
-- stay empty when nobody gives them any more.  Returns whether columns stood where they were.
function text:renew(part)
   if not self.columns then return false end
   local fields = {}
   if self.options.shape == "json" and not self.options.fields then
      self.options.part = part
      fields = plan.fields("flow", self.options)
   else
      for i, field in ipairs(self.columns) do
         fields[i] = field.as == "cell" and anew(field, part) or field
      end
   end
   self.plans[schema.number "flow"] = plan.new(fields, self.how)
   return fields[1] ~= nil and self.options.shape ~= "json"
end

-- ---- nothing ------------------------------------------------------------------------

local nothing = {}
nothing.__index = nothing
function nothing:write() return self ~= nil end
function nothing:renew() return self == nil end
nothing.flush, nothing.close = nothing.write, nothing.write

-- Nothing but how many records match.
local counted = setmetatable({}, nothing)
counted.__index = counted

function counted:write(batch)
   for i = 0, batch.run_count - 1 do
      local run = batch.runs[i]
      local filter = self.filters[run.kind]
      local spans, n = {}, 0
      if filter then spans, n = filter.spans(batch, run.first, run.count) end
      for k = 2, n, 2 do self.matched[run.kind] = self.matched[run.kind] + spans[k] end
   end
   return true
end

local function open_nothing(options)
   if not options.filter then return setmetatable({}, nothing) end
   local self = setmetatable({}, counted)
   self.filters, self.matched = where.by_number(options.filter, options.kinds)
   return self
end

-- options: shape (one of sink.shapes), kinds (of records), fields (of the first
-- kind), profile (a module that opens sinks, such as weir.profile.zeek), asked (what
-- was asked for by name: stats, offsets, tcp), format (separator, quote, within,
-- header, flush), sources, path, filter (weir.filter: what records are written); of a
-- table also those of weir.cli.grid.  A sink writes batches and returns true; or nil,
-- the reason, and whether that is only that nobody reads any more.  Behind a filter it
-- has `matched`: how many records, by the number of their kind.
function sink.open(options)
   if options.shape == "none" then return open_nothing(options) end
   if options.profile then return options.profile.open(options) end
   if options.shape ~= "table" then return open_text(options) end
   if options.fields then options.fields = plan.fields(options.kinds[1], options) end
   return require "weir.cli.grid".open(options)      -- half of the program: only if it is needed
end

return sink
