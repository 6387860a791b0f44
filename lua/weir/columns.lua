-- Columns of values in the core's memory: arrays that Lua loops over, and dictionaries of texts.
--
--    local ports = columns.array("number", 1000)        -- ports[0] … ports[999], a double each
--    local words = columns.dictionary()
--    local id = words:add "www.example.org"             -- 1
--
-- A store is what a column is an array of: "number" (doubles; absent is NaN), "time" (int64 of
-- nanoseconds; absent is columns.NEVER), "id" (of a dictionary; absent is 0).

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local columns = {}

local stores = {
   number = { as = C.WEIR_COLUMN_NUMBER, size = 8, pointer = ffi.typeof "double *" },
   time   = { as = C.WEIR_COLUMN_TIME, size = 8, pointer = ffi.typeof "int64_t *" },
   id     = { as = C.WEIR_COLUMN_ID, size = 4, pointer = ffi.typeof "uint32_t *" },
}

columns.NEVER = -0x7fffffffffffffffLL - 1
columns.NO_ROW = 2 ^ 32 - 1

local nanoseconds = ffi.typeof "int64_t"

-- What is absent in a store.
columns.none = { number = 0 / 0, time = columns.NEVER, id = 0 }

-- Memory by a function of the core.  What nobody has any more is given back first when there is
-- not enough; an error of the world is thrown as a table, which weir.view returns as a reason.
local function take(f, ...)
   local found = f(...)
   if found == nil or found == 0 then
      collectgarbage()
      collectgarbage()
      found = f(...)
      if found == nil or found == 0 then error({ reason = abi.reason() }, 0) end
   end
   return found
end
jit.off(take)

-- An array of zeros.
function columns.array(store, count)
   local kind = stores[store]
   local memory = take(C.weir_columns_grow, nil, math.max(1, count) * kind.size)
   return ffi.gc(ffi.cast(kind.pointer, memory), C.weir_columns_free)
end

-- The same array with room for more; the one before is gone.
function columns.grown(array, store, count)
   local kind = stores[store]
   local memory = take(C.weir_columns_grow, array, count * kind.size)
   ffi.gc(array, nil)
   return ffi.gc(ffi.cast(kind.pointer, memory), C.weir_columns_free)
end

-- Sorts `count` rows by keys { values, store, down }, the first one first; equal rows stay as they
-- are.
function columns.sort(rows, count, keys)
   local list = ffi.new("struct weir_column_key[?]", #keys)
   for i, key in ipairs(keys) do
      list[i - 1] = { key[1], stores[key[2]].as, key[3] and 1 or 0 }
   end
   take(function ()
      return C.weir_columns_sort(rows, count, list, #keys) == 0 or nil
   end)
end

-- A new array of the values that an array has in those rows.
function columns.gather(from, store, rows, count)
   local to = columns.array(store, count)
   C.weir_columns_gather(to, from, stores[store].as, rows, count)
   return to
end

-- Bytes that all columns may have together, and those they have.
function columns.bound(bytes) return C.weir_columns_bound(bytes or 0) end
function columns.held() return C.weir_columns_held() end

-- A number as an int64.
function columns.whole(value) return ffi.cast(nanoseconds, value) end

-- An int64 of the digits of a whole number.
function columns.int64(digits)
   local sign, rest = digits:match "^(-?)(%d+)$"
   local n = 0LL
   for digit in rest:gmatch "." do n = n * 10 + tonumber(digit) end
   return sign == "-" and -n or n
end

-- ---- dictionaries ------------------------------------------------------------------------------

local dictionary = {}
dictionary.__index = dictionary

function columns.dictionary()
   local handle = take(C.weir_dictionary_new)
   return setmetatable({ handle = ffi.gc(handle, C.weir_dictionary_free), texts = {} }, dictionary)
end

-- The id of `size` bytes at a C pointer; of a text.
local add = C.weir_dictionary_add
function dictionary:add_bytes(bytes, size)
   local id = add(self.handle, bytes, size)
   if id == 0 then return take(add, self.handle, bytes, size) end
   return id
end

function dictionary:add(text) return self:add_bytes(text, #text) end

-- The id of a text; 0 when it is not there.
function dictionary:find(text) return C.weir_dictionary_find(self.handle, text, #text) end

function dictionary:count() return C.weir_dictionary_count(self.handle) end

local size = ffi.new "uint32_t[1]"

-- The text of an id; nil for 0.
function dictionary:text(id)
   local known = self.texts[id]
   if known or id == 0 then return known end
   local bytes = C.weir_dictionary_text(self.handle, id, size)
   known = ffi.string(bytes, size[0])
   self.texts[id] = known
   return known
end

-- The place of each id among all by the order of their bytes: an array by id.
function dictionary:ranks()
   local count = self:count()
   if self.ranked ~= count then
      self.by_rank = columns.array("id", count + 1)
      take(function () return C.weir_dictionary_ranks(self.handle, self.by_rank) == 0 or nil end)
      self.ranked = count
   end
   return self.by_rank
end

-- Ids of numbers or times, of `count` rows (nil: all from 0 on): an array by place in `rows`.
function dictionary:ids(values, store, rows, count)
   local ids = columns.array("id", count)
   take(function ()
      return C.weir_dictionary_ids(self.handle, values, stores[store].as, rows, count, ids) == 0
         or nil
   end)
   return ids
end

-- Makes ids those of pairs of ids.
function dictionary:pair(ids, others, count)
   take(function ()
      return C.weir_dictionary_pairs(self.handle, ids, others, count) == 0 or nil
   end)
end

-- Puts column `at` (from 0) of rows of weir.db into an array, from `n` on; of texts with a
-- dictionary.
function columns.take(store, rows, at, array, n, words)
   take(function ()
      return C.weir_columns_take(array, n, stores[store].as, rows, at, words and words.handle) == 0
         or nil
   end)
end

return columns
