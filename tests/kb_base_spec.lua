-- Knowledge bases in files: what is told stays, with who told it.

local kb        = require "weir.kb"
local knowledge = require "knowledge"
local json      = require "weir.json"
local retract   = require "weir.kb.retract"
local try       = require "try"

local SAMPLES = { "samples/dns.pcap", "samples/tls.pcap", "samples/web.pcap", "samples/home.pcap" }

local function fresh(options)
   local path = knowledge.path()
   return knowledge.open(path, options), path
end

local function done(base, path)
   base:close()
   knowledge.remove(path)
end

-- A version of an extension, as a base is told of it.
local function ext(version, code) return { manifest = { version = version }, code = code or "" } end

local function data_of(base, type, key)
   local data = base.db:first("SELECT data FROM entities WHERE type = ? AND key = ?", type, key)
   return data and json.decode(data)
end

local function count_of(base, key)
   return (base.db:first("SELECT count FROM entities WHERE key = ?", key))
end

describe("a stored base", function ()
   it("has the facts that one in memory has, wherever batches are cut", function ()
      for _, sample in ipairs(SAMPLES) do
         local expected = {}
         for _, fact in ipairs(knowledge.read(sample, {}).kb.facts) do
            local from, to = fact.from or {}, fact.to or {}
            expected[#expected + 1] = json.encode { fact.type or fact.verb, fact.key or "",
               from.key or "", to.key or "", fact.count, fact.first, fact.last, fact.data or "" }
         end
         for _, most in ipairs { 1, 1024 } do
            local base, path = fresh()
            knowledge.take(base, sample, { most = most })
            local made = {}
            for row in base.db:rows [[
SELECT type, key, '' AS a, '' AS b, count, first, last, data FROM entities
UNION ALL SELECT r.type, '', a.key, b.key, r.count, r.first, r.last, r.data FROM relationships r
JOIN entities a ON a.id = r.src JOIN entities b ON b.id = r.dst]] do
               made[#made + 1] = json.encode { row.type, row.key, row.a, row.b, row.count,
                  row.first, row.last, row.data and json.decode(row.data) or "" }
            end
            table.sort(expected)
            table.sort(made)
            assert.same(expected, made)
            assert.same({ 0, 0 }, { knowledge.loose(base) })
            done(base, path)
         end
      end
   end)

   it("stays, and any tool of SQLite reads it", function ()
      local base, path = fresh()
      knowledge.take(base, SAMPLES[1])
      local lines = knowledge.lines(base)
      assert(base:close())
      base = assert(kb.open(path))
      assert.same(lines, knowledge.lines(base))
      assert(base.db:check())
      base:close()
      local out, err, code = try.run(("sqlite3 '%s' \"SELECT count(*) FROM testimony; "
         .. "SELECT name FROM words LIMIT 0; PRAGMA foreign_key_check; PRAGMA integrity_check\"")
         :format(path))
      if code == 127 then
         pending "needs sqlite3"
      else
         assert.truthy(out:find "^%d+\nok\n$" or err:find "no such column: name", out .. err)
      end
      knowledge.remove(path)
   end)

   it("has Stratosphere's columns first, and takes rows of its tools", function ()
      local base, path = fresh()
      local function columns(name)
         local list = {}
         for row in base.db:rows("SELECT name, \"notnull\" FROM pragma_table_info(?)", name) do
            list[#list + 1] = row.name
            local is_theirs = #list <= (name == "entities" and 5 or 7)
            assert(is_theirs or row.notnull == 0, row.name)
         end
         return list
      end
      assert.same({ "id", "type", "data", "blob", "ts" }, { unpack(columns "entities", 1, 5) })
      assert.same({ "id", "type", "src", "dst", "data", "blob", "ts" },
         { unpack(columns "relationships", 1, 7) })
      local nil_id = ("0"):rep(32)
      assert(base.db:run([[INSERT INTO entities (id, type, data, blob, ts)
VALUES (?, 'null', NULL, NULL, '2023-04-01 10:00:00.000000') ON CONFLICT (id) DO UPDATE SET
type = excluded.type, ts = excluded.ts]], nil_id))
      knowledge.take(base, SAMPLES[1])
      done(base, path)
   end)

   it("knows things by the rule that it was made with", function ()
      local base, path = fresh { ids = "stratosphere" }
      local book = base:handle "x"
      local a, b = book:entity("t", "abc"), book:entity("t", "x")
      book:relate(a, "v", b)
      assert(base:commit())
      assert.equal("900150983cd24fb0d6963f7d28e17f72",
         (base.db:first "SELECT id FROM entities WHERE key = 'abc'"))
      assert.equal(require "weir.digest".md5(a.id .. b.id),
         (base.db:first "SELECT id FROM relationships"))
      base:close()
      base = knowledge.open(path, { ids = "weir" })
      assert.equal("stratosphere", base.rule)
      done(base, path)
   end)

   it("takes entities that were made before a commit, and writes each set in time", function ()
      local base, path = fresh()
      local book = base:handle "x"
      local old = book:entity("t", "old")
      assert(base:commit())
      book:relate(old, "knows", book:entity("t", "new"), 5)
      for i = 1, 70000 do book:entity("n", tostring(i)) end
      assert.truthy(base.db:first "SELECT count(*) FROM entities" > 60000)
      assert(base:commit())
      assert.equal(70002, (base.db:first "SELECT count(*) FROM entities"))
      assert.equal(old.id, (base.db:first "SELECT src FROM relationships"))
      assert.same({ 0, 0 }, { knowledge.loose(base) })
      done(base, path)
   end)

   it("counts, and keeps the first and last time and the largest confidence", function ()
      local base, path = fresh()
      local book = base:handle "x"
      local function tell(time, confidence)
         book:relate(book:entity("t", "a"), "v", book:entity("t", "b"), time, confidence)
      end
      tell(20, 0.5)
      tell(10)
      assert(base:commit())
      tell(15, 0.25)
      assert(base:commit())
      local row = base.db:all("SELECT count, first, last, confidence, ts FROM relationships")[1]
      assert.same({ 3, 10, 20, 0.5, "1970-01-01 00:00:10.000000" },
         { row.count, row.first, row.last, row.confidence, row.ts })
      assert.has_error(function () tell(1, 2) end)
      done(base, path)
   end)

   it("counts once what one extension saw in one capture, in however many runs", function ()
      local base, path = fresh()
      knowledge.take(base, SAMPLES[1])
      local lines = knowledge.lines(base, 2)
      assert(base:run {})
      knowledge.take(base, SAMPLES[1])
      assert.same(lines, knowledge.lines(base, 2))
      knowledge.take(base, SAMPLES[2])
      assert.is_not.same(lines, knowledge.lines(base, 2))
      done(base, path)
   end)

   it("takes back what an interrupted run said of a capture that is read again", function ()
      local whole, whole_path = fresh()
      knowledge.take(whole, SAMPLES[3])
      local base, path = fresh()
      knowledge.take(base, SAMPLES[3], { most = 3, stop = 4 })
      base:close()
      base = knowledge.open(path)
      knowledge.take(base, SAMPLES[3], { resume = true })
      assert.same(knowledge.lines(whole, 2), knowledge.lines(base, 2))
      assert.equal(1, (base.db:first "SELECT count(*) FROM inputs"))
      done(base, path)
      done(whole, whole_path)
   end)
end)

describe("what several say", function ()
   local function merged(policy, tell)
      local base, path = fresh { policy = policy }
      for _, step in ipairs(tell) do
         base:handle(step[1], nil, ext(step[3])):entity("t", "k", step[2])
         if not step.open then assert(base:commit()) end
      end
      return base, path
   end

   it("is merged by the policy of its type", function ()
      local tell = { { "a", { x = 1, only = true } }, { "b", { x = 2, y = { 1, 2 } } },
         { "a", { x = 3, y = 3 } } }
      local expected = {
         ["stored wins"] = { x = 1, y = { 1, 2 }, only = true },
         ["new wins"] = { x = 3, y = 3, only = true },
         ["skip nulls"] = { x = 1, y = { 1, 2 }, only = true },
         union = { x = { 1, 3, 2 }, y = { 3, 1, 2 }, only = true },
      }
      for how, data in pairs(expected) do
         local base, path = merged({ t = how, other = "union" }, tell)
         local made = data_of(base, "t", "k")
         table.sort(type(made.x) == "table" and made.x or {})
         table.sort(type(data.x) == "table" and data.x or {})
         table.sort(type(made.y) == "table" and made.y or {})
         table.sort(type(data.y) == "table" and data.y or {})
         assert.same(data, made)
         base:close()
         base = knowledge.open(path)
         base:handle "c":entity("t", "k", { x = 9 })
         assert(base:commit())
         assert.equal(how == "new wins" and 9 or how == "union" and 4 or 1,
            how == "union" and #data_of(base, "t", "k").x or data_of(base, "t", "k").x)
         done(base, path)
      end
   end)

   it("passes nulls over where that is asked for", function ()
      local null = json.decode "[null]"[1]
      local base, path = merged({ ["*"] = "skip nulls" },
         { { "a", { x = null } }, { "b", { x = 2 } } })
      assert.same({ x = 2 }, data_of(base, "t", "k"))
      done(base, path)
      base, path = merged({}, { { "a", { x = null } }, { "b", { x = 2 } } })
      assert.same({ x = null }, data_of(base, "t", "k"))
      done(base, path)
   end)

   it("goes through a function", function ()
      local base, path = merged({ t = function (a, b) return a + b end },
         { { "a", { x = 1 } }, { "b", { x = 2 }, open = true }, { "b", { x = 4 } } })
      assert.same({ x = 7 }, data_of(base, "t", "k"))
      done(base, path)
      assert.has_error(function () fresh { policy = { t = "loudest" } } end)
   end)

   it("is what a person says, when one does", function ()
      local base, path = merged({}, { { "a", { name = "cam-3" } } })
      base:person "anna":entity("t", "k", { name = "Kitchen" })
      assert(base:commit())
      assert.same({ name = "Kitchen" }, data_of(base, "t", "k"))
      base:person "anna":entity("t", "k", { name = "Hall" })
      base:handle "b":entity("t", "k", { name = "z" })
      assert(base:commit())
      assert.same({ name = "Hall" }, data_of(base, "t", "k"))
      assert(retract.extension(base, "a"))
      assert.same({ name = "Hall" }, data_of(base, "t", "k"))
      done(base, path)
   end)

   it("keeps numbers that a double has not room for", function ()
      local base, path = merged({}, { { "a", { n = 2 ^ 53 - 1 } }, { "b", { m = 1e-7 } } })
      assert.equal('{"m":1e-07,"n":9007199254740991}',
         (base.db:first "SELECT data FROM entities"))
      done(base, path)
   end)

   it("is taken back without what others said too", function ()
      local base, path = fresh()
      local function tell(name, version, key, data)
         base:handle(name, nil, ext(version, version)):entity("t", key, data)
         assert(base:commit())
      end
      tell("a", "1", "both", { x = 1, mine = 1 })
      tell("b", "1", "both", { x = 2, y = 2 })
      tell("a", "1", "alone", { x = 1 })
      tell("a", "2", "both", { z = 3 })
      assert.same({ x = 1, mine = 1, y = 2, z = 3 }, data_of(base, "t", "both"))
      assert.equal(2, retract.extension(base, "a", "1"))
      assert.same({ x = 2, y = 2, z = 3 }, data_of(base, "t", "both"))
      assert.equal(2, count_of(base, "both"))
      assert.is_nil(count_of(base, "alone"))
      assert.equal(1, retract.extension(base, "a"))
      assert.same({ x = 2, y = 2 }, data_of(base, "t", "both"))
      assert.equal(0, retract.extension(base, "a"))
      assert.same({ 0, 0 }, { knowledge.loose(base) })
      tell("a", "1", "both", { mine = 4 })
      assert.same({ x = 2, y = 2, mine = 4 }, data_of(base, "t", "both"))
      done(base, path)
   end)

   it("is what it would be without an extractor that is taken back", function ()
      local base, path = fresh()
      local less, less_path = fresh()
      for _, sample in ipairs(SAMPLES) do
         knowledge.take(base, sample)
         knowledge.take(less, sample, { ext = { "names", "certificates" } })
      end
      assert(retract.extension(base, "talkers"))
      assert.same(knowledge.lines(less, 2), knowledge.lines(base, 2))
      done(base, path)
      done(less, less_path)
   end)
end)
