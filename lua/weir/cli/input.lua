-- Where a command's packets come from, as its options say.

local weir    = require "weir"
local capture = require "weir.capture"
local host    = require "weir.host"
local report  = require "weir.cli.report"
local sample  = require "weir.sample"

local exit = report.exit
local exit_codes = {
   [capture.status.denied] = exit.denied, [capture.status.misuse] = exit.usage,
}
local input = {}

-- The exit code for a weir_status that opening or reading gave.
function input.exit_code(status)
   return exit_codes[status] or exit.unreadable
end

-- The filter: -f, the file of -F, and the words behind the options, all of them.
local function filter_of(values, rest)
   local parts = { values.filter }
   if values.filter_file then
      local text, why = host.contents(values.filter_file)
      if not text then return nil, why end
      parts[#parts + 1] = text:gsub("#[^\n]*", " "):gsub("%s+", " ")
   end
   if #rest > 0 then parts[#parts + 1] = table.concat(rest, " ") end
   if #parts < 2 then return parts[1] end
   return "(" .. table.concat(parts, ") and (") .. ")"
end

-- Opens what -r or -i name; `measures` are options of the meter.  Returns nil,
-- the reason and the exit code when it cannot.
function input.open(values, rest, measures)
   if values.read and values.interface then
      return nil, "either '-r' or '-i', not both", exit.usage
   elseif not values.read and not values.interface then
      return nil, "nothing to read: name a capture with '-r FILE' or an interface with '-i IF'",
         exit.usage
   end
   if values.zone then
      local east, reason = sample.zone(values.zone)
      if not east then return nil, "option '--zone': " .. reason, exit.usage end
   end
   local filter, why = filter_of(values, rest)
   if why then return nil, why, exit.unreadable end
   local how = {
      interface = values.interface ~= nil, filter = filter, snaplen = values.snaplen,
      follow = values.follow, buffer = values.buffer_size,
      promiscuous = not values.no_promiscuous, checksums = values.checksums == "all",
      zone = values.zone,
   }
   for name, value in pairs(measures) do how[name] = value end
   local opened, reason, status = weir.open(values.interface or values.read, how)
   if not opened then return nil, reason, input.exit_code(status) end
   return opened
end

-- One line for each interface.
function input.list_interfaces()
   local faces, why = weir.interfaces()
   if not faces then
      report.error(why)
      return exit.unreadable
   end
   local out = report.sheet {
      { name = "interface", colour = "bold" }, { name = "state" },
      { name = "addresses", shrink = 1, min = 10 }, { name = "about", shrink = 2, min = 8 },
   }
   for _, face in ipairs(faces) do
      local state = not face.up and "down" or face.running and "running" or "up"
      out:row { face.name, state, face.addresses, face.about }
   end
   out:finish()
   return exit.ok
end

return input
