-- Files that are not as one wishes: of others, of other versions, damaged, full, only to be read.

local db  = require "weir.db"
local try = require "try"

local function remove(path) os.execute("rm -rf " .. path .. "*") end

local function beside(path)
   return (try.run("ls -A " .. path .. "* | wc -l"):gsub("%s", ""))
end

local function sqlite(path, sql)
   local _, err, code = try.run(("sqlite3 '%s' \"%s\""):format(path, sql))
   assert.equal(0, code, err)
end

local LAYOUT = { name = "test", application = 0x57656978, sql = [[
-- What a test keeps.
-- version 1
CREATE TABLE host (id INTEGER PRIMARY KEY, name TEXT);
-- version 2
ALTER TABLE host ADD COLUMN seen INTEGER;
UPDATE host SET seen = 7;
-- version 3
CREATE VIEW hosts AS SELECT name, seen FROM host;
]] }

local function upto(version)
   return { name = "test", application = LAYOUT.application,
      sql = LAYOUT.sql:match("^(.-\n)%-%- version " .. version + 1) or LAYOUT.sql }
end

describe("a layout", function ()
   it("makes a new file, and brings an older one up to date", function ()
      for version = 1, 3 do
         local path = try.fast_path ".db"
         local old = assert(db.open(path, { mode = "create", layout = upto(version) }))
         assert.equal(version, (old:first "PRAGMA user_version"))
         assert.equal(LAYOUT.application, (old:first "PRAGMA application_id"))
         assert(old:run "INSERT INTO host (name) VALUES ('a')")
         old:close()
         for _, mode in ipairs { "read", "write", "create" } do
            local base = assert(db.open(path, { mode = mode, layout = LAYOUT }))
            assert.equal(3, (base:first "PRAGMA user_version"))
            local name, seen = base:first "SELECT name, seen FROM hosts"
            assert.equal("a", name)
            assert.equal(version == 1 and 7 or nil, seen)
            base:close()
         end
         remove(path)
      end
   end)

   it("refuses a newer file and one of others, and leaves both as they are", function ()
      local newer, other = try.fast_path ".db", try.fast_path ".db"
      assert(db.open(newer, { mode = "create", layout = LAYOUT })):close()
      sqlite(other, "CREATE TABLE host (id)")
      local cases = {
         { newer, "was made by a newer Weir: its layout is version 3, this one knows 2" },
         { other, "is not a test database of Weir (its application_id is 0)" },
      }
      for _, case in ipairs(cases) do
         local before = try.contents(case[1])
         for _, mode in ipairs { "read", "write", "create" } do
            local base, why = db.open(case[1], { mode = mode, layout = upto(2) })
            assert.is_nil(base)
            assert.truthy(why:find(case[2], 1, true), why)
         end
         assert.equal(before, try.contents(case[1]))
         remove(case[1])
      end
   end)

   it("does all steps to the newest version or none", function ()
      local path = try.fast_path ".db"
      local old = assert(db.open(path, { mode = "create", layout = upto(1) }))
      old:close()
      local broken = { name = "test", application = LAYOUT.application,
         sql = upto(2).sql .. "-- version 3\nCREATE TABLE other (a);\nCREATE TABLE host (a);\n" }
      local base, why = db.open(path, { mode = "write", layout = broken })
      assert.is_nil(base)
      assert.truthy(why:find "table host already exists")
      base = assert(db.open(path, { layout = upto(1) }))
      assert.equal(1, (base:first "PRAGMA user_version"))
      assert.equal(2, (base:first "SELECT count(*) FROM pragma_table_info('host')"))
      base:close()
      remove(path)
   end)

   it("does not take an empty file for its own unless it may make one", function ()
      local path = try.file("", ".db")
      local base, why = db.open(path, { layout = LAYOUT })
      assert.is_nil(base)
      assert.truthy(why:find "is empty: not a test database")
      assert(db.open(path, { mode = "create", layout = LAYOUT })):close()
      assert(db.open(path, { layout = LAYOUT })):close()
      remove(path)
   end)
end)

