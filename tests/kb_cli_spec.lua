-- `weir kb`, as people use it.

local json      = require "weir.json"
local knowledge = require "knowledge"
local try       = require "try"

local path, folder

local function kb(arguments, where)
   return try.weir(("kb %s -W %s"):format(arguments, where or folder))
end

local function lines_of(out)
   local list = {}
   for i, line in ipairs(try.lines(out)) do list[i] = assert(json.decode(line)) end
   return list
end

describe("weir kb", function ()
   setup(function ()
      folder = try.path()
      assert(os.execute("mkdir -p " .. folder) == 0)
      path = folder .. "/kb.db"
      local base = knowledge.open(folder)
      assert(base:run { command = "weir run -r samples/dns.pcap" })
      for _, sample in ipairs { "samples/dns.pcap", "samples/tls.pcap" } do
         knowledge.take(base, sample)
      end
      base:person "anna":entity("device", "02:00:5e:00:53:0a", { name = "Kitchen" })
      assert(base:close())
   end)

   teardown(function () os.execute("rm -rf " .. folder) end)

   it("shows entities, those of a type, and one with all around it", function ()
      local out, err = kb "show"
      assert.truthy(out:find "198%.51%.100%.80" and out:find "www%.example%.org", out)
      assert.equal("", (err:gsub("%d+ of %d+ entities[^\n]*\n", "")))
      out = kb "show --type device"
      assert.truthy(out:find "Kitchen" and not out:find "www%.example%.org", out)
      out = kb "show device:02:00:5e:00:53:0a"
      assert.truthy(out:find "name: Kitchen" and out:find "asked for +name +www%.example%.org", out)
      local id = out:match "(%x+)\n"
      assert.equal(out, (kb("show " .. id:sub(1, 10))))
      assert.equal(out, (kb "show 02:00:5e:00:53:0a"))
      local facts = lines_of((kb "show --json -c 1 device:02:00:5e:00:53:0a"))
      assert.equal(2, #facts)
      assert.equal("Kitchen", facts[1].data.name)
      assert.equal("relationship", facts[2].event_type)
   end)

   it("finds what words stand in, and what was told since", function ()
      local out, _, code = kb "search Kitchen"
      assert.equal(0, code)
      assert.truthy(out:find "02:00:5e:00:53:0a", out)
      assert.truthy(kb "search 'www.exam*'":find "www%.example%.org")
      _, _, code = kb "search no-such-word"
      assert.equal(1, code)
      local base = knowledge.open(folder)
      base:person "anna":entity("device", "02:00:5e:00:53:0a", { name = "Hall" })
      assert(base:close())
      assert.truthy(kb "search hall device":find "02:00:5e:00:53:0a")
      assert.equal(1, select(3, kb "search Kitchen"))
   end)

   it("says who says so, and writes the packets", function ()
      local pcap = try.path ".pcap"
      local out, err, code, _ = kb("why name:www.example.org --pcap " .. pcap)
      assert.equal(0, code, err)
      assert.truthy(out:find "extension 'names@1'  code %x+", out)
      assert.truthy(out:find "of samples/dns%.pcap  sha256:%x+", out)
      assert.truthy(out:find "in run %x+, [%dT:.-]+Z: weir run %-r samples/dns%.pcap", out)
      assert.truthy(out:find "dns +2026[%dT:.-]+ +flow %d+ +packet %d+ +%d packets? at %d+", out)
      local count = err:match "(%d+) packets in"
      local read = try.weir("read -T fields -e frame.number --only packet -r " .. pcap)
      assert.equal(tonumber(count), #try.lines(read))
      os.remove(pcap)
      out, err, code = kb "why device:02:00:5e:00:53:0a 'asked for' name:www.example.org --json"
      assert.equal(0, code, err)
      local chain = lines_of(out)
      assert.equal("asked for", chain[1].verb)
      assert.equal("names", chain[2].extension)
      assert.equal("dns", chain[2].records[1].kind)
      assert.truthy(#chain[2].records[1].offsets > 0)
      _, err, code = kb "why name:nothing"
      assert.equal(1, code)
      assert.truthy(err:find "nothing is known of 'name:nothing'", err)
   end)

   it("exports what other programs read", function ()
      local facts = lines_of((kb "export"))
      local entities, relations = 0, 0
      for _, fact in ipairs(facts) do
         local is_entity = fact.event_type == "entity"
         entities, relations = entities + (is_entity and 1 or 0), relations + (is_entity and 0 or 1)
      end
      assert.truthy(entities > 5 and relations > 5)
      local csv = kb "export -T csv --only entities"
      assert.equal(entities + 1, #try.lines(csv))
      assert.truthy(csv:find '"{""name"":""Hall""}"', 1, true)
      local dot = kb "export -T dot"
      assert.equal(#facts + 2, #try.lines(dot))
      local xml = try.path ".graphml"
      assert.equal(0, select(3, kb("export -T graphml -o " .. xml)))
      local text = try.contents(xml, true)
      assert.equal(entities, select(2, text:gsub("<node ", "")))
      assert.equal(relations, select(2, text:gsub("<edge ", "")))
      assert.equal(select(2, text:gsub("<%a", "")) - select(2, text:gsub("/>", "")),
         select(2, text:gsub("</", "")))
   end)

   it("does not write over the base that it exports", function ()
      local _, err, code = kb("export -o " .. path)
      assert.truthy(code == 3 and err:find "would be written over: it is read")
      assert.truthy(kb "export" ~= "")
   end)

   it("counts what is known", function ()
      local out = kb "stats"
      assert.truthy(out:find "entity +device +%d+ +%d+" and out:find "extension +names@1 +%d+", out)
      local by = {}
      for _, row in ipairs(lines_of((kb "stats --json"))) do
         by[row.what .. " " .. row.name] = row
      end
      assert.equal(1, by["entity device"].facts)
      assert.truthy(by["source samples/tls.pcap"].times > 0)
   end)

   it("merges, and takes back", function ()
      local other = try.path ".db"
      assert.equal(3, select(3, kb("stats", other)))
      knowledge.open(other):close()
      local _, err, code = kb("merge " .. folder, other)
      assert.equal(0, code, err)
      assert.truthy(err:find "%d+ facts with news, 0 that were known", err)
      _, err = kb("merge " .. folder, other)
      assert.truthy(err:find "0 facts with news", err)
      assert.equal((kb "export"), (kb("export", other)))
      _, err, code = kb("retract --ext names --ext talkers@1", other)
      assert.equal(0, code, err)
      assert.falsy(kb("export", other):find '"asked for"', 1, true)
      _, err, code = kb("retract --ext names", other)
      assert.equal(1, code)
      assert.truthy(err:find "those who have are certificates", err)
      knowledge.remove(other)
   end)

   it("says what makes no sense", function ()
      for arguments, about in pairs {
         ["shwo"] = "did you mean 'show'", ["why a b"] = "a fact is one word", merge = "no base",
         retract = "takes '--ext NAME'", search = "no word", ["export x"] = "takes no words",
      } do
         local _, err, code = kb(arguments)
         assert.equal(2, code, arguments)
         assert.truthy(err:find(about, 1, true), err)
      end
      local _, err, code = try.weir "kb show"
      assert.equal(3, code)
      assert.truthy(err:find("there is no workspace 'weir-data' here", 1, true), err)
      _, err, code = kb("show", "samples/dns.pcap")
      assert.equal(3, code)
      assert.truthy(err:find "dns%.pcap", err)
      assert.truthy(path)
   end)
end)
