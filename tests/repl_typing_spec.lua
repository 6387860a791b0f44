-- The REPL as people have it: in a terminal, typed to.

local terminal = require "terminal"
local try      = require "try"

local state                               -- the folder where sessions keep what is typed

-- A session in a terminal, when its first prompt has come.
local function start(arguments, options)
   options = options or {}
   options.env = options.env or {}
   options.env.XDG_STATE_HOME, options.env.LESS = state, ""
   local t = terminal.open(("%s repl %s"):format(try.program, arguments or ""), options)
   t:expect "weir> "
   return t
end

local function ask(t, entry) return t:ask(entry, "weir> ") end

local function leave(t)
   t:type "\4"
   assert.equal(0, t:finish())
end

describe("a session on a terminal", function ()
   before_each(function ()
      state = try.path()
      os.execute("mkdir -p " .. state)
   end)
   after_each(function () os.execute("rm -rf " .. state) end)

   it("prints values of expressions, in colour", function ()
      local t = start()
      assert.equal("2", ask(t, "1 + 1"))
      assert.equal("7", ask(t, "=_ + 5"))
      t:type '"x"\r'
      t:expect "\nweir> "
      assert(t.seen:find('\27[32m"x"\27[0m', 1, true))
      leave(t)
   end)

   it("uses no colour where nobody wants it", function ()
      local t = start("", { env = { NO_COLOR = "1" } })
      assert.equal('"x"', ask(t, '"x"'))
      assert.falsy(t.seen:find "\27%[%d+m")
      leave(t)
   end)

   it("goes on on the next line until an entry is whole", function ()
      local t = start()
      t:type "for i = 1, 2 do\r"
      t:type "   print(i * 10)\r"
      t:type "end\r"
      assert.truthy(t:expect "\n20\nweir> ":find("\n10\n20\n", 1, true))
      leave(t)
   end)

   it("takes what is pasted as it is, with tabs and line breaks", function ()
      local t = start()
      t:type "\27[200~if true then\n\tprint 'pasted'\nend\27[201~"
      t:type "\r"
      t:expect "\npasted\nweir> "
      leave(t)
   end)

   it("edits UTF-8", function ()
      local t = start()
      t:type "'hellöß'\27[D\27[D\8X"                      -- left twice, and the letter before gone
      t:type "\r"
      t:expect "\n\"hellXß\"\nweir> "
      leave(t)
   end)

   it("prints nothing that drives the terminal", function ()
      local t = start()
      assert.equal("a\tb\\x1B[2J\nc", ask(t, "print('a', 'b\\27[2J\\nc')"))
      leave(t)
   end)

   it("completes names, members, fields and paths", function ()
      local t = start "samples/web.pcap"
      t:type "wei\t.vers\t\r"
      t:expect "\n\"0."
      t:expect "weir> "
      t:type "place = { north = 1, south = 2 }\r"
      t:expect "\nweir> "
      t:type "place.\t"
      t:expect "north  south"
      t:type "so\t\r"
      t:expect "\n2\nweir> "
      t:type "help 'flow.bytes_tos\t'\r"
      t:expect "bytes on the wire from the source"
      t:expect "weir> "
      t:type "#assert(weir.open 'samples/web.pcap.z\t').paths\r"
      t:expect "\n1\nweir> "
      leave(t)
   end)

   it("remembers entries of several lines, for its owner alone", function ()
      local t = start()
      t:type "x = {\r1,\r2 }\r"
      t:expect "\nweir> "
      leave(t)
      local look = ("stat -c %%a %s/weir/history; cat %s/weir/history"):format(state, state)
      local out = try.run(look)
      assert.equal("600\nx = {\\n1,\\n2 }\n", out)
      t = start()
      t:type "\27[A"
      t:expect "2 }"
      t:type "\r"
      t:expect "\nweir> "
      assert.equal("2", ask(t, "#x"))
      leave(t)
      assert.equal(out .. "#x\n", (try.run(look)))
   end)

   it("keeps nothing with --no-history", function ()
      local t = start "--no-history"
      ask(t, "secret = 1")
      leave(t)
      assert.falsy(io.open(state .. "/weir/history"))
   end)

   it("forgets a line with Ctrl-C and goes on", function ()
      local t = start()
      t:type "x = {\3"
      t:expect "^C\nweir> "
      assert.equal("nil", ask(t, "x"))
      leave(t)
   end)

   it("shows where an error is", function ()
      local t = start()
      assert.truthy(ask(t, "1 + * 2"):find("1 + * 2\n       ^", 1, true))
      assert.truthy(ask(t, "a.b = nowhere.c"):find("'nowhere' (a nil value)\n   a.b = nowhere.c\n"
         .. "         ^^^^^^^", 1, true))
      leave(t)
   end)

   it("draws its line anew when the terminal has another size", function ()
      local t = start("", { columns = 30 })
      t:type "'a text that is longer than thirty columns'"
      t:expect "columns'"
      t:resize(24, 100)
      t:expect "weir> 'a text that is longer than thirty columns'"
      t:type "\r"
      t:expect "\nweir> "
      assert.equal("100", ask(t, "inputs and require 'weir.host'.width 'stdout'"))
      leave(t)
   end)

   it("comes back as it was after Ctrl-Z", function ()
      local t = start()
      t:type "1 +"
      t:signal(20)
      t:wait(0.3)
      local state_of = "cut -d' ' -f3 /proc/" .. t.pid .. "/stat"
      assert.equal("T\n", (try.run(state_of)))
      t:signal(18)
      t:expect "weir> 1 +"
      t:type " 2\r"
      t:expect "\n3\nweir> "
      leave(t)
   end)

   it("works on a terminal that can nothing", function ()
      local t = start("", { env = { TERM = "dumb" } })
      assert.equal("2", ask(t, "1 + 1"))
      assert.falsy(t.seen:find("\27", 1, true))
      leave(t)
   end)

   it("leaves what was typed alone when Ctrl-C is for the pager", function ()
      if not try.has "less" then return pending "less is not installed" end
      local t = start("", { rows = 10, env = { PAGER = "less", LESS = "" } })
      t:type "s = ('line\\n'):rep(30) return s\r"
      t:wait(0.5)
      t:type "\3"
      t:wait(0.2)
      t:type "q"
      local out = t:expect "weir> "
      assert.falsy(out:find("interrupted", 1, true))
      assert.equal("2", ask(t, "1 + 1"))
      leave(t)
   end)

   it("pages what is longer than the terminal", function ()
      local t = start("", { rows = 10, env = { PAGER = "sed 's/^/paged /'" } })
      t:type "s = ('line\\n'):rep(30) return s\r"
      t:expect "paged line\npaged line\n"
      t:expect "weir> "
      assert.equal('"short"', ask(t, "'short'"))
      leave(t)
   end)
end)

