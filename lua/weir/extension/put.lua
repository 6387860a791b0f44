-- Writes what features give into the cells of a flow's row.

local put = {}

local function wrong(name, kind, value)
   local shown = tostring(value):sub(1, 40)
   error(("it gives '%s' for '%s', which is a %s"):format(shown, name, kind), 0)
end

-- Writers for one layout: by kind, function (at, value, name).  `rows` are its cells.
local function writers(rows)
   local write = {}
   function write.number(at, value, name)
      if type(value) ~= "number" then wrong(name, "number", value) end
      if value - value == 0 then rows:number(at, value) end       -- not NaN, and finite
   end
   function write.text(at, value, name)
      if type(value) ~= "string" then wrong(name, "text", value) end
      rows:text(at, value)
   end
   function write.flag(at, value, name)
      if type(value) ~= "boolean" then wrong(name, "flag", value) end
      rows:flag(at, value)
   end
   function write.list(at, value, name)
      if type(value) ~= "table" then wrong(name, "list", value) end
      rows:list(at, value, name)
   end
   write.probability, write.label = write.number, write.text
   return write
end

local function stray(name)
   error(("it gives '%s', which its manifest's 'gives' has not"):format(tostring(name)), 0)
end

local function nonsense(result)
   error(("it returns a %s: 'finish' returns a table of fields, or nothing"):format(
      type(result)), 0)
end

local FEW = 0                             -- fields up to which each key of a result is looked at

-- With more fields a result is looked through only now and then: at first, and every 16th.
local function looker(gives)
   local seen = 0
   local function look(result)
      for name in pairs(result) do
         if gives[name] == nil then stray(name) end
      end
   end
   jit.off(look)                                         -- its loop would end the trace around it
   return function (result)
      seen = seen + 1
      if seen <= 1000 or seen % 16 == 0 then look(result) end
   end
end

-- Adds the lines that look for fields that were not announced: without a loop where few were.
local function add_check(add, count)
   if count > FEW then return add "look(result)" end
   add "local k = next(result)"
   for _ = 1, count do
      add "if k ~= nil then if not gives[k] then stray(k) end"
      add "k = next(result, k)"
   end
   add "if k ~= nil then stray(k) end"
   add(("end "):rep(count))
end

-- The function (result, at) that writes what a feature gives into the row that begins at cell `at`.
-- `rows`: see weir.cells; `columns`: the cell of each field; is_memory: fields are read
-- from a flow's memory, which may have more in it.
function put.of(gives, rows, columns, generation, is_memory)
   local lines, write = {}, writers(rows)
   local function add(line, ...) lines[#lines + 1] = line:format(...) end
   add "local write, type, next, look, stray, nonsense, gives, sign = ..."
   local used = {}
   for _, kind in pairs(gives) do used[kind] = true end
   for kind in pairs(used) do add("local write_%s = write.%s", kind, kind) end
   add "return function (result, at)"
   add "if result == nil then return end"
   if not is_memory then add 'if type(result) ~= "table" then nonsense(result) end' end
   local names = {}
   for name in pairs(gives) do names[#names + 1] = name end
   table.sort(names)
   for _, name in ipairs(names) do
      add("do local v = result[%q] if v ~= nil then write_%s(at + %d, v, %q) end end", name,
         gives[name], columns[name], name)
   end
   if not is_memory then add_check(add, #names) end
   add "sign(at)"
   add "end"
   local chunk = assert(loadstring(table.concat(lines, "\n"), "=weir.extension.put"))
   return chunk(write, type, next, looker(gives), stray, nonsense, gives, function (at)
      rows:sign(at, generation)
   end)
end

return put
