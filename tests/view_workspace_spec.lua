-- Views of a workspace: the same rows as those of the captures that were taken into it.

local viewing   = require "viewing"
local weir      = require "weir"
local wire      = require "wire"
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

-- What is not the same by design: ids count sources, too; JSON keeps the order in which groups
-- came.
local OTHER = { flow_id = true, grouped = true }

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

   -- Texts of a dictionary are read when it is known which of them are shown.
   it("group by what stands in dictionaries, whatever is done with the groups", function ()
      local names = { "home.pcap", "web.pcap", "dns.pcap", "icmp.pcap" }
      filled(names, function (data)
         local paths = {}
         for i, name in ipairs(names) do paths[i] = "samples/" .. name end
         local read, stored = assert(weir.open(paths)).flows, data.flows
         local asked = {
            function (v, key) return v:group(key):count() end,
            function (v, key) return v:group(key):count():sort "-count" end,
            function (v, key) return v:group(key):count():sort("-" .. key) end,
            function (v, key) return v:group(key, "dest_port"):count():sort("count", key) end,
            function (v, key)
               return v:group(key):count():where(function (row)
                  return row[key] and row[key] > "1"
               end, key)
            end,
            function (v, key) return v:group(key):distinct "dest_port" end,
            function (v, key) return v:group("dest_port"):max(key) end,
            function (v, key) return v:group(key):max(key, "src_ip") end,
            function (v, key) return v:group(key):count():sort "-count":group "count":max(key) end,
         }
         for head = 1, 8 do
            asked[#asked + 1] = function (v, key)
               return v:group(key):count():sort "-count":head(head)
            end
            asked[#asked + 1] = function (v, key)
               return v:group(key, "app_proto"):sum "bytes_toserver":head(head, 2)
            end
         end
         local compared = 0
         for i, ask in ipairs(asked) do
            for _, key in ipairs { "dest_ip", "src_ip", "src_mac", "dest_mac", "proto" } do
               compared = compared + viewing.same(ask(read, key), ask(stored, key), key .. " " .. i)
            end
         end
         assert(compared > 500, compared)
      end)
   end)

   it("group by what stands in dictionaries, with thousands of groups", function ()
      local packets = {}
      for i = 0, 2999 do
         packets[i + 1] = wire.udp { ns = i, port = 1024 + i % 1500, ethers = {
            ("02:00:00:00:%02x:%02x"):format(i * 7 % 256, i / 256), "02:00:00:00:ff:ff" } }
      end
      wire.with(packets, function (path)
         workspace.with(function (folder)
            workspace.run(folder, "-q --plain -r " .. path)
            local data, read = assert(weir.open(folder)), assert(weir.open(path)).flows
            for _, head in ipairs { 1, 249, 250, 251, 700, 2100 } do
               assert(viewing.same(read:group "src_mac":count():sort "-count":head(head),
                  data.flows:group "src_mac":count():sort "-count":head(head), head) > 0)
            end
            assert(viewing.same(read:group "src_mac":count(), data.flows:group "src_mac":count())
               > 1400)
            data:close()
         end)
      end)
   end)

   it("have bytes that are no text where texts are", function ()
      local packets = {}
      for i, name in ipairs { "b", "\233t\233", "a", "\195\169t\195\169", "\226", "b" } do
         packets[i] = wire.udp { ns = i, to = 53, data = ("\0\1\1\0\0\1\0\0\0\0\0\0%s%s\0\0\1\0\1")
            :format(string.char(#name), name) }
      end
      wire.with(packets, function (path)
         workspace.with(function (folder)
            workspace.run(folder, "-q --plain -r " .. path)
            local read, data = assert(weir.open(path)).dns, assert(weir.open(folder))
            for i, ask in ipairs {
               function (v) return v:select("rrname", "queries") end,
               function (v) return v:sort "rrname":select "rrname" end,
               function (v) return v:max "rrname":min "rrname" end,
               function (v) return v:where 'rrname == "\\xe9t\\xe9"':count() end,
               function (v) return v:where 'rrname != "\\xe9t\\xe9"':count() end,
               function (v) return v:where 'rrname in {"\\xe2" a}':count() end,
               function (v) return v:where 'rrname > "\\xc4"':count() end,
               function (v) return v:where 'queries.rrname == "\\xe9t\\xe9"':count() end,
            } do
               local a, b = ask(read), ask(data.dns)
               assert(viewing.same(a, b, i) > 0)
               assert.equal(a:ndjson(), b:ndjson())
               assert.equal(a:show(), b:show())
            end
            assert.truthy(read:ndjson():find('"queries":[{"rrname_b64":"6XTp",', 1, true))
            assert.equal("\226", data.dns:sort "-rrname":table()[2].queries[1].rrname)
            data:close()
         end)
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
