-- Signals: the first one is remembered, for work to come to its end; the second one ends all.

local try = require "try"

local SCRIPT = [[
local host = require "weir.host"
host.watch()
local function say(word) io.stdout:write(word, "\n") io.stdout:flush() end
say "ready"
repeat local signal = host.stopped() until signal
say("remembered " .. host.stopped())
while arg[1] == "loop" do end
]]

-- Runs the script and sends it signals, each once it has said another word; what it said, and how
-- it ended: above 128 by a signal.
local function interrupted(argument, signals)
   local script, said = try.file(SCRIPT, ".lua"), try.file ""
   local out = try.run(([[
      ulimit -t 20; n=0; tries=0
      %s lua %s %s > %s & p=$!
      for signal in %s; do
         n=$((n + 1))
         until [ $(wc -l < %s) -ge $n ] || [ $((tries += 1)) -gt 1000 ]; do sleep 0.01; done
         kill -$signal $p
      done
      wait $p; echo $?]]):format(try.program, script, argument, said, signals, said))
   os.remove(script)
   return try.lines(try.contents(said, true)), tonumber(out)
end

describe("a signal", function ()
   it("is remembered, for work to come to its end", function ()
      for name, number in pairs { INT = 2, TERM = 15 } do
         local said, code = interrupted("end", name)
         assert.same({ "ready", "remembered " .. number }, said)
         assert.equal(0, code)
      end
   end)

   it("ends a script that goes on for ever when it comes again", function ()
      for name, number in pairs { INT = 2, TERM = 15 } do
         local said, code = interrupted("loop", name .. " " .. name)
         assert.same({ "ready", "remembered " .. number }, said)
         assert.equal(128 + number, code)
      end
   end)
end)
