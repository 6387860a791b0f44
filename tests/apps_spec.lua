-- What flows are for: rules by what is spoken, by names and by ports.

local apps = require "weir.apps"
local try  = require "try"
local weir = require "weir"

local TCP, UDP = 6, 17

local function of(...) return { apps.of(...) } end

describe("a rule", function ()
   it("fits a name and all below it, the longest first", function ()
      assert.same({ "YouTube", "name" }, of("www.youtube.com", nil, TCP, 443))
      assert.same({ "YouTube", "name" }, of("youtube.com", nil, TCP, 443))
      assert.same({ "Google Maps", "name" }, of("maps.google.com", nil, TCP, 443))
      assert.same({ "Google", "name" }, of("www.google.com", nil, TCP, 443))
      assert.same({}, of("notyoutube.com", nil, TCP, 443))
      assert.same({}, of("youtube.com.example.org", nil, TCP, 443))
      assert.same({}, of("com", nil, TCP, 443))
   end)

   it("counts before what only carries, behind what says what it is for", function ()
      assert.same({ "YouTube", "name" }, of("youtube.com", "tls", TCP, 443))
      assert.same({ "TLS", "parser" }, of("www.example.org", "tls", TCP, 443))
      assert.same({ "DNS", "parser" }, of("dns.google.com", "dns", UDP, 53))
      assert.same({ "mDNS", "parser" }, of(nil, "mdns", UDP, 5353))
   end)

   it("fits a port where nothing else is known, of its transport alone", function ()
      assert.same({ "RDP", "port" }, of(nil, nil, TCP, 3389))
      assert.same({ "WireGuard", "port" }, of("vpn.example.org", nil, UDP, 51820))
      assert.same({}, of(nil, nil, TCP, 51820))
      assert.same({ "TLS", "parser" }, of(nil, "tls", TCP, 3389))
   end)

   it("that users add counts before those that are there", function ()
      apps.add { "Our videos", names = { "Videos.youtube.com" }, ports = { "tcp/7777" } }
      assert.same({ "Our videos", "name" }, of("videos.youtube.com", nil, TCP, 443))
      assert.same({ "YouTube", "name" }, of("www.youtube.com", nil, TCP, 443))
      assert.same({ "Our videos", "port" }, of(nil, nil, TCP, 7777))
   end)

   it("has a name that can stand in any record", function ()
      for _, name in ipairs { 'a"b', "a,b", "", ("x"):rep(49), "a\nb" } do
         assert.is_false((pcall(apps.add, { name })))
      end
      assert.is_false((pcall(apps.add, { "a", ports = { "sctp/1" } })))
   end)
end)

describe("what a flow is for", function ()
   it("is asked of the flow", function ()
      local list = {}
      local options = { flows = true, names = true, labels = true, packets = false }
      for batch in assert(weir.open("samples/web.pcap", options)):batches() do
         for i = 0, batch.flow_count - 1 do
            local f = batch.flows[i]
            list[#list + 1] = { f.app_proto, f.app, f.app_confidence }
         end
      end
      assert.same({ "dns", "DNS", "parser" }, list[1])
   end)

   it("stands in JSON, and in columns that are named", function ()
      local out = try.weir "read -q -r samples/web.pcap -T json"
      assert.truthy(out:find('"app_proto":"dns","app":"DNS","app_confidence":"parser"', 1, true))
      out = try.weir "read -q -r samples/web.pcap -T fields -e app -e app_confidence"
      assert.equal("DNS\tparser", try.lines(out)[1])
      out = try.weir "read -q -r samples/web.pcap -T json --only flow"
      assert.falsy(out:find("app", 1, true))
   end)
end)
