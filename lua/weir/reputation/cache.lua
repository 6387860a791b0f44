-- What a service said, for as long as that holds: bounded, the oldest go first; in a file, when one
-- is named, to which lines are added, and which is written anew when most of it is old.
--
--    local known = cache.new { most = 1000, path = "known.tsv", now = os.time }
--    known:put("ip_addresses", "192.0.2.1", { malicious = 3 }, 3600)
--    known:get("ip_addresses", "192.0.2.1")    --> the same; false when nothing is known of it

local cache = {}
cache.__index = cache

local FIELDS = { "malicious", "suspicious", "harmless", "undetected", "reputation" }
local LARGEST = 32 * 1024 * 1024          -- bytes of a file that is read
local LINE = 512                          -- bytes of a line of it
local LATEST = 2 ^ 40                     -- seconds: no moment is later

-- ---- entries ------------------------------------------------------------------------------

local function forget_oldest(self)
   local key = self.order[self.first]
   self.order[self.first], self.first = nil, self.first + 1
   local left = self.times[key] - 1
   self.times[key] = left > 0 and left or nil
   if left == 0 then self.entries[key] = nil end         -- else it was put in again since
end

-- An entry: what is known (false when that is nothing), until when.
local function keep(self, key, value, till)
   self.last = self.last + 1
   self.entries[key], self.order[self.last] = { value = value, till = till }, key
   self.times[key] = (self.times[key] or 0) + 1
   while self.last - self.first + 1 > self.most do forget_oldest(self) end
end

-- What is known, false when it is known that nothing is; nil when that is not known (any more).
function cache:get(kind, text)
   local entry = self.entries[kind .. "\t" .. text]
   if entry and entry.till > self.now() then return entry.value end
   return nil
end

-- ---- the file -----------------------------------------------------------------------------

local function line_of(key, value, till)
   local words = { ("%d"):format(till), key }
   for i, name in ipairs(FIELDS) do
      words[i + 2] = value and value[name] and ("%d"):format(value[name]) or "-"
   end
   return table.concat(words, "\t") .. (value and "\tknown\n" or "\tunknown\n")
end

-- The key, value and end of a line; nil when it is none of ours.
local function parse(line)
   local till, key, rest, word = line:match "^(%d+)\t(%l[%l_]*\t[%w:._-]+)\t(.*)\t(%l+)$"
   till = tonumber(till)
   if not till or till > LATEST or (word ~= "known" and word ~= "unknown") then return nil end
   if word == "unknown" then return key, false, till end
   local value, i = {}, 0
   for field in (rest .. "\t"):gmatch "(.-)\t" do
      i = i + 1
      local is_number = field:find "^%-?%d+$" and #field < 12
      if not FIELDS[i] or not (is_number or field == "-") then return nil end
      value[FIELDS[i]] = tonumber(field)
   end
   if i ~= #FIELDS then return nil end
   return key, value, till
end

local function read(self, file)
   local now = self.now()
   for line in file:lines() do
      local key, value, till
      if #line <= LINE then key, value, till = parse(line) end
      self.lines = self.lines + 1
      if not key then
         self.broken = self.broken + 1
      elseif till > now then
         keep(self, key, value, till)
      end
   end
end

-- Writes all that holds into a new file, which takes the old one's place.
local function write_anew(self)
   local path = self.path .. ".new"
   local file, why = io.open(path, "w")
   if not file then return nil, why end
   local seen = {}
   for i = self.first, self.last do
      local key = self.order[i]
      local entry = not seen[key] and self.entries[key]
      seen[key] = true
      if entry then file:write(line_of(key, entry.value, entry.till)) end
   end
   file:close()
   return os.rename(path, self.path)
end

local function open(self)
   local file = io.open(self.path, "r")
   if file then
      if file:seek "end" <= LARGEST then
         file:seek "set"
         read(self, file)
      else
         self.lines = math.huge
      end
      file:close()
   end
   if self.lines > 2 * (self.last - self.first + 1) then
      local ok, why = write_anew(self)
      if not ok then return nil, why end
   end
   local why
   self.out, why = io.open(self.path, "a")
   return self.out, why
end

-- What is known of a text from now on, for so many seconds: a table of numbers, or false.
function cache:put(kind, text, value, seconds)
   local key, till = kind .. "\t" .. text, math.floor(self.now() + seconds)
   keep(self, key, value, till)
   if self.out then self.out:write(line_of(key, value, till)) end
end

-- Brings to the file what was put.
function cache:flush()
   if self.out then self.out:flush() end
end

function cache:close()
   if self.out then self.out:close() end
   self.out = nil
end

-- options: most (entries), path (of the file; nil for none), now (the clock, in seconds).  nil and
-- the reason when the file cannot be written.
function cache.new(options)
   local self = setmetatable({
      most = options.most, path = options.path, now = options.now or os.time, entries = {},
      order = {}, times = {}, first = 1, last = 0, lines = 0, broken = 0,
   }, cache)
   if not self.path then return self end
   local ok, why = open(self)
   if not ok then return nil, ("cannot keep what was looked up: %s"):format(why) end
   return self
end

return cache
