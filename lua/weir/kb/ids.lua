-- What facts are known by: a hash of what tells them apart, the same for everybody.
--
-- Weir's rule hashes the type with the key, and the verb with both ends.  Stratosphere's is the MD5
-- of the key alone, and of both ends: things of two types with one key are one to it.

local digest = require "weir.digest"

local ids = {}

local SIZE = 32                           -- characters

ids.rules = {
   weir = {
      entity = function (type, key)
         return digest.sha256(#type .. ":" .. type .. key, SIZE)
      end,
      relationship = function (src, verb, dst)
         return digest.sha256(src .. dst .. verb, SIZE)
      end,
   },
   stratosphere = {
      entity = function (_, key) return digest.md5(key) end,
      relationship = function (src, _, dst) return digest.md5(src .. dst) end,
   },
}

-- An id as Weir writes it: some of Stratosphere's files have the dashes of a UUID in theirs.  What
-- is no id of either form is hashed.
function ids.normal(id)
   local bare = tostring(id):gsub("-", ""):lower()
   if #bare == SIZE and not bare:find "%X" then return bare end
   return digest.md5(tostring(id))
end

ids.NIL = ("0"):rep(SIZE)                 -- of the rows that Stratosphere writes into each file

return ids
