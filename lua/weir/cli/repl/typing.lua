-- What is typed on a terminal: lines are read, completed and remembered, and go to the session.

local complete  = require "weir.repl.complete"
local hot       = require "weir.repl.hot"
local host      = require "weir.host"
local interrupt = require "weir.interrupt"
local pager     = require "weir.cli.repl.pager"
local report    = require "weir.cli.report"
local sheet     = require "weir.sheet"
local show      = require "weir.repl.show"
local text      = require "weir.text"
local weir      = require "weir"

local MOST = 5000                         -- entries that are remembered
local LISTED = 200                        -- words that are listed

-- ---- completion ------------------------------------------------------------------------------

-- Words in columns, as ls has them.
local function columns(words, width)
   local widest, out = 0, {}
   for _, word in ipairs(words) do widest = math.max(widest, text.width(word) + 2) end
   local across = math.max(math.floor(width / widest), 1)
   local down = math.ceil(#words / across)
   for row = 1, down do
      local line = {}
      for i = row, #words, down do
         line[#line + 1] = words[i] .. (" "):rep(widest - text.width(words[i]))
      end
      out[row] = table.concat(line):gsub(" +$", "")
   end
   return table.concat(out, "\n") .. "\n"
end

-- What is listed: of paths and of long names only what differs.
local function shown(words)
   local list = {}
   for i = 1, math.min(#words, LISTED) do
      list[i] = text.safe(words[i]:match "([^/]+/?)$" or words[i])
   end
   return list
end

-- Completes the word before the cursor as far as it is certain, or lists what it may be.
local function complete_line(session, line, typed, cursor)
   local _, ok, back, words = interrupt.run("completion", complete.at, session,
      typed:sub(1, cursor))
   if not ok or #words == 0 then return line:show() end
   local shared = complete.shared(words)
   if #words == 1 or #shared > back then return line:replace(back, shared) end
   local out = columns(shown(words), session.width)
   if #words > LISTED then out = out .. ("and %d more\n"):format(#words - LISTED) end
   line:show(out)
end

-- ---- history ------------------------------------------------------------------------------------

-- The file that keeps what was typed; nil when nobody says where it could be.
local function history_path()
   local state = os.getenv "XDG_STATE_HOME"
   if not state or state:sub(1, 1) ~= "/" then
      local home = os.getenv "HOME"
      state = home and home ~= "" and home .. "/.local/state"
   end
   return state and state .. "/weir", state and state .. "/weir/history"
end

local function read_history(line)
   local folder, path = history_path()
   if not folder then return end
   local ok, why = host.make_folder(folder)
   if ok then ok, why = line:history(path, MOST) end
   if not ok then report.warning(why) end
end

-- ---- the loop -----------------------------------------------------------------------------------

local function greet(session)
   local lines = { ("Weir %s; help() says what there is, Ctrl-D leaves"):format(weir.version) }
   for _, input in ipairs(session.inputs) do lines[#lines + 1] = text.safe(tostring(input)) end
   report.page(table.concat(lines, "\n") .. "\n")
end

-- A name that is made local is gone with its entry: it is said once.
local function advise(session, typed)
   if session.is_advised or not typed:find "^%s*local%s" or typed:find "\n" then return end
   session.is_advised = true
   report.page "(a local is gone with its entry: leave out 'local')\n"
end

-- One entry that was typed in whole.
local function do_entry(session, line, typed, values)
   if not typed:find "%S" then return end
   if not values.no_history then
      local ok, why = line:remember(typed)
      if not ok then report.warning(why) end
   end
   session.width = host.width "stdout" or session.width
   advise(session, typed)
   session:run(typed)
end

local function prompt_of(session)
   return session.colour and sheet.paint("weir>", "bold") .. " " or "weir> "
end

local function paint_problems(session)
   session.tell = function (message)
      local first, others = message:match "^([^\n]*)(.*)$"
      local after = first == "interrupted" and "\n" or ""         -- the terminal showed ^C
      report.page(after .. (session.colour and sheet.paint(first, "red") or first) .. others)
   end
end

-- Reads and does entries until there are no more; the exit code.
return function (session, line, values)
   local modules = hot.watch(function (message) report.page(message .. "\n") end)
   local prompt = prompt_of(session)
   paint_problems(session)
   function session.write(printed) report.page(show.safe(printed)) end
   if not values.no_pager then session.show = pager end
   if not values.no_history then read_history(line) end
   greet(session)
   local event, typed, cursor
   repeat
      io.stdout:flush()
      event, typed, cursor = line:read(prompt)
      if event == "tab" then
         complete_line(session, line, typed, cursor)
      elseif event == "enter" and session:is_unfinished(typed) then
         line:replace(0, "\n")
      elseif event == "enter" then
         line:accept()
         modules:look()
         do_entry(session, line, typed, values)
      end
   until event == "leave" or event == "end" or interrupt.last()
   line:close()
   return interrupt.last() and report.exit.interrupted or report.exit.ok
end
