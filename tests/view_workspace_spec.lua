-- Views of a workspace: the same rows as those of the captures that were taken into it.

local viewing   = require "viewing"
local weir      = require "weir"
local workspace = require "workspace"

local function filled(names, look)
   workspace.with(function (folder)
      local words = {}
      for i, name in ipairs(names) do words[i] = "-r samples/" .. name end
      local _, err, code = workspace.run(folder, "-q " .. table.concat(words, " "))
      assert.equal(0, code, err)
      local data = assert(weir.open(folder))
      look(data, folder)
      data:close()
   end)
end

-- What is not the same by design: ids count sources, too; what needs a part and is 0 is left out,
-- and so cannot be told from what is not there; JSON keeps the order in which groups came.
local OTHER = { flow_id = true, request_length = true, edns_version = true, grouped = true }

local function shared_columns(stored)
   local names = {}
   for _, name in ipairs(stored:columns()) do
      if not OTHER[name] then names[#names + 1] = name end
   end
   return names
end

describe("views of a workspace", function ()
   it("have the rows of the capture", function ()
      for _, path in ipairs { "web.pcap", "dns.pcap", "http.pcap", "tls.pcap", "home.pcap",
         "dhcp.pcap", "fragments.pcap", "icmp.pcap" } do
         filled({ path }, function (data)
            local capture, compared = assert(weir.open("samples/" .. path)), 0
            for _, name in ipairs { "flows", "dns", "mdns", "nbns", "tls", "http", "dhcp" } do
               local stored, names = data[name], shared_columns(data[name])
               local key = name == "flows" and "flow_id" or "timestamp"
               compared = compared + viewing.same(capture[name]:sort(key):select(names),
                  stored:sort(key):select(names), path .. " " .. name)
            end
            assert(compared > 1, compared)
         end)
      end
   end)

   it("group, filter and join in SQL", function ()
      filled({ "web.pcap", "http.pcap", "dns.pcap" }, function (data)
         local flows = data.flows
         assert.equal(20, flows:count():value())
         local top = flows:where "dest_port == 80":group "dest_name":count():sort "-count"
         assert.same({ { dest_name = "www.example.org", count = 14 },
            { dest_name = "inner.example.org", count = 1 } }, top:table())
         assert.truthy(flows:where "src_ip == 192.0.2.10":count():plan():find "^SQL on ")
         assert.equal(4, flows:join(data.dns:group "flow_id":count(), "flow_id"):count():value())
         assert.equal(flows:sum "bytes_toclient":value(), data.seconds:sum "bytes_toclient":value())
         assert.equal(3, #flows:head(3):table())
      end)
   end)

   it("are those that there are", function ()
      filled({ "web.pcap" }, function (data)
         assert.is_nil(data.nonsense)
         assert.is_nil(data.packets)
         assert.is_nil(data.exchanges)
         assert.equal("function", type(data.rows))
      end)
   end)

   it("have the exchanges beside it", function ()
      filled({ "web.pcap" }, function (data, folder)
         assert.equal(0, os.execute(("cp samples/api.db %s/probe.db"):format(folder)))
         data:close()
         data = assert(weir.open(folder))
         assert.equal(7, data.exchanges:count():value())
         assert.equal(3, data.flows:count():value())
         data:close()
      end)
   end)
end)