describe("a file only looked at", function ()
   it("gets no other file beside it", function ()
      local path = try.fast_path ".db"
      sqlite(path, "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (5)")
      assert.equal("1", beside(path))
      local base = assert(db.open(path, { mode = "foreign" }))
      assert.equal(5, (base:first "SELECT a FROM t"))
      assert.equal("1", beside(path))
      base:close()
      base = assert(db.open(":memory:", { mode = "create" }))
      assert(base:attach(path, "other", "foreign"))
      assert.equal(5, (base:first "SELECT a FROM other.t"))
      assert.equal("1", beside(path))
      base:close()
      remove(path)
   end)

   it("shows what its writer has just written", function ()
      local path = try.fast_path ".db"
      local writer = assert(db.open(path, { mode = "create" }))
      assert(writer:run "CREATE TABLE t (a)")
      local base = assert(db.open(path, { mode = "foreign" }))
      for i = 1, 3 do
         assert(writer:run("INSERT INTO t VALUES (?)", i))
         assert.equal(i, (base:first "SELECT count(*) FROM t"))
      end
      local done, why = base:run "INSERT INTO t VALUES (1)"
      assert.is_nil(done)
      assert.equal(("'%s' is open for reading only"):format(path), why)
      base:close()
      writer:close()
      remove(path)
   end)

   it("stays of the kind it is when it is written to", function ()
      local path = try.fast_path ".db"
      sqlite(path, "CREATE TABLE t (a)")
      local base = assert(db.open(path, { mode = "write" }))
      assert(base:run("INSERT INTO t VALUES (?)", 1))
      assert.equal("delete", (base:first "PRAGMA journal_mode"))
      base:close()
      remove(path)
   end)

   it("has a name of any bytes", function ()
      local folder = try.fast_path()
      assert(os.execute("mkdir " .. folder) == 0)
      for _, name in ipairs { "a?mode=rwc", "b%41", "c#d", "e f", "g'h", "?", "-i" } do
         local path = folder .. "/" .. name
         local base = assert(db.open(path, { mode = "create" }))
         assert(base:run "CREATE TABLE t (a)")
         base:close()
         assert(io.open(path), path):close()
         base = assert(db.open(path))
         assert.equal(0, (base:first "SELECT count(*) FROM t"))
         base:close()
         base = assert(db.open(":memory:", { mode = "create" }))
         assert(base:attach(path, "x y"))
         assert.equal(0, (base:first 'SELECT count(*) FROM "x y".t'))
         base:close()
      end
      assert.equal("7", beside(folder .. "/"))
      remove(folder)
   end)
end)

-- How to get mounts of one's own: as root, or as anybody where the system allows that.
local unshare
for _, flags in ipairs { "-m", "-Urm" } do
   local try_it = ("unshare %s sh -c 'mount -t tmpfs none /mnt'"):format(flags)
   if not unshare and select(3, try.run(try_it)) == 0 then unshare = "unshare " .. flags end
end

-- Runs a script of Lua in a namespace of its own, where `setup` has mounted something at $d.
local function apart(setup, script)
   local path = try.file(script, ".lua")
   local folder = try.fast_path()
   local command = "mkdir %s && %s sh -c 'd=%s; %s && exec %s lua %s %s'"
   local out, err, code = try.run(
      command:format(folder, unshare, folder, setup, try.program, path, folder))
   os.remove(path)
   remove(folder)
   return out, err, code
end

