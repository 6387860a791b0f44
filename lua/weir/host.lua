-- The machine we run on: clocks, terminal, signals, user.

local abi = require "weir.abi"

local C = abi.C
local host = {}

-- Seconds of a clock that only goes forward, and of CPU time this process has used.
function host.clock() return C.weir_clock() end
function host.cpu() return C.weir_clock_cpu() end

-- Columns of the terminal behind "stdout" or "stderr"; nil when it is none.
function host.width(stream)
   local width = C.weir_terminal_width(stream == "stderr" and 2 or 1)
   return width > 0 and (tonumber(os.getenv "COLUMNS") or width) or nil
end

-- Whether colour is wanted on "stdout" or "stderr".
function host.colour(stream)
   if (os.getenv "NO_COLOR" or "") ~= "" then return false end
   if (os.getenv "CLICOLOR_FORCE" or "0") ~= "0" then return true end
   return host.width(stream) ~= nil and os.getenv "TERM" ~= "dumb"
end

-- From now on SIGINT and SIGTERM only set what host.stopped() returns: the signal, or nil.
function host.watch() return C.weir_stop_watch() == 0 end

function host.stopped()
   local signal = C.weir_stop_signal()
   return signal ~= 0 and signal or nil
end

-- Gives up root for `user`.  Returns nil and the reason when that fails.
function host.become(user)
   return abi.result(C.weir_process_become(user))
end

-- The libraries the core was built with: "LIBRARY VERSION", …
function host.libraries()
   local list = {}
   for i = 0, math.huge do
      local line = abi.text(C.weir_about(i))
      if not line then return list end
      list[i + 1] = line
   end
end

-- Whether two paths are one file on a disk; "-" is standard input.
function host.same_file(path, other) return C.weir_same_file(path, other) ~= 0 end

-- A whole file as a string; or nil and the reason.
function host.contents(path)
   local file, why = io.open(path, "rb")
   if not file then return nil, ("cannot read %s"):format(why) end
   local text = file:read "*a"
   file:close()
   return text
end

return host
