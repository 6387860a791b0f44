-- Runs each of the loops that users write twice over a capture, and prints how
-- many traces were aborted and flushed in the second pass, the result, and how
-- its time compares with the best: weir lua tests/jit.lua CAPTURE

local host   = require "weir.host"
local traces = require "weir.traces"
local weir   = require "weir"

local path = arg[1]

local passes = {
   batches = function ()
      local ports, total = {}, 0
      for batch in weir.open(path):batches() do
         for i = 0, batch.packet_count - 1 do
            local port = batch.packets[i].dest_port
            ports[port] = (ports[port] or 0) + 1
         end
         total = total + batch.packet_count
      end
      return total, ports
   end,
   packets = function ()
      local total = 0
      for packet in weir.open(path):packets() do total = total + (packet.size > 0 and 1 or 0) end
      return total
   end,
   payloads = function ()
      local total = 0
      for packet in weir.open(path):packets() do
         local payload = packet.payload
         total = total + (#payload >= 4 and payload:u16(2) > 0 and 1 or 0)
      end
      return total
   end,
}

local events
local function note(what) events[what] = (events[what] or 0) + 1 end

local function timed(pass)
   local begun = host.cpu()
   local result = pass()
   return result, host.cpu() - begun
end

for _, name in ipairs { "batches", "packets", "payloads" } do
   local pass = passes[name]
   pass()
   events = {}
   traces.listen(note)
   local result, second = timed(pass)
   traces.forget(note)
   local best = second
   for _ = 1, 5 do best = math.min(best, select(2, timed(pass))) end
   print(("%s %d aborts %d flushes %d packets %.2f of best"):format(
      name, events.abort or 0, events.flush or 0, result, second / best))
end