describe("a folder that may only be read", function ()
   if not unshare then return pending "needs the right to mount" end

   it("has databases that can be read, in WAL mode or not, and not written", function ()
      local setup = [[mount -t tmpfs none $d
         make="CREATE TABLE t (a); INSERT INTO t VALUES (5)"
         sqlite3 $d/wal.db "PRAGMA journal_mode = WAL; $make" >/dev/null
         sqlite3 $d/old.db "$make"
         mount -o remount,ro $d]]
      local out, err = apart(setup, [[
         local db = require "weir.db"
         for _, name in ipairs { "wal.db", "old.db" } do
            for _, mode in ipairs { "read", "foreign", "immutable" } do
               local base = assert(db.open(arg[1] .. "/" .. name, { mode = mode }))
               assert(base:first "SELECT a FROM t" == 5)
               local other = assert(db.open(":memory:", { mode = "create" }))
               assert(other:attach(arg[1] .. "/" .. name, "x", mode))
               assert(other:first "SELECT a FROM x.t" == 5)
            end
            print(select(2, db.open(arg[1] .. "/" .. name, { mode = "write" })))
         end
         print(select(2, db.open(arg[1] .. "/new.db", { mode = "create" })))
      ]])
      assert.equal("", err)
      local said = try.lines((out:gsub("'/[^']*/", "'")))
      assert.equal("cannot write 'wal.db': the file or its folder may only be read", said[1])
      assert.equal("cannot write 'old.db': the file or its folder may only be read", said[2])
      assert.equal("cannot make 'new.db': Read-only file system", said[3])
   end)

   it("has all of a database that came with its -wal file", function ()
      local setup = [[mount -t tmpfs none $d
         sqlite3 $d/x.db "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (5)" \
            ".shell cp $d/x.db $d/y.db; cp $d/x.db-wal $d/y.db-wal" >/dev/null
         mount -o remount,ro $d]]
      local out, err = apart(setup, [[
         local db = require "weir.db"
         for _, mode in ipairs { "read", "foreign" } do
            local base = assert(db.open(arg[1] .. "/y.db", { mode = mode }))
            assert(base:attach(arg[1] .. "/x.db", "x", mode))
            assert(base:attach(arg[1] .. "/y.db", "y", mode))
            print(base:first "SELECT m.a + n.a + o.a FROM main.t m, x.t n, y.t o")
         end
      ]])
      assert.equal("", err)
      assert.equal("15\n15\n", out)
   end)
end)

describe("a database that came with its -wal file", function ()
   it("is only looked at: nothing appears beside it, and that file stays", function ()
      local folder = try.path()
      assert.equal(0, os.execute(([[mkdir %s && cd %s
         sqlite3 x.db "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (5)" \
            ".shell cp x.db y.db; cp x.db-wal y.db-wal" >/dev/null
         rm x.db]]):format(folder, folder)))
      local before = try.contents(folder .. "/y.db-wal")
      local base = assert(db.open(folder .. "/y.db", { mode = "foreign" }))
      assert(base:attach(folder .. "/y.db", "y", "foreign"))
      assert.equal(10, (base:first "SELECT m.a + n.a FROM main.t m, y.t n"))
      assert.equal("y.db\ny.db-wal\n", (try.run("ls " .. folder)))
      base:close()
      assert.equal("y.db\ny.db-wal\n", (try.run("ls " .. folder)))
      assert.equal(before, try.contents(folder .. "/y.db-wal"))
      os.execute("rm -rf " .. folder)
   end)

   it("is attached, too, when half of that file has come into it", function ()
      local folder = try.path()
      assert.equal(0, os.execute(([[mkdir %s && cd %s
         sqlite3 x.db "PRAGMA journal_mode = WAL; CREATE TABLE t (a)" \
            "INSERT INTO t SELECT zeroblob(9000) FROM json_each('[1,2,3]')" \
            ".shell cp x.db-wal y.db-wal" >/dev/null
         head -c 4096 x.db >y.db]]):format(folder, folder)))
      for _, mode in ipairs { "foreign", "read" } do
         local base = assert(db.open(":memory:", { mode = "create" }))
         assert(base:attach(folder .. "/y.db", "y", mode))
         assert.equal(3, (base:first "SELECT count(*) FROM y.t"))
         base:close()
      end
      os.execute("rm -rf " .. folder)
   end)
end)

