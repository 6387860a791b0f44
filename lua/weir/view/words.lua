-- Values of a view (weir.view.run) as text: as a table shows them, as CSV has them, as JSON.

local flat   = require "weir.flat"
local json   = require "weir.json"
local packed = require "weir.packed"
local sheet  = require "weir.sheet"
local stamp  = require "weir.stamp"
local text   = require "weir.text"

local words = {}

-- A time as RFC 3339 has it, with nanoseconds where there are any.
local function date(ns)
   return (stamp.utc(ns):gsub(" ", "T", 1)) .. "Z"
end

-- Nanoseconds as seconds.
local function seconds(ns)
   local sign, left = ns < 0 and "-" or "", ns < 0 and -ns or ns
   local rest = tonumber(left % 1000000000)
   return ("%s%d.%09d"):format(sign, tonumber(left / 1000000000), rest)
end

-- The shortest text that is this double.
local function number(value)
   if value % 1 == 0 and math.abs(value) < 2 ^ 53 then return ("%.0f"):format(value) end
   local short = ("%.15g"):format(value)
   return tonumber(short) == value and short or ("%.17g"):format(value)
end

-- ---- tables ------------------------------------------------------------------------------------

local function of_list(value, column)
   local found = packed.read(value) or value
   local rows = column.field and column.field.as == "table" and column.field.rows
   if type(found) ~= "table" then return value end
   return rows and flat.rows(found, rows) or flat.value(found)
end

local shown = {
   number = function (value) return value % 1 == 0 and value or ("%.6g"):format(value) end,
   id = function (value) return ("%.0f"):format(value) end,
   flag = function (value) return value ~= 0 and "true" or "false" end,
   seconds = sheet.duration,
   span = function (value) return sheet.duration(tonumber(value) / 1e9) end,
   time = stamp.utc,
   list = of_list,
}

-- What a cell of a table shows.
function words.shown(column, value)
   if value == nil then return nil end
   local show = shown[column.class]
   if show then return show(value, column) end
   return value
end

-- ---- CSV ---------------------------------------------------------------------------------------

local plain = {
   number = number, id = shown.id, seconds = number, flag = shown.flag, span = seconds, time = date,
}

-- A value as text of its own, nothing where it is absent.
function words.plain(column, value)
   if value == nil then return "" end
   local show = plain[column.class]
   return show and show(value) or value
end

-- ---- JSON --------------------------------------------------------------------------------------

-- A member of an object; a text that is not UTF-8 is there in base64, under a name that says so.
function words.member(column, value)
   local class, name = column.class, json.encode(column.name)
   if class == "time" or class == "id" then
      value = '"' .. plain[class](value) .. '"'
   elseif class == "number" or class == "seconds" then
      value = value - value == 0 and number(value) or "null"
   elseif class == "flag" or class == "span" then
      value = plain[class](value)
   elseif class ~= "list" then
      if not text.is_utf8(value) then
         name, value = json.encode(column.name .. "_b64"), text.to_base64(value)
      end
      value = json.encode(value)
   end
   return name .. ":" .. value
end

-- ---- HTML --------------------------------------------------------------------------------------

local ENTITIES = {
   ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;",
}

-- A text that is no markup, whatever is in it.
function words.escape(value)
   return (text.safe(tostring(value)):gsub("[&<>\"']", ENTITIES))
end

return words
