-- weir sql, as people use it.

local db   = require "weir.db"
local json = require "weir.json"
local try  = require "try"

local folder

local function sql(arguments) return try.weir("sql " .. arguments) end

local function fails(arguments, code, said)
   local out, err, got = sql(arguments)
   assert.equal(code, got, err)
   assert.truthy(err:find(said, 1, true), err)
   return out, err
end

local function make()
   folder = try.fast_path()
   os.execute("mkdir " .. folder)
   local traffic = assert(db.open(folder .. "/traffic.db", { mode = "create" }))
   assert(traffic:run [[
      CREATE TABLE flows (id INTEGER, name TEXT, body BLOB);
      INSERT INTO flows VALUES (9007199254740993, 'a "quoted", one', x'00ff'), (2, NULL, NULL),
         (3, '', zeroblob(100));
      CREATE TABLE seconds (ts);
      INSERT INTO seconds SELECT value FROM json_each('[5,6,7]')]])
   traffic:close()
   local probe = assert(db.open(folder .. "/probe.db", { mode = "create" }))
   assert(probe:run "CREATE TABLE flows (id); INSERT INTO flows VALUES (77)")
   probe:close()
end

describe("weir sql", function ()
   setup(make)
   teardown(function () os.execute("rm -rf " .. folder) end)

   it("attaches the databases of a workspace", function ()
      for _, which in ipairs { "-W " .. folder, folder, folder .. "/" } do
         local out = sql(which .. " 'SELECT t.id AS t, p.id AS p "
            .. "FROM traffic.flows t, probe.flows p WHERE t.id = 2'")
         assert.equal('{"t":2,"p":77}\n', out)
      end
      assert.equal('{"ts":5}\n', (sql("-c 1 " .. folder .. " 'SELECT * FROM seconds'")))
   end)

   it("opens files under their names, and leaves nothing beside them", function ()
      assert(os.execute(("cp %s/probe.db '%s/1 odd-name.db'"):format(folder, folder)) == 0)
      local out = sql(("'%s/1 odd-name.db' %s/probe.db "):format(folder, folder)
         .. "'SELECT count(*) AS n FROM _1_odd_name.flows, probe.flows'")
      assert.equal('{"n":1}\n', out)
      os.remove(folder .. "/1 odd-name.db")
      assert.equal("probe.db\ntraffic.db\n", (try.run("ls " .. folder)))
   end)

   it("refuses a bare name that several files have, with the choices", function ()
      fails(folder .. " 'SELECT * FROM flows'", 2,
         "several files have a table 'flows': say traffic.flows or probe.flows")
      fails(folder .. " 'SELECT * FROM seconds JOIN FLOWS'", 2, "several files have")
      assert.equal('{"n":1}\n', (sql(folder
         .. " 'WITH flows AS (SELECT 1) SELECT count(*) AS n FROM flows'")))
   end)

   it("writes tables, JSON, CSV and TSV in which nothing is lost", function ()
      local query = folder .. " 'SELECT * FROM traffic.flows' "
      local zeros = ("00"):rep(100)
      assert.equal("id,name,body\n" .. '9007199254740993,"a ""quoted"", one",x\'00ff\'\n' .. "2,,\n"
         .. '3,"",x\'' .. zeros .. "'\n", (sql(query .. "-T csv")))
      assert.equal("9007199254740993;a \"quoted\", one;x'00ff'\n2;-;-\n3;;x'" .. zeros .. "'\n",
         (sql(query .. "-T tsv -E 'header=n,separator=;' --null -")))
      assert.equal('{"id":"9007199254740993","name":"a \\"quoted\\", one","body_b64":"AP8="}\n'
         .. '{"id":2,"name":null,"body":null}\n'
         .. '{"id":3,"name":"","body_b64":"' .. ("A"):rep(134) .. '=="}\n', (sql(query)))
      local list = json.decode((sql(query .. "-T array")))
      assert.equal(3, #list)
      assert.equal("", list[3].name)
      local out = sql(query .. "-T table")
      assert.truthy(out:find '9007199254740993  a "quoted", one  x\'00ff\'\n')
      assert.truthy(out:find "x'00000000000000000000000000000000…' %(100 B%)\n")
      assert.equal("[\n\n]\n", (sql(folder .. " -T array 'SELECT 1 WHERE 0'")))
      assert.equal("a\n", (sql(folder .. " -T table 'SELECT 1 AS a WHERE 0'")))
   end)

   it("writes numbers that read back as the same, and texts that are no UTF-8", function ()
      local out = sql(folder .. [[ "SELECT 0.1 AS a, 1e300 AS b, 1/3.0 AS c, 9e999 AS d, -0.5 AS e,
         CAST(x'ff41' AS TEXT) AS f, 2.0 AS g, -9223372036854775808 AS h, 'ü' AS i, char(7) AS j"]])
      local row = json.decode(out)
      assert.same({ 0.1, 1e300, 1 / 3, -0.5 }, { row.a, row.b, row.c, row.e })
      assert.truthy(out:find('"d":null', 1, true))
      assert.truthy(out:find('"f_b64":"/0E="', 1, true))
      assert.truthy(out:find('"h":"-9223372036854775808"', 1, true))
      assert.truthy(out:find('"i":"ü"', 1, true))
      assert.truthy(out:find('"j":"\\u0007"', 1, true))
   end)

   it("gives the same column of an object a name of its own", function ()
      assert.equal('{"id":77,"id_2":77}\n',
         (sql(folder .. " 'SELECT a.id, b.id FROM probe.flows a, probe.flows b'")))
   end)

   it("binds values from outside", function ()
      assert.equal('{"a":"integer","b":7}\n',
         (sql(folder .. " --set x=7 'SELECT typeof(:x) AS a, @x AS b' --set :x=7")))
      assert.equal([[{"y":"it's; DROP TABLE t"}]] .. "\n",
         (sql(folder .. [[ --set "y=it's; DROP TABLE t" 'SELECT $y AS y']])))
      fails(folder .. " 'SELECT :x'", 2, "the query has a parameter ':x': say --set x=VALUE")
      fails(folder .. " --set x 'SELECT :x'", 2, "option '--set' needs NAME=VALUE")
   end)

   it("only reads, unless it may write", function ()
      fails(folder .. " 'DELETE FROM seconds'", 2,
         "only reading is allowed here, not DELETE FROM seconds")
      local path = folder .. "/own.db"
      assert(db.open(path, { mode = "create" })):close()
      local out, err, code = sql("--write " .. path
         .. " 'CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); SELECT sum(a) AS n FROM t'")
      assert.equal(0, code, err)
      assert.equal('{"n":3}\n', out)
      fails("--write " .. folder .. "/none.db 'SELECT 1'", 3, "No such file")
      assert.is_nil(io.open(folder .. "/none.db"))
      os.remove(path)
   end)

   it("shows where a query is wrong", function ()
      local _, err = fails(folder .. " 'SELECT ts,\n   wrong\nFROM seconds'", 2, "no such column")
      assert.equal("weir: no such column: wrong\n     wrong\n     ^\n", err)
      _, err = fails(folder .. " 'SELECT 1; SELECT abs()'", 2, "wrong number of arguments")
      assert.equal("  SELECT 1; SELECT abs()\n                   ^\n", err:match "\n(.*)$")
   end)

   it("says what is wrong with its words", function ()
      fails("x.db", 3, "cannot open 'x.db': No such file or directory")
      fails("'SELECT 1'", 2, "which database?")
      fails("tests 'SELECT 1'", 3, "'tests' is no workspace: it has none of traffic.db, probe.db")
      fails("Makefile 'SELECT 1'", 3, "'Makefile' is no SQLite database")
      fails(folder .. " 'SELECT 1' 'SELECT 2'", 2, "is 'SELECT 1' the query?")
      fails(folder .. " .nope", 2, "no command '.nope'")
   end)

   it("tells what there is to ask", function ()
      assert.equal('{"name":"probe.flows","type":"table","columns":1}\n'
         .. '{"name":"traffic.flows","type":"table","columns":3}\n'
         .. '{"name":"traffic.seconds","type":"table","columns":1}\n', (sql(folder .. " .tables")))
      assert.truthy((sql(folder .. " .schema seconds")):find "CREATE TABLE seconds %(ts%);\n")
      assert.truthy((sql(folder .. " '.schema probe.flows'")):find "CREATE TABLE flows %(id%);\n")
      assert.truthy((sql(folder .. " .databases")):find '"name":"probe"')
   end)

   it("runs a script from standard input", function ()
      local script = try.file "SELECT 1 AS a;\n.schema seconds\n-- nothing\nSELECT 2\nAS a;\n"
      local out = try.run(("%s sql %s < %s"):format(try.program, folder, script))
      assert.equal('{"a":1}', out:match "^[^\n]*")
      assert.equal('{"a":2}\n', out:match "[^\n]*\n$")
      assert.truthy(out:find "CREATE TABLE seconds")
      assert.equal(out, (try.run(("%s sql %s - < %s"):format(try.program, folder, script))))
      os.remove(script)
   end)

   local endless = [["WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) ]]

   it("ends when its time is up, when it is stopped, and when nobody reads", function ()
      fails(folder .. " --seconds 0.2 " .. endless .. [[SELECT count(*) FROM n"]], 3,
         "stopped after 0.2 seconds")
      local command = ("%s sql %s %s"):format(try.program, folder, endless)
      local stop = " & " .. try.interrupt .. "; wait $!"
      local _, err, code = try.run(command .. 'SELECT count(*) FROM n"' .. stop)
      assert.equal(130, code)
      assert.equal("weir: stopped\n", err)
      _, err, code = try.run(command .. 'SELECT i FROM n" >/dev/null' .. stop)
      assert.equal(130, code)
      assert.equal("weir: stopped\n", err)
      local out
      out, err = try.run(command .. [[SELECT i FROM n" | head -2]])
      assert.equal('{"i":1}\n{"i":2}\n', out)
      assert.equal("", err)
   end)
end)

describe("the prompt of weir sql", function ()
   if not try.has "script" then return pending "needs script, of util-linux" end
   setup(make)
   teardown(function () os.execute("rm -rf " .. folder) end)

   -- What a terminal shows of a conversation; at each "…" time passes.
   local function converse(lines)
      local typed = lines:gsub("\n", "\\n"):gsub("…", "'; sleep 0.4; printf '")
      local command = ("(sleep 0.4; printf '%s') | script -qec '%s sql %s' /dev/null"):format(
         typed, try.program, folder)
      return (try.run("export TERM=dumb COLUMNS=80; " .. command):gsub("\r", ""))
   end

   it("takes a statement over several lines, and goes on after errors", function ()
      local out = converse "SELECT 40\n+ 2 AS n;\nSELECT wrong;\n.tables\nSELECT 7 AS m;\n.quit\n"
      assert.truthy(out:find " n\n42\n1 row\n")
      assert.truthy(out:find "no such column: wrong\n  SELECT wrong;\n         ^\n")
      assert.truthy(out:find "probe.flows      table")
      assert.truthy(out:find "m\n7\n1 row\n")
   end)

   it("ends a query, or what was begun, with Ctrl-C, and goes on", function ()
      local endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
         .. "SELECT max(i) FROM n;\n…\3…"
      local out = converse(endless .. "SELECT half\n…\3…" .. endless .. "SELECT 7 AS m;\n.quit\n")
      local _, stops = out:gsub("weir: stopped\n", "")
      assert.equal(2, stops)
      assert.truthy(out:find "m\n7\n1 row\n")
   end)
end)
