-- The errors of extensions: counted, told once a minute, and when it is enough.
--
-- An extension that failed a hundred times within a minute of the capture's time is paused: its
-- moments are not called any more, and its fields are absent.  Of rows of channels, which are put
-- aside when they fail, it takes a hundred in a row.

local faults = {}
faults.__index = faults

local ENOUGH, WINDOW = 100, 60            -- errors, and seconds of the capture's time
local TOLD = 60                           -- seconds of the clock between two lines
local FRAMES = 3                          -- of a traceback that are shown

-- What went wrong, and where in the extension's `files`: for an error handler, or of the stack that
-- an error left behind.
function faults.describe(reason, files, level, stack)
   local own, where = {}, {}
   for _, path in ipairs(files) do own["@" .. path] = true end
   for at = level or 2, 60 do
      local info
      if stack then info = debug.getinfo(stack, at, "Sl") else info = debug.getinfo(at, "Sl") end
      if not info then break end
      if own[info.source] and info.currentline > 0 and #where < FRAMES then
         where[#where + 1] = ("%s:%d"):format(info.short_src, info.currentline)
      end
   end
   local text = type(reason) == "string" and reason
      or ("error object: a %s"):format(type(reason))
   if text:find "constant location" then text = text .. ": records can only be read" end
   local first = where[1]
   if first and text:sub(1, #first) == first then table.remove(where, 1) end
   if #where > 0 then text = ("%s (at %s)"):format(text, table.concat(where, ", from ")) end
   return text
end

-- tell: prints a line; clock: seconds that go forward.
function faults.new(tell, clock)
   return setmetatable({ tell = tell, clock = clock, by_name = {}, total = 0 }, faults)
end

-- What is known of an extension's errors: { count, moments = { packet = 3 }, last, paused }.
function faults:of(name)
   self.by_name[name] = self.by_name[name] or { count = 0, moments = {}, times = {} }
   return self.by_name[name]
end

local function announce(self, name, moment, known)
   local now = self.clock()
   if known.told and now - known.told < TOLD and not known.paused then return end
   known.told = now
   local so_far = known.count > 1 and (", %d errors so far"):format(known.count) or ""
   self.tell(("extension '%s' failed in '%s': %s%s"):format(name, moment, known.last, so_far))
end

-- Notes an error.
function faults:note(name, moment, text)
   local known = self:of(name)
   self.total = self.total + 1
   known.count = known.count + 1
   known.moments[moment] = (known.moments[moment] or 0) + 1
   known.last = text
   announce(self, name, moment, known)
   return known
end

-- The same at a time of the capture (seconds; of flows that end with it, the last known).  Returns
-- whether that is enough, and the extension is to be paused.
function faults:add(name, moment, text, time)
   local times = self:note(name, moment, text).times
   times[#times + 1] = time
   if #times > ENOUGH then table.remove(times, 1) end
   return #times == ENOUGH and times[ENOUGH] - times[1] < WINDOW
end

-- A row of a channel failed for the first time, or one did not.  Returns whether it is enough.
function faults:failed(name)
   local known = self:of(name)
   known.in_a_row = (known.in_a_row or 0) + 1
   return known.in_a_row >= ENOUGH
end

function faults:passed(name) self:of(name).in_a_row = 0 end

-- Pauses: says so, once.
function faults:pause(name, why)
   local known = self:of(name)
   known.paused = why
   self.tell(("extension '%s' is paused until its file is saved anew: %s"):format(name, why))
end

-- A new version begins without the errors of the old one in a row.
function faults:resume(name)
   local known = self:of(name)
   known.paused, known.times, known.told, known.in_a_row = nil, {}, nil, 0
end

faults.ENOUGH = ("%d errors within %d seconds"):format(ENOUGH, WINDOW)
faults.IN_A_ROW = ("%d rows in a row failed"):format(ENOUGH)

return faults
