-- What an installed extension remembers of where it is from: a small file in its folder.

local host = require "weir.host"
local json = require "weir.json"

local memo = {}

memo.FILE = ".installed.json"

local FIELDS = { "source", "branch", "commit", "version", "time" }
local LARGEST = 10000                     -- bytes

-- Writes it into a folder; nil and the reason.
function memo.write(folder, facts)
   local list = {}
   for i, name in ipairs(FIELDS) do list[i] = { name, facts[name] } end
   local file, why = io.open(folder .. "/" .. memo.FILE, "w")
   if not file then return nil, ("cannot write %s"):format(why) end
   local ok
   ok, why = file:write(json.record(list), "\n")
   if not file:close() then ok = nil end
   return ok and true, why
end

-- What a folder remembers; nil when it was not installed.
function memo.read(folder)
   local text = host.contents(folder .. "/" .. memo.FILE)
   if not text or #text > LARGEST then return nil end
   local found = json.decode(text)
   if type(found) ~= "table" then return nil end
   local facts = {}
   for _, name in ipairs(FIELDS) do
      facts[name] = type(found[name]) == "string" and found[name] or nil
   end
   return facts.source and facts or nil
end

-- "example.org/x.git, main, 1a2b3c4".
function memo.describe(facts)
   local parts = { (facts.source:gsub("^%a[%w+.-]*://", "")) }
   parts[#parts + 1] = facts.branch
   parts[#parts + 1] = facts.commit and facts.commit:sub(1, 7) or facts.version
   return table.concat(parts, ", ")
end

return memo
