-- What specs of Zeek's logs share: reading them.

local try  = require "try"
local wire = require "wire"

local zeeklog = {}

local FIRST = { "#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)",
   "#unset_field\t-" }

-- The parts of a line of tabs.
local function split(line)
   local parts = {}
   for part in (line .. "\t"):gmatch "([^\t]*)\t" do parts[#parts + 1] = part end
   return parts
end

-- A log of tabs: its rows by the names of their columns, and its head.
function zeeklog.parse(text)
   local lines, rows, head = try.lines(text), {}, {}
   for i, line in ipairs(FIRST) do assert(line == lines[i], lines[i]) end
   for i = 5, #lines do
      local parts = split(lines[i])
      if lines[i]:sub(1, 1) == "#" then
         head[table.remove(parts, 1):sub(2)] = parts
      else
         assert(#head.fields == #parts, lines[i])
         rows[#rows + 1] = {}
         for k, name in ipairs(head.fields) do rows[#rows][name] = parts[k] end
      end
   end
   assert(#head.fields == #head.types)
   assert(head.open and head.close)
   return rows, head
end

-- Runs with --log-dir; returns what is in the folder by name.
function zeeklog.logs(arguments)
   local folder = try.path()
   local _, err, code = try.weir(("read -q --profile zeek --log-dir %s %s"):format(
      folder, arguments))
   assert(code == 0, err)
   local found = {}
   for _, name in ipairs(try.lines((try.run("ls " .. folder)))) do
      found[name] = try.contents(folder .. "/" .. name)
   end
   os.execute("rm -r " .. folder)
   return found
end

-- The rows of one log of a capture of these packets.
function zeeklog.rows_of(name, packets, options)
   local path = wire.capture(packets)
   local found = zeeklog.logs((options or "") .. " -r " .. path)
   os.remove(path)
   return found[name] and zeeklog.parse(found[name]) or {}
end

-- What a column of a log makes of a record.
function zeeklog.made(name, column, of)
   for _, found in ipairs(require("weir.profile.zeek." .. name)) do
      if found[1] == column then return found[3](of) end
   end
end

return zeeklog
