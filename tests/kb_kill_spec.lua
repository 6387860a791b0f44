-- Knowledge bases under hard use: killed at any moment, written by several processes at once.

local digest    = require "weir.digest"
local knowledge = require "knowledge"
local merge     = require "weir.kb.merge"
local try       = require "try"
local why       = require "weir.kb.why"

local ROUNDS = tonumber(os.getenv "WEIR_KILLS") or 12

-- Runs Lua in processes of their own, all at once; returns the exit codes and what they print.
local function processes(sources)
   local script, list = { "" }, {}
   for i, source in ipairs(sources) do
      local file = try.file(source, ".lua")
      list[i] = file
      script[i] = ("(%s lua %s; echo $? > %s.code) > %s.out 2>&1 &"):format(try.program, file,
         file, file)
   end
   os.execute(table.concat(script, "\n") .. "\nwait")
   local codes, outs = {}, {}
   for i, file in ipairs(list) do
      codes[i] = tonumber(try.contents(file .. ".code", true))
      outs[i] = try.contents(file .. ".out", true)
      os.remove(file)
   end
   return codes, outs
end

-- A program that begins with what all need.
local HEAD = [[
package.path = "tests/?.lua;" .. package.path
local kb, knowledge = require "weir.kb", require "knowledge"
local path = %q
]]

-- Tells facts over and over, and commits after each few.
local TELL = HEAD .. [[
local base = knowledge.open(path)
assert(base:run { command = "tell" })
assert(base:source { path = "s", hash = %q })
local book = base:handle("teller", nil, { manifest = { version = "1" }, code = %q })
for i = 1, %d do
   local a = book:entity("t", "key" .. i %% 97, { ["k" .. i %% 5] = i })
   book:relate(a, "knows", book:entity("t", "key" .. (i * 7) %% 97), i)
   if i %% 10 == 0 then assert(base:commit()) end
end
assert(base:close())
]]

-- Reads captures as a run does that is begun again after each death.
local TAKE = HEAD .. [[
local base = knowledge.open(path)
for _, sample in ipairs { "samples/dns.pcap", "samples/web.pcap", "samples/tls.pcap" } do
   local hash = require "weir.digest".file(sample)
   local done = base.db:first("SELECT max(done) FROM inputs WHERE source = ?", "sha256:" .. hash)
   if done ~= 1 then
      local function commit() assert(base:commit()) end
      knowledge.take(base, sample, { most = 2, resume = true, each = commit })
   end
end
assert(base:close())
]]

local function write(path, count, name)
   return TELL:format(path, digest.sha256(name), name, count)
end

-- All records that prove facts, in whichever run they were read.
local function proofs_of(base)
   local lines = {}
   for row in base.db:rows "SELECT DISTINCT fact FROM evidence" do
      for _, claim in ipairs(assert(why.claims(base, row.fact))) do
         for _, proof in ipairs(claim.proofs) do
            local offsets = {}
            for i, place in ipairs(proof.places) do offsets[i] = place.offset end
            lines[#lines + 1] = table.concat({ row.fact, claim.extension, claim.count, proof.kind,
               proof.flow_id, proof.ordinal, proof.time, proof.packets, proof.source.id,
               table.concat(offsets, " ") }, "|")
         end
      end
   end
   table.sort(lines)
   return lines
end