describe("a disk that is full", function ()
   if not unshare then return pending "needs the right to mount" end

   it("is said, loses nothing that was committed, and is no matter once there is room", function ()
      local out, err = apart("mount -t tmpfs -o size=2M none $d", [[
         local db = require "weir.db"
         local path = arg[1] .. "/x.db"
         local base = assert(db.open(path, { mode = "create" }))
         assert(base:run "CREATE TABLE t (a)")
         local good, why = 0, nil
         for i = 1, 1000 do
            local ok, done, reason = pcall(base.transaction, base, function ()
               assert(base:run("INSERT INTO t VALUES (zeroblob(?))", 20000))
            end)
            if not ok or not done then why = reason or done break end
            good = i
         end
         print(why)
         assert(good > 5 and base:first "SELECT count(*) FROM t" == good)
         assert(not base:in_transaction())
         assert(base:check())
         base:close()
         os.execute("mount -o remount,size=8M " .. arg[1])
         base = assert(db.open(path, { mode = "write" }))
         assert(base:first "SELECT count(*) FROM t" == good)
         assert(base:run("INSERT INTO t VALUES (zeroblob(?))", 20000))
         assert(base:check())
      ]])
      assert.equal("", err)
      assert.truthy(out:find "no space left for '.*x%.db'", out)
   end)
end)

describe("a damaged file", function ()
   local function sample()
      local path = try.fast_path ".db"
      sqlite(path, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b BLOB);"
         .. "CREATE INDEX i ON t (a);"
         .. "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
         .. "INSERT INTO t SELECT i, 'name ' || i, zeroblob(i * 10) FROM n; "
         .. "CREATE VIEW v AS SELECT a, count(*) AS n FROM t GROUP BY a;"
         .. "CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f SELECT a FROM t;"
         .. "CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; END")
      local bytes = try.contents(path)
      remove(path)
      return bytes
   end

   -- All that a reader does; what is wrong is an error with a reason.
   local function use(path)
      local base, why = db.open(path, { mode = "foreign" })
      if not base then return false, why end
      base:limit(2)
      assert(base:guard())
      local whole, reason = true, nil
      for _, sql in ipairs { "SELECT * FROM t", "SELECT * FROM t WHERE a = 'name 7'",
         "SELECT * FROM v", "SELECT * FROM f WHERE f MATCH 'name'", "PRAGMA integrity_check(3)",
         "SELECT * FROM sqlite_schema", "SELECT * FROM pragma_table_list" } do
         local rows, said = base:all(sql)
         if not rows then
            assert(type(said) == "string" and #said > 3)
            whole, reason = false, said
         end
      end
      base:close()
      return whole, reason
   end

   local function use_and_remove(bytes)
      local path = try.fast_path ".db"
      local file = assert(io.open(path, "wb"))
      file:write(bytes)
      file:close()
      local ok, why = use(path)
      for _, suffix in ipairs { "", "-wal", "-shm" } do os.remove(path .. suffix) end
      return ok, why
   end

   it("is an error, wherever it was cut off", function ()
      local bytes, refused = sample(), 0
      for size = 0, #bytes - 1, 1531 do
         local ok, why = use_and_remove(bytes:sub(1, size))
         if not ok then refused = refused + 1 end
         assert(ok or why, size)
      end
      assert(refused > 20)
   end)

   it("is an error and not a crash, whatever bytes it has", function ()
      local bytes, random, refused = sample(), try.random(5), 0
      for _ = 1, 80 do
         local changed = bytes
         for _ = 1, 1 + random(20) do
            local at = random(3) == 0 and random(200) or random(#bytes)
            changed = changed:sub(1, at) .. string.char(random(256)) .. changed:sub(at + 2)
         end
         if not use_and_remove(changed) then refused = refused + 1 end
      end
      assert(refused > 20, refused)
   end)

   it("is named", function ()
      local path = try.file(sample():sub(1, 20000), ".db")
      local base, why = db.open(path, { mode = "foreign" })
      assert.is_nil(base)
      assert.truthy(why:find("'" .. path .. "' is damaged", 1, true), why)
      remove(path)
   end)

   it("tells what is wrong with it", function ()
      local bytes = sample()
      local path = try.file(bytes:sub(1, 8192) .. ("x"):rep(4096) .. bytes:sub(12289), ".db")
      local base = assert(db.open(path, { mode = "foreign" }))
      local ok, first = base:check()
      assert.is_nil(ok)
      assert.truthy(#first > 5)
      base:close()
      remove(path)
   end)
end)
