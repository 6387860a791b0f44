-- Pipelines of a weir.yaml: who sees what, in one process, over Redis in several, and while the
-- file changes.

local channel  = require "weir.channel"
local engine   = require "weir.extension.engine"
local extend   = require "extend"
local pipeline = require "weir.pipeline"
local reload   = require "weir.pipeline.reload"
local server   = require "server"
local try      = require "try"
local watching = require "weir.extension.reload"
local weir     = require "weir"

local ROOT = try.run "pwd":gsub("\n", "")
local PROGRAM = try.program:sub(1, 1) == "/" and try.program or ROOT .. "/" .. try.program

local HELLO = [[
local weir = require "weir"
local hello = weir.feature { gives = { size = "number" }, options = { factor = 1 } }
function hello:finish(flow) return { size = flow.bytes_toserver * self.options.factor } end
return hello
]]

local JUDGE = [[
local weir = require "weir"
local judge = weir.inference {
   wants = { "size" }, gives = { verdict = "label" }, options = { most = 100 },
   subscribe = { "hellos" }, publish = { "verdicts" }, batch = { size = 3 },
}
function judge:infer(batch, out)
   local most = self.options.most
   for i = 1, batch.n do out.verdict[i] = batch.size[i] > most and "big" or "small" end
end
return judge
]]

local TELL = [[
local weir = require "weir"
local tell = weir.reporting {
   subscribe = { "verdicts" }, wants = { "verdict" }, needs = { "write" },
   options = { file = "told.txt" },
}
function tell:start() self.lines = {} end
function tell:row(row)
   self.log:debug("row %s", row.row_id)
   table.insert(self.lines, ("%s %s %g %s\n"):format(row.row_id, row.dest_ip, row.size,
      row.verdict))
end
function tell:flush()
   local out = assert(io.open(self.options.file, "a"))
   out:write(table.concat(self.lines))
   out:close()
   self.lines = {}
end
return tell
]]

local YAML = [[
inputs: { files: [ROOT/samples/web.pcap, ROOT/samples/http.pcap] }
CHANNELS
extensions:
  - { id: hello, source: hello.lua, channels: { publish: [hellos] } }
  - { id: judge, source: judge.lua }
  - { id: tell, source: tell.lua, options: { file: TOLD } }
]]

-- A folder with the extensions and a weir.yaml; `with` is put in place of words in capitals.
local function desk(yaml, with)
   local folder = extend.folder()
   extend.write(folder .. "/hello.lua", HELLO)
   extend.write(folder .. "/judge.lua", JUDGE)
   extend.write(folder .. "/tell.lua", TELL)
   with = with or {}
   with.ROOT, with.TOLD = ROOT, with.TOLD or folder .. "/told.txt"
   with.CHANNELS = with.CHANNELS or ""
   extend.write(folder .. "/weir.yaml", (yaml:gsub("%f[%u]%u%u+%f[%U]", with)))
   return folder
end

local function told(folder)
   local lines = try.lines(try.contents(folder .. "/told.txt"))
   table.sort(lines)
   return lines
end

local function run(folder, words)
   local _, err, code = try.run(("cd %s && %s run -q %s"):format(folder, PROGRAM, words or ""))
   assert(code == 0, err)
   return err
end

