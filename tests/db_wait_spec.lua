-- Several processes with one database: nobody is told that it is locked, nothing is lost, and what
-- is killed at any moment leaves whole transactions behind.

local db  = require "weir.db"
local try = require "try"

-- A process: the words of its command line say what it does.
local PROCESS = [[
local db = require "weir.db"
local job, path, number, rounds = arg[1], arg[2], tonumber(arg[3]), tonumber(arg[4])
local base = assert(db.open(path, { mode = job == "read" and "read" or "write" }))
if job == "write" then
   for round = 1, rounds do
      assert(base:transaction(function ()
         for i = 1, 20 do
            assert(base:run("INSERT INTO deed VALUES (?, ?, ?)", number, round, i))
         end
         assert(base:run "UPDATE total SET deeds = deeds + 20")
      end))
   end
elseif job == "single" then
   for round = 1, rounds do assert(base:run("INSERT INTO single VALUES (?)", number)) end
else
   while not io.open(path .. ".over") do
      local there, told = base:first "SELECT (SELECT count(*) FROM deed), (SELECT deeds FROM total)"
      assert(there, told)
      assert(there == told and there % 20 == 0, there .. " are there, " .. told .. " are told")
   end
end
print "done"
]]

local function make()
   local path = try.fast_path ".db"
   local base = assert(db.open(path, { mode = "create" }))
   assert(base:run [[
      CREATE TABLE deed (who, round, i, UNIQUE (who, round, i));
      CREATE TABLE single (who);
      CREATE TABLE total (deeds);
      INSERT INTO total VALUES (0)]])
   return base, path
end

local function remove(path) os.execute("rm -f " .. path .. "*") end

describe("a database of several processes", function ()
   it("takes four writers and eight readers", function ()
      local base, path = make()
      local script = try.file(PROCESS, ".lua")
      local lines = {}
      local function add(job, number, rounds)
         lines[#lines + 1] = ("%s lua %s %s %s %d %d &"):format(
            try.program, script, job, path, number, rounds)
         if job ~= "read" then lines[#lines + 1] = 'writers="$writers $!"' end
      end
      for i = 1, 8 do add("read", i, 0) end
      for i = 1, 4 do add("write", i, 100) end
      for i = 1, 2 do add("single", i, 300) end
      local out, err = try.run(table.concat(lines, "\n")
         .. "\nwait $writers; touch " .. path .. ".over; wait")
      assert.equal("", err)
      assert.equal(14, #try.lines(out))
      assert.same({ 8000, 8000, 600 }, { base:first [[
         SELECT (SELECT deeds FROM total), (SELECT count(*) FROM deed),
            (SELECT count(*) FROM single)
      ]] })
      assert(base:check())
      base:close()
      os.remove(script)
      remove(path)
   end)

   it("holds whole transactions when writers are killed", function ()
      local base, path = make()
      local script, random = try.file(PROCESS, ".lua"), try.random(11)
      local round, told = 0
      repeat                              -- others may have the processors: later each dozen
         round = round + 1
         local kill = "%s lua %s write %s %d 100000 >/dev/null & sleep %.3f; kill -9 $!; wait"
         local moment = 0.02 + random(100) / 1000 * math.ceil(round / 12)
         try.run(kill:format(try.program, script, path, round, moment))
         local there
         there, told = base:first "SELECT (SELECT count(*) FROM deed), (SELECT deeds FROM total)"
         assert.equal(there, told)
         assert.equal(0, there % 20)
         assert(base:check())
      until round >= 12 and told > 0 or round == 100
      assert(told > 0)
      base:close()
      os.remove(script)
      remove(path)
   end)

   it("says who keeps it when somebody has stopped with the right to write", function ()
      local base, path = make()
      local script = try.file([[
         local base = assert(require "weir.db".open(arg[1], { mode = "write" }))
         assert(base:begin())
         io.open(arg[1] .. ".begun", "w"):close()
         os.execute "kill -STOP $PPID"
      ]], ".lua")
      local pid = try.run(("%s lua %s %s >/dev/null & echo $!; while [ ! -e %s.begun ]; do "
         .. "sleep 0.02; done"):format(try.program, script, path, path)):match "%d+"
      base:patience(0.3)
      local done, why = base:run("INSERT INTO single VALUES (?)", 1)
      os.execute("kill -9 " .. pid)
      assert.is_nil(done)
      assert.truthy(why:find(("process %s (%s lua "):format(pid, try.program), 1, true), why)
      assert.truthy(why:find("has kept others from writing to '" .. path, 1, true), why)
      base:patience(10)
      assert(base:run("INSERT INTO single VALUES (?)", 1))
      base:close()
      os.remove(script)
      remove(path)
   end)

   it("is made once when several make it at the same time", function ()
      local path = try.fast_path ".db"
      local script = try.file([[
         local base = assert(require "weir.db".open(arg[1], { mode = "create", layout = {
            name = "test", application = 1, sql = "-- version 1\nCREATE TABLE t (a);\n" ..
               "-- version 2\nCREATE TABLE u (a); INSERT INTO u VALUES (1);" } }))
         assert(base:run("INSERT INTO t VALUES (?)", 1))
      ]], ".lua")
      local command = ("%s lua %s %s & "):format(try.program, script, path):rep(8) .. "wait"
      local _, err = try.run(command)
      assert.equal("", err)
      local base = assert(db.open(path))
      assert.equal(8, (base:first "SELECT count(*) FROM t"))
      assert.equal(1, (base:first "SELECT count(*) FROM u"))
      base:close()
      os.remove(script)
      remove(path)
   end)

   it("keeps the -wal file bounded while others read", function ()
      local base, path = make()
      local script = try.file(PROCESS, ".lua")
      local readers = {}
      for i = 1, 3 do
         readers[i] = ("%s lua %s read %s %d 0 &"):format(try.program, script, path, i)
      end
      local writer = try.file([[
         local base = assert(require "weir.db".open(arg[1], { mode = "write" }))
         for round = 1, 150 do
            assert(base:transaction(function ()
               assert(base:run("INSERT INTO single VALUES (zeroblob(?))", 1000000))
            end))
         end
         local wal = io.open(arg[1] .. "-wal")
         print(wal:seek "end")
      ]], ".lua")
      local out, err = try.run(("%s %s lua %s %s; touch %s.over; wait"):format(
         table.concat(readers, " "), try.program, writer, path, path))
      assert.equal("", err)
      assert(tonumber(out:match "%d+") < 90e6, out)
      base:close()
      os.remove(script)
      os.remove(writer)
      remove(path)
   end)
end)
