-- Fragments are packets of their flow in whichever order they come.

local measured = require "measured"
local plain    = require "plain"
local wire     = require "wire"
local frame    = require "frame"                         -- wire makes it known
local file     = require "file"

local PARTS = { { 0, 16 }, { 16, 32 }, { 32, 48 }, { 48, 60 } }

-- A fragment of a datagram of 60 bytes from port 1000 + id; of a virtual network, if one is given.
local function fragment(id, part, seconds, network)
   local from, to = frame.client, frame.server
   local carried = frame.udp(1000 + id, 7, ("x"):rep(52))
   local whole = frame.sealed(carried, frame.address(from.ip4), frame.address(to.ip4))
   local piece = { protocol = 17, bytes = whole:sub(part[1] + 1, part[2]) }
   local o = { id = id, at = part[1], flags = part[2] < #whole and 1 or 0 }
   local bytes = frame.ethernet(from, to, frame.ip4(from, to, piece, o))
   if network then
      local header = frame.hex("08000000 0000" .. ("%02x"):format(network) .. "00")
      bytes = frame.ethernet(from, to, frame.ip4(from, to, frame.udp(50000, 4789, header .. bytes)))
   end
   return {
      bytes, seconds = file.START + (seconds or 0), nanoseconds = 0,
   }
end

-- All orders of a list.
local function orders(list, n, found)
   n, found = n or #list, found or {}
   if n == 1 then found[#found + 1] = { unpack(list) } end
   for i = 1, n > 1 and n or 0 do
      list[i], list[n] = list[n], list[i]
      orders(list, n - 1, found)
      list[i], list[n] = list[n], list[i]
   end
   return found
end

-- Packets and fragments of each flow, and offsets where asked; the plain table agrees.
local function flows_of(packets, options)
   return wire.with(packets, function (path)
      local list, want = {}, plain.flows(path, options)
      measured.each(path, options, 7, function (kind, f)
         if kind == "flows" then
            list[#list + 1] = ("%d: %d %d"):format(f.src_port, f.pkts_toserver, f.fragments)
         end
      end)
      table.sort(list)
      for i, flow in ipairs(measured.begun(path, options, 1)) do
         assert.equal(plain.text(want[i]), plain.text(flow))
      end
      return list
   end)
end

describe("fragments", function ()
   it("belong to their flow in any order", function ()
      for _, order in ipairs(orders { 1, 2, 3, 4 }) do
         local packets = {}
         for i, part in ipairs(order) do packets[i] = fragment(1, PARTS[part]) end
         assert.same({ "1001: 4 4" }, flows_of(packets))
      end
   end)

   it("of several datagrams at once find each their own", function ()
      assert.same({ "1001: 3 3", "1002: 3 3" }, flows_of {
         fragment(1, PARTS[3]), fragment(2, PARTS[4]), fragment(2, PARTS[2]),
         fragment(1, PARTS[2]), fragment(2, PARTS[1]), fragment(1, PARTS[1]),
      })
   end)

   it("wait for half a minute, and not longer", function ()
      assert.same({ "1001: 2 2" }, flows_of { fragment(1, PARTS[2]), fragment(1, PARTS[1], 30) })
      assert.same({ "1001: 1 1" }, flows_of { fragment(1, PARTS[2]), fragment(1, PARTS[1], 31) })
   end)

   it("are counted once, though the first one comes twice", function ()
      assert.same({ "1001: 3 3" }, flows_of {
         fragment(1, PARTS[2]), fragment(1, PARTS[1]), fragment(1, PARTS[1]),
      })
   end)

   it("are not those of another virtual network", function ()
      assert.same({ "1001: 2 2" }, flows_of {
         fragment(1, PARTS[2], 0, 7), fragment(1, PARTS[1], 0, 8), fragment(1, PARTS[2], 0, 8),
      })
   end)

   it("are not those of another time", function ()
      local later = wire.capture { fragment(1, PARTS[2], 3600) }
      local sooner = wire.capture { fragment(1, PARTS[1]) }
      local list = measured.begun { later, sooner }
      assert.equal(1, #list)
      assert.same({ 1, 0 }, list[1].packets)
      for _, path in ipairs { later, sooner } do os.remove(path) end
   end)

   it("beyond what can wait are of no flow: the oldest", function ()
      local packets = { fragment(1, PARTS[2]) }
      for id = 2, 257 do packets[id] = fragment(id, PARTS[2]) end
      packets[258], packets[259] = fragment(1, PARTS[1]), fragment(2, PARTS[1])
      wire.with(packets, function (path)
         local list = measured.begun(path)
         assert.same({ { 1, 0 }, { 2, 0 } }, { list[1].packets, list[2].packets })
      end)
   end)

   it("behind the first one are left out, as NFStream has it", function ()
      assert.same({ "1001: 1 1" }, flows_of({
         fragment(1, PARTS[2]), fragment(1, PARTS[1]), fragment(1, PARTS[3]),
      }, { timeouts_only = true }))
   end)

   it("of ICMP, and behind other headers, belong to the flow of the first one", function ()
      local from, to = frame.client, frame.server
      local echo = frame.icmp(8, 0, frame.u32(1), ("x"):rep(52)).bytes
      local behind = frame.hex "11 00 01 04 00000000" .. frame.udp(1000, 7, ("x"):rep(44)).bytes
      local signed = frame.hex "11 01 0000 00000001 00000001" ..
         frame.udp(1000, 7, ("x"):rep(40)).bytes
      local four, six, cut, after = {}, {}, {}, {}
      for i, part in ipairs(PARTS) do
         local more, first, last = i < #PARTS and 1 or 0, part[1] + 1, part[2]
         local packet = frame.ip4(from, to, { protocol = 1, bytes = echo:sub(first, last) },
            { id = 1, at = part[1], flags = more })
         after[i] = frame.ethernet(from, to, frame.ip4(from, to, {
            protocol = 51, bytes = signed:sub(first, last),
         }, { id = 1, at = part[1], flags = more }))
         local header = frame.u8(60, 0) .. frame.u16(part[1] + more) .. frame.u32(1)
         four[i] = frame.ethernet(from, to, packet)
         cut[i] = { four[i]:sub(1, 14 + 20 + 8), size = #four[i] }
         six[i] = frame.ethernet(from, to, frame.ip6(from, to, {
            protocol = 44, bytes = header .. behind:sub(first, last),
         }))
      end
      for name, packets in pairs {
         ["ICMP"] = four, ["options of IPv6"] = six, cut = cut, ["a signature"] = after,
      } do
         for _, order in ipairs(name == "cut" and { packets } or orders(packets)) do
            wire.with(order, function (path)
               local list = measured.begun(path)
               assert.same({ 1, 4 }, { #list, list[1].packets[1] }, name)
            end)
         end
      end
   end)

   it("have their places in the file in order", function ()
      local packets = { fragment(1, PARTS[3]), fragment(1, PARTS[2]), fragment(1, PARTS[1]) }
      wire.with(packets, function (path)
         measured.each(path, { offsets = true }, 1024, function (kind, f)
            if kind == "flows" then assert.same({ 24, 90, 156 }, f.offsets) end
         end)
      end)
   end)
end)
