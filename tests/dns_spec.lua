-- What is made of messages of DNS and its kin.

local try   = require "try"
local weir  = require "weir"
local wire  = require "wire"
local frame = require "frame"           -- beside the samples, where wire looks

local u8, u16, u32 = frame.u8, frame.u16, frame.u32

local ALL = { "dns", "mdns", "llmnr", "nbns" }

-- The records of a capture as tables of some fields.
local function records(path, kinds, ...)
   local found = {}
   for batch in weir.open(path, { protocols = kinds or ALL }):batches() do
      for i = 0, batch.dns_count - 1 do
         local record = {}
         for _, name in ipairs { ... } do record[name] = batch.dns[i][name] end
         found[#found + 1] = record
      end
   end
   return found
end

local function query(body, counts) return u16(1, 0x0100) .. (counts or u16(1, 0, 0, 0)) .. body end

local function heard(data, port)
   local path = wire.capture { wire.udp { to = port or 53, data = data } }
   local found = records(path, nil, "rrname", "rrtype", "type")
   os.remove(path)
   return found
end

local A_IN = u16(1, 1)

describe("DNS", function ()
   it("is read through Lua: texts, lists, names, true and false", function ()
      local found = records("samples/dns.pcap", { "dns" },
         "rrname", "rrtype", "type", "qr", "rcode", "answers", "grouped")
      local answer = found[2]
      assert.same({ "www.example.org", "A", "response", true, "NOERROR" },
         { answer.rrname, answer.rrtype, answer.type, answer.qr, answer.rcode })
      assert.same({ "web.example.org", "198.51.100.80" },
         { answer.answers[1].rdata, answer.answers[2].rdata })
      assert.same({ CNAME = { "web.example.org" }, A = { "198.51.100.80", "198.51.100.81" } },
         answer.grouped)
      assert.same({ "v=spf1 ip4:192.0.2.0/24 ", "-all" }, found[8].answers[5].strings)
   end)

   it("is found on any port when it asks one question that makes sense", function ()
      assert.same({ { rrname = "a.b", rrtype = "A", type = "request" } },
         heard(query("\1a\1b\0" .. A_IN), 4000))
      assert.same({}, heard(query("\1a\1b\0" .. u16(1, 77)), 4000))
      assert.same({}, heard(query("\1a\1b\0" .. u16(60000, 1)), 4000))
   end)

   it("escapes a dot in a label, and keeps other bytes", function ()
      assert.equal("a\\.b\\\\.c", heard(query("\4a.b\\\1c\0" .. A_IN))[1].rrname)
      assert.equal("\200.c", heard(query("\1\200\1c\0" .. A_IN))[1].rrname)
      assert.equal(".", heard(query("\0" .. A_IN))[1].rrname)
   end)

   it("believes nothing that does not add up", function ()
      for name, data in pairs {
         ["a loop"] = query("\1a" .. u16(0xc00c) .. A_IN),
         ["a pointer to itself"] = query(u16(0xc00c) .. A_IN),
         ["a pointer beyond the end"] = query(u16(0xffff) .. A_IN),
         ["a label beyond the end"] = query("\63a" .. A_IN),
         ["a label of an unknown kind"] = query("\128a\0" .. A_IN),
         ["more questions than there are"] = query("\1a\0" .. A_IN, u16(2, 0, 0, 0)),
         ["counts that cannot be"] = query("\1a\0" .. A_IN, u16(65535, 65535, 65535, 65535)),
         ["a name of more than 255 bytes"] = query(("\63" .. ("a"):rep(63)):rep(4) .. "\0" .. A_IN),
      } do
         assert.same({}, heard(data), name)
      end
   end)

   it("is told as far as its records add up when its question does", function ()
      local good = u16(0xc00c, 1, 1) .. u32(0) .. u16(4) .. "\192\0\2\1"
      for _, case in ipairs {
         { u16(1, 1, 0, 0), u16(0xc00c, 1, 1) .. u32(0) .. u16(5) .. "1234" },
         { u16(1, 2, 0, 0), good .. u16(0xc00c) },
         { u16(1, 9, 0, 0), good },                 -- cut by who sent it
      } do
         for _, port in ipairs { 53, 5355 } do
            local data = u16(1, 0x8180) .. case[1] .. "\1a\0" .. A_IN .. case[2]
            wire.with({ wire.udp { to = port, data = data, back = true } }, function (path)
               local found = records(path, nil, "rrname", "malformed")
               assert.same({ { rrname = "a", malformed = true } }, found)
            end)
         end
      end
   end)

   it("may have no question: cookies, updates, and sessions", function ()
      local cookie = "\0" .. u16(41, 1232, 0, 0, 12, 10, 8) .. "12345678"
      local session = u16(6, 0x3000, 0, 0, 0, 0, 1, 8) .. u32(15000, 15000)
      assert.equal("request", heard(u16(4, 0, 0, 0, 0, 1) .. cookie)[1].type)
      assert.equal("response", heard(u16(3, 0xa800, 0, 0, 0, 0))[1].type)
      assert.same({}, heard(u16(4, 0, 0, 0, 0, 0)))
      local frames, bytes = {}, ""
      for _, message in ipairs { session, query("\1a\0" .. A_IN) } do
         bytes = bytes .. u16(#message) .. message
      end
      frames[1] = wire.tcp { flags = "S", to = 53, seq = 0 }
      frames[2] = wire.tcp { flags = "PA", to = 53, seq = 1, data = bytes }
      wire.with(frames, function (path)
         assert.same({ { opcode = 6 }, { opcode = 0, rrname = "a" } },
            records(path, nil, "opcode", "rrname"))
      end)
   end)

   it("has no text for data that is not what its type says", function ()
      local path = wire.capture { wire.udp { to = 53, data = query("\1a\0" .. A_IN ..
         u16(0xc00c, 1, 1) .. u32(0) .. u16(3) .. "123" ..
         u16(0xc00c, 5, 1) .. u32(0) .. u16(4) .. "\1b\0c", u16(1, 2, 0, 0)) } }
      local found = records(path, nil, "answers")[1].answers
      os.remove(path)
      assert.same({ "A", "CNAME" }, { found[1].rrtype, found[2].rrtype })
      assert(not found[1].rdata and not found[2].rdata)
   end)

   it("is read from a stream however it is cut, in batches of any size", function ()
      local message = query("\3www\1b\0" .. A_IN)
      local stream, packets, seq = (u16(#message) .. message):rep(3), {}, 1001
      packets[1] = wire.tcp { to = 53, flags = "S", seq = 1000 }
      for i = 1, #stream, 5 do
         local piece = stream:sub(i, i + 4)
         packets[#packets + 1] = wire.tcp { to = 53, flags = "A", seq = seq, data = piece }
         seq = seq + #piece
      end
      local path = wire.capture(packets)
      assert.equal(3, #records(path, nil, "id"))
      os.remove(path)
   end)

   it("goes on in a stream behind what it does not believe, and reads large zones", function ()
      local row = u16(0xc00c) .. A_IN .. u32(300) .. u16(4) .. "\10\0\0\1"
      local zone = u16(1, 0x8400, 1, 3000, 0, 0) .. "\1b\0" .. u16(252, 1) .. row:rep(3000)
      local packets, seq = { wire.tcp { to = 53, flags = "S", seq = 1000 } }, 1001
      local asked = "\1a\0" .. A_IN
      for _, message in ipairs { query(asked), query(asked, u16(9999, 0, 0, 0)), zone } do
         for i = 0, #message, 1000 do
            local piece = (i == 0 and u16(#message) or "") .. message:sub(i + 1, i + 1000)
            packets[#packets + 1] = wire.tcp { to = 53, flags = "A", seq = seq, data = piece }
            seq = seq + #piece
         end
      end
      local path = wire.capture(packets)
      local found = records(path, nil, "rrname", "answers")
      os.remove(path)
      assert.same({ 2, "a", "b" }, { #found, found[1].rrname, found[2].rrname })
      assert.equal(3000, #found[2].answers)
   end)

   it("is DNS with a server of it, from whatever port one asks", function ()
      for _, port in ipairs { 5353, 5355, 137 } do
         local data = query("\1a\0" .. A_IN)
         local path = wire.capture { wire.udp { from = port, to = 53, data = data } }
         assert.same({ { event_type = "dns" } }, records(path, nil, "event_type"), port)
         os.remove(path)
      end
   end)

   it("names the flow after what is spoken in it", function ()
      local apps = {}
      for batch in weir.open("samples/home.pcap", { protocols = true, flows = true }):batches() do
         for i = 0, batch.dns_count - 1 do apps[batch.dns[i].event_type] = true end
         if batch.nbns_count > 0 then apps.nbns = true end
      end
      assert.same({ mdns = true, llmnr = true, nbns = true }, apps)
   end)
end)

describe("NBNS", function ()
   it("tells a machine's names, its group and its address", function ()
      for batch in weir.open("samples/home.pcap", { protocols = { "nbns" } }):batches() do
         if batch.nbns_count == 0 then break end
         local status = batch.nbns[3]
         assert.same({ "FILESERVER<00>", "FILESERVER<20>", "WORKGROUP<00>" },
            { status.names[1].name, status.names[2].name, status.names[3].name })
         assert.equal(true, status.names[3].group)
         assert.equal("02:00:5e:00:53:01", status.mac)
         assert.equal(nil, batch.nbns[0].mac)
         assert.equal("registration", batch.nbns[2].opcode)
      end
   end)

   it("is told as far as it was captured", function ()
      local name = u8(32) .. ("EM"):rep(16) .. "\0"
      local whole = wire.udp { port = 137, to = 137, back = true,
         data = u16(1, 0x8500, 0, 1, 0, 0) .. name .. u16(32, 1) .. u32(9) .. u16(6) .. "\0\0addr" }
      local cut = { whole[1]:sub(1, 96), size = #whole[1], seconds = 0, nanoseconds = 0 }
      wire.with({ cut }, function (path)
         assert.equal("LLLLLLLLLLLLLLL<4c>\n",
            (try.weir("read -q -T fields -e rrname --only nbns -r " .. path)))
      end)
   end)

   it("believes no name that is not spelt as one", function ()
      local path = wire.capture { wire.udp { port = 137, to = 137,
         data = u16(1, 0x0110, 1, 0, 0, 0) .. u8(32) .. ("Z"):rep(32) .. "\0" .. u16(32, 1) } }
      assert.equal("", (try.weir("read -q -T json --only nbns -r " .. path)))
      os.remove(path)
   end)
end)
