-- What extractors learn of rows that came over a channel: the same facts with the same packets,
-- wherever the rows were made.

local channel   = require "weir.channel"
local engine    = require "weir.extension.engine"
local extend    = require "extend"
local kb        = require "weir.kb"
local knowledge = require "knowledge"
local load      = require "weir.extension.load"
local proof     = require "weir.proof"
local server    = require "server"
local text      = require "weir.text"
local try       = require "try"
local why       = require "weir.kb.why"
local wire      = require "wire"
local workspace = require "workspace"

local ROOT = try.run "pwd":gsub("\n", "")
local PROGRAM = try.program:sub(1, 1) == "/" and try.program or ROOT .. "/" .. try.program

local SIZES = [[
local weir = require "weir"
local sizes = weir.feature { gives = { size = "number" }, publish = { "sizes" } }
function sizes:finish(flow) return { size = flow.bytes_toserver } end
return sizes
]]

local RANK = [[
local weir = require "weir"
local rank = weir.inference {
   wants = { "size" }, gives = { rank = "label" }, subscribe = { "sizes" }, publish = { "ranks" },
}
function rank:infer(batch, out)
   for i = 1, batch.n do out.rank[i] = batch.size[i] > 100 and "big" or "small" end
end
return rank
]]

local LEARN = [[
local weir = require "weir"
local learn = weir.extractor { subscribe = { "ranks" }, wants = { "rank", "size" } }
function learn:extract(row, kb)
   local address = kb:entity("address", row.dest_ip, { proto = row.proto })
   kb:relate(address, "is", kb:entity("rank", row.rank))
end
return learn
]]

local YAML = [[
inputs: { files: [FILES] }
workspace: ./data
extensions:
  - { id: sizes, source: sizes.lua }
  - { id: rank, source: rank.lua }
  - { id: learn, source: learn.lua }
  - { id: names, source: names }
]]

local FILES = ("%s/samples/web.pcap, %s/samples/http.pcap"):format(ROOT, ROOT)
local KILLS, FLOWS = tonumber(os.getenv "WEIR_KILLS") or 2, 6000

-- Of a flow that has packets at 158 and 249.
local PROOF = text.base64 "FgRmbG93AAEAoJ+C4ojSowYCAvgE7AI="

local function desk(channels, files)
   local folder = extend.folder()
   extend.write(folder .. "/sizes.lua", SIZES)
   extend.write(folder .. "/rank.lua", RANK)
   extend.write(folder .. "/learn.lua", LEARN)
   extend.write(folder .. "/weir.yaml", (YAML:gsub("FILES", files or FILES)) .. (channels or ""))
   return folder
end

local function run(folder, words)
   local _, err, code = try.run(("cd %s && timeout 60 %s run -q %s"):format(folder, PROGRAM, words))
   assert(code == 0 and err == "", code .. err)
end

local function line_of(fact, claim, proven)
   local places = {}
   for i, place in ipairs(proven.places) do
      places[i] = place.source.path .. " " .. place.offset
   end
   return ("%s %s %d %s %.0f %.0f %.6f %.0f %s"):format(fact, claim.extension, claim.count,
      proven.kind, proven.flow_id, proven.ordinal, proven.time, proven.packets,
      table.concat(places, ","))
end

