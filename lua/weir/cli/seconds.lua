-- How the seconds of flows look in a table: a row each, or beside their flow a line of bars.

local cell  = require "weir.cli.cell"
local sheet = require "weir.sheet"
local value = require "weir.ends".value

local seconds = {}
seconds.__index = seconds

local BARS = 24                           -- at most: then each stands for twice as long

seconds.columns = {
   { name = "second", align = "right", colour = "dim" },
   { name = "flow", align = "right", colour = "dim", spare = 2 },
   { name = "from", min = 14, shrink = 1, cut = "middle" },
   { name = "to", min = 14, shrink = 1, cut = "middle" },
   { name = "proto", colour = "cyan", spare = 3 },
   { name = "packets", align = "right", spare = 1 },
   { name = "sent", align = "right" },
   { name = "received", align = "right" },
}

-- What a row needs of a second.
function seconds.keep(s)
   return {
      ns = s.ns, id = s.flow_id, proto = s.proto, packets = s.pkts_toserver + s.pkts_toclient,
      from = cell.endpoint(s.src_ip, value(s, "second", "src_port")),
      to = cell.destination(s, "second"),
      sent = s.bytes_toserver, received = s.bytes_toclient,
      bytes = s.bytes_toserver + s.bytes_toclient,
   }
end

function seconds.row(s, stamp)
   return {
      stamp(s.ns), s.id, s.from, s.to, s.proto, s.packets, sheet.size(s.sent),
      sheet.size(s.received),
   }
end

-- Collects what flows did when: bytes by steps of 1, 2, 4, … seconds, of which the whole time
-- has no more than there are bars.
function seconds.new()
   return setmetatable({ step = 1, first = math.huge, last = 0, flows = {} }, seconds)
end

-- Brings what a flow did to steps of that length.
local function coarsen(flow, step)
   while flow.step < step do
      local bytes = {}
      for at, n in pairs(flow.bytes) do
         local half = math.floor(at / 2)
         bytes[half] = (bytes[half] or 0) + n
      end
      flow.bytes, flow.step = bytes, 2 * flow.step
   end
end

local function bars(self)
   return math.floor(self.last / self.step) - math.floor(self.first / self.step) + 1
end

function seconds:add(s)
   local at = tonumber(s.ns / 1000000000)
   self.first, self.last = math.min(self.first, at), math.max(self.last, at)
   while bars(self) > BARS do self.step = 2 * self.step end
   local flow = self.flows[s.flow_id] or { step = self.step, bytes = {} }
   self.flows[s.flow_id] = flow
   coarsen(flow, self.step)
   local place = math.floor(at / flow.step)
   flow.bytes[place] = (flow.bytes[place] or 0) + s.bytes_toserver + s.bytes_toclient
end

-- Takes out a flow that has ended.  Returns a function that draws it, along all the time that is
-- known by then.
function seconds:take(id)
   local flow = self.flows[id] or { step = 1, bytes = {} }
   self.flows[id] = nil
   return function ()
      coarsen(flow, self.step)
      local list, first = {}, math.floor(self.first / self.step)
      for i = 1, bars(self) do list[i] = flow.bytes[first + i - 1] or 0 end
      return sheet.bars(list)
   end
end

return seconds