describe("a pipeline", function ()
   it("runs all instances over all inputs, found in the current folder", function ()
      local folder = desk(YAML)
      run(folder)
      local lines = told(folder)
      assert.equal(17, #lines)
      assert.truthy(table.concat(lines, "\n"):find "web.pcap:flow:%d+:1 192.0.2.1 75 small")
      extend.remove(folder)
   end)

   it("shows no secret that its extensions tell of", function ()
      local folder = desk([[
inputs: { files: ROOT/samples/web.pcap }
extensions:
  - { id: leak, source: leak.lua, options: { key: "${LEAKED}" }, log: { dir: logs } }
  - id: loud
    source: leak.lua
    options: { key: "${LEAKED}" }
    channels: { input: { files: "${LEAKED}.pcap" } }
]], { LEAKED = "LEAKED" })
      extend.write(folder .. "/leak.lua", [[
local weir = require "weir"
local leak = weir.reporting { about = "tells all it knows", options = { key = "" } }
function leak:start() self.log:info("the key is %s", self.options.key) end
function leak:row() error("no answer to " .. self.options.key) end
return leak]])
      local before = ("cd %s && LEAKED=hush-hush %s "):format(folder, PROGRAM)
      local _, err = try.run(before .. "run weir.yaml")
      local out = try.run(before .. "ext graph weir.yaml")
      local log = try.contents(folder .. "/logs/leak.log")
      for text, want in pairs {
         [err] = "no answer to ${LEAKED}", [log] = "the key is ${LEAKED}", [out] = "${LEAKED}.pcap",
      } do
         assert.truthy(text:find(want, 1, true), text)
         assert.falsy(text:find("hush", 1, true), text)
      end
      extend.remove(folder)
   end)

   it("has instances of one extension, with options, inputs and channels of their own", function ()
      local folder = desk [[
extensions:
  - id: hello
    source: hello.lua
    channels: { input: { files: ROOT/samples/web.pcap }, publish: [hellos] }
    override:
      twice:
        options: { factor: 2 }
        channels: { input: { files: ROOT/samples/dns.pcap } }
  - { id: judge, source: judge.lua }
  - { id: tell, source: tell.lua, options: { file: TOLD } }
]]
      run(folder)
      local by = {}
      for _, line in ipairs(told(folder)) do
         local source, size = line:match "^(%w+)%.pcap:flow:%d+:%d+ %S+ (%d+)"
         by[source] = (by[source] or 0) + size
      end
      local expected = {}
      for name, factor in pairs { web = 1, dns = 2 } do
         local sum = 0
         local flows = assert(weir.open("samples/" .. name .. ".pcap")).flows
         for row in flows:rows() do sum = sum + row.bytes_toserver end
         expected[name] = sum * factor
      end
      assert.same(expected, by)
      extend.remove(folder)
   end)

   it("takes what a config.yaml beside the extension says, under its own", function ()
      local folder = desk [[
inputs: { files: ROOT/samples/web.pcap }
extensions:
  - { id: hello, source: ./box, options: { deep: { b: 3 } } }
]]
      os.execute("mkdir " .. folder .. "/box")
      extend.write(folder .. "/box/init.lua", [[
local weir = require "weir"
local box = weir.feature {
   gives = { x = "number" }, options = { factor = 1, deep = { a = 1, b = 2 } },
}
function box:finish() return { x = 1 } end
return box
]])
      extend.write(folder .. "/box/config.yaml", [[
id: elsewhere
version: 1.2.3
channels: { publish: [boxes] }
options: { factor: 7, deep: { a: 5, b: 6 } }
]])
      local all = assert(pipeline.read(folder .. "/weir.yaml", print))
      local ext = all.extensions[1]
      assert.same({ "hello", { "boxes" }, 7, { a = 5, b = 3 } },
         { ext.name, ext.publish, ext.class.options.factor, ext.class.options.deep })
      extend.remove(folder)
   end)

   it("writes a log for each instance that wants one", function ()
      local folder = desk((YAML:gsub("file: TOLD }",
         "file: TOLD }, log: { level: debug, dir: logs, size: 1k, keep: 2 }")))
      run(folder)
      local log = try.contents(folder .. "/logs/tell.log")
      assert.truthy(log:find "^%d%d%d%d%-%d%d%-%d%dT[%d:]+Z debug +row ")
      assert(#log <= 1024)
      assert.truthy(io.open(folder .. "/logs/tell.log.1"))
      extend.remove(folder)
   end)

   it("keeps what extractors learn where the file says", function ()
      local folder = desk [[
workspace: ./data
inputs: { files: ROOT/samples/web.pcap }
extensions: [{ id: who, source: talkers }]
]]
      run(folder)
      local out = try.run(("%s kb stats -W %s/data --json"):format(PROGRAM, folder))
      assert.truthy(out:find '"what":"extension","name":"who@1"')
      extend.remove(folder)
   end)
end)

-- ---- Redis -----------------------------------------------------------------------------------

describe("a pipeline over Redis", function ()
   if not try.has "redis-server" then return pending "redis-server is not installed" end
   local redis

   setup(function () redis = server.new() end)
   teardown(function () redis:remove() end)

   local function far(prefix)
      return {
         CHANNELS = ("channels: { transport: redis, url: '%s', prefix: %s }"):format(redis.url,
            prefix),
      }
   end

   it("gives the same rows as one in memory, moved by one line", function ()
      local near, folder = desk(YAML), desk(YAML, far "one")
      run(near)
      run(folder)
      local function plain(lines)
         for i, line in ipairs(lines) do lines[i] = line:gsub("^[^:]+:", "") end
         table.sort(lines)
         return lines
      end
      assert.same(plain(told(near)), plain(told(folder)))
      extend.remove(near)
      extend.remove(folder)
   end)

   it("gives the same rows in three processes, which all end by themselves", function ()
      local alone, folder = desk(YAML, far "alone"), desk(YAML, far "split")
      run(alone)
      local words = ("cd %s && for part in tell judge inputs,hello; do %s run -q --only $part "
         .. "& done; wait"):format(folder, PROGRAM)
      local _, err, code = try.run("timeout 30 sh -c '" .. words .. "'")
      assert(code == 0, err)
      assert.same(told(alone), told(folder))
      extend.remove(alone)
      extend.remove(folder)
   end)

   it("says what was not handed over at the end", function ()
      local folder, said, hub = desk(YAML), {}, assert(channel.open {})
      function hub.close() return nil, "3 rows were not handed over" end
      local all = assert(pipeline.read(folder .. "/weir.yaml"))
      local run_by = assert(engine.new(all.extensions, {
         tell = function (text) said[#said + 1] = text end, hub = hub,
      }))
      assert(run_by:begin())
      run_by:stop()
      assert.same({ "3 rows were not handed over" }, said)
      extend.remove(folder)
   end)

   it("keeps rows with their channel until what was inferred of them is safe", function ()
      local folder, hub, is_full = desk(YAML), assert(channel.open {}), true
      local publisher = hub.publisher
      function hub.publisher(...)
         local out = publisher(...)
         function out.flush() return not is_full end
         return out
      end
      local all = assert(pipeline.read(folder .. "/weir.yaml"))
      local run_by = assert(engine.new(all.extensions, { tell = error, hub = hub }))
      local capture = assert(weir.open("samples/web.pcap", run_by:measures {}))
      assert(run_by:attach(capture, { sees = all.common }))
      while true do
         local batch, n = capture:read(1024)
         if not batch then break end
         if n > 0 then assert(run_by:run(batch)) end
      end
      run_by:settle()
      assert.equal(3, hub:stats().hellos.groups.judge.pending)
      is_full = false
      run_by:settle()
      assert.equal(0, hub:stats().hellos.groups.judge.pending)
      run_by:stop()
      extend.remove(folder)
   end)

   it("takes nothing for read whose rows did not reach Redis", function ()
      local folder = desk("workspace: there\n" .. YAML, far "late")
      local words = ("cd %s && timeout %%s %s run --only inputs,hello"):format(folder, PROGRAM)
      redis:kill()
      try.run(words:format "-s KILL 1")
      redis:start()
      local _, err, code = try.run(words:format "20")
      assert(code == 0 and err:find "^2 sources taken in", err)
      extend.remove(folder)
   end)

   it("says how many rows were dropped where nobody took them", function ()
      local folder = desk(YAML, { CHANNELS = ("channels: { transport: redis, url: '%s', prefix: "
         .. "drops, most: 1, full: drop }"):format(redis.url) })
      local _, err, code = try.run(("cd %s && %s run --only inputs,hello"):format(folder, PROGRAM))
      assert(code == 0, err)
      assert(err:find "channel 'hellos': %d+ rows dropped for want of room", err)
      extend.remove(folder)
   end)

   it("does not wait for itself where few rows may wait", function ()
      local few = { CHANNELS = far("few").CHANNELS:gsub("prefix", "most: 2, prefix") }
      local near, folder = desk(YAML), desk(YAML, few)
      run(near)
      local _, err, code = try.run(("cd %s && timeout 20 %s run -q"):format(folder, PROGRAM))
      assert(code == 0, err)
      assert.equal(#told(near), #told(folder))
      extend.remove(near)
      extend.remove(folder)
   end)

   it("says what '--only' cannot do", function ()
      local folder = desk(YAML)
      local _, err, code = try.run(("cd %s && %s run --only tell"):format(folder, PROGRAM))
      assert.same({ 2, true }, { code, err:find "'transport: redis'" ~= nil })
      extend.write(folder .. "/weir.yaml",
         (YAML:gsub("CHANNELS", far("x").CHANNELS):gsub("ROOT", ROOT)))
      _, err, code = try.run(("cd %s && %s run --only tel"):format(folder, PROGRAM))
      assert.same({ 2, true }, { code, err:find "did you mean 'tell'?" ~= nil })
      _, err, code = try.run(("cd %s && %s run --only hello"):format(folder, PROGRAM))
      assert.same({ 2, true }, { code, err:find "nothing is read here" ~= nil })
      extend.remove(folder)
   end)
end)

-- ---- hot reload ------------------------------------------------------------------------------

describe("a weir.yaml that changes while it runs", function ()
   -- Runs a pipeline over a capture, and before each of some batches writes what is in `steps`: a
   -- weir.yaml, or the text of a file by its name.  Returns what was said, and what `tell` wrote.
   local function follow(yaml, steps)
      local folder, said = desk(yaml), {}
      local function note(line) said[#said + 1] = line end
      local all = assert(pipeline.read(folder .. "/weir.yaml", note))
      local run_by = assert(engine.new(all.extensions, { tell = note }))
      local capture = assert(weir.open("samples/http.pcap", run_by:measures {}))
      assert(run_by:attach(capture, { sees = all.common }))
      assert(watching.watch(run_by))
      run_by.reloader.also = assert(reload.watch(all, run_by, { tell = note, say = note }))
      local number = 0
      while true do
         local batch, n = capture:read(4)
         if not batch then break end
         number = number + 1
         local step = steps[number]
         if step then
            local with = { ROOT = ROOT, TOLD = folder .. "/told.txt", CHANNELS = "" }
            local name, text = "weir.yaml", step
            if type(step) == "table" then name, text = next(step) end
            extend.write(folder .. "/" .. name, (text:gsub("%f[%u]%u%u+%f[%U]", with)))
            for _ = 1, 15 do
               os.execute "sleep 0.02"
               run_by:look()
            end
         end
         if n > 0 then assert(run_by:run(batch)) end
      end
      run_by:stop()
      capture:close()
      local lines = io.open(folder .. "/told.txt") and told(folder) or {}
      extend.remove(folder)
      return said, lines
   end

   it("starts instances that are new, and stops those that are gone", function ()
      local without = YAML:gsub("\n  %- { id: tell[^\n]*", "")
      local said, lines = follow(without, { [8] = YAML })
      assert.same({ { "'tell' is new, and runs" }, 14 }, { said, #lines })
      said, lines = follow(YAML, { [8] = without })
      assert.same({ { "'tell' is gone, and has stopped" }, 0 }, { said, #lines })
   end)

   it("reloads those that say other things, and lets the others be", function ()
      local other = YAML:gsub("source: judge.lua", "source: judge.lua, options: { most: 1 }")
      local said, lines = follow(YAML, { [8] = other })
      assert.equal(1, #said)
      assert.truthy(said[1]:find "^extension 'judge' is reloaded: generation 2")
      assert.equal(14, #lines)
   end)

   it("lets those be whose file was reloaded before", function ()
      local said, lines = follow(YAML, { [8] = { ["judge.lua"] = "-- Anew.\n" .. JUDGE },
         [16] = YAML .. "# no other\n" })
      assert.equal(1, #said)
      assert.equal(14, #lines)
   end)

   it("says what is wrong, and goes on as it was", function ()
      local said, lines = follow(YAML, {
         [8]  = (YAML:gsub("id: judge", "idd: judge")),
         [16] = (YAML:gsub("judge.lua", "nowhere.lua")),
      })
      local all = table.concat(said, "\n")
      assert.truthy(all:find "did you mean 'id'?" and all:find "nowhere.lua")
      assert.truthy(all:find "is not taken: all goes on as it was")
      assert.equal(14, #lines)
   end)

   it("says what waits for the next start", function ()
      local other = YAML:gsub("channels: {", "%0 input: { files: ROOT/samples/web.pcap },")
      local said, lines = follow(YAML, { [8] = "workspace: there\n" .. other })
      assert.truthy(said[1]:find "^'workspace' in '.*' is another: that waits for the next start")
      assert.truthy(said[2]:find "^the input of 'hello' in '.*' is another: that waits for the ne")
      assert.equal(14, #lines)                           -- it sees what it saw
   end)

   it("begins those anew that read or write other channels", function ()
      local other = YAML:gsub("source: judge.lua",
         "source: judge.lua, channels: { publish: [opinions] }")
         :gsub("source: tell.lua", "source: tell.lua, channels: { subscribe: [opinions] }")
      local said, lines = follow(YAML, { [12] = other })
      table.sort(said)
      assert.same({ "'judge' begins anew", "'tell' begins anew" }, said)
      assert.equal(14, #lines)
   end)
end)
