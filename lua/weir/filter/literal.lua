-- Values as people write them: numbers, times, spans of time, addresses.  Each function takes a
-- text and returns what it means; or nil.

local literal = {}

-- A number, decimal or 0x….  (tonumber alone would take "nan" and "10ULL".)
function literal.number(text)
   if text:find "^0[xX]%x+$" then return tonumber(text) end
   local digits = text:match "^[+-]?([%d.]+)$" or text:match "^[+-]?([%d.]+)[eE][+-]?%d+$"
   return digits and digits:find "%d" and tonumber(text) or nil
end

function literal.flag(text)
   if text == "true" or text == "1" then return true end
   if text == "false" or text == "0" then return false end
end

-- ---- times: nanoseconds, as the digits of an integer -------------------------------------------

local LATEST = 9223372036                 -- seconds that an int64 of nanoseconds holds

-- Digits of nanoseconds: whole seconds, and the digits of a fraction.
local function nanoseconds(seconds, fraction, sign)
   if seconds >= LATEST then return nil end
   local digits = ("%.0f%s"):format(seconds, ((fraction or "") .. "000000000"):sub(1, 9))
   return (sign == "-" and "-" or "") .. digits:gsub("^0+(%d)", "%1")
end

local function days_from_1970(year, month, day)          -- of the Gregorian calendar
   if month <= 2 then year, month = year - 1, month + 12 end
   local leaps = math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
   return 365 * year + leaps + math.floor((153 * (month - 3) + 2) / 5) + day - 1 - 719468
end

local MONTHS = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

-- Seconds that a time of day and its zone mean, and the fraction's digits.
local function time_of_day(text)
   if text == "" then return 0, "" end
   local hour, minute, rest = text:match "^[Tt ](%d%d):(%d%d)(.*)$"
   if not hour then return nil end
   local second, fraction, zone = rest:match "^:(%d%d)%.(%d+)(.*)$"
   if not second then second, zone = rest:match "^:(%d%d)(.*)$" end
   second, zone = second or "0", zone or rest
   local sign, hours, minutes = zone:match "^([+-])(%d%d):?(%d%d)$"
   if not sign and zone ~= "" and zone:lower() ~= "z" then return nil end
   hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second)
   if hour > 23 or minute > 59 or second > 60 then return nil end
   local away = sign and (tonumber(hours) * 60 + tonumber(minutes)) * 60 or 0
   return hour * 3600 + minute * 60 + second - (sign == "-" and -away or away), fraction
end

-- RFC 3339, of which the time of day, its seconds and its zone (UTC) may be missing.
local function date(text)
   local year, month, day, rest = text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$"
   year, month, day = tonumber(year), tonumber(month), tonumber(day)
   if not year or month < 1 or month > 12 or day < 1 or day > MONTHS[month] then return nil end
   local seconds, fraction = time_of_day(rest)
   if not seconds then return nil end
   seconds = days_from_1970(year, month, day) * 86400 + seconds
   return seconds >= 0 and nanoseconds(seconds, fraction) or nil
end

local function seconds(text)
   local sign, whole, fraction = text:match "^([+-]?)(%d+)%.?(%d*)$"
   return whole and nanoseconds(tonumber(whole), fraction, sign) or nil
end

-- A moment: RFC 3339, or seconds since 1970.
function literal.time(text) return date(text) or seconds(text) end

local UNITS = { ns = 1e-9, us = 1e-6, ["µs"] = 1e-6, ms = 1e-3, s = 1, m = 60, h = 3600, d = 86400 }

-- A span of time as seconds: 1.5, 1.5s, 20ms, 1h30m.
function literal.span(text)
   local total, at = 0, 1
   if literal.number(text) then return literal.number(text) end
   while at <= #text do
      local number, unit, rest = text:match("^([%d.]+)([^%d.]+)()", at)
      number, unit = tonumber(number), UNITS[unit]
      if not number or not unit then return nil end
      total, at = total + number * unit, rest
   end
   return text ~= "" and total or nil
end

-- The same as digits of nanoseconds.
function literal.span_ns(text)
   local found = literal.span(text)
   if seconds(text) or not found or math.abs(found) >= LATEST then return seconds(text) end
   return ("%.0f"):format(found * 1e9)
end

-- ---- addresses: arrays of bytes ----------------------------------------------------------------

local function ip4(text)
   local bytes = { text:match "^(%d+)%.(%d+)%.(%d+)%.(%d+)$" }
   for i, digits in ipairs(bytes) do
      bytes[i] = tonumber(digits)
      if #digits > 3 or bytes[i] > 255 then return nil end
   end
   return bytes[4] and bytes or nil
end

-- Adds the groups between colons; nil when one is none.
local function add_groups(bytes, text)
   local last = text:match "[^:]*$"
   local tail = last:find(".", 1, true) and ip4(last)
   if tail then text = text:sub(1, #text - #last) .. "0:0" end
   if text == "" then return bytes end
   for group in (text .. ":"):gmatch "(.-):" do
      if not group:find "^%x%x?%x?%x?$" then return nil end
      local n = tonumber(group, 16)
      bytes[#bytes + 1], bytes[#bytes + 2] = math.floor(n / 256), n % 256
   end
   for i = 1, tail and 4 or 0 do bytes[#bytes - 4 + i] = tail[i] end
   return bytes
end

local function ip6(text)
   local head, rest = text:match "^(.-)::(.*)$"
   local bytes, behind = add_groups({}, head or text), add_groups({}, rest or "")
   if not bytes or not behind or (rest and head:find(".", 1, true)) then return nil end
   if rest and #bytes + #behind > 14 or not rest and #bytes ~= 16 then return nil end
   for _ = #bytes + #behind + 1, 16 do bytes[#bytes + 1] = 0 end
   for _, byte in ipairs(behind) do bytes[#bytes + 1] = byte end
   return bytes
end

-- An address, or a network after '/': { version, bits, bytes }, the bytes from 1.
function literal.address(text)
   local place, bits = text:match "^([^/]*)/(%d+)$"
   local bytes, version = ip4(place or text), 4
   if not bytes then bytes, version = ip6(place or text), 6 end
   local most = version == 4 and 32 or 128
   bits = tonumber(bits) or most
   if not bytes or bits > most or (text:find("/", 1, true) and not place) then return nil end
   bytes.version, bytes.bits = version, bits
   return bytes
end

-- Six bytes: with colons or hyphens, as Cisco writes them, or without anything between.
function literal.mac(text)
   local digits = text:gsub("^(%x%x)[:-](%x%x)[:-](%x%x)[:-](%x%x)[:-](%x%x)[:-](%x%x)$",
      "%1%2%3%4%5%6"):gsub("^(%x%x%x%x)%.(%x%x%x%x)%.(%x%x%x%x)$", "%1%2%3")
   if #digits ~= 12 or digits:find "%X" then return nil end
   local bytes = { bits = 48 }
   for pair in digits:gmatch "%x%x" do bytes[#bytes + 1] = tonumber(pair, 16) end
   return bytes
end

return literal
