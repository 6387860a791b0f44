-- The console that only reads: nothing that is typed, and nothing that a file brings, can write,
-- open or load anything, or go on for ever.

local db  = require "weir.db"
local try = require "try"

local folder, path

local function sha(file) return (try.run("sha256sum < " .. file)) end

local function open(mode)
   local base = assert(db.open(path, { mode = mode or "read" }))
   assert(base:guard())
   return base
end

-- A database with all that could be turned against its reader.
local function make()
   folder = try.fast_path()
   os.execute("mkdir " .. folder)
   path = folder .. "/x.db"
   local base = assert(db.open(path, { mode = "create" }))
   assert(base:run [[
      CREATE TABLE t (a, b);
      INSERT INTO t VALUES (1, 'one'), (2, 'two');
      CREATE INDEX at ON t (a);
      CREATE TABLE victim (a);
      CREATE TRIGGER bomb AFTER INSERT ON t BEGIN DELETE FROM victim; END;
      CREATE VIEW v AS SELECT a, b FROM t;
      CREATE TRIGGER instead INSTEAD OF UPDATE ON v BEGIN DELETE FROM victim; END;
      CREATE VIRTUAL TABLE words USING fts5 (a);
      INSERT INTO words VALUES ('hello world');
      CREATE VIEW evil AS SELECT load_extension('evil.so');
      PRAGMA wal_checkpoint(TRUNCATE);
   ]])
   base:close()
end

local WRITES = {
   "INSERT INTO t VALUES (1, 2)", "UPDATE t SET a = 1", "DELETE FROM t",
   "REPLACE INTO t VALUES (1, 2)", "UPDATE v SET a = 1", "INSERT INTO words VALUES ('x')",
   "INSERT INTO words(words) VALUES ('rebuild')", "INSERT INTO t VALUES (1, 2) RETURNING a",
   "WITH x AS (SELECT 1) INSERT INTO t SELECT 1, 2 FROM x",
   "CREATE TABLE y (a)", "CREATE TABLE x (a)", "CREATE TABLE x AS SELECT * FROM t",
   "CREATE TEMP TABLE x (a)", "CREATE TEMP VIEW y AS SELECT 1", "CREATE VIEW x AS SELECT 1",
   "CREATE INDEX i ON t (a)", "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END",
   "CREATE TEMP TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END",
   "CREATE VIRTUAL TABLE x USING fts5 (a)", "CREATE VIRTUAL TABLE temp.x USING fts4 (a)",
   "CREATE VIRTUAL TABLE x USING rtree (a, b, c)", "CREATE VIRTUAL TABLE x USING dbstat",
   "DROP TABLE t", "DROP VIEW v", "DROP TRIGGER bomb", "DROP TABLE words",
   "ALTER TABLE t RENAME TO u", "ALTER TABLE t ADD COLUMN c", "ALTER TABLE t DROP COLUMN b",
   "UPDATE sqlite_schema SET sql = ''", "DELETE FROM sqlite_master", "DELETE FROM sqlite_sequence",
   "INSERT INTO sqlite_schema VALUES ('table', 'z', 'z', 0, 'CREATE TABLE z (a)')",
   "UPDATE words_data SET block = x'00'", "DELETE FROM words_content",
   "VACUUM", "VACUUM INTO 'FOLDER/copy.db'", "ANALYZE", "REINDEX t",
   "ATTACH 'FOLDER/new.db' AS new", "ATTACH ':memory:' AS new", "ATTACH '' AS new",
   "ATTACH 'file:FOLDER/new.db?mode=rwc' AS new", "DETACH main",
   "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE",
   "PRAGMA writable_schema = 1", "PRAGMA journal_mode = DELETE", "PRAGMA journal_mode(OFF)",
   "PRAGMA main.journal_mode = MEMORY", "PRAGMA query_only = 0", "PRAGMA user_version = 9",
   "PRAGMA application_id(9)", "PRAGMA trusted_schema = 1", "PRAGMA page_size = 512",
   "PRAGMA auto_vacuum = 1", "PRAGMA incremental_vacuum", "PRAGMA wal_checkpoint",
   "PRAGMA optimize", "PRAGMA temp_store_directory = '/'", "PRAGMA temp_store = 2",
   "PRAGMA encoding = 'UTF-16'", "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA mmap_size = 9999999",
   "PRAGMA schema_version = 1", "PRAGMA cache_size = 1000000000", "PRAGMA hard_heap_limit = 1",
   "PRAGMA data_store_directory = '/'", "PRAGMA lock_proxy_file = 'x'", "PRAGMA key = 'x'",
   "PRAGMA synchronous = 0", "PRAGMA foreign_keys = 1", "PRAGMA busy_timeout = 0",
   "PRAGMA shrink_memory", "PRAGMA recursive_triggers = 1", "PRAGMA threads = 8",
   "PRAGMA parser_trace = 1", "PRAGMA analysis_limit = 1", "PRAGMA max_page_count = 1",
   "SELECT load_extension('evil.so')", "SELECT load_extension('evil.so', 'init')",
   "SELECT * FROM evil", "SELECT fts3_tokenizer('simple')", "SELECT fts3_tokenizer('x', x'00')",
   "SELECT edit('x', 'sh')", "SELECT writefile('FOLDER/w', 'x')", "SELECT readfile('/etc/passwd')",
   "SELECT * FROM zipfile('/etc/passwd')", "SELECT * FROM fsdir('/')",
   "SELECT * FROM csv('/etc/passwd')", "SELECT * FROM sqlite_dbpage",
   "EXPLAIN INSERT INTO t VALUES (1, 2)",
}

