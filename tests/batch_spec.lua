-- weir batch: many inputs, side by side, again and again, and killed at any moment.

local extend    = require "extend"
local json      = require "weir.json"
local try       = require "try"
local workspace = require "workspace"

local KILLS = tonumber(os.getenv "WEIR_KILLS") or 3
local INPUTS = "samples/dns.pcap samples/web.pcap samples/site.db samples/searches.db "
   .. "samples/tls.pcap"

-- What a base knows, but in which run it came to know it.
local FACTS = [[
SELECT id, type, data, count, first, last FROM entities ORDER BY id;
SELECT id, type, src, dst, data, count, first, last FROM relationships ORDER BY id;
SELECT e.fact, x.name, x.version, w.source, e.count, e.first, e.last, hex(e.proofs) = ''
FROM evidence e JOIN witnesses w ON w.id = e.witness JOIN extensions x ON x.id = w.extension
ORDER BY 1, 2, 3, 4;]]

local function facts(folder) return workspace.ask(folder, FACTS, "kb") end

local function batch(folder, words, inputs)
   return try.weir(("batch -W %s %s %s"):format(folder, words, inputs or INPUTS))
end

local EXT = "--ext talkers --ext page --ext third_parties"

-- The summary as a table by input.
local function results(text)
   local by = {}
   for _, line in ipairs(try.lines(text)) do
      local one = assert(json.decode(line))
      by[one.input:match "[^/]*$"] = one
   end
   return by
end

