-- Captures made in a test: packets between two hosts, each a table of options.
--
--    local path = wire.capture { wire.tcp { flags = "S" }, wire.tcp { flags = "SA", back = true } }
--
-- Options of a packet: at (seconds after the first moment of 2026), ns (nanoseconds more),
-- back (from the server), seq, port (of the client), to (port of the server), data, ethers (of who
-- sends and who receives, where others than the hosts' own).

local folder = "samples/?.lua;"
if not package.path:find(folder, 1, true) then package.path = folder .. package.path end

local file  = require "file"
local frame = require "frame"
local try   = require "try"

local PORT = 16 + 14 + 20               -- bytes before a client's port in a record of a pcap file

local wire = { START = file.START, address = frame.address }

-- Who sends a packet, and who receives it.
local function hosts(o)
   if o.back then return frame.server, frame.client end
   return frame.client, frame.server
end

-- An entry for weir's own writers of captures; an ICMP error comes from a router on the way.
local function entry(carried, o, from, to)
   if not from then from, to = hosts(o) end
   local at, ns = o.at or 0, o.ns or 0
   local ethers = o.ethers or { from.ether, to.ether }
   local packet = frame.ip4(from, to, carried)
   return {
      frame.ethernet({ ether = ethers[1] }, { ether = ethers[2] }, packet),
      seconds = file.START + at + math.floor(ns / 1e9), nanoseconds = ns % 1e9,
   }
end

local function ports(o)
   local from, to = o.port or 40000, o.to or 80
   if o.back then return to, from end
   return from, to
end

function wire.udp(o)
   local from, to = ports(o)
   return entry(frame.udp(from, to, o.data or "x"), o)
end

function wire.tcp(o)
   local from, to = ports(o)
   return entry(frame.tcp {
      from = from, to = to, flags = o.flags or "A", data = o.data, seq = o.seq,
   }, o)
end

-- An ICMP error: it goes to who sent the packet that it quotes, UDP with these options, or TCP
-- when they have flags.
function wire.unreachable(o)
   local sender, receiver = hosts(o)
   local from, to = ports(o)
   local carried = o.flags and frame.tcp { from = from, to = to, flags = o.flags }
      or frame.udp(from, to, "x")
   local quote = frame.ip4(sender, receiver, carried):sub(1, 28)
   return entry(frame.icmp(3, 3, ("\0"):rep(4), quote), o, frame.router, sender)
end

-- Writes a pcap file and returns its path; times are in nanoseconds unless told otherwise.
function wire.capture(packets, is_coarse)
   return try.file(file.pcap(packets, { nano = not is_coarse }), ".pcap")
end

-- The same as pcapng, which also has years that a pcap file does not.
function wire.pcapng(packets)
   local section = file.section(false)
   section:interface { link = 1, name = "eth0", rate = 1000000000, resolution = 9 }
   for _, packet in ipairs(packets) do section:packet(0, packet) end
   return try.file(section:bytes(), ".pcapng")
end

-- Writes a pcap file of many packets: each part is { packet, first, last, step }, a packet that
-- comes once for each of these ports of the client.  (Its checksum fits the first time only.)
function wire.swarm(parts)
   local list = { file.pcap({}, { nano = true }) }
   for _, part in ipairs(parts) do
      local record = file.pcap({ part[1] }, { nano = true }):sub(#list[1] + 1)
      local before, behind = record:sub(1, PORT), record:sub(PORT + 3)
      for port = part[2], part[3], part[4] or 1 do
         list[#list + 1] = before .. string.char(math.floor(port / 256), port % 256) .. behind
      end
   end
   return try.file(table.concat(list), ".pcap")
end

-- What `look` returns for the path of a capture of these packets, which is gone after it.
function wire.with(packets, look)
   local path = type(packets) == "string" and packets or wire.capture(packets)
   local ok, found = pcall(look, path)
   os.remove(path)
   if not ok then error(found, 0) end
   return found
end

return wire
