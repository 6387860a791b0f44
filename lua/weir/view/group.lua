-- Groups of rows in memory, and what is told of each: sums, means, and so on.
--
-- A sum: { fn, name, class, tree or is (a column), q }.  Groups are in the order of their keys.

local columns = require "weir.columns"
local frame   = require "weir.view.frame"
local loops   = require "weir.view.loops"

local group = {}

-- ---- which group a row is of -------------------------------------------------------------------

local COPY = [[
return function (rows, n, out)
   for k = 0, n - 1 do
      local i = %s
      out[k] = %s
   end
end
]]

-- Ids of a column's values, 0 where it is absent: an array by place in the rows.
local function ids_of(f, column)
   if column.store ~= "id" then
      local words = columns.dictionary()
      return words:ids(column.values, column.store, f.rows, f.n), words:count() + 1
   end
   local w, ids = frame.writer(f.columns), columns.array("id", f.n)
   w:compile(COPY:format(loops.place(f), w:at(column)), "group")(f.rows, f.n, ids)
   return ids, column.words:count() + 1
end

-- The group of each row, a number below the second value.
local function groups_of(f, keys)
   if #keys == 0 then return columns.array("id", f.n), 1 end
   local ids, most = ids_of(f, f.columns[keys[1]])
   for i = 2, #keys do
      local pairs_of = columns.dictionary()
      pairs_of:pair(ids, ids_of(f, f.columns[keys[i]]), f.n)
      most = pairs_of:count() + 1
   end
   return ids, most
end
group.ids_of = ids_of

-- ---- what is told of them ----------------------------------------------------------------------

-- The value of a sum in the row at hand: its code, and the test that it is there.
local function value_of(w, f, sum)
   if sum.tree then
      return w:expression(sum.tree), "v == v"
   end
   local column = f.columns[sum.is]
   local at = w:at(column)
   if column.store == "number" then return at, "v == v" end
   return at, column.store == "time" and "v ~= NEVER" or "v ~= 0"
end

local LOOP = [[
return function (rows, ids, n, counts, out)
   for k = 0, n - 1 do
      local i, id = %s, ids[k]
      local v = %s
      if %s then
         %s
      end
   end
end
]]

local function run(f, ids, sum, counts, out, body)
   local w = frame.writer(f.columns)
   local value, there
   if sum.fn == "count" and not sum.is and not sum.tree then
      value, there = "1", "true"
   elseif sum.seconds then
      value, there = w:number(f.columns[sum.is]), "v == v"
   else
      value, there = value_of(w, f, sum)
   end
   w:compile(LOOP:format(loops.place(f), value, there, body), sum.fn)(f.rows, ids, f.n, counts,
      out)
end

local NONE = { number = 0 / 0, time = columns.NEVER, id = 0 }

local function filled(store, count)
   local values = columns.array(store, count)
   for i = 0, count - 1 do values[i] = NONE[store] end
   return values
end

local make = {}

function make.count(f, ids, most, sum)
   local out = columns.array("number", most)
   run(f, ids, sum, nil, out, "out[id] = out[id] + 1")
   return out
end

-- Spans of time are added as doubles of nanoseconds; `scale` makes seconds of them.
local function double(sum) return sum.scale and "tonumber(v)" or "v" end

function make.sum(f, ids, most, sum)
   local out = filled("number", most)
   run(f, ids, sum, nil, out, ("local s, v = out[id], %s\nout[id] = s == s and s + v or v"):format(
      double(sum)))
   if sum.scale then
      for id = 0, most - 1 do out[id] = out[id] / sum.scale end
   end
   return out
end

function make.mean(f, ids, most, sum)
   local counts, out = columns.array("number", most), columns.array("number", most)
   run(f, ids, sum, counts, out, "counts[id] = counts[id] + 1\nout[id] = out[id] + " ..
      double(sum))
   for id = 0, most - 1 do
      out[id] = counts[id] > 0 and out[id] / counts[id] / (sum.scale or 1) or 0 / 0
   end
   return out
end

