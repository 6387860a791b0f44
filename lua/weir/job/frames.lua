-- The other end of a weir.job.process: what a process that was started reads and sends, on its
-- standard input and output.

local abi = require "weir.abi"

local frames = {}

local LARGEST = 64 * 1024 * 1024          -- bytes of a frame

-- The next frame; nil when there is none any more.
function frames.read()
   local head = io.stdin:read(4)
   if not head or #head < 4 then return nil end
   local a, b, c, d = head:byte(1, 4)
   local size = a + 256 * (b + 256 * (c + 256 * d))
   local text = size == 0 and "" or size <= LARGEST and io.stdin:read(size)
   return text and #text == size and text or nil
end

-- Sends one; nil when nobody reads it.
function frames.send(text)
   local n = #text
   local ok = io.stdout:write(string.char(n % 256, math.floor(n / 256) % 256,
      math.floor(n / 65536) % 256, math.floor(n / 16777216) % 256), text)
   return ok and io.stdout:flush()
end

-- Ends with the process of that number, which started this one.  Nil and the reason.
function frames.follow(parent) return abi.result(abi.C.weir_process_follow(parent)) end

return frames
