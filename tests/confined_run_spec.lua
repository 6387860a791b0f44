-- Confined extensions at work in an engine, and in the pipeline of a weir.yaml: the same comes of
-- them as of those that run in here.

local confining = require "confining"
local extend    = require "extend"
local host      = require "weir.host"
local try       = require "try"

local missing = confining.missing()

local CAPTURE = "samples/web.pcap"

local VISITS = [[
local weir = require "weir"
local x = weir.extractor { about = "who visits whom", on = "flow", options = { bad = 0 } }
function x:extract(flow, kb)
   if flow.dest_port == self.options.bad then error("not this one") end
   local client = kb:entity("client", flow.src_ip)
   kb:relate(client, "visits", kb:entity("server", flow.dest_ip, { port = flow.dest_port }))
end
return x
]]

local TWICE = [[
local weir = require "weir"
local x = weir.inference {
   about = "twice", wants = { "bytes_toserver", "packets" }, gives = { twice = "number" },
}
function x:infer(batch, out)
   for i = 1, batch.n do out.twice[i] = 2 * batch.bytes_toserver[i] + batch.packets[i] end
end
return x
]]

local COUNT = [[
local weir = require "weir"
local x = weir.feature { about = "packets", gives = { packets = "number" } }
function x:begin() self.n = 0 end
function x:packet() self.n = self.n + 1 end
function x:finish() return { packets = self.n } end
return x
]]

local function facts_of(run)
   local list = {}
   for _, fact in ipairs(run.engine.kb.facts) do
      list[#list + 1] = ("%s %s %s %s %d %s %s"):format(fact.fact, fact.type or fact.verb,
         fact.key or fact.from.key, fact.to and fact.to.key or "", fact.count,
         tostring(fact.first), tostring(fact.last))
   end
   return list
end

