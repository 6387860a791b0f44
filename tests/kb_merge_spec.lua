-- Merging bases: in any order and however often, of ours and of Stratosphere's.

local db        = require "weir.db"
local digest    = require "weir.digest"
local json      = require "weir.json"
local knowledge = require "knowledge"
local merge     = require "weir.kb.merge"
local retract   = require "weir.kb.retract"

local POLICIES = { "stored wins", "new wins", "skip nulls", "union" }
local NULL = (json.decode "[null]")[1]

-- A generator of numbers that is the same everywhere.
local function dice(seed)
   return function (n)
      seed = (seed * 1103515245 + 12345) % 2147483648
      return math.floor(seed / 65536) % n + 1
   end
end

local VALUES = { 1, 2, "x", "y", true, { 1, 2 }, NULL, 1e15 }

-- A base in which several extensions have said things of few entities, in several runs.
local function random_base(roll, policy)
   local path = knowledge.path()
   local base = knowledge.open(path, { policy = { ["*"] = policy } })
   for _ = 1, roll(3) do
      assert(base:run { command = "run " .. roll(9) })
      assert(base:source { path = "s", hash = digest.sha256("s" .. roll(3)) })
      for _ = 1, roll(12) do
         local book = base:handle("ext" .. roll(3), nil,
            { manifest = { version = tostring(roll(2)) } })
         if roll(8) == 1 then book = base:person "anna" end
         book.row = roll(3) > 1 and { source = 0, time = roll(50) } or nil
         local data = roll(2) == 1 and { [("k"):rep(roll(2))] = VALUES[roll(#VALUES)] } or nil
         local sure = roll(4) == 1 and roll(4) / 4 or nil
         local a = book:entity("t" .. roll(2), "key" .. roll(4), data, sure)
         local verb = roll(2) == 1 and "v" .. roll(2)
         if verb then book:relate(a, verb, book:entity("t1", "key" .. roll(4))) end
         if roll(4) == 1 then assert(base:commit()) end
      end
      assert(base:commit())
   end
   base:close()
   return path
end

-- What a new base says after it took in these, in this order.
local function merged(policy, paths)
   local path = knowledge.path()
   local base = knowledge.open(path, { policy = { ["*"] = policy } })
   for _, from in ipairs(paths) do assert(merge.from(base, from)) end
   assert.same({ 0, 0 }, { knowledge.loose(base) })
   local lines = knowledge.lines(base)
   base:close()
   return lines, path
end

-- A file as Stratosphere makes them.  `form`: of its ids, "dashed" or "bare".
local function stratosphere(form, facts)
   local path = knowledge.path()
   local file = assert(db.open(path, { mode = "create" }))
   assert(file:run [[
CREATE TABLE entities (id VARCHAR NOT NULL, type VARCHAR NOT NULL, data VARCHAR, blob BLOB,
   ts DATETIME NOT NULL, PRIMARY KEY (id));
CREATE TABLE relationships (id VARCHAR NOT NULL, type VARCHAR NOT NULL, src VARCHAR NOT NULL,
   dst VARCHAR NOT NULL, data VARCHAR, blob BLOB, ts DATETIME NOT NULL, PRIMARY KEY (id));
CREATE TABLE flows (flow_id VARCHAR NOT NULL PRIMARY KEY);]])
   local function id_of(key)
      local id = digest.md5(key)
      if form == "bare" then return id end
      return ("%s-%s-%s-%s-%s"):format(id:sub(1, 8), id:sub(9, 12), id:sub(13, 16), id:sub(17, 20),
         id:sub(21))
   end
   assert(file:run("INSERT INTO entities VALUES (?, 'null', NULL, NULL, "
      .. "'2023-04-01 00:00:00.000000')", ("0"):rep(32)))
   for _, fact in ipairs(facts) do
      if fact.to then
         assert(file:run("INSERT OR REPLACE INTO relationships VALUES (?, ?, ?, ?, ?, NULL, ?)",
            id_of(digest.md5(fact.key) .. digest.md5(fact.to)), fact.type, id_of(fact.key),
            id_of(fact.to), fact.data, fact.ts))
      else
         assert(file:run("INSERT OR REPLACE INTO entities VALUES (?, ?, ?, ?, ?)", id_of(fact.key),
            fact.type, fact.data, fact.blob and db.blob(fact.blob), fact.ts))
      end
   end
   file:close()
   return path
end

local function random_foreign(roll)
   local facts = {}
   for i = 1, roll(6) do
      local key = "query " .. roll(4)
      facts[i] = {
         key = key, type = roll(2) == 1 and "google.com/search_query" or "bing.com/search_query",
         data = roll(4) > 1 and ('{"q": "%s", "rank": %d}'):format(key, roll(3)) or nil,
         ts = ("2023-04-%02d 10:00:00.%06d"):format(roll(28), roll(999999)),
         to = roll(3) == 1 and "query " .. roll(4) or nil,
         blob = roll(5) == 1 and "b" .. roll(3) or nil,
      }
   end
   return stratosphere(roll(2) == 1 and "dashed" or "bare", facts)
end

describe("merging", function ()
   after_each(knowledge.tidy)

   it("makes the same of bases in any order, grouped in any way, however often", function ()
      for seed = 1, 6 do
         local roll = dice(seed)
         local policy = POLICIES[seed % #POLICIES + 1]
         local a, b = random_base(roll, policy), random_base(roll, policy)
         local c = roll(2) == 1 and random_base(roll, policy) or random_foreign(roll)
         local f = random_foreign(roll)
         local expected, whole = merged(policy, { a, b, c, f })
         knowledge.same(expected, (merged(policy, { f, c, b, a })))
         knowledge.same(expected, (merged(policy, { b, a, b, f, a, c, f })))
         local _, ab = merged(policy, { a, b })
         local _, cf = merged(policy, { f, c })
         knowledge.same(expected, (merged(policy, { cf, ab })))
         knowledge.same(expected, (merged(policy, { whole, ab, whole })))
      end
   end)

   it("into one's own base is as into a new one", function ()
      for seed = 101, 103 do
         local roll = dice(seed)
         local a, b = random_base(roll, "stored wins"), random_base(roll, "stored wins")
         local expected = merged("stored wins", { a, b })
         local base = knowledge.open(a)
         assert(merge.from(base, b))
         knowledge.same(expected, knowledge.lines(base))
         local counts = merge.from(base, b)
         assert.equal(0, counts.news)
         base:close()
      end
   end)

   it("and taking back leaves what the others said", function ()
      for seed = 201, 203 do
         local roll = dice(seed)
         local paths = { random_base(roll, "union"), random_base(roll, "union") }
         local _, path = merged("union", paths)
         for i, from in ipairs(paths) do
            local base = knowledge.open(from)
            retract.extension(base, "ext1")
            base:close()
            paths[i] = from
         end
         local expected = merged("union", paths)
         local base = knowledge.open(path)
         retract.extension(base, "ext1")
         local function facts(lines)
            local list = {}
            for _, line in ipairs(lines) do
               list[#list + 1] = line:find "^[er]" and line:gsub("|%d%d%d%d%-.-|", "||") or nil
            end
            return list
         end
         knowledge.same(facts(expected), facts(knowledge.lines(base)))
         base:close()
      end
   end)

   it("knows the same thing by either form of Stratosphere's ids", function ()
      local facts = {
         { key = "a", type = "t", data = '{"q": 12345678901234567890, "r": [1.50]}',
           ts = "2023-04-02 10:11:12.123456" },
         { key = "b", type = "t", ts = "2023-04-02 10:11:13.000000" },
         { key = "a", to = "b", type = "v", data = "{}", ts = "2023-04-02 10:11:14.000000" },
      }
      local dashed, bare = stratosphere("dashed", facts), stratosphere("bare", facts)
      local lines, path = merged("stored wins", { dashed, bare })
      assert.equal(3 + 6 + 2, #lines)
      local base = knowledge.open(path, { mode = "read" })
      local row = base.db:all("SELECT * FROM entities WHERE id = ?", digest.md5 "a")[1]
      assert.equal('{"q":12345678901234567890,"r":[1.50]}', row.data)
      assert.equal("2023-04-02 10:11:12.123456", row.ts)
      assert.equal(2, row.count)
      base:close()
   end)

   it("takes hostile files as what they are", function ()
      local path = stratosphere("bare", {})
      local file = assert(db.open(path, { mode = "write" }))
      for _, row in ipairs {
         { 123, "t", "not json", "yesterday" },
         { "x'; DROP TABLE entities", "t", "[1]", "2023-13-99" },
         { db.blob "\0\255", 7, '{"a":1,"a":2}', 0 },
         { "deep", "t", ("["):rep(5000), "2023-01-01 00:00:00" },
         { "open", "t", '{"a": {"b": 1}', "2023-01-01 00:00:00" },
      } do
         assert(file:run("INSERT INTO entities VALUES (?, ?, ?, NULL, ?)", unpack(row)))
      end
      file:close()
      local _, made = merged("stored wins", { path })
      local base = knowledge.open(made)
      assert.equal(5, (base.db:first "SELECT count(*) FROM entities"))
      assert.equal(0, (base.db:first "SELECT count(*) FROM entities WHERE NOT json_valid(data)"))
      for _, other in ipairs { "samples/dns.pcap", "/nonexistent.db", made } do
         local counts, why = merge.from(base, other)
         assert.is_nil(counts)
         assert.truthy(why)
      end
      base:close()
   end)
end)
