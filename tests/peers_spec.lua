-- Weir against other tools: the flows that they recorded of the corpus, what tshark filters, HTTP.

local try = require "try"

-- The samples in which each is spoken: tshark takes its time for each capture.
local SPOKEN = {
   dns = "samples/dns.pcap samples/home.pcap samples/web.pcap", nbns = "samples/home.pcap",
   dhcp = "samples/dhcp.pcap", ssh = "samples/ssh.pcap", ntp = "samples/ntp.pcap",
   ssdp = "samples/ssdp.pcap", arp = "samples/neighbours.pcap samples/web.pcap",
}

describe("what protocols say", function ()
   it("is what tshark says of the samples, but for what is listed as different by design",
      function ()
         for protocol, paths in pairs(SPOKEN) do
            local out, err, code = try.weir(
               ("lua tests/peers/messages.lua %s %s"):format(protocol, paths))
            if out:find "not measured" then return pending(out) end
            assert.equal("", err)
            assert(code == 0, out)
         end
      end)

   it("is what tshark says of captures named for DNS and DHCP, of 0.98 of them", function ()
      local corpus = os.getenv "WEIR_CORPUS"
      if not corpus then return pending "corpus not present: WEIR_CORPUS is not set" end
      for _, protocol in ipairs { "dns", "dhcp" } do
         local paths = try.run(
            ("find '%s' -regex '.*%s[^/]*[.]pcap\\(ng\\)?'"):format(corpus, protocol))
         local out, err, code = try.weir(
            ("lua tests/peers/messages.lua %s %s"):format(protocol, (paths:gsub("\n", " "))))
         assert.equal("", err)
         assert(code == 0, out)
      end
   end)
end)

describe("the flows of the corpus", function ()
   it("are those of other tools, but for what is listed as different by design", function ()
      if not os.getenv "WEIR_CORPUS" then
         return pending "corpus not present: WEIR_CORPUS is not set"
      end
      local out, err, code = try.weir "lua tests/peers/flows.lua"
      assert.equal("", err)
      assert(code == 0, out)
      for _, peer in ipairs { "ndpi", "arkime", "nfstream" } do
         assert(out:find(peer .. " +%d+ captures"), "nothing of " .. peer)
      end
   end)
end)

describe("filters of packets", function ()
   it("let through what tshark's do", function ()
      if not try.has "tshark" then return pending "tshark is not installed" end
      local out, err, code = try.weir(
         "lua tests/peers/filters.lua --counts samples/web.pcap samples/ipv6.pcap")
      assert.equal("", err)
      assert(code == 0, out)
      assert(select(2, out:gsub("the same", "")) > 60)
   end)
end)

describe("the names of the corpus", function ()
   it("are those that nDPI has, for most flows that we name", function ()
      if not os.getenv "WEIR_CORPUS" then
         return pending "corpus not present: WEIR_CORPUS is not set"
      end
      local out, err, code = try.weir "lua tests/peers/names.lua"
      assert.equal("", err)
      assert(code == 0, out)
      assert(out:find "sni +%d+ of %d+ the same", out)
   end)
end)

describe("the table of agreement", function ()
   it("has a row for each thing and peer, as good as peers are among each other", function ()
      if not os.getenv "WEIR_CORPUS" then
         return pending "corpus not present: WEIR_CORPUS is not set"
      end
      local out, err, code = try.weir "lua tests/peers/agree.lua --every 9999"   -- no tshark
      assert.equal("", err)
      assert(code == 0, out)
      local function figures(what, peer, column)
         local cells = {}
         local line = out:match(("\n| %s | %s |([^\n]*)"):format(what, peer)) or error(out)
         for cell in line:gmatch "([^|]*)|" do cells[#cells + 1] = cell:match "[%d.]+" or "" end
         return tonumber(cells[column])
      end
      assert(figures("flows", "nDPI", 1) >= 0.996)
      assert(figures("flows, the other way round", "nDPI", 1) >= 0.968)
      assert(figures("packets of a flow", "nDPI", 2) >= 0.997)
      assert(figures("bytes of a flow", "nDPI", 2) >= 0.982)
      for _, what in ipairs { "SNI", "JA3", "JA3S" } do
         assert.equal(1, figures(what, "nDPI", 1))
         assert.equal(1, figures(what, "nDPI", 2))
      end
      assert.equal(1, figures("Community ID", "its own pages", 1))
      assert.equal(1, figures("statistics", "NFStream", 2))
      assert(figures("JA4", "FoxIO", 2) >= 0.99)
   end)
end)

describe("messages of HTTP", function ()
   it("are those of tshark", function ()
      if not try.has "tshark" then return pending "tshark is not installed" end
      local out, err, code = try.weir(
         "lua tests/peers/http.lua --show 9 samples/web.pcap samples/http.pcap")
      assert.equal("", err)
      assert(code == 0, out)
      assert(out:find "that weir has: 1.0000 %(%d%d")
   end)
end)
