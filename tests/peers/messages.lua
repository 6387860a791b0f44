-- What Weir's protocols say against tshark's dissectors, message by message and field by field.
--
--    build/weir lua tests/peers/messages.lua PROTOCOL [--show N] [--least FRACTION] CAPTURE|FOLDER…
--
-- PROTOCOL is a file of tests/peers/said, which tells the fields of both and what is different by
-- design.  A message is what one packet completes; it is equal when all its fields are.  Prints
-- how many are, for each field how many of those that either has, and what was left out and why.
-- --show prints the first N differences of each field.  Exit 1 when less than FRACTION (0.98) of
-- the messages are equal.

local dissector = require "dissector"
local weir      = require "weir"

local design  = require("said." .. table.remove(arg, 1))
local command = dissector.asked(arg, 0.98)

local BETWEEN = "\1"                   -- several values of a field: other bytes may be in them

-- ---- what tshark says -------------------------------------------------------------------

local asked = { "frame.number", "frame.protocols", "_ws.malformed" }
for _, field in ipairs(design.also or {}) do asked[#asked + 1] = field end
for _, field in ipairs(design.fields) do
   if field.tshark then asked[#asked + 1] = field.tshark end
end

-- Those of a connection as one message, in the order of packets.
local function gathered(found)
   local numbers, all = {}, {}
   for number in pairs(found) do numbers[#numbers + 1] = number end
   table.sort(numbers)
   for _, number in ipairs(numbers) do
      local message, key = found[number], design.by(found[number])
      all[key] = all[key] or message
      for name, list in pairs(all[key] ~= message and message or {}) do
         for _, text in ipairs(list) do table.insert(all[key][name], text) end
      end
   end
   return all
end

-- The messages that tshark has, by the number of their packet: texts by the name of a field.
local function theirs(path)
   local found = {}
   local how = { filter = design.filter, options = design.options, between = BETWEEN }
   for packet in dissector.packets(path, asked, how) do
      local message = {}
      for name, text in pairs(packet) do message[name] = dissector.split(text, BETWEEN) end
      found[tonumber(packet["frame.number"])] = message
   end
   return design.by and gathered(found) or found
end

-- ---- what Weir says ----------------------------------------------------------------------

-- The records of each packet, as lists of texts by the name of a field.
local function ours(path)
   local found = {}
   local capture = weir.open(path, { packets = false, protocols = design.kinds })
   for batch in capture and capture:batches() or function () end do
      for i = 0, batch[design.records .. "_count"] - 1 do
         local record = batch[design.records][i]
         local number = design.key and design.key(record) or tonumber(record.ordinal)
         local message = found[number] or {}
         for _, field in ipairs(design.fields) do
            local list = message[field.name] or {}
            field.ours(record, function (value)
               if value ~= nil then list[#list + 1] = tostring(value) end
            end)
            message[field.name] = list
         end
         found[number] = message
      end
   end
   return found
end

-- ---- comparing ----------------------------------------------------------------------------

local counts = {}
local total = { both = 0, equal = 0, theirs = 0, ours = 0 }
for _, field in ipairs(design.fields) do counts[field.name] = { all = 0, equal = 0, shown = 0 } end

local function excuse_of(message, mine, field, path)
   for _, row in ipairs(design.excused) do
      if (not row.field or row.field == field) and row.when(message, mine, path) then
         row.count = (row.count or 0) + 1
         return row
      end
   end
end

local function tell(name, ...)
   local count = counts[name] or total
   count.shown = (count.shown or 0) + 1
   if count.shown <= command.show then print((...):format(select(2, ...))) end
end

local function plain(field, list)
   local out = {}
   for _, text in ipairs(list) do
      local value = text
      if field.plain then value = field.plain(text) end
      if value ~= nil then out[#out + 1] = tostring(value) end
      if field.is_first then break end
   end
   if field.is_set then table.sort(out) end
   return table.concat(out, "|")
end

local function compare(path, number, message, mine)
   local is_equal = true
   for _, field in ipairs(design.fields) do
      local count = counts[field.name]
      local want, got = plain(field, message[field.tshark]), table.concat(mine[field.name], "|")
      if field.is_set then
         local list = mine[field.name]
         table.sort(list)
         got = table.concat(list, "|")
      end
      if want ~= "" or got ~= "" then
         count.all = count.all + 1
         if want == got or excuse_of(message, mine, field.name, path) then
            count.equal = count.equal + 1
         else
            is_equal = false
            tell(field.name, "%s %s: %s: tshark %s, weir %s", path, number, field.name, want, got)
         end
      end
   end
   total.both, total.equal = total.both + 1, total.equal + (is_equal and 1 or 0)
end

local function run(path)
   local message, mine = theirs(path), ours(path)
   for number, said in pairs(message) do
      if mine[number] then
         compare(path, number, said, mine[number])
      elseif not excuse_of(said, nil, nil, path) then
         total.theirs = total.theirs + 1
         tell(nil, "%s %s: only tshark has it (%s)", path, number, said["frame.protocols"][1])
      end
   end
   for number in pairs(mine) do total.ours = total.ours + (message[number] and 0 or 1) end
end

for _, path in ipairs(command.paths) do run(path) end

local all = total.both + total.theirs
local fraction = all > 0 and total.equal / all or 1
print(("%d messages of %d are equal: %.4f; tshark alone has %d, Weir alone %d")
   :format(total.equal, all, fraction, total.theirs, total.ours))
for _, field in ipairs(design.fields) do
   local count = counts[field.name]
   print(("   %-16s %7d of %7d"):format(field.name, count.equal, count.all))
end
for _, row in ipairs(design.excused) do
   if row.count then print(("   left out: %d: %s"):format(row.count, row.why)) end
end
os.exit(fraction >= command.least and 0 or 1, true)
