-- The last words of a command that reads packets or exchanges: how much there was, what was
-- skipped and why, and how fast it went.

local schema = require "weir.schema"
local sheet  = require "weir.sheet"

local summary = {}

-- What each trouble means to a person.
local reasons = {
   ["cut"]          = "cut short by the capture",
   ["short"]        = "with a header too short",
   ["bad-version"]  = "neither IPv4 nor IPv6",
   ["bad-length"]   = "with lengths that contradict",
   ["too-deep"]     = "nested too deep",
   ["unknown-link"] = "of an unknown link type",
   ["bad-fragment"] = "with a bad fragment",
   ["incomplete"]   = "datagram(s) incomplete",
}

-- "1 packet", "5 681 828 packets": a number and its words, of which "(s)" is for more than one.
local function counted(number, words)
   return sheet.count(number) .. " " .. words:gsub("%(s%)", number == 1 and "" or "s")
end

local function add(list, number, words)
   if number and number > 0 then list[#list + 1] = counted(number, words) end
end

-- Three digits say how fast it went; the others change with each run.
local function rate(number)
   local unit = 10 ^ math.max(0, math.floor(math.log10(math.max(number, 1))) - 2)
   return sheet.count(math.floor(number / unit) * unit)
end

local function skipped(read, seen)
   local list = {}
   add(list, read.filtered, "filtered out")
   add(list, read.kernel_drops, "dropped by the kernel")
   add(list, read.interface_drops, "dropped by the interface")
   for i, name in ipairs(schema.of "packet".troubles) do
      add(list, seen.trouble[i], reasons[name])
   end
   add(list, seen.offsets_dropped, "file offset(s) left out for want of room")
   add(list, read.bad_headers, "header(s) of rows that are no JSON")
   add(list, read.bad_times, "time(s) of rows that are none")
   add(list, read.cut_bodies, "value(s) of rows that are too long")
   add(list, seen.names_dropped, "name(s) forgotten for want of room")
   add(list, seen.notes_dropped, "text(s) of extensions left out for want of room")
   for link, frames in pairs(seen.unknown_links) do
      list[#list + 1] = ("link type %d: %s"):format(link, sheet.count(frames))
   end
   return list
end

local function contents(read, seen)
   local list = {}
   if seen.packets > 0 then add(list, read.rows, "exchange(s) of databases") end
   add(list, seen.flows_written, "flow(s)")
   add(list, seen.seconds_written, "second(s) of flows")
   add(list, seen.tunnelled, "in tunnels")
   add(list, seen.fragments, "fragment(s)")
   add(list, seen.reassembled, "datagram(s) put together")
   return list
end

-- Lines of text.  `read` and `seen` are what capture:counts returns, `seconds`
-- how long it took.
function summary.lines(read, seen, seconds)
   local lines = {}
   local first = counted(seen.packets, "packet(s)") .. ", " .. sheet.size(seen.bytes)
   local is_rows = read.rows and seen.packets == 0
   if is_rows then first = counted(read.rows, "exchange(s)") end
   if seen.first then
      first = ("%s over %s"):format(first, sheet.duration(seen.last - seen.first))
   end
   if seconds > 0 then
      local many = is_rows and read.rows or read.packets or 0
      first = ("%s; read in %s, %s %s/s"):format(first, sheet.duration(seconds),
         rate(many / seconds), is_rows and "exchanges" or "packets")
   end
   lines[1] = first
   for _, part in ipairs { contents(read, seen), skipped(read, seen) } do
      if #part > 0 then lines[#lines + 1] = table.concat(part, ", ") end
   end
   return lines
end

-- What parsers did, a line for each protocol that was looked for, and how much came of it.
function summary.parsers(seen)
   local lines, said, by_name, order = {}, {}, {}, {}
   for _, parser in ipairs(seen.parsers) do
      local all = by_name[parser.name]
      if not all then
         all = { probes = 0, talks = 0, calls = 0 }
         by_name[parser.name], order[#order + 1] = all, parser.name
      end
      for name in pairs(all) do all[name] = all[name] + parser[name] end
   end
   for _, name in ipairs(order) do
      local all = by_name[name]
      if all.probes > 0 then
         lines[#lines + 1] = ("%s: looked for %s times, spoken in %s, shown %s times"):format(name,
            sheet.count(all.probes), counted(all.talks, "flow(s)"), sheet.count(all.calls))
      end
   end
   for _, kind in ipairs(schema.protocols) do add(said, seen.said[kind], "of " .. kind) end
   if #said > 0 then lines[#lines + 1] = "records: " .. table.concat(said, ", ") end
   return lines
end

return summary
