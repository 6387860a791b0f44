-- What follows from an answer: a redirect leads elsewhere, and what failed for the moment is asked
-- again, after a while.

local url = require "weir.url"

local next_step = {}

local LONGEST = 3600                      -- seconds that a server may ask us to wait
local PAUSE = 0.5                         -- before the second attempt; twice that before the third
local MONTHS = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9,
   Oct = 10, Nov = 11, Dec = 12 }

-- Headers that say nothing of who asks: others are not for the host of another origin.
local PLAIN = {
   accept = true, ["accept-language"] = true, ["content-type"] = true, ["user-agent"] = true,
}
local REDIRECTS = { [301] = true, [302] = true, [303] = true, [307] = true, [308] = true }
local BUSY = { [429] = true, [500] = true, [502] = true, [503] = true, [504] = true }

-- Scheme, host and port, in one text.
function next_step.origin(parts)
   return ("%s://%s%s"):format(parts.scheme, parts.host, parts.port and ":" .. parts.port or "")
end

-- ---- redirects ------------------------------------------------------------------------------

local function plain_only(headers)
   local kept = {}
   for name, value in pairs(headers or {}) do
      if PLAIN[name:lower()] then kept[name] = value end
   end
   return kept
end

-- Whether a request is to be sent again as a mere question.
local function becomes_get(request, status)
   if status == 303 then return request.method ~= "HEAD" end
   return (status == 301 or status == 302) and request.method == "POST"
end

-- Whether an answer leads elsewhere; changes the request to that.  False and the reason when it may
-- not be followed.
function next_step.redirect(request, answer)
   local to = REDIRECTS[answer.status] and answer.headers.location
   if not to or request.redirects == 0 then return nil end
   if request.turns >= request.redirects then
      return false, ("it redirects more than %d times"):format(request.redirects)
   end
   local target, why = url.join(request.parts, to)
   local parts
   if target then parts, why = url.parse(target) end
   if not parts then return false, ("it redirects to what is no URL: %s"):format(why) end
   if parts.scheme ~= "https" and (parts.scheme ~= "http" or request.parts.scheme == "https") then
      return false, ("it redirects from %s to %s"):format(request.parts.scheme, parts.scheme)
   end
   if next_step.origin(parts) ~= next_step.origin(request.parts) then
      request.headers = plain_only(request.headers)
   end
   if becomes_get(request, answer.status) then request.method, request.body = "GET", nil end
   parts.fragment = nil
   request.parts, request.url, request.turns = parts, tostring(parts), request.turns + 1
   request.tries = 0
   return true
end

-- ---- attempts -------------------------------------------------------------------------------

-- Seconds since 1970 of "Sun, 06 Nov 1994 08:49:37 GMT".
local function moment_of(text)
   local day, month, year, hour, minute, second =
      text:match "^%a+, (%d%d) (%a+) (%d%d%d%d) (%d%d):(%d%d):(%d%d) GMT$"
   if not MONTHS[month] then return nil end
   local fields = { year = year, month = MONTHS[month], day = day, hour = hour, min = minute,
      sec = second, isdst = false }
   local here = os.time(fields)
   local utc = here and os.date("!*t", here)
   if not utc then return nil end
   utc.isdst = false
   return here + os.difftime(here, os.time(utc))
end

-- Seconds that Retry-After asks for, of which there are two forms; nil when it makes no sense.
function next_step.asked(text, now)
   if not text then return nil end
   local seconds = text:match "^%s*(%d+)%s*$"
   local moment = not seconds and moment_of(text)
   local wait = tonumber(seconds) or moment and moment - now
   return wait and math.min(math.max(wait, 0), LONGEST)
end

-- Seconds until a request is to be sent again, and whether the host asked for them; nil when it is
-- not.
function next_step.again(request, answer)
   local is_busy = not answer.why and BUSY[answer.status]
   if request.tries > request.retries or not (is_busy or answer.is_passing) then return nil end
   local asked = is_busy and next_step.asked(answer.headers["retry-after"], os.time())
   if asked then return asked, true end
   return PAUSE * 2 ^ (request.tries - 1), false
end

return next_step