describe("weir batch", function ()
   it("runs extensions over captures and databases, and says what came of each", function ()
      workspace.with(function (folder)
         local out, err, code = batch(folder, "-T json " .. EXT)
         assert.equal(0, code)
         local by = results(out)
         assert.equal("taken", by["web.pcap"].state)
         assert.is_true(by["web.pcap"].entities > 0 and by["web.pcap"].relationships > 0)
         assert.same({ 0, "taken" }, { by["site.db"].errors, by["site.db"].state })
         assert.truthy(err:find "5 taken in; ")
         assert.equal(5, tonumber((workspace.ask(folder,
            "SELECT count(DISTINCT source) FROM evidence e JOIN witnesses w ON w.id = e.witness",
            "kb"))))
      end)
   end)

   it("finds the same with one process, with several, and with a base for each input", function ()
      local found = {}
      for i, words in ipairs { "-j 1", "-j 3", "--apart -j 2" } do
         workspace.with(function (folder)
            local _, err, code = batch(folder, ("-q %s %s"):format(words, EXT))
            assert(code == 0, err)
            found[i] = facts(folder)
         end)
      end
      assert.equal(found[1], found[2])
      assert.equal(found[1], found[3])
   end)

   it("skips what an extension has seen, and shows it to one that is new or changed", function ()
      local own = extend.folder()
      local path = own .. "/mine.lua"
      local text = [[
local weir = require "weir"
local x = weir.extractor { on = "flow", version = "%s" }
function x:extract(flow, kb) kb:entity("port %s", tostring(flow.dest_port)) end
return x
]]
      workspace.with(function (folder)
         extend.write(path, text:format("1", "one"))
         batch(folder, "-q --ext " .. path)
         local _, err = batch(folder, "--ext " .. path)
         assert.truthy(err:find "0 taken in, 5 known already")
         extend.write(path, text:format("2", "two"))
         _, err = batch(folder, "--ext " .. path)
         assert.truthy(err:find "5 taken in;")
         assert.equal("port two", workspace.ask(folder, "SELECT DISTINCT type FROM entities", "kb"))
         _, err = batch(folder, "--reprocess --ext " .. path)
         assert.truthy(err:find "5 taken in;")
      end)
      extend.remove(own)
   end)

   it("says which inputs fail, goes on with the others, and its exit code tells", function ()
      local bad = try.file("no capture at all", ".pcap")
      workspace.with(function (folder)
         local out, err, code = batch(folder, "-T json --ext talkers", bad .. " samples/web.pcap")
         assert.equal(3, code)
         local by = results(out)
         assert.equal("failed", by[bad:match "[^/]*$"].state)
         assert.equal("taken", by["web.pcap"].state)
         assert.truthy(err:find(bad, 1, true) and err:find "1 taken in, 1 failed")
      end)
      os.remove(bad)
   end)

   it("survives an extension that ends its process", function ()
      local own = extend.folder()
      local path = extend.write(own .. "/deadly.lua", [[
local weir = require "weir"
local x = weir.extractor { on = "flow", needs = { "ffi" } }
local ffi = require "ffi"
ffi.cdef "void abort(void);"
function x:extract(flow, kb)
   kb:entity("flow", tostring(flow.flow_id))
   if flow.proto == "UDP" and flow.dest_port == 53 then ffi.C.abort() end
end
return x
]])
      workspace.with(function (folder)
         local out, err, code = batch(folder, "-T json -j 2 --ext " .. path,
            "samples/dns.pcap samples/tls.pcap samples/ssh.pcap")
         assert.equal(3, code)
         local by = results(out)
         assert.same({ "failed", "taken", "taken" },
            { by["dns.pcap"].state, by["tls.pcap"].state, by["ssh.pcap"].state })
         assert.truthy(err:find "dns.pcap: its process ended: it gave up")
      end)
      extend.remove(own)
   end)

   it("told to end leaves a long capture soon, with what was learnt, and goes on another time",
   function ()
      local own, frames = extend.folder(), {}
      local path = extend.write(own .. "/slow.lua", [[
local weir = require "weir"
local x = weir.extractor { on = "packet", options = { pause = 0 } }
function x:extract(packet, kb)
   local till = os.clock() + self.options.pause
   while os.clock() < till do end
   kb:entity("size", tostring(packet.size))
end
return x
]])
      for i = 1, 20000 do frames[i] = ("\0"):rep(60 + i % 9) end
      local long = try.file(try.pcap(frames), ".pcap")
      local begun, command = os.time(), "-j 2 --ext %s --set slow.pause=%g"
      workspace.with(function (folder)
         local words = ("-W %s %s samples/web.pcap %s"):format(folder, command:format(path, 0.001),
            long)
         local _, err, code = try.run(("%s batch %s & sleep 2; %s; wait $!"):format(try.program,
            words, try.terminate))
         assert(code == 0, code .. err)
         assert.truthy(os.time() - begun < 15)           -- all of it takes longer than that
         assert(err:find "1 taken in, 1 stopped: the same command goes on;", err)
         batch(folder, command:format(path, 0), long .. " samples/web.pcap")
         workspace.with(function (calm)
            batch(calm, command:format(path, 0), long .. " samples/web.pcap")
            assert.equal(facts(calm), facts(folder))
         end)
      end)
      os.remove(long)
      extend.remove(own)
   end)

   it("takes no pipes, and leaves standard input to one process", function ()
      workspace.with(function (folder)
         for _, name in ipairs { "-", "/dev/null", "/dev/stdin" } do
            local _, err, code = batch(folder, "--ext talkers", "samples/web.pcap " .. name)
            assert.equal(3, code)
            assert.truthy(err:find(("'%s' can be read once only"):format(name), 1, true))
         end
         local _, err, code = try.run(("cat samples/dns.pcap | timeout 20 %s run -j 2 -W %s -r - "
            .. "-r samples/web.pcap"):format(try.program, folder))
         assert(code == 0, err)
         assert.truthy(err:find "^2 sources taken in")
      end)
   end)

   it("says what is missing", function ()
      for words, why in pairs {
         ["samples/web.pcap"] = "no extension: ",
         ["--ext talkers"] = "no input: ",
         ["--ext talkrs samples/web.pcap"] = "did you mean 'talkers'?",
         ["--ext talkers nowhere.pcap"] = "nowhere.pcap",
      } do
         workspace.with(function (folder)
            local _, err, code = batch(folder, words, "")
            assert(code ~= 0 and err:find(why, 1, true), err)
         end)
      end
   end)

   it("killed at any moment goes on to what an undisturbed run finds", function ()
      workspace.with(function (calm)
         batch(calm, "-q " .. EXT)
         local expected = facts(calm)
         for i = 1, KILLS do
            workspace.with(function (folder)
               local command = ("%s batch -q -j 2 -W %s %s %s"):format(try.program, folder, EXT,
                  INPUTS)
               os.execute(("timeout -s KILL %.3f %s >/dev/null 2>&1"):format(
                  0.02 + 0.3 * i / KILLS, command))
               local _, err, code = try.run(command)
               assert(code == 0, err)
               assert.equal(expected, facts(folder))
               assert.equal("ok", workspace.ask(folder, "PRAGMA integrity_check", "kb"))
            end)
         end
      end)
   end)
end)

describe("weir run -j", function ()
   it("takes captures and databases in side by side, and all are there", function ()
      local inputs = ""
      for name in INPUTS:gmatch "%S+" do inputs = inputs .. " -r " .. name end
      local found = {}
      for i, jobs in ipairs { 1, 3 } do
         workspace.with(function (folder)
            local _, err, code = try.weir(("run -q -j %d -W %s%s"):format(jobs, folder, inputs))
            assert(code == 0, err)
            found[i] = facts(folder) .. workspace.ask(folder,
               "SELECT count(*), sum(byte_count) FROM combined_flows; SELECT count(*) FROM biflow")
               .. workspace.ask(folder, "SELECT flow_id FROM flows ORDER BY 1", "probe")
            _, err = try.weir(("run -j %d -W %s%s"):format(jobs, folder, inputs))
            assert.truthy(err:find "5 sources skipped" or err:find "5 skipped")
         end)
      end
      assert.equal(found[1], found[2])
   end)

   it("refuses what several processes cannot do", function ()
      local out, err, code = try.weir("run -j 2 --ext text_log -r samples/web.pcap "
         .. "-r samples/dns.pcap")
      assert.same({ 2, "" }, { code, out })
      assert.truthy(err:find "'text_log' reports")
   end)
end)