-- Times stand in arrays that begin with what is absent; texts are compared by their ranks.
local function extreme(relation)
   return function (f, ids, most, sum)
      local column = f.columns[sum.is]
      local store = column and column.store or "number"
      local out, absent = filled(store, most), store == "number" and "s ~= s" or
         store == "time" and "s == NEVER" or "s == 0"
      if store ~= "id" then
         run(f, ids, sum, nil, out, ("local s = out[id]\nif %s or v %s s then out[id] = v end")
            :format(absent, relation))
         return out, nil
      end
      run(f, ids, sum, column.words:ranks(), out, ("local s = out[id]\n"
         .. "if %s or counts[v] %s counts[s] then out[id] = v end"):format(absent, relation))
      return out, column.words, column.field
   end
end
make.min, make.max = extreme "<", extreme ">"

-- How many different values there are: pairs of a group and a value, each once.
function make.distinct(f, ids, most, sum)
   local column = f.columns[sum.is]
   if sum.tree then
      f = loops.with(f, { name = sum, class = "number", tree = sum.tree })
      column = f.columns[sum]
   end
   local values = ids_of(f, column)
   local pairs_of, out, known = columns.dictionary(), columns.array("number", most), 0
   local groups = columns.array("id", f.n)
   for k = 0, f.n - 1 do groups[k] = ids[k] end
   pairs_of:pair(groups, values, f.n)
   for k = 0, f.n - 1 do
      if groups[k] > known then
         known = groups[k]
         if values[k] ~= 0 then out[ids[k]] = out[ids[k]] + 1 end
      end
   end
   return out
end

-- Values of each group in order, and what lies between the two that are nearest to the place.
function make.quantile(f, ids, most, sum)
   local column = sum.is and f.columns[sum.is]
   local is_time = column and column.store == "time" and not sum.seconds
   local store = is_time and "time" or "number"
   local values, groups, out = columns.array(store, f.n), columns.array("id", f.n),
      filled(store, most)
   local counts = columns.array("number", most + 1)
   run(f, ids, sum, counts, { values = values, groups = groups, n = 0 },
      "counts[id] = counts[id] + 1\nlocal at = out.n\nout.values[at] = v\nout.groups[at] = id\n"
      .. "out.n = at + 1")
   local n = 0
   for id = 0, most - 1 do n = n + counts[id] end
   local rows = columns.array("id", n)
   for k = 0, n - 1 do rows[k] = k end
   columns.sort(rows, n, { { groups, "id" }, { values, store } })
   local first = 0
   for id = 0, most - 1 do
      local count = counts[id]
      if count > 0 then
         local place = (count - 1) * sum.q
         local low = math.floor(place)
         local a = values[rows[first + low]]
         local b = low + 1 < count and values[rows[first + low + 1]] or a
         if is_time then
            out[id] = a + tonumber(b - a) * (place - low)
         else
            out[id] = a + (place - low) * (b - a)
         end
      end
      first = first + count
   end
   return out
end

-- ---- the frame ---------------------------------------------------------------------------------

local FIRST = [[
return function (rows, ids, n, first, counts)
   for k = 0, n - 1 do
      local id = ids[k]
      if counts[id] == 0 then first[id] = %s end
      counts[id] = counts[id] + 1
   end
end
]]

-- The groups that have rows, and a row of each.
local function slots_of(f, ids, most, has_keys)
   local first, counts = columns.array("id", most), columns.array("number", most)
   frame.writer(f.columns):compile(FIRST:format(loops.place(f)), "groups")(f.rows, ids, f.n, first,
      counts)
   local slots, places, n = columns.array("id", most), columns.array("id", most), 0
   for id = 0, most - 1 do
      if counts[id] > 0 or not has_keys then
         slots[n], places[n] = id, first[id]
         n = n + 1
      end
   end
   return slots, places, n
end

-- One row for each group: its keys, columns of `keyed`, and sums of `f`, which has the same rows.
-- Without keys all rows are one group.
function group.frame(f, keyed, keys, sums)
   local ids, most = groups_of(keyed, keys)
   local slots, places, n = slots_of(f, ids, most, #keys > 0)
   local by_name, order = frame.gather(keyed, keys, places, n), {}
   for i, key in ipairs(keys) do order[i] = { by_name[key], false } end
   for _, sum in ipairs(sums) do
      local values, words, field = make[sum.fn](f, ids, most, sum)
      local column = frame.column(sum.name, sum.class, 0, values, words, field)
      column.values = columns.gather(values, column.store, slots, n)
      by_name[sum.name] = column
   end
   return frame.new(by_name, n, nil, n, order)
end

return group
