-- What protocols say, as people read it.

local bit    = require "bit"
local about  = require "weir.cli.about"
local schema = require "weir.schema"
local try    = require "try"
local weir   = require "weir"
local wire   = require "wire"

-- The lines of a table, with one space where there are more.
local function lines(arguments, path)
   local out, err, code = try.weir(("read -q -T table %s -r %s"):format(
      arguments, path or "samples/web.pcap"))
   assert.equal(0, code, err)
   local list = try.lines(out)
   for i, line in ipairs(list) do list[i] = line:gsub("  +", " "):gsub("^ ", "") end
   return list
end

-- What is told of a datagram between two ports of DNS, or of what is made like it.
local function told(port, message)
   local path = wire.capture { wire.udp { port = port, to = port, data = message } }
   local words
   for batch in assert(weir.open(path, { protocols = true, packets = false })):batches() do
      local record = batch.dns_count > 0 and batch.dns[0]
      if record then words = about.of(record, schema.kinds[record.kind + 1]) end
   end
   os.remove(path)
   return words
end

local function be16(n) return string.char(math.floor(n / 256), n % 256) end

-- A message: its flags, how many questions and answers there are, and these.
local function message(flags, questions, answers, body)
   return be16(7) .. be16(flags) .. be16(questions) .. be16(answers) .. ("\0"):rep(4) .. body
end

local A, PTR = "\0\1\0\1", "\0\12\0\1"
local name, other = "\3www\7example\3org\0", "\3ftp\7example\3org\0"
local answer = "\192\12" .. A .. "\0\0\1\44\0\4\198\51\100"

describe("a table of what a protocol says", function ()
   it("has who said it, to whom, and what it is about", function ()
      assert.same({
         "time from to about",
         "0.000000 192.0.2.10:40053 192.0.2.1:53 A www.example.org?",
         "0.001000 192.0.2.1:53 192.0.2.10:40053 A www.example.org: 198.51.100.80",
      }, lines "--only dns")
   end)

   it("shows texts, lists and answers in columns of their own", function ()
      local list = lines "--only dns -e rrname -e rrtype -e rcode -e qr -e answers"
      assert.equal("www.example.org A NOERROR false", list[2])
      assert.equal("www.example.org A NOERROR true www.example.org A 300 198.51.100.80", list[3])
   end)

   it("has the records of that kind, not of others that share their array", function ()
      assert.same({ "time from to about" }, lines "--only mdns")
   end)
end)

