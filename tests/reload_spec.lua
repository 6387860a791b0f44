-- Hot reload: what is saved takes effect, what is broken does not, and no flow is lost over it.

local extend = require "extend"
local host   = require "weir.host"
local reload = require "weir.extension.reload"
local try    = require "try"
local wire   = require "wire"

local feature, udp = extend.feature, wire.udp

-- A hundred flows of three packets each, in turn.
local function crowd()
   local packets = {}
   for round = 0, 2 do
      for i = 1, 100 do packets[#packets + 1] = udp { port = 41000 + i, at = round } end
   end
   return packets
end

local function counting(name, more)
   return feature(('gives = { %s = "number" }%s'):format(name, more or ""), ([[
function x:begin() self.n = 0 end
function x:packet() self.n = self.n + 1 end
function x:finish() return { %s = self.n } end]]):format(name))
end

-- Runs the extension `x` over the packets, ten a batch, saving texts[number of the batch] and
-- reloading it then.  Returns the run, and its folder's path is in it.
local function replay(packets, text, texts, o)
   return wire.with(packets, function (path)
      local folder = extend.folder()
      o = o or {}
      o.capture, o.folder, o.most = path, folder, 10
      o.ext = { { "x", text } }
      function o.before(engine, number)
         if not engine.reloader then assert(reload.watch(engine)) end
         local new = type(texts) == "function" and texts(number) or texts[number]
         if not new then return end
         if new ~= "" then extend.write(folder .. "/x.lua", new) end
         if new == "" then os.remove(folder .. "/x.lua") end
         engine.reloader:again "x"
      end
      local run = extend.run(o)
      run.engine.reloader:close()
      extend.remove(folder)
      return run
   end)
end

describe("a reload", function ()
   it("with the same code changes nothing, however often", function ()
      local plain = replay(crowd(), counting "n", {})
      local same = replay(crowd(), counting "n", function () return counting "n" end)
      assert.same(plain.lines, same.lines)
      assert.equal(100, #same.lines)
      assert.truthy(same.engine.generation > 30)
      assert.truthy(same.logged[1]:find "^extension 'x' is reloaded: generation 2, %d+ ms$")
   end)

   it("with code that gives another field changes that alone", function ()
      local function text(number) return counting(number % 2 == 0 and "n" or "m") end
      local run = replay(crowd(), counting "n", text)
      assert.equal(100, #run.lines)
      for i, line in ipairs(run.lines) do assert.truthy(line:find("^" .. i .. " [nm]=3$"), line) end
   end)

   it("shows in each row whose code made it", function ()
      local packets = crowd()
      for i = 1, 100 do packets[#packets + 1] = udp { port = 42000 + i, at = 500 } end
      local run = replay(packets, counting "n", { [20] = counting "n" }, {
         fields = { "generation" },
      })
      assert.equal("1 n=3 generation=2", run.lines[1])
      assert.equal("200 n=1 generation=2", run.lines[200])
   end)

   it("lets flows end under the code they began with when their memory is another", function ()
      local new = feature('gives = { m = "number" }, memory = { n = "uint32_t" }', [[
function x:packet() self.n = self.n + 1 end
function x:finish() return { m = self.n + 1000 } end]])
      for _, old in ipairs {
         counting "n", counting("n", ', memory = { n = "double" }'), counting "n",
      } do
         local run = replay(crowd(), old, { [6] = new })
         assert.equal("1 n=3", run.lines[1])
         assert.equal("50 n=3", run.lines[50])
         assert.equal("51 m=1003", run.lines[51])
         assert.truthy(run.logged[1]:find ", 50 flows still under older code$")
         assert.equal(1, #run.engine.units.x)            -- forgotten, since they have ended
      end
   end)

   it("keeps them apart when there is a 'migrate'", function ()
      local new = feature('gives = { n = "number" }', [[
function x:migrate() end
function x:begin() self.n = 100 end
function x:packet() self.n = self.n + 1 end
function x:finish() return { n = self.n } end]])
      local run = replay(crowd(), counting "n", { [6] = new })
      assert.same({ "1 n=3", "50 n=3", "51 n=103" }, { run.lines[1], run.lines[50], run.lines[51] })
   end)

   it("does not take what is broken", function ()
      for broken, why in pairs {
         ["local x = ("] = "x.lua:1: unexpected symbol near '<eof>'",
         [""] = "' is gone: extension 'x' goes on as it was",
         ["error 'now'"] = "x.lua:1: now",
         ["while true do end"] = "loading it took longer than 2 seconds",
         [counting("n", ', wants = { "nothing" }')] = "'x' wants 'nothing', which nobody gives",
         [counting("n", ', wants = { "rtt_server" }')] = "it needs tcp, which this run does not",
         [require "weir".version] = "x.lua:1: ",
         ['local weir = require "weir"\nlocal x = weir.extractor { on = "flow" }\n'
            .. "function x:extract() end\nreturn x"] = "it was a feature and is a extractor now",
      } do
         local run = replay(crowd(), counting "n", { [6] = broken, [12] = counting "n" })
         assert.truthy(run.told[1]:find(why, 1, true), run.told[1])
         assert.equal(2, run.engine.generation)
         assert.equal(100, #run.lines)
         for i, line in ipairs(run.lines) do assert.equal(i .. " n=3", line) end
      end
   end)

   it("runs the extension's own sample first", function ()
      wire.with(crowd(), function (path)
         local folder = extend.folder()
         os.execute(("cp samples/web.pcap %s/x.pcap"):format(folder))
         local bad = counting "n":gsub("return { n", "return { wrong")
         local run = extend.run {
            capture = path, folder = folder, most = 10, ext = { { "x", counting "n" } },
            before = function (engine, number)
               if number ~= 3 then return end
               assert(reload.watch(engine))
               extend.write(folder .. "/x.lua", bad)
               engine.reloader:again "x"
            end,
         }
         assert.truthy(run.told[1]:find "its sample fails: .*it gives 'wrong'")
         assert.equal("1 n=3", run.lines[1])
         extend.remove(folder)
      end)
   end)

   it("wakes an extension that was paused", function ()
      local bad = feature('gives = { n = "number" }', "function x:packet() error 'no' end\n"
         .. "function x:finish() return { n = 1 } end")
      local run = replay(crowd(), bad, { [20] = counting "n" }, { fields = { "failed" } })
      assert.truthy(table.concat(run.told, "\n"):find "is paused")
      assert.equal("1 failed=x", run.lines[1])
      local packets = crowd()
      for i = 1, 30 do packets[#packets + 1] = udp { port = 42000 + i, at = 500 } end
      run = replay(packets, bad, { [20] = counting "n" }, { fields = { "failed" } })
      assert.equal("130 n=1", run.lines[130])
   end)
end)

describe("an extractor that is reloaded", function ()
   local function extractor(add, more)
      return ([[
local x = require "weir".extractor { on = "flow", version = "%s" }
function x:start() self.seen, self.starts = self.seen or 0, (self.starts or 0) + 1 end
function x:extract(_, kb) self.seen = self.seen + %d end
function x:stop() self.stopped = (self.stopped or 0) + 1 end
%s
return x]]):format(add, add, more or "")
   end

   local ends = {}                                       -- flows that end one after the other
   for i = 1, 40 do ends[i] = udp { port = 41000 + i, at = i * 200 } end

   it("keeps its self, and sees each row once", function ()
      local run = replay(ends, extractor(1), { [2] = extractor(1), [3] = extractor(1) })
      local self = run.engine.units.x[1].self
      assert.same({ 40, 3, 3 }, { self.seen, self.starts, self.stopped })
   end)

   it("may migrate it", function ()
      local migrating = extractor(1, "function x:migrate(old) self.from = old self.seen = 1000 end")
      local run = replay(ends, extractor(5), { [3] = migrating })
      local self = run.engine.units.x[1].self
      assert.equal("5", self.from)
      assert.truthy(self.seen > 1000 and self.seen < 1040)
   end)

   it("goes back when the new code does not start", function ()
      for _, moment in ipairs { "start", "migrate" } do
         local bad = extractor(100, ("function x:%s() self.seen = -5 error 'no start' end"):format(
            moment))
         local run = replay(ends, extractor(1), { [3] = bad })
         assert.truthy(table.concat(run.told, "\n"):find "is not reloaded, generation 1 goes on: ")
         assert.equal(40, run.engine.units.x[1].self.seen)
      end
   end)

   it("is stopped when the old code does not start again, either", function ()
      local old = extractor(1,
         "function x:start() if self.seen then error 'old' end self.seen = 0 end")
      local run = replay(ends, old, { [3] = extractor(1, "function x:start() error 'new' end") })
      assert.truthy(table.concat(run.told, "\n"):find "neither the new code starts nor")
      assert.truthy(run.engine.faults:of "x".paused)
   end)
end)

describe("columns", function ()
   -- What is written of web.pcap in a shape, with a reload before it: `one` and then `two`.
   local function written(shape, one, two)
      local fields, sink = require "weir.extension.fields", require "weir.cli.sink"
      local folder, path = extend.folder(), try.path()
      local out, stood
      extend.run {
         capture = "samples/web.pcap", folder = folder, ext = { { "x", one } },
         before = function (engine, number)
            if number > 1 then return end
            out = assert(sink.open { shape = shape, kinds = { "flow" }, path = path,
               part = fields.part(engine:fields()), asked = { ext = true }, sources = {} })
            function engine.on_renew() stood = out:renew(fields.part(engine:fields())) end
            assert(reload.watch(engine))
            extend.write(folder .. "/x.lua", two)
            assert(engine.reloader:again "x")
         end,
         see = function (batch) assert(out:write(batch)) end,
      }
      out:close()
      extend.remove(folder)
      return try.lines(try.contents(path, true)), stood
   end

   local function giving(names, values)
      return feature(("gives = { %s }"):format(names), ("function x:finish() return { %s } end")
         :format(values))
   end

   it("stand after a reload, and what is not given stays empty", function ()
      local lines, stood = written("csv", giving('b = "number", c = "text"', "b = 1"),
         giving('a = "number", b = "number", c = "text"', "a = 5, b = 2"))
      assert.is_true(stood)
      assert.truthy(lines[1]:find ",failed,b,c$")
      for i = 2, 4 do assert.truthy(lines[i]:find ",,2,$") end
      lines = written("csv", giving('b = "number"', "b = 1"), giving('a = "number"', "a = 5"))
      for i = 2, 4 do assert.truthy(lines[i]:find ",,$") end
   end)

   it("are new ones where none has been shown, and in JSON", function ()
      local lines, stood = written("table", giving('b = "number"', "b = 1"),
         giving('a = "number"', "a = 5"))
      assert.is_false(stood)
      assert.truthy(lines[1]:find " a$" and lines[2]:find " 5$")
      lines, stood = written("json", giving('b = "number"', "b = 1"),
         giving('a = "number"', "a = 5"))
      assert.is_false(stood)
      assert.truthy(lines[1]:find '"ext":{"a":5}}$')
   end)
end)

describe("what is compiled", function ()
   it("stays so after a hundred reloads: a second pass aborts and flushes no trace", function ()
      local path = wire.capture(crowd())
      local out
      for _ = 1, 3 do                                    -- see jit_spec: an unlucky layout
         out = try.weir("lua tests/reloads.lua " .. path)
         if out:find "^0 aborts 0 flushes" then break end
      end
      os.remove(path)
      assert.truthy(out:find "^0 aborts 0 flushes")
   end)

   it("and what is held grow no more with a thousand", function ()
      local path = wire.capture(crowd())
      local out = try.weir("lua tests/reloads.lua " .. path .. " 1000")
      os.remove(path)
      local before, after = out:match "from (%d+) to (%d+) KiB"
      assert.truthy(tonumber(after) < tonumber(before) * 1.1 + 200, out)
   end)
end)

describe("a file that is saved while an interface is read", function ()
   local function can_listen()
      local capture = require "weir".open("lo", { interface = true })
      if capture then capture:close() end
      return capture ~= nil
   end

   local function send(port)
      os.execute(("bash -c 'echo x > /dev/udp/127.0.0.1/%d' 2>/dev/null"):format(port))
   end

   -- Waits until `path` has what is looked for, five seconds at most; returns when that was.
   local function wait(path, pattern)
      local begun = host.clock()
      repeat
         local text = try.contents(path)
         if text:find(pattern) then return host.clock() end
         os.execute "sleep 0.01"
      until host.clock() - begun > 5
      error("no '" .. pattern .. "' in: " .. try.contents(path))
   end

   it("takes effect within 200 ms", function ()
      if not can_listen() then return pending "may not listen to interfaces" end
      local folder = extend.folder()
      local path, log, out = folder .. "/x.lua", folder .. "/log", folder .. "/out"
      extend.write(path, counting "n")
      extend.write(log, "")
      extend.write(out, "")
      local command = "%s read -i lo --idle 0.5 --ext %s -T json 'udp port 45454' >%s 2>%s &"
         .. " echo $! >%s"
      os.execute(command:format(try.program, path, out, log, folder .. "/pid"))
      local pid = try.contents(folder .. "/pid"):match "%d+"
      repeat send(45454) until #try.contents(out) > 0 or os.execute "sleep 0.2" ~= 0
      local best, pause, generation = math.huge, math.huge, 1
      while generation < 20 and (best >= 0.2 or pause > 50) do   -- others may have the processors
         local saved = host.clock()
         extend.write(path, counting("m" .. generation))
         generation = generation + 1
         local words = ("generation %d, (%%d+) ms"):format(generation)
         best = math.min(best, wait(log, words) - saved)
         pause = math.min(pause, tonumber(try.contents(log):match(words)))
      end
      send(45454)
      wait(out, ('"m%d":1'):format(generation - 1))
      os.execute("kill -INT " .. pid)
      extend.remove(folder)
      assert.truthy(best < 0.2, ("it took %.0f ms"):format(best * 1000))
      assert.truthy(pause <= 50)
   end)
end)