describe("a knowledge base", function ()
   it("is whole after each kill -9, and a run begun again ends as if nothing was", function ()
      local whole_path, path = knowledge.path(), knowledge.path()
      assert.same({ 0 }, (processes { TAKE:format(whole_path) }))
      local whole = knowledge.open(whole_path)
      local file, broken, ended = try.file(TAKE:format(path), ".lua"), 0, 0
      local function look()
         local base = knowledge.open(path)
         assert(base.db:check())
         assert.same({ 0, 0 }, { knowledge.loose(base) })
         local done = base.db:first "SELECT count(DISTINCT source) FROM inputs WHERE done = 1"
         if done == 3 then
            knowledge.same(knowledge.lines(whole, 2), knowledge.lines(base, 2))
            knowledge.same(proofs_of(whole), proofs_of(base))
            ended = ended + 1
         elseif base.db:first "SELECT count(*) FROM evidence" > 0 then
            broken = broken + 1
         end
         base:close()
         if done == 3 then knowledge.remove(path) end    -- and again from the beginning
      end
      math.randomseed(7)
      for _ = 1, ROUNDS do
         try.run(("timeout -s KILL %.3f %s lua %s; true"):format(0.03 + math.random() * 0.12,
            try.program, file))
         look()
      end
      local out, err, code = try.run(try.program .. " lua " .. file)
      assert.equal(0, code, out .. err)
      look()
      assert.truthy(ended > 0 and (broken > 0 or ROUNDS < 20), broken .. " were killed midway")
      whole:close()
      knowledge.remove(whole_path, path, file)
   end)

   it("loses nothing of what four processes write at once", function ()
      local path, other = knowledge.path(), knowledge.path()
      knowledge.open(path):close()
      assert.same({ 0 }, (processes { write(other, 400, "elsewhere") }))
      local rename = HEAD .. [[
local base = knowledge.open(path)
for i = 1, 60 do
   base:person "anna":entity("t", "key" .. i, { name = "name " .. i })
   assert(base:commit())
end
assert(base:close())]]
      local merging = HEAD .. [[
local base = knowledge.open(path)
for _ = 1, 3 do assert(require "weir.kb.merge".from(base, %q)) end
assert(base:close())]]
      local codes, outs = processes { write(path, 600, "one"), write(path, 600, "two"),
         rename:format(path), merging:format(path, other) }
      assert.same({ 0, 0, 0, 0 }, codes, table.concat(outs, "\n"))
      local base = knowledge.open(path)
      assert(base.db:check())
      assert.same({ 0, 0 }, { knowledge.loose(base) })
      assert.equal(600 + 600 + 400, (base.db:first "SELECT sum(count) FROM relationships"))
      assert.equal(2 * (600 + 600 + 400) + 60, (base.db:first "SELECT sum(count) FROM entities"))
      for i = 1, 60 do
         assert.equal("name " .. i, (base.db:first("SELECT data ->> 'name' FROM entities "
            .. "WHERE key = ?", "key" .. i)))
      end
      local facts = knowledge.lines(base, 2)
      assert.equal(0, merge.from(base, other).news)
      knowledge.same(facts, knowledge.lines(base, 2))
      base:close()
      knowledge.remove(path, other)
   end)

   it("can be written while an extension is taken back", function ()
      local path = knowledge.path()
      knowledge.open(path):close()
      local back = HEAD .. [[
local base = knowledge.open(path)
local retract = require "weir.kb.retract"
for _ = 1, 20 do
   base:handle("other"):entity("t", "mine")
   assert(base:commit())
   assert(retract.extension(base, "other"))
end
assert(base:close())]]
      local codes, outs = processes { write(path, 500, "one"), back:format(path) }
      assert.same({ 0, 0 }, codes, table.concat(outs, "\n"))
      local base = knowledge.open(path)
      assert.same({ 0, 0 }, { knowledge.loose(base) })
      assert.equal(500, (base.db:first "SELECT sum(count) FROM relationships"))
      assert.equal(0, (base.db:first "SELECT count(*) FROM entities WHERE key = 'mine'"))
      base:close()
      knowledge.remove(path)
   end)

   it("says what is wrong where it cannot be written", function ()
      local folder = try.path()
      assert(os.execute("mkdir -p " .. folder) == 0)
      local base, reason = require "weir.kb".open(folder)
      assert.is_nil(base)
      assert.truthy(reason:find("kb.db", 1, true), reason)
      knowledge.open(folder):close()
      base = knowledge.open(folder, { mode = "read" })
      base:handle "x":entity("t", "k")
      local ok
      ok, reason = base:commit()
      assert.is_nil(ok)
      assert.truthy(reason, "a reason")
      base.db:close()
      os.execute("rm -rf " .. folder)
   end)
end)
