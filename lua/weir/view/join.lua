-- Two views in memory side by side, where columns of theirs are equal.

local columns = require "weir.columns"
local frame   = require "weir.view.frame"

local join = {}

-- Ids of the rows of both frames by one column: equal ones are the same.
local function shared_ids(a, b, left, right)
   local words = columns.dictionary()
   if left.store ~= "id" then
      return words:ids(left.values, left.store, a.rows, a.n),
         words:ids(right.values, right.store, b.rows, b.n)
   end
   local lists = {}
   for side, pair in ipairs { { a, left }, { b, right } } do
      local f, column = unpack(pair)
      local ids, known = columns.array("id", f.n), {}
      for k = 0, f.n - 1 do
         local id = column.values[f.rows and f.rows[k] or k]
         if id ~= 0 then
            known[id] = known[id] or words:add(column.words:text(id))
            ids[k] = known[id]
         end
      end
      lists[side] = ids
   end
   return lists[1], lists[2]
end

-- Makes ids those of pairs, 0 where one of two is 0.
local function pair_up(pairs_of, ids, others, n)
   local absent = {}
   for k = 0, n - 1 do absent[k] = ids[k] == 0 or others[k] == 0 or nil end
   pairs_of:pair(ids, others, n)
   for k in pairs(absent) do ids[k] = 0 end
end

-- The ids of rows by all the columns; 0 where one is absent, which is equal to nothing.
local function keys_of(a, b, on)
   local left, right
   for i, pair in ipairs(on) do
      local x, y = shared_ids(a, b, a.columns[pair[1]], b.columns[pair[2]])
      if i == 1 then
         left, right = x, y
      else
         local pairs_of = columns.dictionary()
         pair_up(pairs_of, left, x, a.n)
         pair_up(pairs_of, right, y, b.n)
      end
   end
   return left, right
end

-- Places of the rows of `b` by their id, in order.
local function by_id(ids, n)
   local first, nexts = {}, columns.array("id", n)
   for k = n - 1, 0, -1 do
      local id = ids[k]
      if id ~= 0 then
         nexts[k] = first[id] or columns.NO_ROW
         first[id] = k
      end
   end
   return first, nexts
end

-- Pairs of rows, in the order of the first and then of the second frame.
local function matches(a, b, on, is_left)
   local left, right = keys_of(a, b, on)
   local first, nexts = by_id(right, b.n)
   local size, n = math.max(a.n, 16), 0
   local mine, theirs = columns.array("id", size), columns.array("id", size)
   local function add(k, other)
      if n == size then
         size = 2 * size
         mine, theirs = columns.grown(mine, "id", size), columns.grown(theirs, "id", size)
      end
      mine[n], theirs[n] = a.rows and a.rows[k] or k, other
      n = n + 1
   end
   for k = 0, a.n - 1 do
      local other = first[left[k]]
      if not other and is_left then add(k, columns.NO_ROW) end
      while other and other ~= columns.NO_ROW do
         add(k, b.rows and b.rows[other] or other)
         frame.go_on(n)
         other = nexts[other]
      end
   end
   return mine, theirs, n
end

-- on: { name of a's column, of b's }; taken: { name there, name here } of b's columns that come
-- with them; is_left: also the rows of a without any of b.
function join.frame(a, b, on, taken, is_left)
   a, b = frame.ordered(a), frame.ordered(b)
   local mine, theirs, n = matches(a, b, on, is_left)
   local names, others = {}, {}
   for name in pairs(a.columns) do names[#names + 1] = name end
   for i, pair in ipairs(taken) do others[i] = pair[1] end
   local by_name, found = frame.gather(a, names, mine, n), frame.gather(b, others, theirs, n)
   for _, pair in ipairs(taken) do
      by_name[pair[2]] = frame.renamed(found[pair[1]], pair[2])
   end
   return frame.new(by_name, n, nil, n)
end

return join
