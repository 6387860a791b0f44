-- How expected and made records of an extension differ, as lines for people.

local compare = require "weir.cli.ext.compare"
local host    = require "weir.host"
local json    = require "weir.json"
local sheet   = require "weir.sheet"
local text    = require "weir.text"

local differ = {}

local MOST = 20                           -- differences that are shown of a sample
local LINE = 60                           -- columns of a line that tell it from others

local WORDS = { extractor = "fact", feature = "flow", inference = "flow", reporting = "line" }

-- A text in a colour, where standard output has colours.
function differ.paint(s, colour) return host.colour "stdout" and sheet.paint(s, colour) or s end

local function place(ip, port)
   if not ip then return "?" end
   if not port then return ip end
   return (ip:find(":", 1, true) and "[%s]:%d" or "%s:%d"):format(ip, port)
end

local function thing(of) return ("%s %s"):format(tostring(of.type), tostring(of.key)) end

-- What a record is about: "192.0.2.10:40080 > 198.51.100.80:80", "device 192.0.2.10".
local function about(record)
   if type(record) ~= "table" then return "?" end
   if type(record.line) == "string" then return text.cut(text.safe(record.line), LINE) end
   if type(record.row) == "table" then return tostring(record.row.row_id) end
   if type(record.row_id) == "string" then return record.row_id end
   if record.event_type == "relationship" and record.from and record.to then
      return ("%s %s %s"):format(thing(record.from), tostring(record.verb), thing(record.to))
   elseif record.event_type then
      return thing(record)
   end
   return ("%s > %s"):format(place(record.src_ip, record.src_port),
      place(record.dest_ip, record.dest_port))
end

local function value(of) return of == nil and "nothing" or text.safe(json.encode(of)) end

-- One difference; `record` is the whole it is in, `word` what records are called: flow, fact.
local function line(difference, record, word)
   local head = text.safe(("%s %d, %s: "):format(word, difference.line, about(record)))
   if not difference.path then
      local is_missing = difference.got == nil
      return head .. differ.paint(is_missing and "expected, but not made"
         or "made, but not expected", is_missing and "green" or "red")
   end
   return ("%s%s  expected %s  got %s"):format(head, text.safe(difference.path),
      differ.paint(value(difference.expected), "green"), differ.paint(value(difference.got), "red"))
end

-- What each line is about, and where a thing comes last.
local function subjects(lines)
   local list, last = {}, {}
   for i, each in ipairs(lines) do
      list[i] = about((json.decode(each)))
      last[list[i]] = i
   end
   return list, last
end

-- The lines beside each other that are about the same, so that one more record is one difference:
-- both lists with false where the other has what it has not, and the numbers of their lines.
local function align(expected, made)
   local a, last_a = subjects(expected)
   local b, last_b = subjects(made)
   local left, right, numbers, i, j = {}, {}, {}, 1, 1
   while i <= #a or j <= #b do
      local is_more = i > #a or (b[j] and a[i] ~= b[j] and (last_b[a[i]] or 0) > j
         and (last_a[b[j]] or 0) < i)
      local is_less = not is_more and (j > #b or a[i] ~= b[j] and (last_b[a[i]] or 0) < j)
      local at = #left + 1
      left[at], right[at] = not is_more and expected[i] or false, not is_less and made[j] or false
      numbers[at] = is_less and i or j
      if not is_more then i = i + 1 end
      if not is_less then j = j + 1 end
   end
   return left, right, numbers
end

-- What differs between expected and made lines, as weir.cli.ext.compare has it: with the `record`,
-- and the number of its line where it was made, else where it is expected.  Nil and why that cannot
-- be told.
function differ.compare(expected, made)
   if table.concat(expected, "\n") == table.concat(made, "\n") then return {} end
   local left, right, numbers = align(expected, made)
   local found, why = compare(left, right)
   for _, difference in ipairs(found or {}) do
      local at = difference.line
      difference.line, difference.record = numbers[at], json.decode(right[at] or left[at])
   end
   return found, why
end

-- The lines for a result of sample.run.
function differ.lines(result)
   local lines, word = {}, WORDS[result.kind]
   for i, difference in ipairs(result.differences) do
      if i > MOST then
         lines[i] = ("… %d more"):format(#result.differences - MOST)
         break
      end
      lines[i] = line(difference, difference.record, word)
   end
   return lines
end

return differ
