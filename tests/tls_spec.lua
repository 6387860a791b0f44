-- Connections of TLS and DTLS: what their record says, however their bytes came along.

package.path = "samples/?.lua;" .. package.path

local der   = require "der"
local file  = require "file"
local frame = require "frame"
local hello = require "hello"
local talk  = require "talk"
local try   = require "try"
local weir  = require "weir"

local record = hello.record

-- Calls `see` with each record of a capture, read in batches of at most `most` packets.
local function each(frames, see, most)
   local path, count = try.file(file.pcap(frames, {}), ".pcap"), 0
   local capture = assert(weir.open(path, { protocols = { "tls" } }))
   for batch in function () return capture:read(most) end do
      for i = 0, batch.tls_count - 1 do
         count = count + 1
         see(batch.tls[i])
      end
   end
   capture:close()
   os.remove(path)
   return count
end

-- What a record says, for comparing.
local function said(t)
   local list = { t.sni or "-", t.version or "-", t.cipher or "-", t.ja3 or "-", t.ja3s or "-",
      t.ja4 or "-", t.subject or "-", tostring(t.established) }
   for _, c in ipairs(t.certificates) do list[#list + 1] = c.sha256 .. #c.sans end
   for _, a in ipairs(t.alerts) do list[#list + 1] = a.by .. " " .. a.description end
   return table.concat(list, " ")
end

-- All records of frames, a line each.
local function lines(frames, most)
   local list = {}
   each(frames, function (t) list[#list + 1] = said(t) end, most)
   return list
end

-- The one record of a client's hello, as `read` finds it.
local function of_hello(o, read)
   local say, found = talk.tcp { to = 443 }, nil
   local frames = { say ">S", say "<SA", say(">A", { data = record(22, hello.client(o)) }) }
   assert.equal(1, each(frames, function (t) found = read(t) end))
   return found
end

-- Frames of what is said, { way, bytes }, in segments of `step` bytes; `lose` tells which get lost.
local function spoken(list, step, lose)
   local say, n = talk.tcp { to = 443 }, 0
   local frames = { say ">S", say "<SA" }
   for _, entry in ipairs(list) do
      for at = 1, #entry[2], step do
         local one = say(entry[1] .. "A", { data = entry[2]:sub(at, at + step - 1) })
         n = n + 1
         if not (lose and lose(n)) then frames[#frames + 1] = one end
      end
   end
   frames[#frames + 1] = say ">FA"
   frames[#frames + 1] = say "<FA"
   return frames
end

local NAME = { { "CN", "www.example.org" } }
local CLIENT = hello.client { extensions = { hello.sni "www.example.org" } }

local function server(certificates)
   return hello.server {} .. hello.certificates(certificates) .. hello.key .. hello.done
end

local END = hello.change .. hello.finished

describe("a connection of TLS", function ()
   for _, name in ipairs { "tls.pcap", "dtls.pcap" } do
      it("has the records that " .. name .. " has as ever", function ()
         local out, _, code = try.weir("read -T json -q --only tls -r samples/" .. name)
         assert.equal(0, code)
         assert.equal(try.contents("tests/golden/" .. name .. ".tls.jsonl"), out)
      end)
   end

   it("is the same in segments and records of any size", function ()
      local chain = { der.certificate { subject = NAME }, der.certificate { subject = NAME } }
      local want
      for _, size in ipairs { 16384, 1000, 57, 5, 1 } do
         for _, step in ipairs { 1400, 100, 7, 1 } do
            local found = lines(spoken({ { ">", hello.records(CLIENT, size) },
               { "<", hello.records(server(chain), size) }, { ">", END }, { "<", END } }, step))
            want = want or found
            assert.same(want, found, ("records of %d, segments of %d"):format(size, step))
         end
      end
      assert(#want == 1 and want[1]:find "^www.example.org TLS 1.2 .* true %x+0 %x+0$", want[1])
   end)

   it("is the same wherever batches are cut", function ()
      for _, name in ipairs { "tls.pcap", "dtls.pcap" } do
         local all = {}
         for i, most in ipairs { 1, 7, 1024 } do
            all[i] = {}
            local capture = assert(weir.open("samples/" .. name, { protocols = { "tls" } }))
            for batch in function () return capture:read(most) end do
               for k = 0, batch.tls_count - 1 do
                  local t = batch.tls[k]
                  table.insert(all[i], said(t) .. " " .. t.time .. " " .. t.ordinal)
               end
            end
         end
         assert(#all[1] > 0)
         assert.same(all[1], all[2])
         assert.same(all[1], all[3])
      end
   end)

   it("tells what is known when bytes are missing", function ()
      local long = hello.client { extensions = {
         hello.sni "www.example.org", hello.alpn { "h2" }, { 21, ("\0"):rep(600) } } }
      local list = { { ">", record(22, long) }, { "<", record(22, server { ("x"):rep(500) }) } }
      local found = lines(spoken(list, 200, function (n) return n == 3 end))
      assert(#found == 1 and found[1]:find "^www.example.org TLS 1.2 .* %- %x+ %- ", found[1])
      found = lines(spoken(list, 200, function (n) return n == 7 end))
      assert(#found == 1 and found[1]:find "^www.example.org TLS 1.2 .* %x+ %x+ t12d", found[1])
   end)

   it("is heard where a relay passes its datagrams on", function ()
      local u16, u32 = frame.u16, frame.u32
      local function channel(bytes) return u16(0x4001, #bytes) .. bytes end
      local function indication(type, bytes)
         local list = u16(0x12, 8) .. "\0\1" .. u16(5) .. "peer" .. u16(0x13, #bytes) .. bytes ..
            ("\0"):rep(-#bytes % 4)
         return u16(type, #list) .. u32(0x2112a442, 1, 2, 3) .. list
      end
      local client = hello.part(hello.client { version = 0xfefd, cookie = "", extensions = {
         hello.groups { 29 } } }, 0, 1)
      local answer = hello.part(hello.server { version = 0xfefd }, 0, 1)
      local asked = u16(1, 0) .. u32(0x2112a442, 1, 2, 3)
      local function ways(wrap)
         local say = talk.udp { port = 1, to = 3478 }
         local frames = {}
         for i = 1, 12 do frames[i] = say(">", { data = wrap(0x16, asked) }) end
         frames[13] = say(">", { data = wrap(0x16, client) })
         frames[14] = say("<", { data = wrap(0x17, answer) })
         return lines(frames)
      end
      local plain = ways(function (_, bytes) return bytes end)
      assert(#plain == 1 and plain[1]:find "DTLS 1.2", plain[1])
      assert.same(plain, ways(function (_, bytes) return channel(bytes) end))
      assert.same(plain, ways(indication))
   end)

   it("shows what the client shows of itself, also when that is nothing", function ()
      local person = der.certificate { subject = { { "CN", "Ann" } } }
      local own = der.certificate { subject = NAME }
      local function shown(chain, size)
         local found
         each(spoken({ { ">", record(22, CLIENT) }, { "<", record(22, server { own }) },
            { ">", hello.records(hello.certificates(chain) .. hello.exchange, size) },
            { ">", END }, { "<", END } }, 100), function (t)
            found = { t.subject, t.client_subject or "-", #t.certificates,
               #t.client_certificates, t.client_serial or "-", t.established }
         end)
         return found
      end
      for _, size in ipairs { 16000, 100, 1 } do
         assert.same({ "CN=www.example.org", "CN=Ann", 1, 2, "00:C8:01:02", true },
            shown({ person, own }, size))
         assert.same({ "CN=www.example.org", "-", 1, 0, "-", true }, shown({}, size))
      end
   end)

   it("is none without a hello", function ()
      assert.same({}, lines(spoken({ { ">", hello.data }, { "<", hello.data } }, 1400)))
      assert.same({}, lines(spoken({ { ">", record(22, "\1\0\0\0") }, { "<", "no" } }, 1400)))
      assert.same({}, lines(spoken({ { ">", record(22, hello.message(1, ("\3"):rep(80))) } }, 9)))
   end)
end)

describe("JA4", function ()
   local CIPHERS = { 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
      0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035 }
   local ORDER = { 0x001b, 0, 0x0033, 16, 0x4469, 0x0017, 0x002d, 13, 0x0005, 0x0023, 0x0012,
      43, 0xff01, 0x000b, 0x000a, 0x0015 }

   -- The hello that is the example of the specification.
   local function example(grease)
      local signatures = { 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601 }
      local ciphers, list = { unpack(CIPHERS) }, {}
      if grease then
         table.insert(signatures, 1, 0x2a2a)
         table.insert(ciphers, 1, 0xdada)
         list[1] = { 0x0a0a, "" }
      end
      local known = { [0] = hello.sni "www.example.org", [16] = hello.alpn { "h2", "http/1.1" },
         [13] = hello.signatures(signatures), [43] = hello.versions { 0x7a7a, 0x0304, 0x0303 } }
      for _, type in ipairs(ORDER) do list[#list + 1] = known[type] or { type, "" } end
      return { ciphers = ciphers, extensions = list }
   end

   local function ja4(o) return of_hello(o, function (t) return t.ja4 end) end

   it("is that of the specification's example, with and without GREASE", function ()
      assert.equal("t13d1516h2_8daaf6152771_e5627efa2ab1", ja4(example(false)))
      assert.equal("t13d1516h2_8daaf6152771_e5627efa2ab1", ja4(example(true)))
   end)

   it("shows the ends of the first ALPN, or of its digits", function ()
      for name, ends in pairs {
         ["h2"] = "h2", ["http/1.1"] = "h1", ["x"] = "xx", ["H2C"] = "HC", [""] = "00",
         ["\171"] = "ab", ["\171\205"] = "ad", ["0\171"] = "3b", ["01\171\205"] = "3d",
         ["0\171\2051"] = "01", [" a"] = "21",
      } do
         assert.equal(ends, ja4({ extensions = { hello.alpn { name } } }):sub(9, 10), name)
      end
      assert.equal("t12i0200", ja4({}):sub(1, 8))
   end)

   it("has zeros for lists that are empty", function ()
      assert.equal("000000000000", ja4({ extensions = { hello.sni "x", hello.alpn { "h2" } } })
         :sub(-12))
   end)
end)

describe("JA3", function ()
   it("has numbers in order, and no GREASE", function ()
      local text = of_hello({ ciphers = { 0x1a1a, 5, 4 }, extensions = { { 0x4a4a, "" },
         hello.groups { 0x8a8a, 29 }, hello.formats() } }, function (t) return t.ja3_string end)
      assert.equal("771,5-4,10-11,29,0", text)
   end)
end)