describe("an engine with a confined", function ()
   if missing then return pending(missing) end

   it("extractor learns what it learns without", function ()
      local here = extend.run { capture = CAPTURE, ext = { { "visits", VISITS } } }
      local ext = { "visits", VISITS, confined = true }
      local there = extend.run { capture = CAPTURE, ext = { ext } }
      assert.same({}, there.told)
      assert(#facts_of(here) > 3)
      assert.same(facts_of(here), facts_of(there))
   end)

   it("extractor tells of a row that failed, and goes on with the others", function ()
      local set = { bad = "80" }
      local here = extend.run { capture = CAPTURE, ext = { { "visits", VISITS, set } } }
      local there = extend.run {
         capture = CAPTURE, ext = { { "visits", VISITS, set, confined = true } },
      }
      assert.same(facts_of(here), facts_of(there))
      assert.equal(here.engine.faults.total, there.engine.faults.total)
      assert.equal(1, #there.told)
      assert.truthy(there.told[1]:find "'visits' failed in 'extract.*visits.lua:4: not this one")
   end)

   it("inference infers what it infers without, also of what features give", function ()
      local count = { "count", COUNT }
      local here = extend.run { capture = CAPTURE, ext = { count, { "twice", TWICE } } }
      local there = extend.run {
         capture = CAPTURE, ext = { count, { "twice", TWICE, confined = true } },
      }
      assert.same({}, there.told)
      assert.truthy(here.lines[1]:find "twice=")
      assert.same(here.lines, there.lines)
   end)

   it("extension that dies again and again is paused, and the run goes on", function ()
      local dies = VISITS:gsub('error%("not this one"%)', 'require "_G".os.exit(9)')
         :gsub('on = "flow"', 'on = "flow", requires = { "_G" }')
      local run = extend.run {
         capture = CAPTURE, most = 1,
         ext = { { "count", COUNT }, { "visits", dies:gsub("bad then", "bad or true then"),
            confined = true } },
      }
      local told = table.concat(run.told, "\n")
      assert.truthy(told:find "exit code 9")
      assert(#run.lines > 0)
      for _, line in ipairs(run.lines) do assert.truthy(line:find "packets=") end
   end)

   -- A run in which its file is changed.
   local function reload(from, to)
      local folder = extend.folder()
      local run = extend.run {
         folder = folder, capture = CAPTURE, most = 8,
         ext = { { "visits", VISITS, confined = true } },
         before = function (engine, batch)
            if batch ~= 2 then return end
            assert(require "weir.extension.reload".watch(engine))
            extend.write(folder .. "/visits.lua", (VISITS:gsub(from, to)))
            engine.reloader:again "visits"
         end,
      }
      extend.remove(folder)
      return run
   end

   it("extension goes on under its new code, which is confined as well", function ()
      local run = reload('"server"', '"peer"')
      assert(run.logged[1]:find "'visits' is reloaded: generation 2", table.concat(run.told, "\n"))
      assert.same({}, run.told)
      assert.truthy(table.concat(facts_of(run), "\n"):find "entity peer")
      local now = run.engine.units.visits[1].ext
      assert.equal(2, now.generation)
      assert.is_nil(now.moments.extract)                 -- it has only what asks the process
   end)

   it("extension goes on under its old code where the new one does not start", function ()
      local run = reload("function x:extract", 'function x:start() error "no" end\n%0')
      local told = table.concat(run.told, "\n")
      assert(told:find "'visits' is not reloaded, generation 1 goes on: .*visits.lua:3: no", told)
      assert.same(facts_of(extend.run { capture = CAPTURE, ext = { { "visits", VISITS } } }),
         facts_of(run))
   end)

   it("extension whose process cannot begin does not start, and says why", function ()
      local needy = VISITS:gsub('on = "flow"', 'on = "flow", needs = { "net" }')
      local run = extend.run { capture = CAPTURE, ext = { { "visits", needy, confined = true } } }
      local told = table.concat(run.told, "\n")
      assert(told:find "needs 'net', and a confined process never reaches the network", told)
      assert(told:find "does not start", told)
   end)
end)

describe("a weir.yaml with confined extensions", function ()
   if missing then return pending(missing) end
   local folder

   before_each(function ()
      folder = extend.folder()
      extend.write(folder .. "/visits.lua", VISITS)
      extend.write(folder .. "/count.lua", COUNT)
      extend.write(folder .. "/twice.lua", TWICE:gsub("gives", 'publish = { "found" }, gives'))
      host.make_folder(folder .. "/out")
      extend.write(folder .. "/say.lua", ([[
local weir = require "weir"
local x = weir.reporting { about = "x", subscribe = { "found" }, needs = { "write:FOLDER/out" } }
function x:start() self.file = assert(io.open("FOLDER/out/rows", "w")) end
function x:row(row) self.file:write(row.row_id, " ", row.twice, "\n") end
function x:stop() self.file:close() end
return x]]):gsub("FOLDER", folder))
   end)
   after_each(function () extend.remove(folder) end)

   -- Runs it, with `confined` as that is; all facts with their evidence, and what was reported.
   local function run(is_confined)
      local root = try.run "pwd":gsub("\n", "")
      local lines = { ("inputs: { files: [%s/%s] }"):format(root, CAPTURE), "extensions:" }
      for _, name in ipairs { "count", "visits", "twice", "say" } do
         lines[#lines + 1] = ("  - { id: %s, source: ./%s.lua, confined: %s }"):format(name, name,
            tostring(is_confined and name ~= "count"))
      end
      local path = extend.write(folder .. "/weir.yaml", table.concat(lines, "\n") .. "\n")
      local kept = folder .. (is_confined and "/there" or "/here")
      local _, err, code = try.weir(("run %s -W %s"):format(path, kept))
      assert.equal(0, code, err)
      local facts = try.weir(("kb export -W %s"):format(kept))
      local why = try.weir(("kb why -W %s 192.0.2.10"):format(kept))
      return facts, (why:gsub("in run [^\n]*", "")), try.contents(folder .. "/out/rows", true)
   end

   it("learns the same with all extractors that come with Weir", function ()
      local root, samples, lines = try.run "pwd":gsub("\n", ""), {}, { "extensions:" }
      for path in try.run("ls extensions/extractors/*.lua"):gmatch "[^\n]+" do
         lines[#lines + 1] = ("  - { id: %s, source: %s/%s, confined: WHETHER }"):format(
            path:match "([%w_]+)%.lua", root, path)
      end
      for path in try.run("ls extensions/extractors/*.db extensions/extractors/*.pcap")
         :gmatch "[^\n]+" do samples[#samples + 1] = root .. "/" .. path end
      lines[#lines + 1] = ("inputs: { files: [%s] }\n"):format(table.concat(samples, ", "))
      local facts = {}
      for _, whether in ipairs { "true", "false" } do
         local text = table.concat(lines, "\n"):gsub("WHETHER", whether)
         local path, kept = extend.write(folder .. "/all.yaml", text), folder .. "/" .. whether
         local _, err, code = try.weir(("run %s -W %s"):format(path, kept))
         assert.equal(0, code, err)
         facts[whether] = try.weir("kb export -W " .. kept)
      end
      assert(#try.lines(facts["true"]) > 50)
      assert.equal(facts["false"], facts["true"])
   end)

   it("gives the same facts, from the same records, and the same rows", function ()
      local here, why_here, rows_here = run(false)
      local there, why_there, rows_there = run(true)
      assert(#here > 500, here)
      assert.equal(here, there)
      assert.equal(why_here, why_there)
      assert(rows_here:find "flow:[%d:]+ %d+", rows_here)
      assert.equal(rows_here, rows_there)
   end)
end)
