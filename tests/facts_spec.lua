-- The facts of a flow's IP and TCP headers, each from a conversation made for it.

package.path = "samples/?.lua;" .. package.path

local cjson = require "cjson"
local file  = require "file"
local frame = require "frame"
local try   = require "try"
local weir  = require "weir"

local client, server, hex = frame.client, frame.server, frame.hex
local ISN = { [client] = 1000, [server] = 5000 }         -- of both; stream offset 0 is behind it

-- A segment; seq and ack are offsets in the streams.  `o` is what frame.tcp takes, and ttl, and
-- ms: when it came.
local function segment(from, flags, o)
   local to = from == client and server or client
   local tcp = {
      from = from == client and 40000 or 80, to = from == client and 80 or 40000,
      flags = flags, window = o.window, options = o.options, data = o.data, offset = o.offset,
      seq = (ISN[from] + (flags:find "S" and 0 or 1) + (o.seq or 0)) % 2 ^ 32,
      ack = flags:find "A" and (ISN[to] + 1 + (o.ack or 0)) % 2 ^ 32 or 0,
   }
   local bytes = frame.ip4(from, to, frame.tcp(tcp), { ttl = o.ttl })
   return { frame.ethernet(from, to, bytes), ms = o.ms }
end

-- What `make` returns when the streams of this end begin with another number.
local function beginning(from, isn, make)
   local before = ISN[from]
   ISN[from] = isn
   local made = make()
   ISN[from] = before
   return made
end

local function c(flags, o) return segment(client, flags, o or {}) end
local function s(flags, o) return segment(server, flags, o or {}) end

-- A capture of entries, each a frame or a table of one; a millisecond apart unless they say when.
local function capture(entries)
   for i, entry in ipairs(entries) do
      if type(entry) == "table" and entry.ms then
         entry.seconds = file.START + math.floor(entry.ms / 1000)
         entry.nanoseconds = entry.ms % 1000 * 1000000
      end
      entries[i] = entry
   end
   return try.file(file.pcap(entries), ".pcap")
end

-- The flows of these entries as JSON has them; `options` are those of weir read.
local function flows(entries, options)
   local path = capture(entries)
   local out, err, code = try.weir(("read -r %s -T json -q %s"):format(path, options or "--tcp"))
   os.remove(path)
   assert.equal(0, code, err)
   local list = {}
   for i, line in ipairs(try.lines(out)) do list[i] = cjson.decode(line) end
   return list
end

