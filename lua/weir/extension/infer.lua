-- Calls inferences: fields of many rows become columns, and the columns that they fill fields of
-- these rows.
--
--    local batch = infer.columns(unit.ext)
--    batch:of_flows(flows, 0, n)            -- or batch:of_rows(rows, n)
--    unit.infer(unit.self, batch.given, batch.out)

local bit    = require "bit"
local cells  = require "weir.cells"
local kinds  = require "weir.extension.kinds"
local put    = require "weir.extension.put"
local schema = require "weir.schema"
local sorted = require "weir.sorted"

local infer = {}

local columns = {}
columns.__index = columns

-- The function (flows, first, n, column) that fills a column with what flows have.
local function reader(name)
   local lines, field = {}, schema.of "flow".names[name]
   local function add(line, ...) lines[#lines + 1] = line:format(...) end
   add "local band, read = ..."
   add "return function (flows, first, n, column)"
   add "for i = 1, n do"
   add "local f = flows[first + i - 1]"
   if not field then
      add("column[i] = read(f, %q)", name)
   elseif field.mask ~= 0 and not field.part then
      add("if band(f.has, %d) == %d then column[i] = f[%q] else column[i] = nil end", field.mask,
         field.mask, field.name)
   else
      add("column[i] = f[%q]", field.name)
   end
   add "end end"
   return assert(loadstring(table.concat(lines, "\n"), "=weir.extension.infer"))(bit.band,
      cells.read)
end

local function fill_from_rows(rows, name, n, column)
   for i = 1, n do column[i] = rows[i][name] end
end

-- A column is filled when it is asked for: most inferences look at few rows, or at none, and the
-- text of an address costs more than all else that is done with a flow.
local function fill(self, name)
   local column = self.columns[name]
   if not column then return nil end
   local n = self.given.n
   if self.rows then
      fill_from_rows(self.rows, name, n, column)
   else
      self.readers[name] = self.readers[name] or reader(name)
      self.readers[name](self.flows, self.first, n, column)
   end
   for i = n + 1, column.n or 0 do column[i] = nil end   -- of a larger batch
   column.n = n
   self.given[name] = column
   return column
end

-- Columns for what an inference wants and gives.
function infer.columns(ext)
   local self = setmetatable({
      wants = ext.manifest.wants, gives = sorted(ext.manifest.gives), columns = {}, readers = {},
      given = { n = 0 }, out = {}, size = (ext.manifest.batch or {}).size or kinds.batch.size,
   }, columns)
   for _, name in ipairs(self.wants) do self.columns[name] = {} end
   for _, name in ipairs(self.gives) do self.out[name] = {} end
   setmetatable(self.given, { __index = function (_, name) return fill(self, name) end })
   return self
end

-- Nothing is inferred yet, nor asked for.
local function begin(self, n)
   for _, name in ipairs(self.wants) do self.given[name] = nil end
   for _, name in ipairs(self.gives) do
      local column = self.out[name]
      for i = 1, math.max(n, self.given.n) do column[i] = nil end
   end
   self.given.n = n
end

-- Fills them with what flows have, from one on.
function columns:of_flows(flows, first, n)
   begin(self, n)
   self.flows, self.first, self.rows = flows, first, nil
end

-- Fills them with what rows have.
function columns:of_rows(rows, n)
   begin(self, n)
   self.rows, self.flows = rows, nil
end

local function too_much(name, k, n)
   error(("it fills row %s of '%s', and the batch has %d"):format(tostring(k), name, n), 0)
end

-- Calls see(i, name, value) for all that was inferred; raises it when more was.
function columns:each(see)
   local n = self.given.n
   for _, name in ipairs(self.gives) do
      local column = self.out[name]
      if column[n + 1] ~= nil then too_much(name, n + 1, n) end
      for i = 1, n do
         local value = column[i]
         if value ~= nil then see(i, name, value) end
      end
   end
end

-- What an inference on flows does with a batch: it writes into the cells of their rows
-- (weir.cells).  Returns the function (flows, first, n), and how many it takes at once.
function infer.over_flows(unit, rows)
   local batch, write = infer.columns(unit.ext), put.writers(rows.write)
   local gives, generation = unit.ext.manifest.gives, unit.ext.generation
   return function (flows, first, n)
      batch:of_flows(flows, first, n)
      unit.infer(unit.self, batch.given, batch.out)
      batch:each(function (i, name, value)
         local at = (first + i - 1) * rows.count
         write[gives[name]](at + rows.columns[name], value, name, flows[first + i - 1])
         rows.write.sign(at, generation)
      end)
   end, batch.size
end

return infer
