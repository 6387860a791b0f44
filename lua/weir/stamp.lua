-- Times as a table shows them, in the letters of tshark's -t.
--
--    local show = stamp.new "r"
--    show(packet.ns)                     -- "0.000123", since the first time shown

local stamp = { letters = { "a", "ad", "d", "e", "r", "u", "ud" } }

-- Seconds and the digits behind them: six, or nine when there are nanoseconds.
local function split(ns)
   local seconds = tonumber(ns / 1000000000)
   local rest = tonumber(ns % 1000000000)
   if rest < 0 then seconds, rest = seconds - 1, rest + 1000000000 end
   if rest % 1000 == 0 then return seconds, ("%06d"):format(rest / 1000) end
   return seconds, ("%09d"):format(rest)
end

local function clock(format)
   return function (ns)
      local seconds, digits = split(ns)
      return os.date(format, seconds) .. "." .. digits
   end
end

-- Since `base`, else the time that was shown first; or with `keep` since the one before.
local function since(keep, base)
   return function (ns)
      base = base or ns
      local gap = ns - base
      if keep then base = ns end
      local sign = gap < 0 and "-" or ""
      local seconds, digits = split(gap < 0 and -gap or gap)
      return ("%s%d.%s"):format(sign, seconds, digits)
   end
end

function stamp.epoch(ns)
   local seconds, digits = split(ns)
   return ("%d.%s"):format(seconds, digits)
end

local DAY, KNOWN = 86400, 1024            -- days whose date is remembered
local dates, date_count = {}, 0

local function date_of(day)
   local date = dates[day]
   if date then return date end
   if date_count == KNOWN then dates, date_count = {}, 0 end
   date = os.date("!%Y-%m-%d", day * DAY)
   dates[day], date_count = date, date_count + 1
   return date
end

-- Seconds since 1970 as RFC 3339 has them, with microseconds.
function stamp.date(time)
   local seconds = math.floor(time)
   local micro = math.floor((time - seconds) * 1e6 + 0.5)
   if micro == 1e6 then seconds, micro = seconds + 1, 0 end
   local day = math.floor(seconds / DAY)
   local rest = seconds - day * DAY
   return ("%sT%02d:%02d:%02d.%06dZ"):format(date_of(day), math.floor(rest / 3600),
      math.floor(rest / 60) % 60, rest % 60, micro)
end

stamp.utc = clock "!%Y-%m-%d %H:%M:%S"

local makers = {
   a  = function () return clock "%H:%M:%S" end,           -- local time of day
   ad = function () return clock "%Y-%m-%d %H:%M:%S" end,  -- with the date
   u  = function () return clock "!%H:%M:%S" end,          -- UTC
   ud = function () return stamp.utc end,
   d  = function () return since(true) end,                -- since the one before
   r  = function (first) return since(false, first) end,   -- since the first
   e  = function () return stamp.epoch end,                -- since 1970
}

-- `first` is the first time of all, when that is not the one shown first.
function stamp.new(letter, first) return makers[letter](first) end

return stamp