describe("what runs in a session", function ()
   before_each(function ()
      state = try.path()
      os.execute("mkdir -p " .. state)
   end)
   after_each(function () os.execute("rm -rf " .. state) end)

   local function stop(t, entry) return t:ask(entry, "weir> ", 0.3) end

   for name, entry in pairs {
      ["a loop"] = "while true do end",
      ["a loop that catches errors"] = "while true do pcall(function () while true do end end) end",
      ["a coroutine"] = "coroutine.wrap(function () while true do end end)()",
      ["a loop in a function typed before"] = "spin()",
      ["a loop that reads a capture"] =
         "while true do for p in weir.open 'samples/web.pcap':packets() do x = p.size end end",
      ["a loop of the library that is compiled"] = "require 'endless'.read()",
      ["a loop of the library that looks at nothing"] =
         "jit.off() n = {} for i = 1, 1e6 do n[i] = 'abcdefgh' end"
            .. " require 'weir.nearest'('hgfdbeca', n)",
      ["a compiled loop that asks whether it is to stop"] = "require 'endless'.spin()",
      ["a query"] = [[require "weir.db".open(":memory:", { mode = "create" }):first(
         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n")]],
   } do
      it("stops with Ctrl-C: " .. name, function ()
         -- Compiled code looks at no hook: it ends where it reads.
         local module = try.file([[
            local weir = require "weir"
            local function read()
               local bytes = 0
               while true do
                  for batch in assert(weir.open "samples/web.pcap"):batches() do
                     for i = 0, batch.packet_count - 1 do bytes = bytes + batch.packets[i].size end
                  end
               end
            end
            local interrupt = require "weir.interrupt"
            local function spin()
               local n = 0
               while true do
                  n = n + 1
                  interrupt.check()
               end
            end
            return { read = read, spin = spin }]], ".lua")
         local t = start()
         ask(t, ("package.preload.endless = function () return dofile '%s' end"):format(module))
         ask(t, "function spin() while true do end end")
         assert.truthy(stop(t, entry):find("interrupted", 1, true))
         assert.equal("2", ask(t, "1 + 1"))
         leave(t)
         os.remove(module)
      end)
   end

   it("is named by a second Ctrl-C when it cannot be stopped, and the session lives", function ()
      local t = start()
      t:type "x = ('a'):rep(1500):find(('a-'):rep(2) .. 'b')\r"
      t:wait(0.2)
      t:type "\3"
      t:wait(0.2)
      t:type "\3"
      t:expect "still running: x = ('a')"
      t:expect "interrupted"
      t:expect "weir> "
      assert.equal("2", ask(t, "1 + 1"))
      leave(t)
   end)

   it("can be required again after it was stopped half loaded", function ()
      local module = try.file("for i = 1, 1e12 do end return {}", ".lua")
      local t = start()
      ask(t, ("package.preload.slow = function () return dofile '%s' end"):format(module))
      ask(t, "jit.off()")
      assert.truthy(stop(t, "require 'slow'"):find("interrupted", 1, true))
      ask(t, "package.preload.slow = function () return { fast = true } end")
      assert.equal("{ fast = true }", ask(t, "require 'slow'"))
      leave(t)
      os.remove(module)
   end)

   for name, number in pairs { SIGTERM = 15, SIGHUP = 1 } do
      it("ends with the session on " .. name .. ", which keeps what was typed", function ()
         local t = start()
         t:type "while true do end\r"
         t:expect "\n"
         t:wait(0.2)
         t:signal(number)
         assert.equal(130, t:finish())
         assert.equal("while true do end\n", try.contents(state .. "/weir/history"))
      end)
   end

   it("is ended at once by Ctrl-\\, and by SIGTERM when it does not stop", function ()
      local t = start()
      t:type "while true do end\r"
      t:expect "\n"
      t:wait(0.2)
      t:type "\28"
      assert.same({ nil, 15 }, { t:finish() })
      t = start()
      t:type "x = ('a'):rep(9000):find(('a-'):rep(3) .. 'b')\r"
      t:expect "\n"
      t:wait(0.2)
      t:signal(15)
      assert.same({ nil, 15 }, { t:finish() })
   end)

   it("ends with SIGTERM at the prompt, too", function ()
      local t = start()
      t:type "x = 1"
      t:expect "x = 1"
      t:signal(15)
      assert.equal(130, t:finish())
   end)

   it("leaves views whole when it is stopped in the middle of a read", function ()
      local t = start()
      ask(t, "paths = {} for i = 1, 100000 do paths[i] = 'samples/web.pcap' end")
      ask(t, "many = weir.open(paths)")
      t:type "many.flows:count():value()\r"
      t:expect "\n"
      t:wait(0.3)
      t:type "\3"
      t:expect "interrupted\nweir> "
      local again, anew = ask(t, "many.flows:count():value()"),
         ask(t, "weir.open(paths).flows:count():value()")
      assert.equal(anew, again)
      assert(tonumber(again) > 100000)
      leave(t)
   end)

   it("ends when the terminal is closed", function ()
      local t = start()
      t:type "x = 1"
      t:hang_up()
      assert.equal(130, t:finish())
   end)

   it("is asked for within 100 ms of the start", function ()
      if os.getenv "WEIR_PROGRAM" then return pending "not with sanitizers" end
      local host, best = require "weir.host", math.huge
      for _ = 1, 100 do                                  -- others may have the processors
         if best <= 0.1 then break end
         local begun = host.clock()
         local t = start()
         best = math.min(best, host.clock() - begun)
         leave(t)
      end
      assert(best <= 0.1, best .. " s")
   end)

   it("gives the terminal back as it was", function ()
      local t = terminal.open(("sh -c 'stty -a | md5sum; %s repl --no-history; stty -a | md5sum'")
         :format(try.program))
      local before = t:expect "  -":match "%x+"
      t:expect "weir> "
      t:type "1\r"
      t:expect "weir> "
      t:type "\4"
      assert.equal(before, t:expect "  -":match "%x%x%x%x%x%x+")
      t:finish()
   end)

   it("ends with the test that has it, though that fails and it does not hear", function ()
      local pid
      local ok = pcall(function ()
         local t = terminal.open [[sh -c 'trap "" HUP TERM; echo deaf; while :; do sleep 9; done']]
         t:expect "deaf"
         pid = t.pid
         t:expect("never", 0.1)
      end)
      assert.is_false(ok)
      collectgarbage()
      collectgarbage()
      assert.falsy(io.open(("/proc/%d/stat"):format(pid)))
   end)
end)
