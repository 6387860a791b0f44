-- Inferences and reporting extensions: what they see, when, and what becomes of it.

local extend = require "extend"
local load   = require "weir.extension.load"
local wire   = require "wire"

local feature, udp = extend.feature, wire.udp

local function run(packets, o)
   return wire.with(packets, function (path)
      o.capture = path
      return extend.run(o)
   end)
end

-- An extension's text: its kind, what its manifest has, and its methods.
local function of(kind, manifest, methods)
   return ('local weir = require "weir"\nlocal x = weir.%s { %s }\n%s\nreturn x\n'):format(kind,
      manifest, methods)
end

local three = {
   udp {}, udp { port = 40001 }, udp { back = true }, udp { port = 40001 }, udp { port = 40002 },
}

local COUNT = { "count", feature('gives = { packets = "number" }', [[
function x:begin() self.n = 0 end
function x:packet() self.n = self.n + 1 end
function x:finish(flow) if flow.src_port ~= 40002 then return { packets = self.n } end end]]) }

local TWICE = { "twice", of("inference", 'wants = { "packets" }, gives = { twice = "number" }', [[
function x:infer(batch, out)
   for i = 1, batch.n do out.twice[i] = batch.packets[i] and batch.packets[i] * 2 end
end]]) }

describe("an inference", function ()
   it("gets columns and fills fields of flows, wherever batches are cut", function ()
      local square = { "square", of("inference",
         'wants = { "count2", "src_port" }, gives = { text = "text" }, batch = { size = 2 }', [[
function x:infer(batch, out)
   for i = 1, batch.n do
      out.text[i] = ("%d %s"):format(batch.src_port[i], tostring(batch.count2[i]))
   end
end]]) }
      local counts = { "counts", feature('gives = { count2 = "number" }', [[
function x:finish(flow)
   if flow.src_port ~= 40002 then return { count2 = flow.pkts_toserver + flow.pkts_toclient } end
end]]) }
      for _, most in ipairs { 1, 2, 1024 } do
         assert.same({ "1 count2=2 text=40000 2", "2 count2=2 text=40001 2", "3 text=40002 nil" },
            run(three, { ext = { square, counts }, most = most }).lines)
      end
   end)

   it("sees the batch's size as n, and no row of the batch before", function ()
      local sizes = { "sizes", of("inference",
         'wants = { "src_port" }, gives = { at = "text" }, batch = { size = 2 }', [[
function x:infer(batch, out)
   for i = 1, batch.n do
      out.at[i] = ("%d of %d, %s"):format(i, batch.n, tostring(batch.src_port[batch.n + 1]))
   end
end]]) }
      assert.same({ "1 at=1 of 2, nil", "2 at=2 of 2, nil", "3 at=1 of 1, nil" },
         run(three, { ext = { sizes } }).lines)
   end)

   it("that fails harms nobody else, and its flows say so", function ()
      local bad = { "bad", of("inference", 'wants = { "packets" }, gives = { odd = "number" }',
         'function x:infer(batch, out) out.odd[1] = batch.packets[3] .. "" end') }
      local found = run(three, { ext = { COUNT, bad, TWICE }, fields = { "failed" } })
      assert.same({
         "1 packets=2 twice=4 failed=bad", "2 packets=2 twice=4 failed=bad", "3 failed=bad",
      }, found.lines)
      assert.truthy(found.told[1]:find "extension 'bad' failed in 'infer': .*bad.lua:3: ")
      assert.equal(1, found.engine.faults:of "bad".count)
   end)

   it("that fails with one flow has given to the others, wherever batches are cut", function ()
      local bad = { "bad", of("inference", 'wants = { "src_port" }, gives = { x = "number" }', [[
function x:infer(batch, out)
   for i = 1, batch.n do
      if batch.src_port[i] == 40001 then error "poison" end
      out.x[i] = batch.src_port[i]
   end
end]]) }
      for _, most in ipairs { 1, 2, 1024 } do
         local found = run(three, { ext = { bad }, fields = { "failed" }, most = most })
         assert.same({ "1 x=40000", "2 failed=bad", "3 x=40002" }, found.lines)
         assert.equal(1, found.engine.faults:of "bad".count)
      end
   end)

   it("cannot give what is of another kind, or to more rows than there are", function ()
      for body, why in pairs {
         ['out.p[1] = 2'] = "it gives '2' for 'p', which is a probability",
         ['out.p[batch.n + 1] = 0.5'] = "it fills row 4 of 'p', and the batch has 3",
      } do
         local ext = { "x", of("inference", 'wants = { "src_ip" }, gives = { p = "probability" }',
            ("function x:infer(batch, out) %s end"):format(body)) }
         local said = run(three, { ext = { ext } }).told[1]
         assert(said and said:find(why, 1, true), said)
      end
   end)

   it("says what is wrong with its manifest", function ()
      local folder = extend.folder()
      for manifest, why in pairs {
         ['wants = { "src_ip" }'] = "it infers nothing",
         ['gives = { a = "number" }'] = "it has nothing to infer from",
         ['wants = { "a" }, gives = { b = "number" }, subscribe = { "c" }'] =
            "it reads 'c': only flows take more fields",
         ['wants = { "a" }, gives = { b = "number" }, batch = { sise = 3 }'] =
            "'sise' is nothing of a batch: did you mean 'size'?",
         ['wants = { "a" }, gives = { b = "number" }, batch = { size = 0 }'] = "more than 0",
         ['wants = { "n" }, gives = { b = "number" }'] = "a field 'n' cannot be wanted",
      } do
         local _, said = extend.load(folder, { "x", of("inference", manifest,
            "function x:infer() end") })
         assert.truthy(said:find(why, 1, true), said)
      end
      local _, said = load.file(extend.write(folder .. "/y.lua", of("inference",
         'wants = { "src_ip" }, gives = { a = "number" }', "")))
      assert.truthy(said:find "an inference needs a method 'infer'")
      extend.remove(folder)
   end)
end)

