-- Tells what goes wrong: at once, and while it goes on once a minute, with how often it happened.

local host = require "weir.host"
local text = require "weir.text"

local teller = {}
teller.__index = teller

local AGAIN = 60                          -- seconds
local LONGEST, SHORT = 500, 100           -- bytes of a line; of an id in it

-- tell(line) has the lines.
function teller.new(tell) return setmetatable({ tell = tell, told = {} }, teller) end

-- Tells the line, unless one about the same `subject` was told within a minute.
function teller:say(subject, line)
   local now, last = host.clock(), self.told[subject]
   if last and now - last.at < AGAIN then
      last.more = last.more + 1
      return
   end
   line = text.safe(#line > LONGEST and line:sub(1, LONGEST) .. "…" or line)
   if last and last.more > 0 then line = ("%s (and %d times since)"):format(line, last.more) end
   self.told[subject] = { at = now, more = 0 }
   self.tell(line)
end

-- It is well again: the next time is told at once.
function teller:forget(subject) self.told[subject] = nil end

-- A row's id in a line.
function teller.short(id) return #id > SHORT and id:sub(1, SHORT) .. "…" or id end

-- The line about a row that went to the dead letters.
function teller.dead(subscriber, id, why)
   return ("channel %s, group %s: row %s failed and is with the dead letters: %s"):format(
      subscriber.channel.name, subscriber.name, teller.short(id), why)
end

return teller