local function facts(entries)
   local list = flows(entries)
   assert.equal(1, #list)
   return list[1].flow.facts
end

-- What is counted both ways, as "to the server/to the client".
local function both(found, name)
   return ("%s/%s"):format(tostring(found[name .. "_ts"]), tostring(found[name .. "_tc"]))
end

local HELLO = { data = "hello" }                        -- bytes 0 to 4 of a stream

describe("the facts of a flow", function ()
   it("have the smallest and the largest TTL, each way", function ()
      local found = facts {
         c("S", { ttl = 60 }), s("SA", { ttl = 255 }), c("A", { ttl = 64 }), c("A", { ttl = 62 }),
      }
      assert.equal("60/255", both(found, "min_ttl"))
      assert.equal("64/255", both(found, "max_ttl"))
   end)

   it("have the hop limit of IPv6", function ()
      local function hello(hops)
         return frame.ethernet(client, server,
            frame.ip6(client, server, frame.udp(40000, 7, "hello"), { hops = hops }))
      end
      local found = facts { hello(3), hello(1) }
      assert.equal("1/nil", both(found, "min_ttl"))
      assert.equal("3/nil", both(found, "max_ttl"))
   end)

   it("have the windows as they stand there, without those of RST", function ()
      local found = facts {
         c("S", { window = 1000 }), s("SA", { window = 65535 }), c("A", { window = 10 }),
         c("R", { window = 0 }),
      }
      assert.equal("10/65535", both(found, "min_window"))
      assert.equal("1000/65535", both(found, "max_window"))
      assert.equal("0/0", both(found, "zero_windows"))
   end)

   it("count zero windows, but not of SYN, FIN or RST", function ()
      local found = facts {
         c("S", { window = 0 }), s("A", { window = 0 }), s("A", { window = 0, data = "x" }),
         s("FA", { window = 0, seq = 1 }), c("R", { window = 0 }),
      }
      assert.equal("0/2", both(found, "zero_windows"))
   end)

   it("have the options of SYN", function ()
      local found = facts {
         c("S", { options = hex "02 04 05b4 01 03 03 07" }),
         s("SA", { options = hex "02 04 0218" }),
      }
      assert.equal("1460/536", both(found, "mss"))
      assert.equal("7/nil", both(found, "window_scale"))
   end)

   it("stop reading options at a length that cannot be", function ()
      for _, bad in ipairs {
         "02 00 05b4", "02 01 05b4", "02 ff 05b4", "01 01 01 02", "01 01 02 04", "02 03 05 01",
         "05 04 0000 03 04 0700", "05 01 02 04 05b4 0000", "00 02 02 04 05b4 0000",
      } do
         local found = facts { c("S", { options = hex(bad), data = hex "05b4" }) }
         assert.equal("nil/nil", both(found, "mss"))
         assert.equal("nil/nil", both(found, "window_scale"))
      end
      local found = facts { c("S", { options = hex "02 04 05b4 03 20 0707" }) }
      assert.equal(1460, found.mss_ts)
      found = facts { c("S", { options = hex "02 04 05b4", offset = 15 }) }   -- beyond the packet
      assert.is_nil(found.mss_ts)
   end)

   it("have the round trips of the handshake", function ()
      local found = facts { c("S", { ms = 0 }), s("SA", { ms = 30 }), c("A", { ms = 35 }) }
      assert.equal(0.030, found.rtt_server)
      assert.equal(0.005, found.rtt_client)
   end)

   it("measure round trips from what was sent last", function ()
      local found = facts {
         c("S", { ms = 0 }), c("S", { ms = 1000 }), s("SA", { ms = 1030 }), s("SA", { ms = 2000 }),
         c("A", { ms = 2005 }), c("A", { ms = 2900 }),
      }
      assert.equal(0.030, found.rtt_server)
      assert.equal(0.005, found.rtt_client)
   end)

   it("have no round trip whose two ends were not seen", function ()
      local found = facts { c("A"), s("A"), c("PA", HELLO) }
      assert.is_nil(found.rtt_server or found.rtt_client)
      found = facts { c("S"), s("SA", { ack = 7 }), c("A", { ack = 9 }) }
      assert.is_nil(found.rtt_server or found.rtt_client)
      found = facts { c("S", { ms = 9 }), s("SA", { ms = 5 }) }        -- the clock was set back
      assert.is_nil(found.rtt_server)
      found = facts { s("SA"), c("A", { ms = 3 }) }
      assert.is_nil(found.rtt_server)
      assert.equal(0.003, found.rtt_client)
   end)

   it("count both ways as seen from who sent SYN, whoever came first", function ()
      local found = facts {
         s("SA", { ttl = 9 }), c("A", { ttl = 3 }), c("PA", HELLO), c("PA", HELLO),
      }
      assert.equal("3/9", both(found, "min_ttl"))
      assert.equal("1/0", both(found, "retransmissions"))
   end)

   it("have the bytes that the transport carries, also what is sent again", function ()
      local found = facts { c("PA", HELLO), c("PA", HELLO), s("PA", { data = "hi" }) }
      assert.equal("10/2", both(found, "payload_bytes"))
   end)
end)

describe("retransmissions", function ()
   local function count(entries)
      local found = facts(entries)
      return both(found, "retransmissions") .. " " .. both(found, "out_of_order")
   end

   it("are payload that was seen before, whole or in part", function ()
      assert.equal("1/0 0/0", count { c("S"), s("SA"), c("A"), c("PA", HELLO), c("PA", HELLO) })
      assert.equal("1/0 0/0", count { c("PA", HELLO), c("A", { data = "ell", seq = 1 }), s("A") })
      assert.equal("0/2 0/0", count { c("A"), s("PA", HELLO), s("PA", HELLO), s("FPA", HELLO) })
   end)

   it("are not what brings anything new", function ()
      assert.equal("0/0 0/0", count {
         c("PA", HELLO), c("PA", { data = "hello, world" }), c("PA", { seq = 12, data = "!" }),
         s("A"),
      })
   end)

   it("are not what keeps a connection alive", function ()
      assert.equal("0/0 0/0", count {
         c("PA", HELLO), c("A", { seq = 4, data = "\0" }), c("A", { seq = 4, data = "\0" }),
         c("A", { seq = 4 }), s("A"),
      })
   end)

   it("are not what a RST carries", function ()
      assert.equal("0/0 0/0", count { c("PA", HELLO), c("R", HELLO), s("A") })
   end)

   it("are told when sequence numbers go round", function ()
      assert.equal("2/0 1/0", count(beginning(client, 2 ^ 32 - 4, function ()   -- inside of "hello"
         return {
            c("S"), s("SA"), c("PA", HELLO), c("PA", HELLO), c("PA", { data = "world", seq = 10 }),
            c("PA", { data = "brave", seq = 5 }), c("PA", { data = "world", seq = 10 }),
         }
      end)))
   end)

   it("begin anew with a SYN of another number, not with the same", function ()
      local again = beginning(client, 3000000000, function () return c("S") end)
      assert.equal("0/0 0/0", count { again, c("S"), c("PA", HELLO), s("A") })
      assert.equal("1/0 0/0", count { c("S"), c("PA", HELLO), c("S"), c("PA", HELLO), s("A") })
   end)

   it("forget the holes before a SYN of another number", function ()
      local list = { c("S"), s("SA"), c("PA", HELLO), c("PA", { data = "world", seq = 10 }) }
      beginning(client, 999, function ()
         local long = { data = ("x"):rep(20) }
         for _, entry in ipairs { c("S"), c("PA", long), c("PA", long) } do
            list[#list + 1] = entry
         end
      end)
      assert.equal("1/0 0/0", count(list))
   end)

   it("of what was jumped over are out of order once", function ()
      assert.equal("1/0 1/0", count {
         c("PA", HELLO), c("PA", { data = "world", seq = 10 }),
         c("PA", { data = "brave", seq = 5 }), c("PA", { data = "brave", seq = 5 }), s("A"),
      })
   end)

   it("know what is left of a hole that is filled in parts", function ()
      local function byte(at) return c("A", { data = "x", seq = at }) end
      assert.equal("3/0 3/0", count {
         byte(0), byte(4), byte(2), byte(2), byte(1), byte(1), byte(3), byte(3), s("A"),
      })
      assert.equal("0/0 3/0", count { byte(0), byte(4), byte(1), byte(2), byte(3), s("A") })
      assert.equal("0/0 3/0", count { byte(0), byte(4), byte(3), byte(2), byte(1), s("A") })
   end)

   it("know of the last four holes only", function ()
      local list = { s("A") }
      for at = 0, 10, 2 do list[#list + 1] = c("A", { data = "x", seq = at }) end -- five holes
      for at = 1, 9, 2 do list[#list + 1] = c("A", { data = "x", seq = at }) end
      assert.equal("0/1 0/4", count(list))
   end)
end)

describe("duplicate acknowledgements", function ()
   -- The client acknowledges what the server sent; then come `more`.
   local function count(more)
      local list = {
         c("S"), s("SA"), c("A", { window = 9 }), s("A", HELLO),
         s("A", { data = "world", seq = 5 }), c("A", { ack = 5, window = 9 }),
      }
      for _, entry in ipairs(more) do list[#list + 1] = entry end
      return both(facts(list), "duplicate_acks")
   end

   it("say the same again while there is more to acknowledge", function ()
      local again = { ack = 5, window = 9 }
      assert.equal("2/0", count { c("A", again), c("A", again) })
   end)

   it("do when only a FIN is left", function ()
      local all = { ack = 10, window = 9 }
      assert.equal("1/0", count { s("FA", { seq = 10 }), c("A", all), c("A", all) })
   end)

   it("are told whatever numbers the other side begins with", function ()
      local again = { ack = 5, window = 9 }
      local function make() return count { c("A", again), c("A", again) } end
      for _, isn in ipairs { 0, 2 ^ 31, 3000000000, 2 ^ 32 - 5 } do
         assert.equal("2/0", beginning(server, isn, make))
      end
   end)

   it("begin anew with a SYN of the other side", function ()
      local again = { ack = 5, window = 9 }
      assert.equal("1/0", count(beginning(server, 100, function ()
         return { s("SA"), s("A", { data = "hello, world" }), c("A", again), c("A", again) }
      end)))
   end)

   it("do not if all is acknowledged", function ()
      local all = { ack = 10, window = 9 }
      assert.equal("0/0", count { c("A", all), c("A", all) })
   end)

   it("do not if anything else is said", function ()
      for _, entry in ipairs {
         c("A", { ack = 5, window = 8 }), c("A", { ack = 6, window = 9 }),
         c("FA", { ack = 5, window = 9 }), c("RA", { ack = 5, window = 9 }),
         c("A", { ack = 5, window = 9, data = "x" }),
         c("A", { ack = 4, window = 9 }), c("", { window = 9 }),
      } do
         assert.equal("0/0", count { entry })
      end
   end)

   it("do not if the window is closed, nor if they were overtaken", function ()
      local closed, late = { ack = 5, window = 0 }, { ack = 2, window = 9 }
      assert.equal("0/0", count { c("A", closed), c("A", closed), c("A", late), c("A", late) })
   end)
end)

describe("entropy", function ()
   local function of(...)
      local list, seq = { c("S") }, 0
      for _, data in ipairs { ... } do
         list[#list + 1] = c("PA", { data = data, seq = seq })
         seq = seq + #data
      end
      return facts(list).entropy_ts
   end
   local all = {}
   for i = 0, 255 do all[i + 1] = string.char(i) end
   all = table.concat(all)

   it("is nothing when all bytes are the same, and eight bits when all differ", function ()
      assert.equal(0, of(("x"):rep(1000)))
      assert.equal(8, of(all))
      assert.equal(1, of("abab"))
      assert.equal(2, of("abcd"))
   end)

   it("is of the first 256 bytes, however they come", function ()
      local rest = all:sub(201) .. ("x"):rep(500)
      assert.equal(8, of(all:sub(1, 100), all:sub(101, 200), rest, "more"))
   end)

   it("takes bytes that are sent again once", function ()
      local ab = { data = "ab" }
      local found = facts { c("PA", ab), c("PA", ab), c("PA", { data = "abcd" }) }
      assert.equal(2, found.entropy_ts)
   end)

   it("is there for other transports, and absent without payload", function ()
      local udp = frame.ip4(client, server, frame.udp(40000, 7, "ab"))
      local found = facts { frame.ethernet(client, server, udp) }
      assert.equal("1/nil", both(found, "entropy"))
      assert.equal("2/0", both(found, "payload_bytes"))
      assert.equal("nil/nil", both(found, "retransmissions"))
      assert.equal("nil/nil", both(facts { c("S"), s("SA") }, "entropy"))
   end)
end)

describe("facts of packets that are not whole", function ()
   it("take a datagram in fragments once, and the TTL of each", function ()
      local tcp = frame.tcp {
         from = 40000, to = 80, flags = "PA", window = 0, data = ("x"):rep(100),
      }
      local whole = frame.sealed(tcp, frame.address(client.ip4), frame.address(server.ip4))
      local function part(at, flags, ttl)
         local carried = { protocol = 6, bytes = whole:sub(at + 1, flags == 1 and at + 64 or nil) }
         return frame.ethernet(client, server,
            frame.ip4(client, server, carried, { at = at, flags = flags, ttl = ttl }))
      end
      local found = facts { part(0, 1, 5), part(64, 0, 7), part(0, 1, 5), part(64, 0, 6) }
      assert.equal("200/0", both(found, "payload_bytes"))
      assert.equal("1/nil", both(found, "retransmissions"))
      assert.equal("2/nil", both(found, "zero_windows"))
      assert.equal("5/nil", both(found, "min_ttl"))
      assert.equal("7/nil", both(found, "max_ttl"))
   end)

   it("go by the headers when the capture cut the payload off", function ()
      local function cut(entry, kept) return { entry[1]:sub(1, kept), size = #entry[1] } end
      local found = facts {
         cut(c("PA", { data = ("ab"):rep(50) }), 54 + 4),
         cut(c("PA", { data = "cd", seq = 100 }), 54), cut(c("PA", { data = ("ab"):rep(50) }), 54),
      }
      assert.equal("202/0", both(found, "payload_bytes"))
      assert.equal("1/nil", both(found, "retransmissions"))
      assert.equal("1/nil", both(found, "entropy"))
   end)

   it("leave out what the capture cut off of the header", function ()
      local syn = c("S", { options = hex "02 04 05b4 03 03 07 00" })
      for kept = 14, #syn[1] - 1 do
         local list = flows { { syn[1]:sub(1, kept), size = #syn[1] } }
         local found = list[1] and list[1].flow.facts or {}
         assert.equal("nil/nil", both(found, "mss"))
         assert.equal(kept >= 54 and "64240/nil" or "nil/nil", both(found, "max_window"))
      end
   end)
end)

describe("what costs to ask for", function ()
   it("is not there unless it is asked for, with its option or as a field", function ()
      local function all() return { c("S"), s("SA") } end
      assert.is_nil(flows(all(), "")[1].flow.facts)
      assert.is_nil(flows(all(), "--stats")[1].flow.facts)
      assert.truthy(flows(all(), "--tcp")[1].flow.facts)
      local named = flows(all(), "-e facts -e stats -e offsets")[1]
      assert.equal(64, named.facts.min_ttl_ts)
      assert.equal(2, named.stats.bidirectional_packets)
      assert.equal(2, #named.offsets)
   end)

   it("is a record in Lua, or nil", function ()
      for _, asked in ipairs { true, false } do
         local path, seen = capture { c("S", { ttl = 7 }), s("SA") }, nil
         for batch in assert(weir.open(path, { flows = true, tcp = asked })):batches() do
            for i = 0, batch.flow_count - 1 do
               local found = batch.flows[i].facts
               seen = found and found.min_ttl_ts
            end
         end
         os.remove(path)
         assert.equal(asked and 7 or nil, seen)
      end
   end)
end)
