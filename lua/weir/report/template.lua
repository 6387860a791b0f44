-- Lines of text that are made of rows by a template, such as "{start} {src_ip} > {dest_ip}".
--
--    local lines = assert(template.new "{start} {src_ip} > {dest_ip} {app}")
--    assert(lines:write(out, row))                 -- out: weir.output

local abi    = require "weir.abi"
local flat   = require "weir.flat"
local json   = require "weir.json"
local plans  = require "weir.report.plans"
local row    = require "weir.row"
local text   = require "weir.text"
local values = require "weir.report.values"

local C = abi.C
local template = {}

local LONGEST = 4096                      -- bytes of a value, and of a template

-- A value in words.
local function shown(name, value)
   if value == nil then return "-" end
   if type(value) ~= "string" then value = values.words(name, value) end
   if type(value) == "number" then
      return value % 1 == 0 and ("%.0f"):format(value) or ("%.6g"):format(value)
   end
   if type(value) ~= "string" then value = tostring(flat.value(value)) end
   return #value > LONGEST and value:sub(1, LONGEST) or value
end

-- ---- templates -------------------------------------------------------------------------------

-- A template taken apart: names, the words before each, and those behind the last.
local function split(format)
   local names, before, at = {}, {}, 1
   while true do
      local from, to, name = format:find("{([%a_][%w_.]*)}", at)
      if not from then return names, before, format:sub(at) end
      names[#names + 1], before[#before + 1] = name, format:sub(at, from - 1)
      at = to + 1
   end
end

-- The function that makes a line of a plain row: nothing in a value can end the line, or drive a
-- terminal.
local function compile(names, before, behind)
   local pieces = {}
   for i, name in ipairs(names) do
      pieces[i] = ('%q .. (row[%q] == nil and "-" or safe(shown(%q, row[%q])))'):format(before[i],
         name, name, name)
   end
   local code = ("local shown, safe = ... return function (row) return %s .. %q end"):format(
      table.concat(pieces, " .. "), behind)
   return assert(loadstring(code, "=weir.report.template"))(shown, text.safe)
end

-- Makes lines of rows: those of the core are written there, where a template and its texts are of a
-- kind that it knows.
local lines = {}
lines.__index = lines

-- Writes one row.  Returns nil and the reason when that fails.
function lines:write(out, one)
   if self.plans and row.is_record(one) then
      local plan = self.plans:of(one)
      if plan then
         local ok, why = out:record(plan, one)
         if ok or C.weir_error_status() ~= C.WEIR_END then return ok, why end
      end
   end
   return out:write(self.line_of(one) .. "\n")
end

-- What makes lines of rows by a template, for weir.report.file.  Nil and the reason when it names
-- nothing.
function template.new(format)
   if type(format) ~= "string" or format:find "\n" then
      return nil, "a template is a text of one line, such as \"{start} {src_ip} > {dest_ip}\""
   end
   local names, before, behind = split(format)
   if not names[1] then
      return nil, ("the template '%s' names no field, such as {src_ip}"):format(format)
   end
   local plain, line_of = row.plainly(names), compile(names, before, behind)
   return setmetatable({
      line_of = function (one) return line_of(plain(one)) end,
      plans = #format <= LONGEST and plans.new {
         shape = "template", columns = names, before = before, behind = behind,
      },
   }, lines)
end

-- ---- all of a row ----------------------------------------------------------------------------

local FIRST = { time = true, event_type = true, row_id = true }        -- or nowhere

-- A function that tells the names of what a row has, sorted: most have those of the row before.
local function namer()
   local names, known = {}, {}
   return function (made)
      local n, is_same = 0, true
      for name in pairs(made) do
         if not FIRST[name] then n, is_same = n + 1, is_same and known[name] end
      end
      if is_same and n == #names then return names end
      names, known = {}, {}
      for name in pairs(made) do
         if not FIRST[name] then names[#names + 1], known[name] = name, true end
      end
      table.sort(names)
      return names
   end
end

-- The same of all that a row has: name=value.
function template.all()
   local plain, names_of = row.plainly(), namer()
   local function line_of(one)
      local made = plain(one)
      local words = { shown("time", made.time), made.event_type }
      for _, name in ipairs(names_of(made)) do
         words[#words + 1] = name .. "=" .. shown(name, made[name])
      end
      return text.safe(table.concat(words, " "))
   end
   return setmetatable({ line_of = line_of }, lines)
end

-- ---- objects ---------------------------------------------------------------------------------

-- The same as objects of JSON, of some fields of a row in this order: NAME, or NAME=FIELD to call
-- it otherwise.
function template.json(fields)
   local keys, names = {}, {}
   for i, word in ipairs(fields) do
      keys[i], names[i] = word:match "^([^=]+)=(.+)$"
      if not keys[i] then keys[i], names[i] = word, word end
   end
   local plain = row.plainly(names)
   local function line_of(one)
      local made, list = plain(one), {}
      for i, key in ipairs(keys) do list[i] = { key, values.words(names[i], made[names[i]]) } end
      return json.record(list)
   end
   return setmetatable({ line_of = line_of }, lines)
end

return template