-- Which facts there are, who says them, and of which packets, whatever the run.
local function known(folder)
   local base, lines = assert(kb.open(folder .. "/data/kb.db")), {}
   for row in base.db:rows "SELECT DISTINCT fact FROM evidence" do
      for _, claim in ipairs(assert(why.claims(base, row.fact))) do
         assert(#claim.proofs > 0, claim.extension .. " says something that nothing proves")
         for _, proven in ipairs(claim.proofs) do
            lines[#lines + 1] = line_of(row.fact, claim, proven)
         end
      end
   end
   for row in base.db:rows "SELECT id, data, count, first, last FROM entities" do
      lines[#lines + 1] = ("%s %s %d %.6f %.6f"):format(row.id, row.data, row.count, row.first,
         row.last)
   end
   base:close()
   table.sort(lines)
   return lines
end

-- A capture of flows that have one packet each.
local function many_flows()
   local packets = {}
   for i = 1, FLOWS do
      packets[i] = wire.udp { at = math.floor(i / 500), ns = i % 500 * 2e6, port = 1024 + i }
   end
   return wire.capture(packets)
end

-- How often what was told, and from when to when.
local function counts(folder)
   return workspace.ask(folder .. "/data", [[
      SELECT id, count, first, last FROM entities ORDER BY id;
      SELECT id, count, first, last FROM relationships ORDER BY id]], "kb")
end

-- Runs the part that learns, and kills it once it has taken so many rows.
local KILL = [[cd %s; %s run -q --only learn,names & pid=$!
while kill -0 $pid 2>/dev/null; do
   n=$(sqlite3 -readonly data/kb.db "SELECT count(*) FROM delivered" 2>/dev/null)
   [ "${n:-0}" -ge %d ] && kill -9 $pid
   sleep 0.03
done
wait $pid]]

describe("rows of what an extractor saw before", function ()
   it("are not published again, which is said", function ()
      local folder = extend.folder()
      extend.write(folder .. "/tell.lua", [[
local weir = require "weir"
local tell = weir.extractor { on = "flow", publish = { "told" } }
function tell:extract(flow) self:publish { row_id = flow.dest_ip, port = flow.dest_port } end
return tell
]])
      extend.write(folder .. "/weir.yaml", ([[
inputs: { files: %s/samples/web.pcap }
extensions:
  - { id: tell, source: tell.lua }
  - { id: log, source: ndjson, channels: { subscribe: told } }
]]):format(ROOT))
      local function lines(words)
         local _, err = try.run(("cd %s && rm -f rows.ndjson && %s run %s"):format(folder, PROGRAM,
            words))
         return #try.lines(try.contents(folder .. "/rows.ndjson")), err
      end
      local count, said = lines ""
      assert.equal(3, count)
      assert.falsy(said:find("publishes nothing", 1, true), said)
      count, said = lines ""
      assert.equal(0, count)
      assert.truthy(said:find("'tell' saw 1 source before, of which it publishes nothing again, "
         .. "but with '--reprocess'", 1, true), said)
      assert.equal(3, (lines "--reprocess"))
      extend.remove(folder)
   end)
end)

describe("what is learnt of rows of channels", function ()
   it("is proved by the packets of the records that they were made of", function ()
      local folder = desk()
      run(folder, "")
      local command = "cd %s && %s kb why -W data rank:big --pcap big.pcap"
      local out, err, code = try.run(command:format(folder, PROGRAM))
      assert.equal(0, code, err)
      assert.truthy(out:find "\n      flow  2026%-[^\n]*  flow %d+  %d+ packets at %d+")
      local reading = "cd %s && %s read -q -r big.pcap --only packet -T json | wc -l"
      local count = try.run(reading:format(folder, PROGRAM))
      assert.equal(err:match "(%d+) packets in 'big.pcap'", count:match "%d+")
      extend.remove(folder)
   end)

   it("is counted once, though a row comes again from elsewhere", function ()
      local folder, path = desk(), knowledge.path()
      local base, hub = knowledge.open(path), assert(channel.open {})
      local list = {}
      for i, name in ipairs { "sizes", "rank", "learn" } do
         list[i] = assert(load.file(("%s/%s.lua"):format(folder, name)))
      end
      local learner = assert(engine.new(list, { tell = error, kb = base, hub = hub }))
      assert(learner:begin())
      local out = hub:publisher "ranks"
      -- Puts a row as if it came over Redis, of that reading of a file.
      local function put(id, reading)
         local row = { row_id = id, dest_ip = "192.0.2.1", rank = "big", size = 1, time = 1 }
         proof.note(row, { is_far = true, bytes = PROOF, source = {
            id = "sha256:0", path = "x.pcap", run = { id = reading, started = 1 } } })
         out:put(row)
         learner:look()
      end
      local function count()
         return (base.db:first "SELECT count FROM entities WHERE type = 'rank'")
      end
      put("1", "a")
      put("1", "a")
      assert.equal(1, count())
      put("2", "a")
      assert.equal(2, count())
      put("1", "b")                                      -- the file was read once more
      assert.equal(2, count())
      local claims = assert(why.claims(base, (base.db:first "SELECT fact FROM evidence")))
      assert.same({ 2, "x.pcap", 158 }, { #claims, claims[1].path,
         claims[1].proofs[1].places[1].offset })
      base:close()
      knowledge.tidy()
      extend.remove(folder)
   end)

   if not try.has "redis-server" then return pending "redis-server is not installed" end
   local redis

   setup(function () redis = server.new() end)
   teardown(function () redis:remove() end)

   it("is the same in one process, over Redis, and in several processes", function ()
      local function far(name)
         return desk(("channels: { transport: redis, url: '%s', prefix: %s }\n"):format(redis.url,
            name))
      end
      local near, alone, split = desk(), far "alone", far "split"
      run(near, "")
      run(alone, "")
      local words = ("cd %s && for part in learn,names rank inputs,sizes; do "
         .. "%s run -q --only $part & done; wait"):format(split, PROGRAM)
      local _, err, code = try.run("timeout 60 sh -c '" .. words .. "'")
      assert(code == 0 and err == "", code .. err)
      local facts = known(near)
      assert(#facts > 20, #facts)
      assert.same(facts, known(alone))
      assert.same(facts, known(split))
      for _, folder in ipairs { near, alone, split } do extend.remove(folder) end
   end)

   it("is counted once, whoever is killed", function ()
      local capture = many_flows()
      local near, folder = desk(nil, capture), desk(("channels: { transport: redis, url: '%s', "
         .. "prefix: killed, idle: 3 }\n"):format(redis.url), capture)
      run(near, "")
      local words = "cd %s && exec timeout 90 %s run -q --only inputs,sizes,rank"
      local others = try.file(words:format(folder, PROGRAM))
      os.execute("sh " .. others .. " &")
      for i = 1, KILLS do
         local script = try.file(KILL:format(folder, PROGRAM, i * FLOWS / (KILLS + 1)))
         assert.equal(137, (select(3, try.run("sh " .. script .. " 2>/dev/null"))))
         os.remove(script)
      end
      run(folder, "--only learn,names")
      assert.equal(counts(near), counts(folder))
      for _, path in ipairs { capture, others } do os.remove(path) end
      for _, each in ipairs { near, folder } do extend.remove(each) end
   end)
end)
