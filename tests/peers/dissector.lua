-- What comparisons with tshark share: what it says of a capture, and their command line.

local weir = require "weir"

local dissector = {}

function dissector.quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end
local quote = dissector.quote

-- The parts of a text between separators of one character; none of an empty text.
function dissector.split(text, separator)
   local parts = {}
   if text == "" then return parts end
   for part in (text .. separator):gmatch("(.-)%" .. separator) do parts[#parts + 1] = part end
   return parts
end

-- Iterates over the lines that tshark prints of a capture.  A home that is not there has no
-- preferences.
function dissector.lines(path, arguments)
   return assert(io.popen(("HOME=/nowhere XDG_CONFIG_HOME=/nowhere tshark -n -r %s %s 2>/dev/null")
      :format(quote(path), arguments))):lines()
end

-- Iterates over the packets of a capture that a filter lets through: tables of texts by the names
-- of fields, each empty where a packet has none.  `o`: filter, options, between (several values of
-- a field, "|").
function dissector.packets(path, fields, o)
   local lines = dissector.lines(path, ("%s -Y %s -T fields -E occurrence=a -E aggregator=%s -e %s")
      :format(o.options or "", quote(o.filter), quote(o.between or "|"),
         table.concat(fields, " -e ")))
   return function ()
      local line = lines()
      if not line then return end
      local cells, found = dissector.split(line, "\t"), {}
      for i, name in ipairs(fields) do found[name] = cells[i] or "" end
      return found
   end
end

-- Ends the program, and says why, when there is no tshark.
function dissector.need()
   if io.popen "command -v tshark":read "*l" then return end
   print "not measured: tshark is not installed"
   os.exit(0, true)
end

-- What a command line asks for: the paths of captures, how many differences to show, and which
-- fraction has to be the same, `least` unless told.
function dissector.asked(arguments, least)
   local asked, i = { paths = {}, show = 0, least = least }, 1
   dissector.need()
   while arguments[i] do
      local option = arguments[i]:match "^%-%-(%a+)$"
      if option == "show" or option == "least" then
         i = i + 1
         asked[option] = assert(tonumber(arguments[i]), "a number belongs behind --" .. option)
      else
         local paths = assert(weir.open(arguments[i])).paths
         for _, path in ipairs(paths) do table.insert(asked.paths, path) end
      end
      i = i + 1
   end
   return asked
end

return dissector
