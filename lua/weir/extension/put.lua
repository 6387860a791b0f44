-- Writes what features give into the cells of a flow's row.

local sorted = require "weir.sorted"

local put = {}

local function wrong(name, kind, value)
   local shown = tostring(value):sub(1, 40)
   error(("it gives '%s' for '%s', which is %s"):format(shown, name, kind), 0)
end

-- Writers for one layout: by kind, function (at, value, name, flow).  `cell`: those of its cells.
function put.writers(cell)
   local write = {}
   local number, flag, text, list, address = cell.number, cell.flag, cell.text, cell.list,
      cell.address
   function write.number(at, value, name)
      if type(value) ~= "number" then wrong(name, "a number", value) end
      if value - value == 0 then number(at, value) end       -- not NaN, and finite
   end
   function write.text(at, value, name)
      if type(value) ~= "string" then wrong(name, "a text", value) end
      text(at, value)
   end
   function write.address(at, value, name, flow)
      if type(value) == "string" then
         text(at, value)
      elseif not address(at, value, flow) then
         wrong(name, "an address", value)
      end
   end
   function write.flag(at, value, name)
      if type(value) ~= "boolean" then wrong(name, "a flag", value) end
      flag(at, value)
   end
   function write.list(at, value, name)
      if type(value) ~= "table" then wrong(name, "a list", value) end
      list(at, value, name)
   end
   function write.probability(at, value, name)
      if type(value) ~= "number" or value < 0 or value > 1 then
         wrong(name, "a probability", value)
      end
      number(at, value)
   end
   write.label = write.text
   return write
end

local function stray(name, how)
   how.strict = true                                     -- each result is looked through now
   error(("it gives '%s', which its manifest's 'gives' has not"):format(tostring(name)), 0)
end

local function nonsense(result)
   error(("it returns a %s: 'finish' returns a table of fields, or nothing"):format(
      type(result)), 0)
end

local MOST = 32                           -- keys of a result that are looked at
local EACH = 16                           -- results of which one is looked through for strays

-- Adds the lines that look for fields that were not announced, without a loop: `count` are known.
-- They do so in each result when that is strict, else in every 16th until they find one.
local function add_check(add, count)
   add "seen = seen + 1"
   add("if seen %% %d == 1 or how.strict then", EACH)
   add "local k = next(result)"
   for _ = 1, math.min(count, MOST) do
      add "if k ~= nil then if not gives[k] then stray(k, how) end"
      add "k = next(result, k)"
   end
   if count <= MOST then add "if k ~= nil then stray(k, how) end" end
   add(("end "):rep(math.min(count, MOST) + 1))
end

-- The function (result, at, flow, plain) that writes what a feature gives into the row that begins
-- at cell `at`.  `rows`: see weir.cells; `how`: generation, is_memory (fields are read from a
-- flow's memory, which may have more in it), declared (members of that memory, of which `plain` has
-- flags as numbers), strict (a field that was not announced is always found).
function put.of(gives, rows, how)
   local lines, write = {}, put.writers(rows.write)
   local function add(line, ...) lines[#lines + 1] = line:format(...) end
   add "local write, type, next, stray, nonsense, gives, sign, how, bit = ..."
   add "local seen = 0"
   local used = {}
   for _, kind in pairs(gives) do used[kind] = true end
   for kind in pairs(used) do add("local write_%s = write.%s", kind, kind) end
   add "return function (result, at, flow, plain)"
   add "if result == nil then return end"
   if not how.is_memory then add 'if type(result) ~= "table" then nonsense(result) end' end
   local names = sorted(gives)
   for _, name in ipairs(names) do
      local kind, column = gives[name], rows.columns[name]
      if kind == "flag" and how.is_memory and how.declared[name] == "bool" then
         add("bit(at + %d, plain[%q])", column, name)
      else
         add("do local v = result[%q] if v ~= nil then write_%s(at + %d, v, %q, flow) end end",
            name, kind, column, name)
      end
   end
   if not how.is_memory then add_check(add, #names) end
   add("sign(at, %d)", how.generation)
   add "end"
   local chunk = assert(loadstring(table.concat(lines, "\n"), "=weir.extension.put"))
   return chunk(write, type, next, stray, nonsense, gives, rows.write.sign, how, rows.write.bit)
end

return put
