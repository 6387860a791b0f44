-- Extensions in confined processes: what goes in and out, what fails, and what is begun anew.

local confined  = require "weir.confined"
local confining = require "confining"
local extend    = require "extend"
local host      = require "weir.host"
local kb        = require "weir.kb"
local pack      = require "weir.confined.pack"
local process   = require "weir.job.process"
local try       = require "try"

local missing = confining.missing()

describe("packed values", function ()
   local function through(...) return pack.read(pack.write(...)) end

   it("come out as they went in", function ()
      local value = {
         text = "\255\0:\n", empty = "", whole = 2 ^ 53 + 2, tiny = 5e-324, third = 1 / 3,
         minus = -7, yes = true, no = false, list = { 1, "a", { b = { 2 } } }, none = {},
         [1] = "mixed", [2.5] = "odd", far = 1 / 0,
      }
      assert.same({ value, n = 1 }, through(value))
      local got = through(nil, 0 / 0, -0, nil)
      assert.equal(4, got.n)
      assert.is_nil(got[1])
      assert(got[2] ~= got[2])
      assert.equal(-1 / 0, 1 / got[3])
   end)

   it("are no values of C, functions or circles, and not too deep", function ()
      for _, bad in ipairs { 1LL, print, coroutine.create(print), io.stdout } do
         local ok, why = pcall(pack.write, { bad })
         assert.is_false(ok)
         assert(why:find "cannot be sent", why)
      end
      local circle = {}
      circle.circle = circle
      assert.truthy(select(2, pcall(pack.write, circle)):find "inside each other")
   end)

   it("are read from nothing that is no such text", function ()
      for _, bad in ipairs {
         "x", "n:", "nx:", "s5:abc", "s-1:abc", "s1.5:abc", "s1e9:a", "a9999999999:", "a-1:",
         "t1:", "t1:N:T:", "t1:n" .. "an:T:", "r1:T:", "t1:r7:T:", "k9:x", "a0.5:", "T", ":",
         ("a1:"):rep(100) .. "T:", "ninf", "t1:nnan:T:",
      } do
         local got, why = pack.read(bad)
         assert(got == nil or got.n == 1 and got[1] == nil, bad)
         if got == nil then assert.equal("string", type(why)) end
      end
      assert.truthy(select(2, pack.read(("T:"):rep(2000001))):find "values")
   end)

   it("are what was written, or nothing, when bytes change", function ()
      local text = pack.write({ a = { 1, 2, "three" }, b = { c = true } }, "x")
      local random = try.random(7)
      for _ = 1, 3000 do
         local at = random(#text) + 1
         local bad = text:sub(1, at - 1) .. string.char(random(256)) .. text:sub(at + 1 + random(3))
         local got, why = pack.read(bad)
         assert(type(got) == "table" or type(why) == "string", bad)
      end
   end)
end)

describe("a process", function ()
   it("is refused words when it has ended, and says how", function ()
      local p = assert(process.start { "no-such-command" })
      local _, why, has_ended = p:read(5)
      if why:find "bytes" then _, why, has_ended = p:send("x", 1) end
      local how = p:finish()
      assert(how:find "exit code" or how:find "killed", how)
      assert(has_ended ~= nil and why)
   end)
end)

describe("where the system lacks", function ()
   if missing then return pending(missing) end
   local SCRIPT = [[
      local confined = require "weir.confined"
      print(confined.missing())
      local ext, why = confined.load(...)
      local c
      if ext then c, why = confined.open(ext) end
      print(c and c:call("extract", { {} }).told[1][4] or why)
   ]]
   local EXT = [[
      local x = require "weir".extractor { about = "x", on = "flow", needs = { %s } }
      function x:extract(row, kb) kb:entity("a", "it runs") end
      return x]]

   -- What the script says without a call of that number.
   local function without(number, needs)
      local folder = extend.folder()
      local script = extend.write(folder .. "/script.lua", SCRIPT)
      local ext = extend.write(folder .. "/x.lua", EXT:format(needs or ""))
      local out, err = try.weir(("lua tests/lacking.lua %d %s %s"):format(number, script, ext))
      extend.remove(folder)
      return out .. err
   end

   it("filters of calls, nothing runs at all", function ()
      local said = without(jit.arch == "x64" and 317 or 277)
      assert(said:find "^this system cannot filter what a process asks of it", said)
      assert(said:find "\nit cannot be confined: this system cannot filter", said)
      assert.is_nil(said:find "it runs")
   end)

   it("Landlock, what needs no folder runs, and nothing else", function ()
      assert(without(444):find "^nil\tnil\nit runs", without(444))
      local said = without(444, '"read:/tmp"')
      assert(said:find "no Landlock, without which no folder can be granted", said)
   end)
end)

describe("a confined extension", function ()
   if missing then return pending(missing) end
   local folder, open

   before_each(function () folder, open = extend.folder(), {} end)
   after_each(function ()
      for _, c in ipairs(open) do c:close() end
      extend.remove(folder)
   end)

   local function load(text, how)
      text = 'local weir = require "weir"\n' .. text
      return confined.load(extend.write(folder .. "/x.lua", text), how)
   end

   local function confine(text, options, how)
      local c = assert(confined.open(assert(load(text, how)), options))
      open[#open + 1] = c
      return c
   end

   local COUNT = [[
local x = weir.extractor { about = "counts", on = "flow", options = { least = 3, of = "a" } }
function x:start()
   self.n = 0
   self.log:info("from %d of %s", self.options.least, self.options.of)
end
function x:extract(row, kb)
   self.n = self.n + 1
   if row.bad then error("a bad row") end
   local client = kb:entity("client", row.src_ip, { n = self.n, odd = 0 / 0 })
   local visit = kb:relate(client, "visits", kb:entity("server", row.dest_ip), nil, 0.5)
   kb:learn(visit, { port = row.dest_port })
end
return x]]

   it("says what it is, and none of its code runs in here", function ()
      local ext = assert(load(COUNT .. ' , _G.never', { set = { least = "4" } }))
      assert.equal("x", ext.name)
      assert.equal("extractor", ext.kind)
      assert.same({ "flow" }, ext.reads)
      assert.equal(4, ext.class.options.least)
      assert.is_false(pcall(ext.moments.extract))
      local other = assert(require "weir.extension.load".file(ext.path))
      assert.equal(other.code, ext.code)
      assert.same(other.manifest, ext.manifest)
   end)

   it("is refused where it makes no sense, with file and line", function ()
      for text, word in pairs {
         ["return 1"] = "x.lua: it returns number",
         ["\n\nreturn weir.extractor { abut = 1 }"] = "x.lua:4: 'abut' is no key",
         ["return weir.extractor { about = 'x' }"] = "needs a method",
         ["return weir.feature { about = 'x', gives = { a = 'flag' } }"] = "x.lua",
         ["local f = weir.feature { about = 'x' }\nfunction f:begin() end\nreturn f"] =
            "is a feature",
         ["error 'at once'"] = "x.lua:2: at once",
         ["while true do end"] = "loading it took longer than 2 seconds",
         ["local x = weir.extractor { about = 'x', options = { f = print } }\n"
            .. "function x:extract() end return x"] = "cannot be sent",
      } do
         if not text:find "while" then
            local ext, why = load(text)
            assert.is_nil(ext)
            assert(why:find(word, 1, true), why)
         end
      end
   end)

   it("tells facts, and of which rows, as it would in here", function ()
      local lines = {}
      local c = confine(COUNT, { log = function (...) lines[#lines + 1] = { ... } end })
      assert.same({}, assert(c:call "start").errors)
      assert.same({ { "info", "from 3 of a" } }, lines)
      local rows = {
         { src_ip = "192.0.2.1", dest_ip = "198.51.100.1", dest_port = 80, start = 1, ["end"] = 2 },
         { bad = true },
         { src_ip = "192.0.2.1", dest_ip = "198.51.100.1", dest_port = 81, start = 5, ["end"] = 6 },
      }
      local result = assert(c:call("extract", rows))
      assert.equal(1, #result.errors)
      assert.equal(2, result.errors[1].row)
      assert(result.errors[1].why:find "x.lua:9: a bad row", result.errors[1].why)
      local base = kb.new()
      local book = base:handle("x", "flow")
      assert.same({}, confined.replay(result.told, book, rows))
      assert.is_nil(book.row)
      local client, server, visit = base.facts[1], base.facts[2], base.facts[3]
      assert.equal("192.0.2.1", client.key)
      assert.equal(1, client.data.n)
      assert.equal(2, server.count)
      assert.equal("visits", visit.verb)
      assert.equal(80, visit.data.port)
      assert.same({ 2, 1, 6, 0.5 }, { visit.count, visit.first, visit.last, visit.confidence })
   end)

   it("may not tell what is no fact", function ()
      local book = kb.new():handle("x", "flow")
      local bad = {
         { 1, "entity", "", "x" }, { 1, "entity", "a", 7 }, { 1, "entity", "a", "b", 1 },
         { 1, "entity", "a", "b", {}, 2 }, { 1, "relate", 1, 2 }, { 1, "relate", "a", "b" },
         { 1, "relate", "a", "b", {}, "a", "c" }, { 1, "relate", "a", "b", "x", "a", "c", 1e300 },
         { 1, "learn", 1, "a", "b" }, { 1, "learn", {} }, { 1, "learn", {}, "a", "b", 7, "a", "c" },
         { 1, "commit" }, { 1 }, {}, 7, "entity", { "channel", "close" }, { 0 / 0, {} },
      }
      local errors = confined.replay(bad, book, {})
      assert.equal(#bad, #errors)
      for _, e in ipairs(errors) do assert.equal("string", type(e.why)) end
   end)

   it("says where it tells what is no fact", function ()
      local c = confine [[
local x = weir.extractor { about = "x", on = "flow" }
function x:extract(row, kb)
   kb:entity("", row.id)
end
return x]]
      local e = assert(c:call("extract", { { id = "a" } })).errors[1]
      assert(e.why:find "x.lua:4: the type of an entity is a text that is not empty", e.why)
   end)

   it("infers columns, and nothing that its fields cannot be", function ()
      local c = confine [[
local x = weir.inference {
   about = "x", wants = { "size" }, gives = { twice = "number", word = "label" },
}
function x:infer(batch, out)
   for i = 1, batch.n do
      if batch.size[i] then out.twice[i] = 2 * batch.size[i] end
      out.word[i] = i == 3 and {} or "w" .. i
   end
end
return x]]
      local result = assert(c:call("infer", { { size = 1.5 }, { other = 1 }, { size = 4 } }))
      assert.same({ { twice = 3, word = "w1" }, { word = "w2" }, { twice = 8 } }, result.given)
      assert.equal(3, result.errors[1].row)
      assert.truthy(result.errors[1].why:find "'word', which is no label")
   end)

   it("reports into folders that it needs, and publishes rows", function ()
      host.make_folder(folder .. "/out")
      local c = confine(([[
local x = weir.reporting { about = "x", needs = { "write:%s/out" } }
function x:start() self.file = assert(io.open("%s/out/rows", "w")) end
function x:row(row)
   self.file:write(row.id, "\n")
   self:publish { again = row.id }
end
function x:tick(now) self.now = now end
function x:stop() self.file:write(self.now, "\n") self.file:close() end
return x]]):format(folder, folder))
      assert.same({ "write:" .. folder .. "/out" }, c:grants())
      assert.same({}, assert(c:call "start").errors)
      local result = assert(c:call("row", { { id = "a\255" }, { id = "b" } }))
      assert.same({}, result.errors)
      assert.same({ { from = 1, row = { again = "a\255" } }, { from = 2, row = { again = "b" } } },
         result.published)
      assert(c:call("tick", 17))
      assert(c:call "stop")
      assert.equal("a\255\nb\n17\n", try.contents(folder .. "/out/rows"))
   end)

   it("has modules of its own, as they were when it was loaded", function ()
      host.make_folder(folder .. "/lib")
      extend.write(folder .. "/lib/init.lua", "return { word = 'old' }")
      local text = [[
local lib, json = require "lib", require "weir.json"
local x = weir.extractor { about = "x", on = "flow" }
function x:extract(row, kb) kb:entity(lib.word, json.read(row.text).key) end
return x]]
      local ext = assert(load(text))
      assert.same({ folder .. "/x.lua", folder .. "/lib/init.lua" }, ext.files)
      extend.write(folder .. "/lib/init.lua", "return { word = 'new' }")
      local c = assert(confined.open(ext))
      local told = assert(c:call("extract", { { text = '{"key":"k"}' } })).told
      c:close()
      assert.same({ "old", "k" }, { told[1][3], told[1][4] })
   end)

   it("has no file of others as a module of its own, by a link", function ()
      local secret = try.file "return 'secret'"
      os.execute(("ln -s %s %s/lib.lua"):format(secret, folder))
      local ext, why = load [[
local lib = require "lib"
return weir.extractor { about = lib, on = "flow" }]]
      os.remove(secret)
      assert.is_nil(ext)
      assert(why:find "no module 'lib'", why)
   end)

   it("drives no terminal with what it says", function ()
      local said = {}
      local c = confine([[
local x = weir.extractor { about = "x", on = "flow" }
function x:extract() self.log:info "[2J" error "]0;x" end
return x]], { log = function (_, line) said[#said + 1] = line end })
      local errors = assert(c:call("extract", { {} })).errors
      said[#said + 1] = errors[1].why
      assert.equal(2, #said)
      for _, line in ipairs(said) do assert.is_nil(line:find "%c") end
   end)

   it("is refused what no confined process has", function ()
      for _, need in ipairs { "net", "redis", "exec", "read:/no/such/folder" } do
         local ext = assert(load(([[
local x = weir.extractor { about = "x", on = "flow", needs = { "%s" } }
function x:extract() end
return x]]):format(need)))
         local c, why = confined.open(ext)
         assert.is_nil(c)
         assert(why:find(need, 1, true), why)
      end
   end)

   local DIES = [[
local x = weir.extractor { about = "x", on = "flow", requires = { "_G" } }
function x:start() self.n = 0 end
function x:extract(row, kb)
   self.n = self.n + 1
   if row.die then require "_G".os.exit(9) end
   kb:entity("n", tostring(self.n))
end
return x]]

   it("that dies is started again for the next batch, and paused if that is too often", function ()
      local lines = {}
      local c = confine(DIES, { log = function (_, line) lines[#lines + 1] = line end })
      assert(c:call "start")
      assert.equal("1", assert(c:call("extract", { {} })).told[1][4])
      for _ = 1, 3 do
         local result, why = c:call("extract", { { die = true } })
         assert.is_nil(result)
         assert(why:find "exit code 9", why)
         assert.equal("1", assert(c:call("extract", { {} })).told[1][4])
      end
      assert.is_nil(c:call("extract", { { die = true } }))
      local _, why = c:call("extract", { {} })
      assert(why:find "started again 3 times within 60 seconds", why)
      assert.equal(5, #lines)
      assert.truthy(lines[1]:find "is gone in 'extract'")
      assert.truthy(lines[5]:find "is paused")
   end)

   it("fails with the row that took the time, and those behind it", function ()
      local c = confine([[
local x = weir.extractor { about = "x", on = "flow" }
function x:extract(row) while row.spin do end end
return x]], { seconds = 0.1 })
      local errors = assert(c:call("extract", { {}, { spin = true }, {} })).errors
      assert.equal(2, #errors)
      assert.same({ 2, 3 }, { errors[1].row, errors[2].row })
      assert.truthy(errors[1].why:find "longer than 0.1 seconds")
      assert.truthy(errors[2].why:find "row 2 took all the time")
      assert.same({}, assert(c:call("extract", { {}, {} })).errors)
   end)

   it("is given what can be sent, or nothing", function ()
      local c = confine(DIES)
      local result, why = c:call("extract", { { id = 1ULL } })
      assert.is_nil(result)
      assert(why:find "value of C", why)
      assert(c:call("start"))
      assert(c:call("extract", { {} }))
      assert.same({ errors = {}, told = {}, published = {} }, c:call("tick", 1))
   end)
end)