local READS = {
   ["SELECT count(*) FROM t"] = 2, ["SELECT count(*) FROM v"] = 2,
   ["SELECT count(*) FROM words WHERE words MATCH 'hello'"] = 1,
   ["SELECT count(*) FROM json_each('[1,2,3]')"] = 3,
   ["WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 9) "
      .. "SELECT max(i) FROM n"] = 9,
   ["SELECT sum(a) OVER () FROM t"] = 3, ["PRAGMA integrity_check"] = "ok",
   ["PRAGMA table_info(t)"] = 0, ["SELECT name FROM pragma_table_info('t')"] = "a",
   ["PRAGMA user_version"] = 0, ["VALUES (7)"] = 7,
   ["SELECT upper('x') || round(1.5) || strftime('%Y', 0, 'unixepoch')"] = "X2.01970",
   ["SELECT count(*) > 5 FROM pragma_function_list"] = 1,
   ["EXPLAIN QUERY PLAN SELECT * FROM t"] = 2,
}

describe("the guard", function ()
   setup(make)
   teardown(function () os.execute("rm -r " .. folder) end)

   for _, mode in ipairs { "read", "write", "foreign" } do
      it("lets nothing be written, attached or loaded in a file opened to " .. mode, function ()
         local base, before = open(mode), sha(path)
         for _, sql in ipairs(WRITES) do
            sql = sql:gsub("FOLDER", folder)
            local rows, why = base:all(sql)
            assert(not rows, sql)
            assert(type(why) == "string" and #why > 5, sql)
            assert.is_false(base:in_transaction())
         end
         for sql, wanted in pairs(READS) do
            local first, why = base:first(sql)
            assert.equal(wanted, first, sql .. ": " .. tostring(why))
         end
         base:close()
         assert.equal(before, sha(path))
         local names = try.run("ls -A " .. folder)
         assert.equal("x.db\n", names)
      end)
   end

   it("says what is not allowed", function ()
      local base = open()
      local _, why = base:all "DELETE FROM t"
      assert.equal("only reading is allowed here, not DELETE FROM t", why)
      _, why = base:all "PRAGMA journal_mode = DELETE"
      assert.equal("only reading is allowed here, not setting PRAGMA journal_mode", why)
      base:close()
   end)

   it("keeps no other process from writing, whatever is begun there", function ()
      local base = open "write"
      assert(base:run "BEGIN; SELECT * FROM t")
      local _, err, code = try.run(("sqlite3 %s \"INSERT INTO victim VALUES (1)\""):format(path))
      assert.equal(0, code, err)
      assert(base:run "ROLLBACK")
      base:close()
   end)

   it("ends what goes on for ever when its time is up", function ()
      local base = open()
      for _, sql in ipairs { "SELECT count(*) FROM n", "SELECT * FROM n WHERE i < 0" } do
         base:limit(0.2)
         local rows, why = base:all(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) " .. sql)
         assert.is_nil(rows)
         assert.equal("stopped after 0.2 seconds", why)
         assert.equal("stopped", db.trouble())
      end
      base:limit(0)
      assert.equal(2, (base:first "SELECT count(*) FROM t"))
      base:close()
   end)

   it("refuses values and texts that are too big", function ()
      local base = open()
      for _, sql in ipairs { "SELECT zeroblob(900000000)", "SELECT hex(zeroblob(200000000))",
         "SELECT '" .. ("x"):rep(2 ^ 20 + 10) .. "'",
         "SELECT " .. ("("):rep(500) .. "1" .. (")"):rep(500) } do
         local rows, why = base:all(sql)
         assert.is_nil(rows)
         assert(#why > 5)
      end
      base:close()
   end)
end)
