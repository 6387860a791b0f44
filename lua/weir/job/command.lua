-- Runs a program of the system to its end, without a shell.
--
--    local code, output = command.run({ "git", "--version" }, { seconds = 10 })

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local command = {}

local ROOM = 64 * 1024                    -- bytes of output that are kept
local SECONDS = 60

local room, size

-- What every program gets of our environment; nothing in it changes what a program does, but where
-- it finds things.
command.PLAIN = { "PATH", "HOME", "USER", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME" }

local function list_of(words)
   local list = ffi.new("const char *[?]", #words + 1)
   for i, word in ipairs(words) do list[i - 1] = word end
   return list
end

-- Whether a word can be handed over: C ends it at its first zero byte.
local function check(words)
   for _, word in ipairs(words) do
      if word:find "%z" then error("a word for a program has a zero byte in it", 3) end
   end
end

-- how: environment (by name; besides what is plain), folder, seconds.  Returns the exit code (256
-- and more: a signal) and what was printed; nil, the reason, and whether it was stopped.
function command.run(words, how)
   local set = { "LC_ALL=C" }
   for _, name in ipairs(command.PLAIN) do
      if os.getenv(name) then set[#set + 1] = name .. "=" .. os.getenv(name) end
   end
   for name, value in pairs(how.environment or {}) do set[#set + 1] = name .. "=" .. value end
   check(words)
   check(set)
   room, size = room or ffi.new("char[?]", ROOM), size or ffi.new "uint32_t[1]"
   local arguments, environment = list_of(words), list_of(set)
   local code = C.weir_command_run(ffi.new("struct weir_command", {
      arguments = arguments, environment = environment, folder = how.folder,
      seconds = how.seconds or SECONDS,
   }), room, ROOM, size)
   if code < 0 then return nil, abi.reason(), code == C.WEIR_STOPPED end
   return code, ffi.string(room, size[0])
end

jit.off(command.run)                      -- C sees the bytes of words that must stay where they are

return command
