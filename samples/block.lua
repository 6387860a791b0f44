-- many.pcapng: one block of each kind, in two sections of different byte order.

local file = require "file"
local frame = require "frame"

local client, server = frame.client, frame.server
local LINK_ETHERNET, LINK_RAW = 1, 101
local COMMENT, PEN, TLS_KEYS = 1, 32473, 0x544c534b     -- the enterprise number is for examples

-- Frame `i` of the file: it is sent in millisecond i.
local function entry(i, packet, is_raw)
   if not is_raw then packet = frame.ethernet(client, server, packet) end
   return { packet, seconds = file.START, nanoseconds = i * 1000000 }
end

local function hello(text) return frame.ip4(client, server, frame.udp(40000, 7, text)) end

local function add_name(s, text, host)
   local names = text .. "\0"
   local function record(type, address)
      local value = address .. names
      return s.u16(type, #value) .. value .. ("\0"):rep(-#value % 4)
   end
   s:block(4, record(1, frame.address(host.ip4)) .. record(2, frame.address(host.ip6)) ..
      s.u16(0, 0))
end

local function add_statistics(s, id, received, dropped)
   local when = s:ticks(id, { seconds = file.START, nanoseconds = 100000000 })
   s:block(5, s.u32(id) .. when ..
      s:options { { 4, s:u64(0, received) }, { 5, s:u64(0, dropped) } })
end

local function add_secrets(s)
   local line = "CLIENT_RANDOM " .. ("0"):rep(64) .. " " .. ("0"):rep(96) .. "\n"
   s:block(10, s.u32(TLS_KEYS, #line) .. line)
end

local function little()
   local binary = entry(2, hello "in parts of 2^20, from 2026 on")
   binary.nanoseconds = 1953125                 -- 2048 such parts: no rounding
   local s = file.section(false, { { COMMENT, "made by samples/make.lua" } })
   s:interface { link = LINK_ETHERNET, name = "eth0", snaplen = 64 }
   s:interface { link = LINK_RAW, name = "tun0", rate = 1000000000, resolution = 9 }
   s:interface {
      link = LINK_ETHERNET, name = "eth1", rate = 2 ^ 20, resolution = 128 + 20,
      offset = file.START,
   }
   add_secrets(s)
   s:packet(0, entry(0, hello "enhanced"), { { COMMENT, "this packet has a comment" } })
   s:packet(1, entry(1, hello "raw, in nanoseconds", true))
   s:packet(2, binary)
   s:simple_packet(entry(3, hello "simple, cut to the 64 bytes of eth0's snaplen"))
   s:old_packet(0, entry(4, hello "obsolete"))
   s:block(0x00000bad, s.u32(PEN) .. "a custom block to skip")
   s:block(0x80000001, "a block of nobody's kind")
   add_name(s, "www.example.org", server)
   add_statistics(s, 0, 3, 1)
   return s:bytes()
end

local function big()
   local s = file.section(true)
   s:interface { link = LINK_RAW, name = "tun1", offset = 1000000000 }
   s:interface { link = LINK_ETHERNET, name = "eth2", rate = 1000000000, resolution = 9 }
   local cut = entry(7, hello "cut")
   cut.size = #cut[1] + 100
   s:packet(0, entry(5, hello "big-endian", true))
   s:packet(1, entry(6, frame.ip6(client, server, frame.udp(40000, 7, "big-endian"))))
   s:packet(1, cut)
   add_statistics(s, 1, 2, 0)
   return s:bytes()
end

return { ["many.pcapng"] = function () return little() .. big() end }
