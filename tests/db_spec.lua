-- Databases: values, queries, transactions, what is refused.

local ffi = require "ffi"
local db  = require "weir.db"
local try = require "try"

local function fresh(options)
   local path = try.fast_path ".db"
   return assert(db.open(path, options or { mode = "create" })), path
end

local function remove(base, path)
   base:close()
   for _, suffix in ipairs { "", "-wal", "-shm", "-journal" } do os.remove(path .. suffix) end
end

describe("a database", function ()
   it("gives back each value as it was bound", function ()
      local base, path = fresh()
      assert(base:run "CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
      local values = {
         0, -1, 2 ^ 53 - 1, 1.5, -0.1, 1e300, "", "text", "a\0b", "\255\254 no UTF-8",
         9007199254740993LL, -9223372036854775807LL - 1, 9223372036854775807LL,
      }
      for i, value in ipairs(values) do
         assert(base:run("INSERT INTO t VALUES (?, ?)", i, value))
      end
      for row in base:rows "SELECT id, v FROM t" do
         assert.equal(values[row.id], row.v)
         assert.equal(type(values[row.id]), type(row.v))
      end
      assert.equal(#values, (base:first "SELECT count(*) FROM t"))
      remove(base, path)
   end)

   it("tells texts, blobs, booleans and nothing apart", function ()
      local base, path = fresh()
      local said = { base:first("SELECT typeof(?), typeof(?), ?, ?, typeof(?), ?",
         "x", db.blob "x", true, false, nil, nil) }
      assert.same({ "text", "blob", 1, 0, "null" }, said)
      assert.equal("integer", (base:first("SELECT typeof(?)", 2 ^ 53)))
      assert.equal("real", (base:first("SELECT typeof(?)", 2 ^ 60)))
      assert.equal("integer", (base:first("SELECT typeof(?)", ffi.new("uint64_t", 7))))
      assert.has_error(function () base:first("SELECT ?", {}, 1) end)
      assert.has_error(function () base:first("SELECT ?", print) end)
      remove(base, path)
   end)

   it("binds by name, and says how many values are missing", function ()
      local base, path = fresh()
      assert.equal(3, (base:first("SELECT :a + @b + $a", { a = 1, b = 1 })))
      local ok, why = pcall(base.first, base, "SELECT ?, ?", 1)
      assert.is_false(ok)
      assert.truthy(why:find "has 2 parameters, 1 values are given")
      remove(base, path)
   end)

   it("does not run what lacks its values, and runs from the beginning", function ()
      local base, path = fresh()
      assert(base:run "CREATE TABLE t (a)")
      local ok, why = base:run "INSERT INTO t VALUES (?)"
      assert.is_nil(ok)
      assert.equal("a statement has parameters, and no values are given", why)
      local add = assert(base:query "INSERT INTO t SELECT value FROM json_each(?) RETURNING a")
      assert(add:bind "[1, 2, 3]")
      assert(add:read(1))
      assert(add:run "[4, 5]")
      assert.equal(5, (base:first "SELECT count(*) FROM t"))
      remove(base, path)
   end)

   it("reads batches that do not depend on where they are cut", function ()
      local base, path = fresh()
      assert(base:run "CREATE TABLE t (a, b)")
      assert(base:transaction(function ()
         local add = assert(base:query "INSERT INTO t VALUES (?, ?)")
         for i = 1, 20000 do add:run(i, ("x"):rep(i % 300)) end
      end))
      for _, most in ipairs { 1, 7, 1000, 0 } do
         local read, sum, size = assert(base:query "SELECT a, b FROM t"), 0, 0
         local rows, n = read:read(most)
         while rows do
            for r = 0, n - 1 do
               sum = sum + rows.values[2 * r].number
               size = size + rows.values[2 * r + 1].size
               assert.equal("x", (db.value_of(rows, 2 * r + 1) .. "x"):sub(1, 1))
            end
            rows, n = read:read(most)
         end
         assert.is_nil(n)
         assert.equal(20000 * 20001 / 2, sum)
         assert.equal((base:first "SELECT sum(length(b)) FROM t"), size)
      end
      remove(base, path)
   end)

   it("goes through the statements of a text", function ()
      local base, path = fresh()
      local text = "SELECT 1; -- nothing\n SELECT 2 ; /* over */ "
      local one, at = base:query(text)
      local two, then_at = base:query(text, at)
      assert.equal(1, one:rows()()["1"])
      assert.equal(2, two:rows()()["2"])
      local none, why = base:query(text, then_at)
      assert.is_nil(none)
      assert.is_nil(why)
      remove(base, path)
   end)

   it("takes one statement where only one would be run", function ()
      local base, path = fresh()
      for _, text in ipairs { "SELECT 1; SELECT 2", "SELECT 1; nonsense" } do
         for _, name in ipairs { "first", "all", "single" } do
            local value, why = base[name](base, text)
            assert.is_nil(value)
            assert.equal("more than one statement, where one is taken", why)
         end
         assert.is_false((pcall(base.rows, base, text)))
      end
      assert.is_nil((base:run("SELECT ?; SELECT 2", 1)))
      assert.equal(1, (base:first "SELECT 1; -- and no more\n; "))
      remove(base, path)
   end)

   it("says what is wrong with a query, and where", function ()
      local base, path = fresh()
      local text = "SELECT 1 FROM nowhere"
      local none, why = base:query(text)
      assert.is_nil(none)
      assert.equal("no such table: nowhere", why)
      none, why = base:query "SELECT abc(1)"
      assert.is_nil(none)
      assert.equal("no such function: abc", why)
      assert.equal(8, base:error_at())
      remove(base, path)
   end)

   it("does all of a transaction or nothing", function ()
      local base, path = fresh()
      assert(base:run "CREATE TABLE t (a UNIQUE)")
      local ok, why = pcall(base.transaction, base, function ()
         assert(base:run("INSERT INTO t VALUES (?)", 1))
         assert(base:run("INSERT INTO t VALUES (?)", 1))
      end)
      assert.is_false(ok)
      assert.truthy(tostring(why):find "UNIQUE constraint failed: t.a")
      assert.equal(0, (base:first "SELECT count(*) FROM t"))
      assert.is_false(base:in_transaction())
      assert(base:transaction(function () base:run("INSERT INTO t VALUES (?)", 1) end))
      assert.equal(1, (base:first "SELECT count(*) FROM t"))
      remove(base, path)
   end)

   it("is an error when it is closed, and not a crash", function ()
      local base, path = fresh()
      local query = assert(base:query "SELECT 1 AS one")
      remove(base, path)
      base:close()
      assert.has_error(function () base:first "SELECT 1" end)
      assert.equal(1, query:rows()().one)
      query:close()
      query:close()
      assert.has_error(function () query:read() end)
   end)

   it("survives loops within loops over the same query", function ()
      local base, path = fresh()
      local text, pairs_seen = "SELECT value FROM json_each('[1,2,3]')", 0
      for a in base:rows(text) do
         for b in base:rows(text) do pairs_seen = pairs_seen + a.value * b.value end
      end
      assert.equal(36, pairs_seen)
      remove(base, path)
   end)

   it("writes although a loop that was left still reads, and tells one that goes on", function ()
      local base, path = fresh()
      local other = assert(db.open(path, { mode = "write" }))
      assert(base:run "CREATE TABLE t (a)")
      assert(base:run "INSERT INTO t SELECT value FROM json_each('[1, 2, 3]')")
      local many = "SELECT a.a FROM t a, t b, t c, t d, t e, t f, t g, t h"
      for _ = 1, 3 do
         base:rows(many)()
         assert(other:run("INSERT INTO t VALUES (?)", 4))
         assert(base:transaction(function () assert(base:run("DELETE FROM t WHERE a = ?", 4)) end))
         base:rows(many)()
         assert(other:run("INSERT INTO t VALUES (?)", 4))
         assert(base:run("DELETE FROM t WHERE a = ?", 4))
      end
      local goes_on = base:rows(many)
      goes_on()
      assert(other:run("INSERT INTO t VALUES (?)", 4))
      assert(base:run("DELETE FROM t WHERE a = ?", 4))
      local ok, why = pcall(function () for _ = 1, 1e5 do goes_on() end end)
      assert.is_false(ok)
      assert.truthy(why:find "the database was written to while this was read")
      other:close()
      remove(base, path)
   end)

   it("follows a table that changes between two uses of a query", function ()
      local base, path = fresh()
      assert(base:run "CREATE TABLE t (a); INSERT INTO t VALUES (1)")
      assert.same({ { a = 1 } }, base:all "SELECT * FROM t")
      assert(base:run "ALTER TABLE t ADD COLUMN b; UPDATE t SET b = 2")
      assert.same({ { a = 1, b = 2 } }, base:all "SELECT * FROM t")
      for row in base:rows "SELECT * FROM t" do assert.equal(2, row.b) end
      remove(base, path)
   end)

   it("says why a file cannot be opened", function ()
      local cases = {
         { "/nowhere/x.db", "cannot open '/nowhere/x.db': No such file or directory" },
         { "tests", "cannot open 'tests': it is a folder" },
         { "/dev/zero", "cannot open '/dev/zero': it is no ordinary file" },
         { "Makefile", "'Makefile' is no SQLite database" },
      }
      for _, case in ipairs(cases) do
         for _, mode in ipairs { "read", "foreign", "immutable" } do
            local base, why = db.open(case[1], { mode = mode })
            assert.is_nil(base)
            assert.equal(case[2], why)
         end
      end
      local before = try.contents "Makefile"
      assert.is_nil((db.open("Makefile", { mode = "create" })))
      assert.equal(before, try.contents "Makefile")
   end)
end)
