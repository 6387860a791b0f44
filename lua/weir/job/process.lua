-- Another process of this program, at the other end of a channel, with limits of time.
--
--    local p = assert(process.start { "confined" })
--    assert(p:send("a frame", 1))
--    local answer, why = p:read(1)
--    print(p:finish())                                  --> it was killed (signal 9)

local ffi  = require "ffi"
local abi  = require "weir.abi"
local host = require "weir.host"

local C = abi.C
local process = {}
process.__index = process

process.LARGEST = 64 * 1024 * 1024        -- bytes of a frame

local out = ffi.new "const char *[1]"

-- What runs this library: the program itself, or a LuaJIT that is told where its modules are.
local function program(arguments)
   local path = host.program() or ""
   if package.loaded["weir.core"] then return { path, unpack(arguments) } end
   if not path:find "/luajit[^/]*$" then
      return nil, ("'%s' is neither weir nor luajit, and cannot be started again"):format(path)
   end
   local quoted = {}
   for i, argument in ipairs(arguments) do quoted[i] = ("%q"):format(argument) end
   return { path, "-e", ("package.path, package.cpath = %q, %q\n"
      .. "os.exit(require 'weir.cli'(%s))"):format(package.path, package.cpath,
      table.concat(quoted, ",")) }
end

-- The words as C has them, ended by NULL.
local function list_of(words)
   local list = ffi.new("const char *[?]", #words + 1)
   for i, word in ipairs(words) do list[i - 1] = word end
   return list
end

-- Starts this program again.  `environment`: all that it has of one, by name.
-- Returns nil and the reason when it cannot.
function process.start(arguments, environment)
   local words, why = program(arguments)
   if not words then return nil, why end
   local set = { os.getenv "WEIR_LUA" and "WEIR_LUA=" .. os.getenv "WEIR_LUA" }
   for name, value in pairs(environment or {}) do set[#set + 1] = name .. "=" .. value end
   local handle = C.weir_process_start(list_of(words), list_of(set))
   if handle == nil then return nil, abi.reason() end
   return setmetatable({ handle = ffi.gc(handle, C.weir_process_free) }, process)
end

local function open(self) return self.handle or error("process is closed", 3) end

function process:pid() return C.weir_process_pid(open(self)) end

-- Readable, for a weir.loop, when a frame has begun to come, or it has ended.
function process:fd() return C.weir_process_fd(open(self)) end

-- Sends a frame within so many seconds.  Nil, the reason, and whether the process has ended.
function process:send(frame, seconds)
   local status = C.weir_process_send(open(self), frame, #frame, seconds)
   if status >= 0 then return true end
   return nil, abi.reason(), status == C.WEIR_CLOSED
end

-- The next frame, which comes within so many seconds.  Nil, the reason, and whether it has ended.
function process:read(seconds)
   local size = C.weir_process_read(open(self), process.LARGEST, seconds, out)
   if size >= 0 then return ffi.string(out[0], size) end
   return nil, abi.reason(), size == C.WEIR_CLOSED
end

-- It may compute for so many seconds more.
function process:allow(seconds) return abi.result(C.weir_process_allow(open(self), seconds)) end

-- Asks it to come to an end, as SIGTERM does.  Nil and the reason when it has.
function process:stop() return abi.result(C.weir_process_stop(open(self))) end

-- Ends it, if it still runs; how it ended, in words.
function process:finish()
   local how = abi.text(C.weir_process_end(open(self)))
   C.weir_process_free(ffi.gc(self.handle, nil))
   self.handle = nil
   return how
end

return process
