-- The machine we run on: clocks, terminal, signals, user.

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local host = {}

local ROOM = 4096                         -- bytes of a path
local room = ffi.new("char[?]", ROOM)

-- Seconds of a clock that only goes forward, and of CPU time this process has used.
function host.clock() return C.weir_clock() end
function host.cpu() return C.weir_clock_cpu() end

jit.off(host.clock)                       -- asked between batches, which is not worth a trace

-- The number of this process.
function host.pid() return C.weir_pid() end

-- Columns of the terminal behind "stdout" or "stderr"; nil when it is none.
function host.width(stream)
   local width = C.weir_terminal_width(stream == "stderr" and 2 or 1)
   return width > 0 and (tonumber(os.getenv "COLUMNS") or width) or nil
end

-- Lines of the same terminal; nil when it is none.
function host.height(stream)
   local height = C.weir_terminal_height(stream == "stderr" and 2 or 1)
   return height > 0 and height or nil
end

-- Whether somebody types what standard input has.
function host.is_terminal() return C.weir_terminal_width(0) > 0 end

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

-- Whether there is a file, of any kind but a folder.
function host.is_file(path) return C.weir_is_file(path) ~= 0 end

-- Whether it can be read once only: standard input, a pipe, a device.
function host.is_stream(path) return path == "-" or C.weir_is_stream(path) ~= 0 end

-- Whether there is a regular file, which is in a folder or below it, wherever links lead.
function host.is_below(path, folder) return C.weir_file_is_below(path, folder) ~= 0 end

function host.is_folder(path) return C.weir_folder_is(path) ~= 0 end

-- The names in a folder, in order; those of folders end with a slash.  Nil and the reason if it
-- cannot be read.
function host.entries(path)
   local folder = C.weir_folder_list(path)
   if folder == nil then return nil, abi.reason() end
   local names = {}
   while C.weir_folder_path(folder, #names) ~= nil do
      names[#names + 1] = abi.text(C.weir_folder_path(folder, #names))
   end
   C.weir_folder_close(folder)
   return names
end

-- Makes a folder with those above it.  Returns nil and the reason when that fails.
function host.make_folder(path) return abi.result(C.weir_make_folder(path)) end

-- The path of the program that runs; nil when nobody knows.
function host.program()
   if C.weir_program(room, ROOM) > 0 then return abi.text(room) end
end

-- How many processors there are for this process.
function host.processors() return C.weir_processors() end

-- All of the environment, by name.
function host.environment()
   local all = {}
   for i = 0, math.huge do
      local line = abi.text(C.weir_environment(i))
      if not line then return all end
      local name, value = line:match "^([^=]+)=(.*)$"
      if name then all[name] = value end
   end
end

-- A whole file as a string; or nil and the reason.
function host.contents(path)
   local file, why = io.open(path, "rb")
   if not file then return nil, ("cannot read %s"):format(why) end
   local text = file:read "*a"
   file:close()
   return text
end

return host
