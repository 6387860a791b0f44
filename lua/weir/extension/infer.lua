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
local sorted = require "weir.extension.manifest".sorted

local infer = {}

local columns = {}
columns.__index = columns

-- The function (flows, first, n, given) that fills columns with what flows have.
local function reader(wants)
   local lines = { "local band, read = ...", "return function (flows, first, n, given)" }
   local function add(line, ...) lines[#lines + 1] = line:format(...) end
   for k, name in ipairs(wants) do add("local c%d = given[%q]", k, name) end
   add "for i = 1, n do"
   add "local f = flows[first + i - 1]"
   for k, name in ipairs(wants) do
      local field = schema.of "flow".names[name]
      if not field then
         add("c%d[i] = read(f, %q)", k, name)
      elseif field.mask ~= 0 and not field.part then
         add("if band(f.has, %d) == %d then c%d[i] = f[%q] else c%d[i] = nil end", field.mask,
            field.mask, k, field.name, k)
      else
         add("c%d[i] = f[%q]", k, field.name)
      end
   end
   add "end end"
   return assert(loadstring(table.concat(lines, "\n"), "=weir.extension.infer"))(bit.band,
      cells.read)
end

-- Columns for what an inference wants and gives.
function infer.columns(ext)
   local self = setmetatable({
      wants = ext.manifest.wants, gives = sorted(ext.manifest.gives), given = { n = 0 }, out = {},
      size = (ext.manifest.batch or {}).size or kinds.batch.size,
   }, columns)
   for _, name in ipairs(self.wants) do self.given[name] = {} end
   for _, name in ipairs(self.gives) do self.out[name] = {} end
   return self
end

-- Nothing is inferred yet, and no row of a larger batch is left behind these.
local function begin(self, n)
   for i = n + 1, self.given.n do
      for _, name in ipairs(self.wants) do self.given[name][i] = nil end
   end
   for _, name in ipairs(self.gives) do
      local column = self.out[name]
      for i = 1, math.max(n, self.given.n) do column[i] = nil end
   end
   self.given.n = n
end

-- Fills them with what flows have, from one on.
function columns:of_flows(flows, first, n)
   begin(self, n)
   self.read = self.read or reader(self.wants)
   self.read(flows, first, n, self.given)
end

-- Fills them with what rows have.
function columns:of_rows(rows, n)
   begin(self, n)
   for _, name in ipairs(self.wants) do
      local column = self.given[name]
      for i = 1, n do column[i] = rows[i][name] end
   end
end

local function too_much(name, k, n)
   error(("it fills row %s of '%s', and the batch has %d"):format(tostring(k), name, n), 0)
end

-- Calls put(i, name, value) for all that was inferred; raises it when more was.
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
