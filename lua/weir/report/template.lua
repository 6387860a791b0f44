-- Lines of text that are made of rows by a template, such as "{start} {src_ip} > {dest_ip}".
--
--    local line_of = assert(template.new "{start} {src_ip} > {dest_ip} {app}")
--    print(line_of(row))

local flat   = require "weir.flat"
local json   = require "weir.json"
local row    = require "weir.row"
local text   = require "weir.text"
local values = require "weir.report.values"

local template = {}

local LONGEST = 4096                      -- bytes of a value

-- A value in words.
local function shown(name, value)
   if value == nil then return "-" end
   value = values.words(name, value)
   if type(value) == "number" then
      return value % 1 == 0 and ("%.0f"):format(value) or ("%.6g"):format(value)
   end
   if type(value) ~= "string" then value = tostring(flat.value(value)) end
   return #value > LONGEST and value:sub(1, LONGEST) or value
end

-- ---- templates -------------------------------------------------------------------------------

-- The names in a template, and the function that makes a line of a plain row: nothing in a value
-- can end the line, or drive a terminal.  `ascii`: names whose values have no such bytes.
local function compile(format, ascii)
   local names, pieces, at = {}, {}, 1
   while true do
      local from, to, name = format:find("{([%a_][%w_.]*)}", at)
      pieces[#pieces + 1] = ("%q"):format(format:sub(at, (from or 0) - 1))
      if not from then break end
      names[#names + 1] = name
      local piece = ascii[name] and "shown(%q, row[%q])"
         or '(row[%q] == nil and "-" or safe(shown(%q, row[%q])))'
      pieces[#pieces + 1] = piece:format(name, name, name)
      at = to + 1
   end
   local code = ("local shown, safe = ... return function (row) return %s end"):format(
      table.concat(pieces, " .. "))
   return names, assert(loadstring(code, "=weir.report.template"))(shown, text.safe)
end

-- The function that makes a line, without its end, of a row.  Nil and the reason when the template
-- names nothing.
function template.new(format)
   if type(format) ~= "string" or format:find "\n" then
      return nil, "a template is a text of one line, such as \"{start} {src_ip} > {dest_ip}\""
   end
   local names, line_of = compile(format, {})
   if not names[1] then
      return nil, ("the template '%s' names no field, such as {src_ip}"):format(format)
   end
   local plain, _, of_flow = row.plainly(names), compile(format, values.ascii "flow")
   return function (one)
      local made = plain(one)
      return (made ~= one and made.event_type == "flow" and of_flow or line_of)(made)
   end
end

-- ---- all of a row ----------------------------------------------------------------------------

-- The function that makes a line of all that a row has: name=value.
function template.all()
   local plain = row.plainly()
   return function (one)
      local made, names, words = plain(one), {}, {}
      for name in pairs(made) do
         if name ~= "time" and name ~= "event_type" and name ~= "row_id" then
            names[#names + 1] = name
         end
      end
      table.sort(names)
      words[1], words[2] = shown("time", made.time), made.event_type
      for _, name in ipairs(names) do
         words[#words + 1] = ("%s=%s"):format(name, shown(name, made[name]))
      end
      return text.safe(table.concat(words, " "))
   end
end

-- ---- objects ---------------------------------------------------------------------------------

-- The function that makes an object of JSON of some fields of a row, in this order: NAME, or
-- NAME=FIELD to call it otherwise.
function template.json(fields)
   local keys, names = {}, {}
   for i, word in ipairs(fields) do
      keys[i], names[i] = word:match "^([^=]+)=(.+)$"
      if not keys[i] then keys[i], names[i] = word, word end
   end
   local plain = row.plainly(names)
   return function (one)
      local made, list = plain(one), {}
      for i, key in ipairs(keys) do list[i] = { key, values.words(names[i], made[names[i]]) } end
      return json.record(list)
   end
end

-- What writes the lines that a function makes of rows, for weir.report.file.
function template.lines(line_of)
   return { write = function (_, out, one) return out:write(line_of(one) .. "\n") end }
end

return template
