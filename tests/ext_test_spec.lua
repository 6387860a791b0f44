-- weir ext test and weir ext list: extensions in folders of their own making, run by the program.

local desk = require "desk"
local try  = require "try"

local gaps, twice, capture = desk.gaps, desk.twice, desk.capture

-- Each reads what the one before it publishes.
local CHAIN = {
   ["first.lua"] = [[
      local weir = require "weir"
      local x = weir.feature { about = "x", gives = { port = "number" }, publish = { "ones" } }
      function x:finish(flow) return { port = flow.src_port } end
      return x]],
   ["second.lua"] = [[
      local weir = require "weir"
      local x = weir.inference { about = "x", subscribe = { "ones" }, publish = { "twos" },
         wants = { "port" }, gives = { twice = "number" } }
      function x:infer(batch, out) for i = 1, batch.n do out.twice[i] = batch.n * 2 end end
      return x]],
   ["third.lua"] = [[
      local weir = require "weir"
      local file = require "weir.report.file"
      local x = weir.reporting { about = "x", subscribe = { "twos" }, wants = { "twice" },
         options = { file = "/nonexistent/twos.txt" } }
      function x:start() self.out = file.open(self) end
      function x:row(row) self.out:write(row.port .. " " .. row.twice .. "\n") end
      function x:stop() self.out:close() end
      return x]],
}