describe("a reporting extension", function ()
   local function reporter(manifest, methods)
      return { "report", of("reporting", manifest, methods) }
   end

   it("sees rows of its channels, with what all others gave", function ()
      local ext = reporter('on = "flow"', [[
function x:start() print "start" end
function x:row(flow) print(flow.src_port, flow.packets, flow.twice) end
function x:flush() print "flush" end
function x:stop() print "stop" end]])
      local told = run(three, { ext = { ext, TWICE, COUNT } }).told
      assert.same({ "start", "40000 2 4", "40001 2 4", "40002 nil nil", "flush", "stop" }, told)
   end)

   it("gets many rows at once where it says so", function ()
      local ext = reporter("", [[
function x:rows(rows)
   local ports = {}
   for i, flow in ipairs(rows) do ports[i] = flow.src_port end
   print(table.concat(ports, " "))
end]])
      assert.same({ "40000 40001 40002" }, run(three, { ext = { ext } }).told)
   end)

   it("that fails with a row gets the next one", function ()
      local ext = reporter("", [[
function x:row(flow)
   if flow.src_port == 40001 then error "no" end
   print(flow.src_port)
end]])
      local told = run(three, { ext = { ext } }).told
      assert.equal("40000", told[1])
      assert.truthy(told[2]:find "failed in 'row': .*: no")
      assert.equal("40002", told[3])
   end)

   it("needs a moment that sees rows", function ()
      local folder = extend.folder()
      local _, said = extend.load(folder, reporter("", "function x:stop() end"))
      assert.truthy(said:find "a reporting needs a method 'row' or 'rows'")
      extend.remove(folder)
   end)
end)

-- ---- channels --------------------------------------------------------------------------------

