-- The last words of a command that reads packets: how much there was, what was
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
   ["incomplete"]   = "datagrams incomplete",
}

local function add(list, number, format)
   if number and number > 0 then list[#list + 1] = format:format(sheet.count(number)) end
end

local function skipped(read, seen)
   local list = {}
   add(list, read.filtered, "%s filtered out")
   add(list, read.kernel_drops, "%s dropped by the kernel")
   add(list, read.interface_drops, "%s dropped by the interface")
   for i, name in ipairs(schema.of "packet".troubles) do
      add(list, seen.trouble[i], "%s " .. reasons[name])
   end
   for link, frames in pairs(seen.unknown_links) do
      list[#list + 1] = ("link type %d: %s"):format(link, sheet.count(frames))
   end
   return list
end

local function contents(seen)
   local list = {}
   add(list, seen.flows_written, "%s flows")
   add(list, seen.seconds_written, "%s seconds of flows")
   add(list, seen.tunnelled, "%s in tunnels")
   add(list, seen.fragments, "%s fragments")
   add(list, seen.reassembled, "%s datagrams put together")
   return list
end

-- Lines of text.  `read` and `seen` are what capture:counts returns, `seconds`
-- how long it took.
function summary.lines(read, seen, seconds)
   local lines = {}
   local first = ("%s packets, %s"):format(sheet.count(seen.packets), sheet.size(seen.bytes))
   if seen.first then
      first = ("%s over %s"):format(first, sheet.duration(seen.last - seen.first))
   end
   if seconds > 0 then
      first = ("%s; read in %s, %s packets/s"):format(
         first, sheet.duration(seconds), sheet.count(math.floor((read.packets or 0) / seconds)))
   end
   lines[1] = first
   for _, part in ipairs { contents(seen), skipped(read, seen) } do
      if #part > 0 then lines[#lines + 1] = table.concat(part, ", ") end
   end
   return lines
end

return summary
