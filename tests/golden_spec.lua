-- The records of each sample are those in tests/golden, to the byte.
-- A change of output is a change of these files, with its reason in the commit.

local try = require "try"

-- What protocols say in the samples that are theirs: DIR/NAME.said.jsonl has these kinds.
local SAID = {
   ["dns.pcap"] = "dns", ["home.pcap"] = "mdns,llmnr,nbns",
   ["dhcp.pcap"] = "dhcp", ["ssh.pcap"] = "ssh", ["ntp.pcap"] = "ntp", ["ssdp.pcap"] = "ssdp",
   ["neighbours.pcap"] = "arp", ["sealed.pcapng"] = "tls,http,exchange",
   ["site.db"] = "http,exchange", ["api.db"] = "exchange", ["letters.db"] = "exchange",
   ["searches.db"] = "exchange",
}

describe("the records of", function ()
   for name, kinds in pairs(SAID) do
      it(name .. ".said.jsonl are as ever", function ()
         local command = "read -r samples/%s -T json -q --only %s"
         local out, _, code = try.weir(command:format(name, kinds))
         assert.equal(0, code)
         assert.equal(try.contents("tests/golden/" .. name .. ".said.jsonl"), out)
      end)
   end

   for _, path in ipairs(try.samples()) do
      local name = path:match "[^/]+$"
      for _, kind in ipairs {
         { ".jsonl", "--only packet -k all" },
         { ".flows.jsonl", "--only flow,second --stats --splt 5 --offsets" },
      } do
         local suffix, options = unpack(kind)
         it(name .. suffix .. " are as ever", function ()
            local out, _, code = try.weir(("read -r %s -T json -q %s"):format(path, options))
            assert.equal(0, code)
            assert.equal(try.contents("tests/golden/" .. name .. suffix), out)
         end)
      end
   end
end)