describe("channels between extensions", function ()
   local HELLO = { "hello", feature('gives = { size = "number" }, publish = { "hellos" }', [[
function x:finish(flow)
   if flow.src_port ~= 40001 then return { size = flow.bytes_toserver } end
end]]) }
   local JUDGE = { "judge", of("inference", [[subscribe = { "hellos" }, publish = { "verdicts" },
      wants = { "size", "src_port" }, gives = { verdict = "label" }, batch = { size = 2 }]], [[
function x:infer(batch, out)
   print("infer", batch.n)
   for i = 1, batch.n do out.verdict[i] = batch.src_port[i] == 40002 and "late" or nil end
end]]) }
   local TELL = { "tell", of("reporting", 'subscribe = { "verdicts" }, wants = { "verdict" }',
      [[function x:row(row) print(row.row_id:match "%d+$", row.size, row.verdict) end]]) }

   it("carry rows from features to inferences to reports, the last batch too", function ()
      for _, most in ipairs { 1, 2, 1024 } do
         local found = run(three, { ext = { TELL, JUDGE, HELLO }, most = most })
         local told = {}
         for _, line in ipairs(found.told) do
            if not line:find "infer" then told[#told + 1] = line end
         end
         assert.same({ "1 43 nil", "3 43 late" }, told)
         assert.same({ "1", "2", "3" }, found.lines)      -- no field of a flow
      end
   end)

   it("have rows of what extractors make, too", function ()
      local maker = { "maker", of("extractor", 'on = "flow", publish = { "ports" }', [[
function x:extract(flow, kb)
   self:publish { port = flow.src_port }
end]]) }
      local sum = { "sum", of("reporting", 'subscribe = { "ports" }', [[
function x:start() self.sum = 0 end
function x:rows(rows) for _, row in ipairs(rows) do self.sum = self.sum + row.port end end
function x:stop() print(self.sum) end]]) }
      assert.same({ "120003" }, run(three, { ext = { maker, sum } }).told)
   end)

   it("try a row that fails again, then give it up and go on", function ()
      local bad = { "bad", of("reporting", 'subscribe = { "hellos" }', [[
function x:row(row)
   if row.src_port == 40000 then error "poison" end
   print(row.src_port)
end]]) }
      local found = run(three, { ext = { bad, HELLO } })
      local known = found.engine.stages:stats().hellos.groups.bad
      assert.same({ 1, 3 }, { known.dead, found.engine.faults:of "bad".count })
      assert.truthy(table.concat(found.told, "\n"):find "40002")
   end)

   it("give up the row that fails, not those that come with it", function ()
      local bad = { "bad", of("inference", [[subscribe = { "hellos" }, publish = { "good" },
         wants = { "src_port" }, gives = { x = "number" }]], [[
function x:infer(batch, out)
   for i = 1, batch.n do
      if batch.src_port[i] == 40002 then error "poison" end
      out.x[i] = 1
   end
end]]) }
      local tell = { "tell", of("reporting", 'subscribe = { "good" }',
         "function x:row(row) print(row.src_port) end") }
      local many = { "many", of("reporting", 'subscribe = { "hellos" }', [[
function x:rows(rows)
   for i = #rows, 1, -1 do
      if rows[i].src_port == 40002 then error "poison" end
      print(rows[i].src_port)
   end
end]]) }
      for _, list in ipairs { { HELLO, tell, bad }, { HELLO, many } } do
         local name = list[#list][1]
         local found = run(three, { ext = list })
         assert.equal(1, found.engine.stages:stats().hellos.groups[name].dead)
         assert.truthy(("\n" .. table.concat(found.told, "\n")):find "\n40000")
      end
   end)

   -- The rows of 300 flows, to one who fails with some: how many are dead, and why it is paused.
   local function failing(moment, when)
      local packets, body = {}, {
         row = "function x:row(row) check(row.src_port) end",
         rows = [[
function x:rows(rows) for _, row in ipairs(rows) do check(row.src_port) end end]],
         infer = [[
function x:infer(batch, out) for i = 1, batch.n do check(batch.src_port[i]) end end]],
      }
      for i = 1, 300 do packets[i] = udp { port = 40000 + i } end
      local is_report = moment ~= "infer"
      local bad = { "bad", of(is_report and "reporting" or "inference", is_report
         and 'subscribe = { "hellos" }' or [[subscribe = { "hellos" }, publish = { "good" },
            wants = { "src_port" }, gives = { x = "number" } ]], ([[
local function check(port) if %s then error "poison" end end
%s]]):format(when, body[moment])) }
      local found = run(packets, { ext = { bad, HELLO } })
      return found.engine.stages:stats().hellos.groups.bad.dead,
         found.engine.faults:of "bad".paused
   end

   it("give up any number of rows that fail among others, but none when each fails", function ()
      for _, moment in ipairs { "row", "rows", "infer" } do
         assert.same({ 150 }, { failing(moment, "port % 2 == 0") })
         assert.same({ 0, "100 rows in a row failed" }, { failing(moment, "true") })
      end
   end)

   it("are refused where nobody publishes, what nobody gives is wanted, or in a circle", function ()
      local folder = extend.folder()
      local graph = require "weir.extension.graph"
      local function why(list)
         local loaded = {}
         for i, ext in ipairs(list) do loaded[i] = assert(extend.load(folder, ext)) end
         return (select(2, graph.sort(loaded)))
      end
      assert.truthy(why { TELL, HELLO }:find
         "'tell' reads the channel 'verdicts', which nobody publishes: load")
      local wrong = { "wrong", of("reporting", 'subscribe = { "hellos" }, wants = { "sise" }',
         "function x:row() end") }
      assert.equal("'wrong' wants 'sise', which nobody gives: did you mean 'size'?",
         why { wrong, HELLO })
      local back = { "back", of("inference", [[subscribe = { "verdicts" }, publish = { "hellos" },
         wants = { "verdict" }, gives = { again = "number" }]], "function x:infer() end") }
      assert.truthy(why { JUDGE, back, HELLO }:find "a circle of channels: '%w+' reads '%w+'")
      extend.remove(folder)
   end)
end)

describe("an inference with a method `fields`", function ()
   local function with(body)
      local folder = extend.folder()
      local ext, why = extend.load(folder, { "told", of("inference",
         'options = { of = "src_port" }', body .. "\n" .. [[
function x:infer(batch, out)
   for i = 1, batch.n do out.got[i] = batch[self.options.of][i] end
end]]) }, { of = "dest_port" })
      extend.remove(folder)
      return ext, why
   end

   it("says by its options what it wants and gives", function ()
      local ext = assert(with [[
function x:fields() return { wants = { self.options.of }, gives = { got = "number" } } end]])
      assert.same({ { "dest_port" }, { got = "number" } },
         { ext.manifest.wants, ext.manifest.gives })
   end)

   it("is held to what a manifest may say", function ()
      local function why(body) return select(2, with(body)) end
      assert.truthy(why "function x:fields() end":find "'fields' returns { wants = …, gives = … }")
      assert.truthy(why [[function x:fields() return { wants = {}, gives = { got = "word" } } end]]
         :find "'got' cannot be a word")
      assert.truthy(why "function x:fields() return { wants = {} } end":find "it infers nothing")
      assert.truthy(why [[function x:fields() error("no model", 0) end]]:find "no model")
   end)
end)
