-- Times as a table shows them, in the letters of tshark's -t.
--
--    local stamp = stamp.new "r"
--    stamp(packet)                       -- "0.000123", since the first packet

local letters = { "a", "ad", "d", "e", "r", "u", "ud" }

-- Seconds and the digits behind them: six, or nine when there are nanoseconds.
local function split(ns)
   local seconds = tonumber(ns / 1000000000)
   local rest = tonumber(ns % 1000000000)
   if rest < 0 then seconds, rest = seconds - 1, rest + 1000000000 end
   if rest % 1000 == 0 then return seconds, ("%06d"):format(rest / 1000) end
   return seconds, ("%09d"):format(rest)
end

local function clock(format)
   return function (packet)
      local seconds, digits = split(packet.ns)
      return os.date(format, seconds) .. "." .. digits
   end
end

-- Since the packet that `base` holds, which `keep` replaces.
local function since(keep)
   local base
   return function (packet)
      base = base or packet.ns
      local gap = packet.ns - base
      if keep then base = packet.ns end
      local sign = gap < 0 and "-" or ""
      local seconds, digits = split(gap < 0 and -gap or gap)
      return ("%s%d.%s"):format(sign, seconds, digits)
   end
end

local function epoch(packet)
   local seconds, digits = split(packet.ns)
   return ("%d.%s"):format(seconds, digits)
end

local makers = {
   a  = function () return clock "%H:%M:%S" end,           -- local time of day
   ad = function () return clock "%Y-%m-%d %H:%M:%S" end,  -- with the date
   u  = function () return clock "!%H:%M:%S" end,          -- UTC
   ud = function () return clock "!%Y-%m-%d %H:%M:%S" end,
   d  = function () return since(true) end,                -- since the packet before
   r  = function () return since(false) end,               -- since the first
   e  = function () return epoch end,                      -- since 1970
}

return { letters = letters, new = function (letter) return makers[letter]() end }
