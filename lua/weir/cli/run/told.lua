-- The last words of weir run.

local extend = require "weir.cli.extend"
local host   = require "weir.host"
local report = require "weir.cli.report"
local sheet  = require "weir.sheet"
local sorted = require "weir.sorted"

local told = {}

local function counted(number, word)
   return ("%s %s%s"):format(sheet.count(number), word, number == 1 and "" or "s")
end

-- "2 sources taken in, 1 skipped", with what was read of them.
local function sources(taken)
   local parts = { counted(taken.taken, "source") .. " taken in" }
   if taken.skipped > 0 then
      parts[#parts + 1] = counted(taken.skipped, "source") .. " skipped: they were taken in before"
   end
   parts[#parts + 1] = ("%s, %s"):format(counted(taken.packets, "packet"), sheet.size(taken.bytes))
   return table.concat(parts, "; ")
end

-- What was stored, and whether the disk kept up.
local function stored(taken)
   local counts, parts = taken.counts, {}
   local lasted = sheet.duration(host.clock() - taken.begun)
   parts[1] = taken.values.bare and "done in " .. lasted
      or ("%s stored in %s"):format(counted(counts.stored, "record"), lasted)
   if counts.forgotten > 0 then
      parts[#parts + 1] = counted(counts.forgotten, "row") .. " forgotten"
   end
   if counts.waited >= 0.1 then
      parts[#parts + 1] = ("waited %s for the disk"):format(sheet.duration(counts.waited))
   end
   if taken.dropped > 0 then
      parts[#parts + 1] = counted(taken.dropped, "packet") .. " dropped before they were read"
   end
   return table.concat(parts, ", ")
end

-- What of the channels did not go as it should.
local function channels(stages)
   local lines = {}
   local function add(count, word, channel, group)
      if (count or 0) == 0 then return end
      lines[#lines + 1] = ("channel '%s'%s: %s %s"):format(channel,
         group and (", for '%s'"):format(group) or "", counted(count, "row"), word)
   end
   for channel, known in pairs(stages:stats()) do
      add(known.dropped, "dropped for want of room", channel)
      for group, had in pairs(known.groups) do
         add(had.dropped, "dropped for want of room", channel, group)
         add(had.dead, "given up, since they failed each time", channel, group)
      end
   end
   table.sort(lines)
   return lines
end

-- Who publishes nothing of sources, since it saw them in another run.
local function passed(by)
   local lines = {}
   for i, name in ipairs(sorted(by)) do
      lines[i] = ("'%s' saw %s before, of which it publishes nothing again, but with '--reprocess'")
         :format(name, counted(by[name], "source"))
   end
   return lines
end

-- Says them; `taken` is what weir.cli.run.take made.
function told.last_words(taken)
   if not taken.why then report.say(sources(taken)) end
   report.say(stored(taken))
   if taken.exchanges > 0 then report.say(counted(taken.exchanges, "exchange") .. " stored") end
   local facts = taken.learning.facts or 0
   if facts > 0 then report.say(counted(facts, "fact") .. " known") end
   for _, line in ipairs(passed(taken.learning.passed)) do report.say(line) end
   local engine = taken.learning.engine
   for _, line in ipairs(engine and extend.summary(engine) or {}) do report.say(line) end
   for _, line in ipairs(engine and channels(engine.stages) or {}) do report.say(line) end
end

return told
