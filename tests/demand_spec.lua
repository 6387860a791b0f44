-- What nobody wants does not run, and `weir read --plan` says who wants what.

local cjson  = require "cjson"
local schema = require "weir.schema"
local try    = require "try"
local weir   = require "weir"

-- What the parsers were asked while a capture was read for these protocols, and the counts.
local function asked(protocols, path)
   local options = { protocols = protocols, packets = false, flows = true }
   local capture = assert(weir.open(path or "samples/web.pcap", options))
   for _ in capture:batches() do options.seen = true end
   local _, seen = capture:counts()
   local sum = { probes = 0, talks = 0, calls = 0 }
   for _, parser in ipairs(seen.parsers) do
      for name in pairs(sum) do sum[name] = sum[name] + parser[name] end
   end
   return sum, seen
end

-- The parts of the plan by name: who wants each, nil for those that are off.
local function plan(arguments)
   local out, err, code = try.weir("read --plan -T json " .. arguments)
   assert.equal(0, code, err)
   local found = {}
   for _, line in ipairs(try.lines(out)) do
      local part = cjson.decode(line)
      local name = part.part == "parser" and part.kind or part.part
      assert.equal(part.on, part.by ~= nil, name)           -- what is on has somebody who wants it
      found[name] = part.by and table.concat(part.by, ", ")
   end
   return found
end

-- Records that samples/web.pcap has.
local COUNTS = { arp = 2, dns = 2, stream = 4, http = 1, exchange = 1 }

describe("a parser", function ()
   it("is not asked when nobody wants what it makes", function ()
      for _, nobody in ipairs { false, {} } do
         assert.same({ probes = 0, talks = 0, calls = 0 }, asked(nobody, "samples"))
      end
      for _, kind in ipairs(schema.protocols) do
         local _, seen = asked { kind }
         for _, other in ipairs(schema.protocols) do
            local count = kind == other and COUNTS[kind] or 0
            assert.equal(count, seen.said[other])
         end
      end
   end)

   it("is asked until it is known whose a flow is, and shown each datagram once", function ()
      local _, seen = asked { "dns" }
      for _, parser in ipairs(seen.parsers) do
         local is_shown = parser.name == "dns" and parser.talks > 0
         assert.equal(is_shown and 2 or 0, parser.calls)
         if is_shown then assert.same({ 1, 1 }, { parser.probes, parser.talks }) end
      end
   end)

   it("is not asked by flows and packets", function ()
      local _, err = try.weir "read -v -r samples/web.pcap -T none --only flow,packet"
      assert(not err:find "dns" and err:find "3 flows", err)
   end)

   it("has its line among the last words of -v", function ()
      local _, err = try.weir "read -v -r samples/web.pcap -T none --only dns"
      assert.truthy(err:find "dns: looked for %d+ times, spoken in 1 flow, shown 2 times\n", err)
      assert.truthy(err:find "records: 2 of dns\n")
   end)
end)

describe("weir read --plan", function ()
   it("says what a command line asks for", function ()
      assert.same({ flows = "--only flow" }, plan "--only flow")
      assert.same({ dns = "--only dns", packets = "--only packet" }, plan "--only packet,dns")
      assert.same({ flows = "-e src_ip, -e mss_tc", tcp = "-e mss_tc" },
         plan "-e src_ip -e mss_tc")
      assert.same({ flows = "--only flow", tcp = "-Y" }, plan "--only flow -Y 'mss_tc > 0'")
      local all = plan "--seconds --stats --splt 3 --offsets"
      assert.same({ "-T json", "--seconds", "--stats, --splt", "--splt", "--offsets", "-T json" },
         { all.flows, all.seconds, all.stats, all.splt, all.offsets, all.dns })
      assert.same({ nil, nil, nil }, { all.packets, all.tcp, all.begins })
   end)

   it("says what extensions ask for", function ()
      local all = plan "--only dns --ext burstiness --ext handshake"
      assert.equal("extension burstiness, extension handshake", all.packets)
      assert.truthy(all.begins:find "burstiness" and all.flows:find "handshake")
      assert.equal("--only dns", all.dns)
   end)

   it("says what extensions may need on an interface, once they are reloaded", function ()
      local all = plan "-i lo --only flow --ext talkers"
      assert.equal("extensions that may be reloaded", all.packets)
      assert.equal("--only flow, extension talkers", all.flows)
   end)

   it("is a table for people, and reads nothing", function ()
      local out, _, code = try.weir "read --plan -r nowhere.pcap --only dns -T table"
      assert.equal(0, code)
      assert.truthy(out:find "\nrecords of packets +off\n" and out:find "dns +on +%-%-only dns\n")
   end)

   it("refuses what the command line refuses", function ()
      local _, err, code = try.weir "read --plan -e nonsense"
      assert.truthy(code == 2 and err:find "no field 'nonsense'")
   end)
end)
