-- Traces that the compiler gave up, by the moment of an extension in which it did.
--
--    local watched = aborts.watch(extensions)
--    …
--    watched:stop()
--    print(watched:of("burstiness", "packet"))          -- how many, and why most of them

local jutil  = require "jit.util"
local traces = require "weir.traces"

local aborts = {}
aborts.__index = aborts

-- LuaJIT's words for its reasons, where they are installed.
local has_words, words = pcall(require, "jit.vmdef")

local function reason_of(code, extra)
   local text = has_words and words.traceerr[code]
   if not text then return nil end
   if type(extra) == "function" then extra = jutil.funcinfo(extra).loc or "a function" end
   local ok, said = pcall(string.format, text, extra)
   return ok and said or text
end

local MOST = 30                           -- functions inside each other that are looked through

-- The moment that runs, whose function or something below it was being compiled.
local function running(moments)
   for level = 3, MOST do
      local info = debug.getinfo(level, "f")
      if not info then return nil end
      if moments[info.func] then return moments[info.func] end
   end
end

-- Notes aborts from now on.
function aborts.watch(extensions)
   local self = setmetatable({ counts = {}, reasons = {} }, aborts)
   local moments = {}
   for _, ext in ipairs(extensions) do
      for name, moment in pairs(ext.moments) do moments[moment] = ext.name .. "." .. name end
   end
   function self.see(what, _, f, pc, code, extra)
      local key = what == "abort" and running(moments)
      if not key then return end
      self.counts[key] = (self.counts[key] or 0) + 1
      local why, place = reason_of(code, extra), jutil.funcinfo(f, pc).loc
      if not why or why == "blacklisted" then return end                     -- for another reason
      if place then why = ("%s, at %s"):format(why, place) end
      self.reasons[key] = self.reasons[key] or {}
      self.reasons[key][why] = (self.reasons[key][why] or 0) + 1
   end
   traces.listen(self.see)
   return self
end

function aborts:stop() traces.forget(self.see) end

-- How many traces were given up in a moment, and why most of them, where that is known.
function aborts:of(ext, moment)
   local key, most, found = ext .. "." .. moment, 0, nil
   for why, count in pairs(self.reasons[key] or {}) do
      if count > most or (count == most and why < found) then most, found = count, why end
   end
   return self.counts[key] or 0, found
end

return aborts
