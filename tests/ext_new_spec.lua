-- weir new and weir ext new: what a newcomer does in the first minutes.

local desk     = require "desk"
local hello    = require "weir.cli.ext.hello"
local skeleton = require "weir.cli.ext.skeleton"
local try      = require "try"
local weir     = require "weir"

local function entries(root) return (try.run(("cd %s && find . -type f | sort"):format(root))) end

describe("the capture of a new extension", function ()
   it("has packets of TCP, UDP and ICMP whose checksums are right", function ()
      local path, seen = try.file(hello.pcap(), ".pcap"), {}
      for packet in assert(weir.open(path, { checksums = true })):packets() do
         assert.equal(1, packet.checksum)
         assert.equal(1, packet.ip_checksum)
         seen[packet.proto] = (seen[packet.proto] or 0) + 1
      end
      os.remove(path)
      assert.same({ TCP = 9, UDP = 2, ICMP = 4 }, seen)
   end)
end)

describe("weir ext new", function ()
   -- How the code of each kind is made wrong, and what is said then.
   local WRONG = {
      feature = { "s/= self.longest }/= -1 }/", "ext.my_idea  expected 0.02  got -1" },
      inference = { "s/= 1, batch.n/= 2, batch.n/", 'ext  expected {"my_idea":0.449' },
      reporting = { "s/%d bytes/%d octets/",
         "192.0.2.10 > 192.0.2.1: 158 octets: made, but not expected" },
      extractor = { 's/"talks to"/"shouts at"/',
         "device 192.0.2.10 shouts at address 192.0.2.1: made, but not" },
   }

   for kind, wrong in pairs(WRONG) do
      it("writes, of the kind " .. kind .. ", what passes its test", function ()
         desk.with({}, function (run, root)
            local out, err, code = run("ext new " .. kind .. " my-idea")
            assert.equal(0, code, err)
            assert(out:find "weir ext test my%-idea" and out:find "%-%-ext %./my%-idea")
            assert.equal("./my-idea/.luarc.json\n./my-idea/README.md\n./my-idea/init.lua\n"
               .. "./my-idea/sample.jsonl\n./my-idea/sample.pcap\n",
               (entries(root):gsub("%./data[^\n]*\n", "")))
            assert.equal("ok       my-idea\n", (run "ext check my-idea"))
            assert.equal(0, select(3, run "ext test my-idea"))
            assert.equal(0, select(3, run "test"))
            os.execute(("cd %s/my-idea && sed -i '%s' init.lua"):format(root, wrong[1]))
            out, err, code = run "test my-idea"
            assert.equal(1, code, err)
            assert(out:find(wrong[2], 1, true), out)
            assert.equal(0, select(3, run "test --update my-idea"))
            assert.equal(0, select(3, run "test my-idea"))
         end)
      end)
   end

   it("goes into the folder of extensions, or where it is told", function ()
      desk.with({ ["extensions/gaps.lua"] = desk.gaps }, function (run, root)
         local out = run "ext new feature silence"
         assert(out:find("wrote extensions/silence/", 1, true) and out:find "%-%-ext silence")
         assert.equal(0, select(3,
            run "read -r extensions/silence/sample.pcap --ext silence -T none"))
         run "ext new silence --into drafts/"
         assert(try.contents(root .. "/drafts/silence/init.lua"):find "weir.extractor")
      end)
   end)

   it("never writes over what is there", function ()
      desk.with({ ["mine/init.lua"] = "return 1" }, function (run, root)
         local _, err, code = run "ext new mine"
         assert.equal(2, code)
         assert(err:find "is there already")
         assert.equal("return 1", try.contents(root .. "/mine/init.lua"))
         assert.equal(2, select(3, run "new mine"))
      end)
   end)

   it("refuses what cannot be a name, and says what can", function ()
      for name, why in pairs {
         ["end"] = "is a word of Lua", duration = "is a field of every flow", X = "small letters",
         ["../x"] = "no name", ["1x"] = "no name", weir = "is a word of Lua or Weir",
      } do
         assert(skeleton.objection(name):find(why, 1, true), name)
      end
      assert.is_nil(skeleton.objection "my-idea2")
      desk.with({}, function (run)
         local _, err, code = run "ext new fature x"
         assert.equal(2, code)
         assert(err:find "did you mean 'feature'%?")
         assert.equal(2, select(3, run "ext new"))
         assert.equal(2, select(3, run "ext new feature"))
      end)
   end)

   it("tells editors where to look", function ()
      desk.with({}, function (run, root)
         run "ext new hello"
         local stubs = root .. "/data/weir/lua-meta/library"
         assert(try.contents(root .. "/hello/.luarc.json"):find(stubs, 1, true))
         assert(#try.contents(stubs .. "/weir.lua") > 1000)
      end)
   end)
end)

describe("weir new", function ()
   it("writes a project whose extensions pass also where there is no lua-cjson", function ()
      desk.with({}, function (run, root)
         assert.equal(0, select(3, run "new mine"))
         local without = "cd %s/mine && LUA_CPATH=/nonexistent/?.so %s test"
         local out, err, code = try.run(without:format(root, desk.program))
         assert.equal(0, code, out .. err)
      end)
   end)

   it("writes a project whose extensions pass", function ()
      desk.with({}, function (run, root)
         local out, err, code = run "new mine"
         assert.equal(0, code, err)
         assert(out:find "cd mine")
         out, err, code = try.run(("cd %s/mine && %s test"):format(root, desk.program))
         assert.equal(0, code, err)
         assert(out:find "2 extensions, 2 samples: 2 as expected")
         out = try.run(("cd %s/mine && %s ext check && %s read -r samples/hello.pcap --ext silence "
            .. "--ext talkers --facts -T json -q"):format(root, desk.program, desk.program))
         assert(out:find '"verb":"waits for"')
         out, err, code = try.run(("cd %s/mine && %s ext check weir.yaml && %s run -q && cat "
            .. "verdicts.log"):format(root, desk.program, desk.program))
         assert.same({ "", 0 }, { err, code })
         assert(out:find "^ok +weir.yaml\n2026%-01%-01T")
         for _, path in ipairs { "README.md", ".luarc.json", ".gitignore" } do
            assert(#try.contents(root .. "/mine/" .. path) > 20)
         end
      end)
   end)
end)
