-- A page whose sessions of `weir repl` happen as they are shown, in blocks of the language "weir":
--
--    $ weir repl samples/web.pcap          a session begins; blocks without such a line go on
--    weir> 1 + 1                           an entry, of several lines where it takes them
--    2                                     what comes of it
--    ^C                                    here somebody types Ctrl-C
--
-- tour.follow(page, see) calls see(shown, happened) with each block.

local chunk    = require "weir.repl.chunk"
local terminal = require "terminal"
local try      = require "try"

local tour = {}

local PROMPT = "weir> "

local function lines_of(text)
   local lines = {}
   for line in (text .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = line end
   return lines
end

-- Ends a session.
local function leave(session)
   if not session then return end
   session:type "\4"
   session:finish()
end

local function begin(command, state)
   local session = terminal.open(command:gsub("^weir", try.program), {
      rows = 60, columns = 100, env = { NO_COLOR = "1", PAGER = "cat", XDG_STATE_HOME = state },
   })
   return session, session:expect(PROMPT):sub(1, -#PROMPT - 2)
end

-- The entry that begins in line `at`, and the line behind it.
local function entry_at(lines, at)
   local entry = lines[at]:sub(#PROMPT + 1)
   at = at + 1
   while lines[at] do
      local _, _, goes_on = chunk.load(entry, "typed", {})
      if not goes_on then break end
      entry, at = entry .. "\n" .. lines[at], at + 1
   end
   return entry, at
end

-- Does what a block shows: what happens.
local function play(session, block, state)
   local lines, at, out = lines_of(block), 1, {}
   while lines[at] do
      local command = lines[at]:match "^%$ (.*)"
      if command then
         leave(session)
         out[#out + 1] = lines[at]
         session, out[#out + 1] = begin(command, state)
         at = at + 1
      elseif lines[at]:sub(1, #PROMPT) == PROMPT then
         local entry
         entry, at = entry_at(lines, at)
         out[#out + 1] = PROMPT .. entry
         local came = session:ask(entry, PROMPT, lines[at] == "^C" and 0.5)
         if came ~= "" then out[#out + 1] = came end
      else
         at = at + 1                                     -- what came of it
      end
   end
   return session, table.concat(out, "\n")
end

function tour.follow(page, see)
   local session
   local state = try.path()
   for block in try.contents(page):gmatch "\n```weir\n(.-)\n```" do
      local happened
      session, happened = play(session, block, state)
      see(block, happened)
   end
   leave(session)
   os.execute("rm -rf " .. state)
end

return tour