describe("a table of several kinds", function ()
   it("says what is what, in the order in which it happened", function ()
      assert.same({
         "time kind from to about",
         "0.000000 begin 192.0.2.10:40053 192.0.2.1:53 UDP begins",
         "0.000000 dns 192.0.2.10:40053 192.0.2.1:53 A www.example.org?",
         "0.001000 dns 192.0.2.1:53 192.0.2.10:40053 A www.example.org: 198.51.100.80",
         "0.002000 begin 192.0.2.10:40080 198.51.100.80:80 TCP begins",
         "0.010000 begin 192.0.2.10:40081 198.51.100.80:8080 TCP begins",
         "0.001000 flow 192.0.2.10:40053 192.0.2.1:53 UDP ended (forced): 2 packets, 166 B in 1 ms",
         "0.009000 flow 192.0.2.10:40080 www.example.org:80 TCP ended (end): "
            .. "8 packets, 811 B in 7 ms",
         "0.013000 flow 192.0.2.10:40081 www.example.org:8080 TCP ended (end): "
            .. "4 packets, 274 B in 3 ms",
      }, lines "--only begin,dns,flow")
   end)

   it("may have packets and seconds, too", function ()
      local list = table.concat(lines "--only packet,second,dns", "\n")
      assert.truthy(list:find("packet 192.0.2.10 192.0.2.1 who has 192.0.2.1?", 1, true))
      assert.truthy(list:find("second 192.0.2.10:40053 192.0.2.1:53 2 packets, 166 B", 1, true))
   end)

   it("has the records for which -Y holds, of the kind that it is about unless told", function ()
      assert.equal(2, #lines "--only begin,dns -Y 'dest_port == 80'")
      assert.same(lines "--only dns", lines "-Y 'rrname contains \"www\"'")
      local _, err = try.weir
         "read -r samples/web.pcap -T table --only dns,flow -Y 'dest_port == 53'"
      assert.truthy(err:find "\n1 flow, 2 of dns matched\n")
   end)

   it("is the table of flows, unless told", function ()
      assert.truthy(lines ""[1]:find "^start from to proto packets")
      local _, err, code = try.weir "read -T table --only flow,dns --top 1 -r samples/web.pcap"
      assert.truthy(code == 2 and err:find("for the table of flows", 1, true))
   end)
end)

describe("what a message of DNS is about", function ()
   it("is what is asked for, or what comes of it", function ()
      assert.equal("A www.example.org?", told(53, message(0x100, 1, 0, name .. A)))
      assert.equal("A www.example.org: NXDOMAIN", told(53, message(0x8183, 1, 0, name .. A)))
      assert.equal("A www.example.org: nothing", told(53, message(0x8180, 1, 0, name .. A)))
      assert.equal("A www.example.org: nothing (cut)",
         told(53, message(0x8380, 1, 0, name .. A)))
   end)

   it("names the first few answers, each once", function ()
      local body = name .. A
      for i = 1, 8 do body = body .. answer .. string.char(math.max(i, 2)) end
      local list = {}
      for i = 2, 7 do list[#list + 1] = "198.51.100." .. i end
      assert.equal("A www.example.org: " .. table.concat(list, ", ") .. ", …",
         told(53, message(0x8180, 1, 8, body)))
   end)

   it("may have several questions, or none", function ()
      assert.equal("PTR www.example.org, ftp.example.org?",
         told(5353, message(0, 2, 0, name .. PTR .. other .. PTR)))
      assert.equal("www.example.org: 198.51.100.9",
         told(5353, message(0x8400, 0, 1, name .. answer:sub(3) .. "\9")))
   end)
end)

describe("what others say", function ()
   it("is told in a few words of their own", function ()
      local arp = lines("--only arp", "samples/neighbours.pcap")
      assert.equal("0.000000 0.0.0.0 192.0.2.10 is 192.0.2.10 free?", arp[2])
      assert.equal("0.003000 192.0.2.1 192.0.2.10 192.0.2.1 is at 02:00:5e:00:53:01", arp[5])
      assert.truthy(lines("--only nbns", "samples/home.pcap")[4]:find "registration NB DESK<00>: ")
      assert.truthy(lines("--only dhcp", "samples/dhcp.pcap")[4]:find
         "request 192.0.2.10 for desk$")
      assert.truthy(lines("--only ntp", "samples/ntp.pcap")[3]:find
         "NTPv4 server, stratum 2 by 192.0.2.123$")
      assert.truthy(lines("--only stream", "samples/smtp.pcap")[11]:find " 13 bytes are missing$")
   end)
end)

describe("a record of a protocol, in Lua,", function ()
   it("has texts, names, lists and flags under the names of its fields", function ()
      local options, seen = { protocols = { "dns" }, packets = false }, {}
      for batch in assert(weir.open("samples/web.pcap", options)):batches() do
         for i = 0, batch.dns_count - 1 do
            local d = batch.dns[i]
            seen[#seen + 1] = { d.rrname, d.rrtype, d.rcode, d.qr, d.id, d.query, #d.answers }
            assert.equal(40053, d.src_port)
            assert.equal(0x100, bit.band(d.flags, 0x100))
            assert.equal("198.51.100.80", (d.answers[1] or { rdata = "198.51.100.80" }).rdata)
         end
      end
      local name_of = "www.example.org"
      assert.same({
         { name_of, "A", "NOERROR", false, 7436, name_of, 0 },
         { name_of, "A", "NOERROR", true, 7436, name_of, 1 },
      }, seen)
   end)
end)

describe("the schema of a protocol", function ()
   it("says what its records are about", function ()
      for _, kind in ipairs(schema.protocols) do assert(schema.of(kind).about, kind) end
   end)
end)
