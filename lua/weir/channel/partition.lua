-- A partition of a channel as one consumer has it: the rows that it has read, and what became of
-- them.
--
-- A row is `known` from then on until Redis has noted that it is dealt with: what is read again in
-- between, because a reply was lost, is not delivered twice.

local partition = {}
partition.__index = partition

function partition.new(key, number, group)
   return setmetatable({
      key = key, number = number, failed = ("%s:failed:%s"):format(key, group),
      known = {}, known_count = 0, ids = {}, acks = {},  -- by entry; of rows; dealt with
      chunks = {}, first = 1, last = 0, ready = 0,       -- arrays of rows that wait to be taken
      pause = 0, lag = 0, pending = 0,
   }, partition)
end

-- Notes an entry that was read; false when it was before.
function partition:note(id)
   if self.known[id] then return false end
   self.known[id], self.known_count = true, self.known_count + 1
   return true
end

function partition:forget(id)
   if self.known[id] then self.known[id], self.known_count = nil, self.known_count - 1 end
end

-- Puts rows behind those that wait, or before all of them.
function partition:keep(rows, is_first)
   if #rows == 0 then return end
   if is_first then
      self.first = self.first - 1
      self.chunks[self.first] = rows
   else
      self.last = self.last + 1
      self.chunks[self.last] = rows
   end
   self.ready = self.ready + #rows
end

-- Up to `most` of the first rows that wait.
function partition:take(most)
   local rows = self.chunks[self.first]
   if #rows <= most then
      self.chunks[self.first], self.first, self.ready = nil, self.first + 1, self.ready - #rows
      return rows
   end
   local some, rest = {}, {}
   for i, row in ipairs(rows) do
      if i <= most then some[i] = row else rest[i - most] = row end
   end
   self.chunks[self.first], self.ready = rest, self.ready - most
   return some
end

-- Somebody else has it: what was not dealt with is theirs.
function partition:clear()
   self.is_mine, self.known, self.known_count, self.ids = false, {}, 0, {}
   self.chunks, self.first, self.last, self.ready = {}, 1, 0, 0
end

return partition
