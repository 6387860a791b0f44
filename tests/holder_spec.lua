-- Who has a database open.

local db     = require "weir.db"
local holder = require "weir.holder"
local try    = require "try"

local function remove(path) os.execute("rm -rf " .. path .. "*") end

-- The processes that `weir doctor` names, by number: what they do.
local function told(path)
   local out = try.weir("doctor " .. path)
   local list = {}
   for pid, does in out:gmatch "%.db +(%d+)  (%a+)" do list[tonumber(pid)] = does end
   return list, out
end

describe("weir doctor", function ()
   it("names who reads, who writes, and who only has it open", function ()
      local path = try.fast_path ".db"
      local base = assert(db.open(path, { mode = "create" }))
      assert(base:run "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)")
      local self = assert(holder.of(path))[1]
      assert.equal("open", self.does)
      assert.truthy(self.command:find "run.lua")
      assert.equal("has", told(path)[self.pid])

      local reading = assert(base:query "SELECT a FROM t")
      assert(reading:read(1))
      assert.equal("reads", told(path)[self.pid])
      reading:close()

      assert(base:begin())
      assert.equal("writes", told(path)[self.pid])
      assert(base:rollback())
      base:close()
      assert.same({}, (told(path)))
      assert.truthy(select(2, told(path)):find "nobody has it open")
      remove(path)
   end)

   it("sees a writer that holds a file of the old kind, in another process", function ()
      local path = try.fast_path ".db"
      local out = try.run(([[
         sqlite3 %s "CREATE TABLE t (a)"
         mkfifo %s.in; sqlite3 %s < %s.in & exec 3> %s.in
         echo "BEGIN IMMEDIATE; SELECT 1;" >&3
         for i in 1 2 3 4 5 6 7 8 9; do
            sleep 0.05; %s doctor %s; done | grep writes | head -1; exec 3>&-; wait]]):format(
         path, path, path, path, path, try.program, path))
      assert.truthy(out:find "writes: others wait for it  sqlite3", out)
      remove(path)
   end)

   it("looks at all files of a workspace, and says what is not there", function ()
      local folder = try.fast_path()
      assert(os.execute("mkdir " .. folder) == 0)
      local bases = {}
      for i, name in ipairs { "kb", "traffic" } do
         bases[i] = assert(db.open(("%s/%s.db"):format(folder, name), { mode = "create" }))
         assert(bases[i]:run "CREATE TABLE t (a)")
      end
      local out, _, code = try.weir("doctor -W " .. folder)
      assert.equal(0, code)
      assert(out:find "kb%.db" and out:find "traffic%.db", out)
      for _, base in ipairs(bases) do base:close() end
      remove(folder)
      local _, err, failed = try.weir("doctor " .. folder .. "/kb.db")
      assert.equal(3, failed)
      assert.truthy(err:find "there is no '")
   end)
end)
