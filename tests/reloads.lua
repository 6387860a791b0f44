-- Replays a capture again and again while an extension is reloaded: reloads.lua CAPTURE [TIMES]
--
-- After a hundred reloads it counts the traces that a second pass aborts or flushes; with TIMES,
-- it says what Lua held after a few reloads, and after so many.

package.path = "tests/?.lua;" .. package.path
local engine = require "weir.extension.engine"
local extend = require "extend"
local reload = require "weir.extension.reload"
local traces = require "weir.traces"
local weir   = require "weir"

local path, times = arg[1], tonumber(arg[2])
local folder = extend.folder()
local events, pass = {}, 0

local text = extend.feature('gives = { n = "number" }', [[
function x:begin() self.n = 0 end
function x:packet(packet) self.n = self.n + packet.size end
function x:finish() return { n = self.n } end]])

local function held()
   collectgarbage()
   collectgarbage()
   return collectgarbage "count"
end

local function note(what) events[what] = (events[what] or 0) + 1 end

-- Goes over the capture `passes` times, in each of its first batches with a reload; calls see with
-- the number of each batch.
local function replay(passes, reloads, see)
   local paths, number = {}, 0
   for i = 1, passes do paths[i] = path end
   local ext = assert(extend.load(folder, { "x", text }))
   local run = assert(engine.new({ ext }, { tell = error, log = function () end }))
   local capture = assert(weir.open(paths, run:measures { packets = false, flows = true }))
   assert(run:attach(capture) and reload.watch(run))
   while true do
      local batch, n = capture:read(7)
      if not batch then return end
      number = number + 1
      if number <= reloads then assert(run.reloader:again "x") end
      if n > 0 then run:run(batch) end
      see(number)
   end
end
jit.off(replay)

if times then
   local first
   replay(math.ceil(times / 40), times, function (number)
      if number == 50 then first = held() end
      if number == times then print(("from %d to %d KiB"):format(first, held())) end
   end)
else
   replay(400, 100, function (number)                    -- half of it to get warm
      if number == 8600 then traces.listen(note) end
      pass = number
   end)
   traces.forget(note)
   print(("%d aborts %d flushes in %d batches"):format(events.abort or 0, events.flush or 0, pass))
end
extend.remove(folder)