describe("weir ext test", function ()
   it("tries those that read channels with those that fill them", function ()
      local files = { ["second.pcap"] = capture, ["third.pcap"] = capture }
      for name, text in pairs(CHAIN) do files[name] = text end
      desk.with(files, function (weir, root)
         local out, err, code = weir "test --update second.lua third.lua first.lua"
         assert.equal(0, code, out .. err)
         assert.same({ '{"line":"40053 6"}', '{"line":"40080 6"}', '{"line":"40081 6"}' },
            try.lines(try.contents(root .. "/third.jsonl")))
         local rows = try.lines(try.contents(root .. "/second.jsonl"))
         assert(rows[1]:find '^{"row_id":"second.pcap:flow:%d+:1","port":40053,"ext":{"twice":6}}$')
         os.execute(("sed -i 's/40080/40088/' %s/third.jsonl"):format(root))
         out, err, code = weir "test third.lua first.lua second.lua"
         assert.equal(1, code, err)
         assert(out:find("line 2, 40080 6: made, but not expected", 1, true), out)
      end)
   end)

   it("says that nothing is expected yet, writes it, and is content", function ()
      desk.with({
         ["extensions/gaps.lua"] = gaps, ["extensions/gaps.pcap"] = capture,
      }, function (weir, root)
         local out, _, code = weir "test"
         assert.equal(1, code)
         assert(out:find("nothing is expected", 1, true))
         out, _, code = weir "test --update"
         assert.equal(0, code)
         assert(out:find("wrote gaps.jsonl, 3 records", 1, true))
         out, _, code = weir "ext test"
         assert.equal(0, code)
         assert(out:find("1 extension, 1 sample: 1 as expected", 1, true))
         assert.equal(3, #try.lines(try.contents(root .. "/extensions/gaps.jsonl")))
         assert.equal(0, select(3, weir "test gaps"))
         assert.equal(0, select(3, weir "test extensions/gaps.lua"))
      end)
   end)

   it("names the field that differs, and --update repairs it", function ()
      desk.with({ ["gaps.lua"] = gaps, ["gaps.pcap"] = capture }, function (weir, root)
         assert.equal(0, select(3, weir "test --update"))
         os.execute(("sed -i 's/self.gap, packet/1 + self.gap, packet/' %s/gaps.lua"):format(root))
         local out, _, code = weir "test"
         assert.equal(1, code)
         assert(out:find("flow 2, 192.0.2.10:40080 > 198.51.100.80:80: ext.gap  expected 0.001  "
            .. "got 8", 1, true), out)
         assert(out:find("1 extension, 1 sample: 1 differs", 1, true))
         out, _, code = weir "test --json"
         assert.equal(1, code)
         assert(out:find('"path":"ext.gap"', 1, true))
         assert.equal(0, select(3, weir "test --update"))
         assert.equal(0, select(3, weir "test"))
      end)
   end)

   it("tells one flow too many from flows that differ", function ()
      desk.with({ ["gaps.lua"] = gaps, ["gaps.pcap"] = capture }, function (weir, root)
         weir "test --update"
         os.execute(("sed -i 1d %s/gaps.jsonl"):format(root))
         local out = weir "test"
         assert(out:find("1 difference\n", 1, true))
         assert(out:find(" > 192.0.2.1:53: made, but not expected", 1, true))
      end)
   end)

   it("loads what gives what another wants", function ()
      desk.with({
         ["data/weir/extensions/gaps.lua"] = gaps, ["drafts/twice.lua"] = twice,
         ["drafts/twice.pcap"] = capture,
      }, function (weir, root)
         local out, err, code = weir "test --update drafts"
         assert.equal(0, code, out .. err)
         assert(try.contents(root .. "/drafts/twice.jsonl"):find('"twice":0.002', 1, true))
      end)
      desk.with({ ["twice.lua"] = twice, ["twice.pcap"] = capture }, function (weir)
         local out, _, code = weir "test"
         assert.equal(4, code)
         assert(out:find("'twice' wants 'gap', which nobody gives", 1, true))
      end)
   end)

   it("fails with an error in stop, and in what gives what it wants", function ()
      desk.with({
         ["gaps.lua"] = gaps:gsub("math.max", "nosuch"), ["twice.lua"] = twice,
         ["twice.pcap"] = capture, ["stop.pcap"] = capture,
         ["stop.lua"] = [[
            local weir = require "weir"
            local stop = weir.extractor { about = "x", on = "flow" }
            function stop:extract() end
            function stop:stop() error "too late" end
            return stop]],
      }, function (weir)
         local out, _, code = weir "test --update"
         assert.equal(4, code)
         assert(out:find("stop.pcap: stop.lua:4: too late", 1, true))
         assert(out:find("twice.pcap: gaps.lua:4: attempt to call global 'nosuch'", 1, true))
      end)
   end)

   it("counts those that are untested, that fail, that do not load", function ()
      desk.with({
         ["gaps.lua"] = gaps, ["broken.lua"] = "return weir.feature {",
         ["helper.lua"] = "return {}",
         ["wrong/init.lua"] = gaps:gsub("math.max", "nosuch"), ["wrong/web.pcap"] = capture,
      }, function (weir)
         local out, _, code = weir "test"
         assert.equal(4, code)
         assert(out:find("wrong/init.lua:4: attempt to call global 'nosuch'", 1, true))
         assert(out:find("3 extensions, 1 sample: 1 failed; 1 not loaded; 1 untested", 1, true))
         assert(not out:find "helper")
      end)
      desk.with({ ["gaps.lua"] = gaps }, function (weir)
         local out, _, code = weir "test"
         assert.equal(0, code)
         assert(out:find("no sample: put a capture beside it, gaps.pcap", 1, true))
      end)
   end)

   it("cannot go on with a sample that is no capture, or with nothing at all", function ()
      desk.with({ ["gaps.lua"] = gaps, ["gaps.pcap"] = "hello" }, function (weir)
         local out, _, code = weir "test"
         assert.equal(3, code)
         assert(out:find("is not a capture", 1, true))
      end)
      desk.with({ ["x.txt"] = "" }, function (weir)
         local _, err, code = weir "test"
         assert.equal(2, code)
         assert(err:find("no extensions in or below '.'", 1, true))
         assert.equal(2, select(3, weir "test -c 3 ."))
      end)
   end)
end)

describe("weir ext list", function ()
   it("shows what can be named, and why something cannot be used", function ()
      desk.with({
         ["extensions/gaps.lua"] = gaps, ["more/twice.lua"] = twice,
         ["data/weir/extensions/mine.lua"] = gaps,
      }, function (weir)
         local out, _, code = weir "ext list"
         assert.equal(0, code)
         assert(out:find "gaps +feature +project +gap +the longest silence")
         assert(out:find "mine +feature +yours")
         assert(not out:find "twice")
         assert((weir "ext list more"):find "twice +feature +path")
         local words = "\n" .. weir "completion --words extensions"
         assert(words:find "\ngaps\n" and words:find "\nmine\n" and not words:find "\ntwice\n")
      end)
      desk.with({ ["extensions/gaps.lua"] = "return 1" }, function (weir)
         local out, _, code = weir "ext list --json"
         assert.equal(1, code)
         assert(out:find('"name":"gaps"', 1, true) and out:find('"error":"extensions/gaps.lua: it'))
      end)
   end)

   it("is a command among others", function ()
      local out, _, code = try.weir "ext"
      assert.equal(0, code)
      assert(out:find "\n  list " and out:find "\n  test ")
      local _, err, wrong = try.weir "ext lsit"
      assert.equal(2, wrong)
      assert(err:find("did you mean 'list'", 1, true))
   end)
end)
