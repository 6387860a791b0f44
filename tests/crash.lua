-- Kills `weir run` at random moments, and looks whether anything is lost: crash.lua [ROUNDS [SEED]]
--
-- Each round fills a workspace in several attempts, of which all but the last end with kill -9.
-- After each the file has to be sound, and in the end it has what one that was not disturbed has.

package.path = "tests/?.lua;" .. package.path

local try       = require "try"
local wire      = require "wire"
local workspace = require "workspace"

local crash = {}

-- A capture that takes a while, with names, and flows that end all the time.
function crash.capture()
   local packets = {}
   for i = 0, 9999 do
      packets[i + 1] = wire.udp { at = math.floor(i / 20), ns = i % 20 * 1e7, port = 1024 + i % 700,
         back = i % 3 == 0 }
   end
   return wire.capture(packets)
end

local function words(path) return ("-q --commit 0.005 --idle 20 -r samples -r %s"):format(path) end

-- Starts filling and kills it after so many seconds.  Returns whether it was killed.
local function disturb(folder, path, seconds)
   local _, _, code = try.run(("%s run -W %s %s & pid=$!; sleep %.3f; kill -9 $pid; wait $pid"):format(
      try.program, folder, words(path), seconds))
   return code == 137
end

local function check(folder)
   local is_there = io.open(folder .. "/traffic.db")
   if not is_there then return end
   is_there:close()
   assert(workspace.ask(folder, "PRAGMA integrity_check") == "ok")
   assert(workspace.ask(folder, "PRAGMA foreign_key_check") == "")
   local lost = workspace.ask(folder, [[SELECT count(*) FROM biflow_rows r
      LEFT JOIN biflow_more m USING (flow_id) WHERE m.flow_id IS NULL]])
   assert(lost == "0", lost)
end

-- One round; returns how often it was killed.
local function round(path, whole, random, longest)
   local killed = 0
   workspace.with(function (folder)
      for _ = 1, 1 + random(3) do
         local was = disturb(folder, path, random(1000) / 1000 * longest)
         killed = killed + (was and 1 or 0)
         check(folder)
         if not was then break end
      end
      local _, err, code = workspace.run(folder, words(path))
      assert(code == 0, err)
      check(folder)
      assert(workspace.dump(folder) == whole, "it has other contents than one that went undisturbed")
   end)
   return killed
end

-- So many rounds; returns how many kills there were.  `say` is called after each.
function crash.rounds(count, seed, say)
   local random, path, killed = try.random(seed), crash.capture(), 0
   workspace.with(function (folder)
      local host = require "weir.host"
      local before = host.clock()
      assert(select(3, workspace.run(folder, words(path))) == 0)
      local longest, whole = host.clock() - before, workspace.dump(folder)
      for i = 1, count do
         killed = killed + round(path, whole, random, longest)
         say(i, killed)
      end
   end)
   os.remove(path)
   return killed
end

if arg and arg[0] and arg[0]:find "crash%.lua$" then
   local rounds, seed = tonumber(arg[1]) or 200, tonumber(arg[2]) or os.time()
   print(("seed %d"):format(seed))
   local killed = 0
   while killed < rounds do
      killed = killed + crash.rounds(10, seed + killed, function () end)
      print(("killed %d times: nothing lost, nothing twice"):format(killed))
   end
end

return crash
