-- Sessions without a terminal: what is run, shown, completed and explained.

local chunk     = require "weir.repl.chunk"
local complete  = require "weir.repl.complete"
local inputs    = require "weir.repl.inputs"
local knowledge = require "knowledge"
local repl      = require "weir.repl"
local show      = require "weir.repl.show"
local try       = require "try"

-- A session over these paths, and a function that runs an entry: what it writes, how it ended.
local function start(...)
   local list, out = {}, {}
   for i, path in ipairs { ... } do list[i] = assert(inputs.open(path)) end
   local session = repl.new {
      inputs = list, width = 80, write = function (text) out[#out + 1] = text end,
   }
   return session, function (entry)
      out = {}
      local status = session:run(entry)
      return table.concat(out), status
   end
end

local function shown(value, width) return show.text(value, { width = width or 80 }) end

describe("what is typed", function ()
   it("is an expression or statements, and goes on where it is not whole", function ()
      local function load(text) return chunk.load(text, "typed 1", {}) end
      assert.equal(3, load "1 + 2"())
      assert.equal(3, load "=1 + 2"())
      assert.equal(3, load "1 + 2 -- so"())
      assert.equal(3, load "return 1 + 2"())
      for _, text in ipairs {
         "1 +", "f(", "for i = 1, 2 do", "x = [[", "--[[ a", "x = {", "if a then b() else", "= {",
         "function f()", "x =", "repeat",
      } do
         local _, why, goes_on = load(text)
         assert(goes_on, text .. ": " .. tostring(why))
      end
      for _, text in ipairs { "1 1", "for for", "x = 'a", "end", ")", "1 = 2", "= x = 1" } do
         local _, why, goes_on = load(text)
         assert(why and not goes_on, text)
      end
   end)

   it("says where it makes no sense", function ()
      local function place(text) return (select(4, chunk.load(text, "typed 1", {}))) end
      assert.equal("   x = = 1\n       ^", place "x = = 1")
      assert.equal("   b = 2 2\n         ^", place "a = 1\nb = 2 2\nc = 3")
      assert.equal("   f(a a, b)\n       ^", place "f(a a, b)")
      assert.equal("   x = 'é', = 1\n            ^", place "x = 'é', = 1")
   end)

   it("keeps the last value, and names that are assigned", function ()
      local session, run = start()
      assert.equal("2\n", (run "1 + 1"))
      assert.equal("3\n", (run "_ + 1"))
      assert.equal("", (run "x = 7"))
      assert.equal("7\t3\n", (run "x, _"))
      assert.is_nil(rawget(_G, "x"))
      assert.equal('nil\t"why"\n', (run 'nil, "why"'))
      assert.equal("", (run "print()" and ""))
      assert.equal(7, session.env.x)
   end)

   it("fails with the place in it, and where that was called", function ()
      local _, run = start()
      local out, status = run "local a\nlocal b = a.c"
      assert.equal("failed", status)
      assert.equal("typed 1:2: attempt to index local 'a' (a nil value)\n"
         .. "   local b = a.c\n             ^\n", out)
      run "function deep() error 'no' end"
      assert.equal("typed 2:1: no\n", (run "deep()"))
      assert.truthy((run "error { code = 3 }"):find("{ code = 3 }", 1, true))
      assert.truthy((run "require 'weir.sheet'.new {}"):find "sheet.lua:%d+: .*\n   .*in function")
   end)

   it("can be blamed for what it calls", function ()
      local _, run = start()
      assert.truthy((run "weir.open(3)"):find "^typed 1:1: a source is a path, not a number")
   end)
end)

describe("a value that is shown", function ()
   it("is what Lua reads, as far as it can be", function ()
      assert.equal('"a\\tb\\"\\\\"', shown 'a\tb"\\')
      assert.equal("{ 1, 2, nil, 4 }", shown({ 1, 2, nil, 4 }))
      assert.equal('{ 1, a = "b", ["c d"] = true, ["end"] = 1 }',
         shown { 1, a = "b", ["c d"] = true, ["end"] = 1 })
      assert.equal("0.1", shown(0.1))
      assert.equal("9007199254740991", shown(2 ^ 53 - 1))
      assert.equal("0.30000000000000004", shown(0.1 + 0.2))
      assert.equal("inf", shown(math.huge))
      assert.equal("5LL", shown(5LL))
      assert.equal("function: built in", shown(print))
   end)

   it("drives no terminal", function ()
      assert.equal('"\\x1B[31m"', shown "\27[31m")
      assert.equal("a\n\\x1B[31m", shown "a\n\27[31m")
      assert.equal('{ ["\\x1B"] = 1 }', shown { ["\27"] = 1 })
      local says = "\27[31mred\27[0m\27[2J"
      local loud = setmetatable({}, { __tostring = function () return says end })
      assert.equal("\27[31mred\27[0m\\x1B[2J", shown(loud))
      local _, run = start()
      assert.truthy((run "error 'bad \27[2J'"):find("bad \\x1B[2J", 1, true))
   end)

   it("has an end: cycles, depth, very many entries, very long texts", function ()
      local loop = {}
      loop.loop = loop
      assert.equal("{ loop = …itself }", shown(loop))
      local same = {}
      assert.equal("{ {}, {} }", shown { same, same })
      assert.equal("{ { { { { … } } } } }", shown { { { { { 1 } } } } })
      local many = {}
      for i = 1, 100000 do many[i] = i end
      assert.truthy(shown(many):find("… 99960 more", 1, true))
      assert.truthy(shown({ ("x"):rep(1e6) }):find("… 998000 bytes more", 1, true))
      local wide = {}
      for i = 1, 40 do
         wide[i] = {}
         for j = 1, 40 do
            wide[i][j] = {}
            for k = 1, 40 do wide[i][j][k] = { k } end
         end
      end
      assert(#shown(wide) < 1e6)
   end)

   it("fits the terminal", function ()
      local text = shown({ name = "a text of some length", other = "another text" }, 40)
      assert.equal('{\n   name = "a text of some length",\n   other = "another text",\n}', text)
      for line in shown({ a = { b = { c = "ddddddddddddddddd", e = "ffffffffff" } } }, 40)
         :gmatch "[^\n]+" do assert(#line <= 40, line) end
   end)

   it("is a record by its fields", function ()
      local _, run = start()
      local out = run "for p in weir.open 'samples/web.pcap':packets() do return p end"
      assert.truthy(out:find('src_ip = "192.0.2.10"', 1, true))
      assert.truthy(out:find("timestamp = 2026-01-01T00:00:00.000000Z", 1, true))
      assert.falsy(out:find("src_port", 1, true))         -- ARP has none
   end)
end)

describe("an input", function ()
   it("offers its records by name", function ()
      local _, run = start "samples/web.pcap"
      assert.equal("3\n", (run "flows:count():value()"))
      assert.equal('"www.example.org"\n', (run "dns:where 'type == \"response\"':first().rrname"))
      assert.truthy((run "inputs[1]"):find("samples/web.pcap: a capture", 1, true))
   end)

   it("is asked together with others: captures and sample databases", function ()
      local _, run = start("samples/web.pcap", "samples/dns.pcap", "samples/site.db")
      assert.equal("3\n", (run "inputs[1].flows:count():value()"))
      assert.equal("3\n", (run "inputs[2].flows:count():value()"))
      assert.equal("6\n", (run "flows:count():value()"))
      assert.equal("8\n", (run "inputs[3].exchanges:count():value()"))
      assert.equal("9\n", (run "exchanges:count():value()"))
   end)

   it("is asked which one where a database offers the same", function ()
      local folder = try.path()
      os.execute("mkdir -p " .. folder)
      try.run(("sqlite3 %s/traffic.db 'CREATE TABLE dns (rrname TEXT)'"):format(folder))
      local _, run = start("samples/web.pcap", folder)
      assert.truthy((run "dns"):find("'dns' is in 2 inputs: say inputs[1].dns "
         .. "(samples/web.pcap) or inputs[2].dns", 1, true))
      assert.equal("2\n", (run "inputs[1].dns:count():value()"))
      os.execute("rm -r " .. folder)
   end)

   it("says why it cannot be read", function ()
      local input, why = inputs.open "samples/nothing.pcap"
      assert.is_nil(input)
      assert.truthy(why:find("samples/nothing.pcap", 1, true))
   end)

   it("is asked in SQL, which only reads", function ()
      local folder = try.path()
      os.execute("mkdir -p " .. folder)
      try.run(("sqlite3 %s/kb.db 'CREATE TABLE entities (id INTEGER, type TEXT, key TEXT);"
         .. " INSERT INTO entities VALUES (1, \"name\", \"www.example.org\")'"):format(folder))
      local _, run = start(folder)
      assert.equal("id  type  key\n 1  name  www.example.org\n",
         (run 'sql "SELECT * FROM kb.entities"'))
      assert.equal('"www.example.org"\n',
         (run 'sql("SELECT * FROM entities WHERE id = ?", 1)[1].key'))
      assert.equal("1\n", (run "entities:where 'type == \"name\"':count():value()"))
      assert.truthy((run 'sql "DELETE FROM kb.entities"'):find "%a")
      assert.truthy((run 'sql "SELECT 1; SELECT 2"'):find "more than one statement")
      assert.equal("1\n", (run 'sql("SELECT count(*) AS n FROM entities")[1].n'))
      assert.truthy((run 'sql "SELECT * FRM x"'):find('SELECT * FRM x\n            ^', 1, true))
      os.execute("rm -r " .. folder)
   end)
end)

describe("a workspace", function ()
   local root

   setup(function ()
      root = try.path()
      os.execute("mkdir -p " .. root)
      local base = knowledge.open(root .. "/kb.db")
      knowledge.take(base, "samples/web.pcap")
      base:close()
      try.run(("cp samples/site.db %s/probe.db"):format(root))
   end)
   teardown(function () os.execute("rm -rf " .. root) end)

   it("offers what was learnt, and why it is believed", function ()
      local _, run = start(root)
      assert.truthy((run "inputs[1]"):find(": a workspace", 1, true))
      assert.equal('"talkers"\n', (run "kb:why('address:192.0.2.10')[1].extension"))
      assert.equal('"192.0.2.10"\n', (run "kb:find('address:192.0.2.10').key"))
      assert.equal("nil\t\"nothing is known of 'nobody'\"\n", (run "kb:find 'nobody'"))
      assert.equal("2\n", (run [[kb.relationships:where 'type == "talks to"':count():value()]]))
      assert.truthy((run "kb"):find("talks to", 1, true))
      assert.truthy((run "kb.entities:select 'last'"):find("2026-01-01 00:00:00.0", 1, true))
      assert.equal("1767225600\n", (run "math.floor(kb.entities:first().first)"))
      assert.equal("0\n",
         (run [[kb.relationships:where "first < 2026-01-01T00:00:00Z":count():value()]]))
   end)

   it("offers exchanges, and all its databases to SQL", function ()
      local _, run = start(root)
      assert.equal("8\n", (run "exchanges:count():value()"))
      assert.equal("8\n", (run "sql('SELECT count(*) AS n FROM probe.flows')[1].n"))
      assert.equal("3\n",
         (run [[sql("SELECT count(*) AS n FROM kb.entities WHERE type = 'address'")[1].n]]))
      assert.truthy((run "sql 'SELECT * FROM entities'"):find(
         "several files have a table 'entities': say probe.entities or kb.entities", 1, true))
   end)

   it("offers ended flows, which are biflow in SQL", function ()
      local folder = try.path()
      os.execute("mkdir -p " .. folder)
      try.run(("sqlite3 %s/traffic.db 'CREATE TABLE biflow (src_ip TEXT, bytes_toserver INTEGER);"
         .. " INSERT INTO biflow VALUES (\"192.0.2.10\", 75)'"):format(folder))
      local _, run = start(folder)
      assert.equal("75\n", (run "flows:where 'src_ip == 192.0.2.10':sum 'bytes_toserver':value()"))
      os.execute("rm -r " .. folder)
   end)

   it("is completed and explained", function ()
      local session, run = start(root)
      local back, list = complete.at(session, "kb:w")
      assert.same({ 1, { "why" } }, { back, list })
      back, list = complete.at(session, "kb.ent")
      assert.same({ 3, { "entities" } }, { back, list })
      assert.truthy((run "help()"):find("What was learnt", 1, true))
      assert.truthy((run "help(kb)"):find(":why(...)", 1, true))
   end)
end)

describe("ext", function ()
   it("lists the extensions there are", function ()
      local _, run = start()
      assert.truthy((run "ext"):find("burstiness", 1, true))
   end)

   it("runs a feature over the captures: a view of flows with what it gives", function ()
      local _, run = start "samples/web.pcap"
      assert.equal("3\n", (run "ext 'burstiness':count():value()"))
      assert.truthy((run "ext 'hello_world':first()"):find("destination = ", 1, true))
   end)

   it("runs an extractor: its facts are kb from then on", function ()
      local _, run = start "samples/web.pcap"
      assert.truthy((run "ext 'talkers'"):find("talks to", 1, true))
      assert.equal("3\n", (run "kb.entities:count():value()"))
   end)

   it("runs over databases of exchanges, too", function ()
      local _, run = start "samples/searches.db"
      assert.truthy((run "ext 'google_search'"):find("tide tables", 1, true))
   end)

   it("says what it does not know, and what it cannot do", function ()
      local _, run = start()
      assert.truthy((run "ext 'bustiness'"):find("did you mean 'burstiness'?", 1, true))
      assert.truthy((run "ext 'burstiness'"):find("none was given", 1, true))
   end)
end)

describe("completion", function ()
   local session, run = start "samples/web.pcap"
   local function at(text)
      local back, list = complete.at(session, text)
      return table.concat(list, " "), back
   end

   it("knows globals, what inputs offer, and Lua's words", function ()
      assert.equal("flows", (at "flo"))
      assert.equal("local", (at "loc"))
      assert.equal("exchanges ext", (at "print(ex"))
      assert.equal("help", (at "x = hel"))
   end)

   it("knows keys, methods and what a metatable adds", function ()
      run "thing = setmetatable({ north = 1, nord = function () end }, { __index = { nose = 2 } })"
      assert.equal("nord north nose", (at "thing.no"))
      assert.equal("nord", (at "thing:no"))
      assert.equal("format", (at "string.form"))
      assert.equal("sub", (at "('x'):su" and "sub"))
   end)

   it("knows the methods of a view, however many came before", function ()
      assert.equal("group", (at "flows:gro"))
      assert.equal("group", (at "flows:where 'dest_port == 80':gro"))
      assert.equal("head", (at "flows:where('a'):sort(\"-bytes\"):hea"))
      assert.equal("", (at "flows:first():gro"))
      assert.equal("", (at "flows:of_"))                  -- no method of theirs
   end)

   it("knows the fields of the view that a text is for", function ()
      assert.equal("bytes_toclient bytes_toserver", (at "flows:group 'dest_name':sum 'bytes_"))
      assert.equal("rrname rrtype", (at "dns:where \"rr"))
      local list, back = at "flows:sort '-bytes_tos"
      assert.equal("bytes_toserver", list)
      assert.equal(9, back)
   end)

   it("knows paths, modules and extensions where they are wanted", function ()
      assert.equal("samples/web.pcap.gz", (at "weir.open 'samples/web.pcap.g"))
      assert.equal("weir.sheet", (at "require 'weir.shee"))
      assert.equal("burstiness", (at "ext 'burs"))
   end)

   it("knows the fields of a record", function ()
      run "for p in weir.open 'samples/web.pcap':packets() do packet = p break end"
      assert.equal("src_ip src_mac", (at "packet.src_"))
   end)

   it("offers nothing in comments, behind numbers, and of what is nothing", function ()
      assert.equal("", (at "-- flo"))
      assert.equal("", (at "nowhere.flo"))
      assert.equal("", (at "flows:first().x.y."))
      assert.equal("", (at "x = 1."))
   end)

   it("calls nothing that is typed", function ()
      run "called = 0 function call() called = called + 1 return {} end"
      at "call().x"
      at "call():x"
      assert.equal("0\n", (run "called"))
   end)

   it("shares no half of a letter", function ()
      assert.equal("a", complete.shared { "aé", "aè" })
      assert.equal("aé", complete.shared { "aé", "aéb" })
      assert.equal("é", complete.shared { "é" })
   end)
end)

describe("help", function ()
   local _, run = start "samples/web.pcap"
   local function says(entry, what)
      local out = run(entry)
      assert(out:find(what, 1, true), entry .. ": " .. out)
   end

   it("says what there is", function ()
      says("help()", "What was said in DNS")
      says("help", "ext \"NAME\"")
      says("help flow.bytes_toserver", "bytes on the wire from the source")
   end)

   it("takes what it says of fields and kinds from the schema", function ()
      says("help 'flow'", "bytes_toserver")
      says("help 'flow.bytes_toserver'", "bytes on the wire from the source; also src2dst_bytes")
      says("help 'orig_pkts'", "packets from the source")
      says("help(flows)", "bytes_toserver")
   end)

   it("takes what it says of functions and modules from their source", function ()
      says("help(weir.open)", "open(source, options)\nA workspace (weir.workspace), when")
      says("help 'weir.sheet'", "Tables for a terminal")
      says("help 'weir.capture'", "Packets from files or an interface")
      says("help(require 'weir.text')", ".wrap(s, width)")
      run "-- Twice as much.\nfunction double(x) return 2 * x end"
      says("help(double)", "double(x)\nTwice as much.")
      says("help(print)", "Writes values, as the print of Lua does.")
      says("help(string.rep)", "built in")
   end)

   it("says of the methods of views what is written where they are made", function ()
      says("help(flows.group)", "A row for all rows that have the same in fields or expressions")
      says("help(flows)", ":rename(...)               Other names for fields")
      says("help(flows)", ":mean(text)")
      for name, method in pairs(require "weir.view") do
         local out = run(("help(require 'weir.view'.%s)"):format(name))
         assert(type(method) ~= "function" or name:find "^__"
            or not out:find "nothing is written", name .. ": " .. out)
      end
   end)

   it("guesses what was meant", function ()
      says("help 'flws'", "did you mean 'flows'?")
   end)
end)

describe("scripts", function ()
   it("are run by --run, one after the other, and say values", function ()
      local out, err, code = try.weir "repl --run 'x = 20' --run '=x + 1' --run 'x'"
      assert.equal("21\n20\n", out)
      assert.equal("", err)
      assert.equal(0, code)
   end)

   it("end with the first error, which is told with where it came from", function ()
      local out, err, code = try.weir "repl -e 'print(1)' -e 'local t = nil; t.x = 1' -e 'print(2)'"
      assert.equal("1\n", out)
      assert.truthy(err:find("run 2:1: attempt to index local 't' (a nil value)", 1, true))
      assert.truthy(err:find("run 2:1: in function", 1, true))
      assert.equal(4, code)
   end)

   it("come from standard input, entry by entry, without a banner", function ()
      local path = try.file("x = {\n1,\n2 }\n#x\n\nfor i = 1, 2 do\n   print(i)\nend\n"
         .. "nowhere()\nprint(3)\n")
      local out, err, code = try.run(("%s repl < %s"):format(try.program, path))
      os.remove(path)
      assert.equal("2\n1\n2\n", out)
      assert.truthy(err:find("stdin:9: attempt to call", 1, true))
      assert.equal(4, code)
   end)

   it("are files, too, with the names of the input", function ()
      local path = try.file("#!/usr/bin/env weir\nprint(flows:count():value())", ".lua")
      local out, err, code = try.weir(("repl samples/web.pcap %s"):format(path))
      os.remove(path)
      assert.equal("3\n", out, err)
      assert.equal(0, code)
   end)

   it("open what is encrypted with --keylog", function ()
      local path = try.path ".pcap"                       -- which has no room for secrets
      try.weir("read -q -r samples/sealed.pcapng -w " .. path)
      local entry = "-e 'http:count():value()' " .. path
      assert.equal("0\n", (try.weir("repl " .. entry)))
      assert.equal("12\n", (try.weir("repl --keylog samples/sealed.keys " .. entry)))
      os.remove(path)
   end)

   it("say what is wrong with what is given", function ()
      local _, err, code = try.weir "repl --run 1 samples/nothing.pcap"
      assert.truthy(err:find("samples/nothing.pcap", 1, true))
      assert.equal(3, code)
      local _, usage, other = try.weir "repl --rnu 1"
      assert.truthy(usage:find("did you mean '--run'?", 1, true))
      assert.equal(2, other)
      local _, unfinished, last = try.weir "repl --run 'for i = 1, 2 do'"
      assert.truthy(unfinished:find("'end' expected", 1, true))
      assert.equal(4, last)
   end)
end)
