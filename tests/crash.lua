-- Kills `weir run` at random moments, and looks whether anything is lost: crash.lua [KILLS [SEED]]
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
   local script = "%s run -W %s %s & pid=$!; sleep %.3f; kill -9 $pid; wait $pid"
   local _, _, code = try.run(script:format(try.program, folder, words(path), seconds))
   return code == 137
end

local function has(path)
   local file = io.open(path)
   if file then file:close() end
   return file ~= nil
end

local LOST = "SELECT count(*) FROM biflow_rows LEFT JOIN biflow_more m USING (flow_id) "
   .. "WHERE m.flow_id IS NULL"
local UNPROVEN = "SELECT count(*) FROM (SELECT id FROM entities UNION ALL SELECT id FROM "
   .. "relationships) WHERE id NOT IN (SELECT fact FROM evidence)"

-- Whether what is there is sound: nothing that refers to nothing, no fact that nobody proves.
local function check(folder)
   local function is_made(table, name)
      return workspace.ask(folder, ("SELECT count(*) FROM sqlite_schema WHERE name = '%s'"):format(
         table), name) == "1"
   end
   local function none(query, name)
      local found = workspace.ask(folder, query, name)
      assert(found == "0" or found == "" or found == "ok", query .. ": " .. found)
   end
   if has(folder .. "/traffic.db") then
      none "PRAGMA integrity_check"
      none "PRAGMA foreign_key_check"
      if is_made "biflow_more" then none(LOST) end
   end
   if has(folder .. "/kb.db") then
      none("PRAGMA integrity_check", "kb")
      if is_made("relationships", "kb") then none(UNPROVEN, "kb") end
   end
end

-- All that is stored and known.
local function all(folder)
   return workspace.dump(folder) .. workspace.ask(folder, [[
      SELECT id, type, key, count, first, last FROM entities ORDER BY id;
      SELECT id, type, src, dst, count, first, last FROM relationships ORDER BY id;
      SELECT fact, sum(count) FROM evidence GROUP BY fact ORDER BY fact]], "kb")
end

-- Fails with what differs from a workspace that went undisturbed.
local function compare(found, whole)
   if found == whole then return end
   local count, differs = {}, {}
   for sign, text in pairs { [1] = found, [-1] = whole } do
      for _, line in ipairs(try.lines(text)) do count[line] = (count[line] or 0) + sign end
   end
   for line, n in pairs(count) do
      if n ~= 0 then differs[#differs + 1] = ("%+d %s"):format(n, line:sub(1, 300)) end
   end
   table.sort(differs)
   error("it has other contents than one that went undisturbed:\n"
      .. table.concat(differs, "\n", 1, math.min(#differs, 20)))
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
      compare(all(folder), whole)
   end)
   return killed
end

-- Rounds until there were so many kills; returns how many there were.  `say` is called after each.
-- Whether an attempt is killed is a matter of chance, for it may end before its time.
function crash.kills(count, seed, say)
   local random, path, killed, rounds = try.random(seed), crash.capture(), 0, 0
   workspace.with(function (folder)
      local host = require "weir.host"
      local before = host.clock()
      assert(select(3, workspace.run(folder, words(path))) == 0)
      local longest, whole = host.clock() - before, all(folder)
      while killed < count do
         killed, rounds = killed + round(path, whole, random, longest), rounds + 1
         assert(rounds < 20 + 10 * count, "it ends before it can be killed")
         say(killed)
      end
   end)
   os.remove(path)
   return killed
end

if arg and arg[0] and arg[0]:find "crash%.lua$" then
   local count, seed = tonumber(arg[1]) or 200, tonumber(arg[2]) or os.time()
   print(("seed %d"):format(seed))
   crash.kills(count, seed, function (killed)
      print(("killed %d times: nothing lost, nothing twice"):format(killed))
   end)
end

return crash
