-- weir ext check, and the globals that it finds.

local desk    = require "desk"
local globals = require "weir.cli.ext.globals"

describe("the globals of a text", function ()
   it("are found in all its functions, with their lines", function ()
      local found = {}
      for i, use in ipairs(globals.of([[
         local known = math.max
         count = 1
         local function f(known)
            return function () known = pirnt; other = known end
         end
         return f, known]], "x.lua")) do
         found[i] = ("%d %s %s"):format(use.line, use.is_set and "sets" or "reads", use.name)
      end
      assert.same({ "1 reads math", "2 sets count", "4 reads pirnt", "4 sets other" }, found)
      assert.is_nil(globals.of("return (", "x.lua"))
   end)
end)

describe("weir ext check", function ()
   it("finds nothing wrong with what is right", function ()
      desk.with({ ["gaps.lua"] = desk.gaps, ["gaps.pcap"] = desk.capture }, function (weir)
         local out, _, code = weir "ext check"
         assert.equal(0, code)
         assert(out:find "^ok +gaps\nhint +gaps.pcap: nothing is expected of it")
         weir "test --update"
         assert.equal("ok       gaps\n", (weir "ext check"))
      end)
   end)

   it("warns of names that nobody defines, and of methods nobody calls", function ()
      desk.with({
         ["gaps/init.lua"] = desk.gaps .. "function gaps:finsih() end return gaps",
      }, function (weir)
         local _, _, code = weir "ext check"
         assert.equal(4, code)                           -- statements behind 'return'
      end)
      desk.with({
         ["gaps/init.lua"] = desk.gaps:gsub("return gaps",
            "function gaps:finsih() pirnt(more) total = require 'own' end return gaps"),
      }, function (weir)
         local out, _, code = weir "ext check ."
         assert.equal(1, code)
         assert(out:find("gaps/init.lua:5: 'pirnt' is nobody's: did you mean 'print'?", 1, true))
         assert(out:find("gaps/init.lua:5: 'more' is nobody's\n", 1, true))
         assert(out:find("gaps/init.lua:5: 'total' would be a global", 1, true))
         assert(out:find("'finsih' is no moment: did you mean 'finish'?", 1, true))
         assert(out:find("hint     gaps/init.lua: no sample", 1, true))
      end)
   end)

   it("looks for what it wants among all that can be found", function ()
      desk.with({ ["drafts/twice.lua"] = desk.twice }, function (weir)
         local out, _, code = weir "ext check drafts --json"
         assert.equal(4, code)
         assert(out:find('"severity":"error"', 1, true) and out:find("'gap', which nobody gives"))
      end)
      desk.with({
         ["drafts/twice.lua"] = desk.twice, ["extensions/gaps.lua"] = desk.gaps,
         ["drafts/twice.jsonl"] = "",
      }, function (weir)
         local out, _, code = weir "ext check drafts"
         assert.equal(0, code)
         assert(out:find("drafts/twice.jsonl: there is no capture", 1, true))
      end)
   end)
end)
