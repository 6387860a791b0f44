-- Loading extensions: what a manifest may say, what a file may do, and where files are found.

local extend = require "extend"
local find   = require "weir.extension.find"
local graph  = require "weir.extension.graph"
local load   = require "weir.extension.load"
local try    = require "try"

local feature = extend.feature
local folder

-- Loads a text from a file "x.lua"; the extension, or why it cannot be loaded.
local function loaded(text, set, say)
   local ext, why = extend.load(folder, { "x", text }, set, say)
   return ext or why:gsub(folder .. "/", "")
end

local FINISH = 'function x:finish() return { a = 1 } end'

-- What is said of a manifest, a line of it for each argument.
local function said(...)
   local lines = table.concat({ ... }, "\n")
   return loaded(feature('gives = { a = "number" },\n' .. lines .. "\n", FINISH))
end

describe("an extension", function ()
   setup(function () folder = extend.folder() end)
   teardown(function () extend.remove(folder) end)

   it("is called as its file, and knows its moments", function ()
      local ext = loaded(feature('about = "it", gives = { a = "number" }', FINISH))
      assert.same({ "x", "feature", "it" }, { ext.name, ext.kind, ext.manifest.about })
      assert.is_function(ext.moments.finish)
      assert.is_nil(ext.moments.packet)
   end)

   it("may be a folder with an init.lua and modules of its own", function ()
      os.execute("mkdir -p " .. folder .. "/box")
      extend.write(folder .. "/box/init.lua", ([[
local weir, part = require "weir", require "part"
local x = weir.feature { gives = { a = "number" } }
function x:finish() return { a = part.value } end
return x]]))
      extend.write(folder .. "/box/part.lua", "return { value = 5 }")
      local ext = assert(load.file(folder .. "/box"))
      assert.same({ "box", 2 }, { ext.name, #ext.files })
      assert.same({ a = 5 }, ext.moments.finish())
      local _, why = load.file(folder)
      assert.truthy(why:find "is a folder without an init.lua$")
   end)

   it("has a manifest that is checked at its line", function ()
      for line, why in pairs {
         ['gvies = {},'] = "x.lua:3: 'gvies' is no key of a manifest: did you mean 'gives'?",
         ['about = 5,'] = "x.lua:3: 'about' is a text, not a number",
         ['wants = "a",'] = "x.lua:3: 'wants' is a table, not a string",
         ['wants = { 1 },'] = "x.lua:3: 'wants' is a list of texts, such as { \"a\", \"b\" }",
         ['"loose",'] = "x.lua:2: a manifest has named keys, not a value of its own (loose)",
         ['publish = { "dns" },'] = "x.lua:3: 'dns' is a channel of the core's: choose another "
            .. "name",
         ['memory = { n = "int64_t" },'] = "x.lua:3: 'n' cannot be int64_t: Lua boxes numbers of "
            .. "64 bits; say \"double\"",
         ['memory = { n = "struct y" },'] = "x.lua:3: 'n' cannot be struct y: say \"double\", "
            .. "\"uint32_t\", \"uint8_t[16]\" …",
         ['memory = { n = "double[99999]" },'] = "x.lua:3: 'n' cannot be double[99999]: say "
            .. "\"double\", \"uint32_t\", \"uint8_t[16]\" …",
         ['requires = { "no_such" },'] = "x.lua:3: it requires 'no_such', which is not here: "
            .. "luarocks --lua-version=5.1 install --local no_such",
      } do
         assert.equal(why, said(line))
      end
      assert.equal("x.lua:2: 'a' cannot be a nmber: did you mean 'number'?",
         loaded(feature('gives = { a = "nmber" }', FINISH)))
      assert.equal("x.lua:2: 'gives' says what each field is: gives = { a = \"number\" }",
         loaded(feature('gives = { "a" }', FINISH)))
      assert.equal("x.lua:2: the field 'failed' is Weir's own: choose another name",
         loaded(feature('gives = { failed = "text" }', FINISH)))
      assert.equal("table", type(said('name = "X", authors = { "A" }, license = "MIT",',
         'repository = "https://example.org", log = { dir = "x" }, version = "1",')))
   end)

   it("says what is wrong with its moments", function ()
      local function of(methods) return loaded(feature('gives = { a = "number" }', methods)) end
      assert.truthy(of(""):find "a feature needs a method: 'finish', 'packet' …")
      assert.truthy(of("x.finish = 5"):find "the moment 'finish' is a function, not a number")
      local ext = of(FINISH .. "\nfunction x:pakcet() end")
      assert.same({ folder .. "/x.lua:4: 'pakcet' is no moment: did you mean 'packet'?" },
         ext.warnings)
      local function warned(methods) return table.concat(of(methods).warnings, " ") end
      assert.truthy(warned("function x.finish(flow) return { a = flow.flow_id } end"):find(
         "x.lua:3: 'finish' takes its self for 'flow': write function x:finish(flow)", 1, true))
      assert.truthy(warned("function x:finish(f) return { a = f.src2dst_mean_ps } end"):find(
         "'src2dst_mean_ps' is measured only when it is wanted: wants = { \"src2dst_mean_ps\" }", 1,
         true))
      assert.equal("", warned("function x.tcp(record, header) end " .. FINISH))
      assert.truthy(loaded [[return require "weir".extractor { on = "flow" }]]:find
         "an extractor needs a method 'extract'")
      assert.truthy(loaded [[
local x = require "weir".extractor { on = "exchanges" }
function x:extract() end
return x]]:find "there is no channel 'exchanges': 'on' can be packet, flow, second, begin")
   end)

   it("returns what weir.feature made", function ()
      for _, text in ipairs { "", "return 5", "return {}", "return nil" } do
         assert.truthy(loaded(text):find "the last line of an extension returns what weir.feature")
      end
      assert.truthy(loaded "return require 'weir'.feature(5)":find "takes a manifest: a table")
   end)

   it("has options, which a user may set to what the defaults are", function ()
      local manifest = 'gives = { a = "number" }, options = { n = 5, on = true, s = "x" }'
      local text = feature(manifest, FINISH)
      assert.same({ n = 5, on = true, s = "x" }, loaded(text).class.options)
      assert.same({ n = 7, on = false, s = "y" },
         loaded(text, { n = "7", on = "false", s = "y" }).class.options)
      assert.equal("option 'x.n': it is a number, not 'many'", loaded(text, { n = "many" }))
      assert.equal("option 'x.on': it is true or false, not 'no'", loaded(text, { on = "no" }))
      assert.equal("option 'x.onn': there is none, did you mean 'on'?", loaded(text, { onn = "1" }))
      local list = feature('gives = { a = "number" }, options = { l = { 1 } }', FINISH)
      assert.same({ 4, 5, "x" }, loaded(list, { l = "4,5,x" }).class.options.l)
   end)
end)

describe("an extension's file", function ()
   setup(function () folder = extend.folder() end)
   teardown(function () extend.remove(folder) end)

   local function doing(line)
      return loaded(line .. "\n" .. feature('gives = { a = "number" }', FINISH))
   end

   it("makes no global", function ()
      assert.equal("x.lua:1: 'count' would be a global: write 'local count'", doing "count = 1")
      local ext = doing ""
      assert.is_nil(rawget(_G, "count"))
      assert.is_nil(ext.class.count)
   end)

   it("changes nobody else's library", function ()
      doing 'string.evil = 1; table.evil = 1; math.floor = nil; require "bit".band = nil'
      assert.is_nil(rawget(string, "evil"))
      assert.is_function(math.floor)
      assert.is_function(require "bit".band)
      assert.equal("x.lua:1: 'weir' is Weir's: an extension cannot set 'open'",
         doing 'require "weir".open = nil')
      assert.equal("x.lua:1: 'weir.html' is Weir's: an extension cannot set 'parse'",
         doing 'require "weir".html.parse = nil')
   end)

   it("has pages, URLs, texts and JSON at hand", function ()
      local ext = doing [[local weir = require "weir"
         assert(weir.html.parse "<p>x":one "p":text() == "x")
         assert(weir.url.parse "http://a/".host == "a" and weir.text.tidy " x " == "x")
         assert(weir.json.at({ a = 1 }, "a") == 1 and weir.stats.running and not weir.nothing)]]
      assert.equal("x", type(ext) == "table" and ext.name or ext)
   end)

   it("cannot put a module of its own before Weir's", function ()
      for _, name in ipairs { "weir", "string", "bit" } do
         extend.write(("%s/%s.lua"):format(folder, name), "error 'shadowed'")
      end
      local ext = doing 'local s, b = require "string", require "bit"; assert(s.rep and b.band)'
      assert.equal("x", type(ext) == "table" and ext.name or ext)
   end)

   it("has modules of its own, which another extension has again", function ()
      extend.write(folder .. "/shared.lua", "return { n = 0 }")
      local text = 'local shared = require "shared"\n' .. feature('gives = { a = "number" }',
         "function x:finish() shared.n = shared.n + 1 return { a = shared.n } end")
      local one = assert(extend.load(folder, { "one", text }))
      local two = assert(extend.load(folder, { "two", text }))
      assert.same({ 1, 2, 1 }, { one.moments.finish().a, one.moments.finish().a,
         two.moments.finish().a })
      assert.is_nil(package.loaded.shared)
      local declared = text:gsub("gives = {", 'requires = { "shared" }, gives = {')
      assert.equal("table", type(loaded(declared)))
   end)

   it("reaches outside only as its manifest says", function ()
      for line, why in pairs {
         ['io.open "/etc/hostname"'] = 'io.open needs "read:/etc"',
         ['io.open("y", "w")'] = 'io.open needs "write:."',
         ['io.popen "ls"'] = 'io.popen needs "exec"',
         ['os.execute "ls"'] = 'os.execute needs "exec"',
         ['os.getenv "HOME"'] = 'os.getenv needs "env:HOME"',
         ['require "ffi"'] = 'it loads \'ffi\': name that in the manifest, needs = { "ffi" }',
         ['require "weir.http"'] = "it loads 'weir.http': name that in the manifest, needs",
         ['require "weir.redis"'] = 'it loads \'weir.redis\': name that in the manifest, needs',
         ['local _ = require "weir".http'] = "it loads 'weir.http': name that in the",
         ['require "weir.abi"'] = "'weir.abi' is not for extensions",
         ['require "cjson"'] = 'it loads \'cjson\': name that in the manifest, requires',
         ['require "no_such_module"'] = "no module 'no_such_module'",
      } do
         local got = doing(line)
         assert.truthy(type(got) == "string" and got:find("x.lua:1: " .. why, 1, true), got)
      end
      for _, name in ipairs { "debug", "jit", "setfenv", "package", "collectgarbage", "dofile" } do
         assert.truthy(doing(("assert(not %s)"):format(name)))
      end
      local text = feature([[gives = { a = "number" }, needs = { "read:samples", "ffi" }]],
         'local ffi = require "ffi"\nfunction x:finish() return { a = io.open "samples/README.md" '
         .. "and ffi and 1 } end")
      assert.same({ a = 1 }, loaded(text).moments.finish())
   end)

   it("has the network at any time, or never", function ()
      local body = "function x:finish() return { a = weir.http.get and 1 } end"
      local _, why = pcall(loaded(feature('gives = { a = "number" }', body)).moments.finish)
      assert.truthy(why:find('x.lua:3: weir.http needs "net": put it into', 1, true), why)
      local with = feature('gives = { a = "number" }, needs = { "net" }', body)
      assert.same({ a = 1 }, loaded("local http = require 'weir.http'\n" .. with).moments.finish())
   end)

   it("is source, not bytecode", function ()
      local bytes = string.dump(function () end)
      assert.equal("'x.lua' is bytecode, which is refused: use its source", loaded(bytes))
      assert.truthy(doing(("assert(loadstring(%q))"):format(bytes)):find "bytecode is refused")
   end)

   it("prints beside the records, not among them", function ()
      local lines = {}
      loaded('print("hello", 5)\n' .. feature('gives = { a = "number" }', FINISH), nil,
         function (line) lines[#lines + 1] = line end)
      assert.same({ "hello 5" }, lines)
   end)

   it("that is broken says where", function ()
      assert.equal("x.lua:2: unexpected symbol near '<eof>'", loaded "local weir\nlocal x = (")
      assert.truthy(loaded "local t = nil\nt.x = 5":find "^x.lua:2: attempt to index")
      assert.equal("x.lua: a table", loaded [[
error(setmetatable({}, { __tostring = function () return "a table" end }))]])
   end)

   it("does not load for ever", function ()
      local begun = os.clock()
      for _, text in ipairs {
         "while true do end", "while true do pcall(function () while true do end end) end",
         "local function f() return f() end f()",
         "local c = coroutine.wrap(function () while true do end end) c()",
      } do
         assert.equal("x.lua: it was stopped: loading it took longer than 2 seconds", loaded(text))
      end
      assert.equal("x.lua: it was stopped: loading it took more than 256 MiB of memory",
         loaded "local t = {} while true do t[#t + 1] = {} end")
      assert.is_true(os.clock() - begun < 20)
      assert.is_true((jit.status()))                     -- and the compiler is on again
   end)

   it("that is not there, or no file, says so", function ()
      local _, why = load.file(folder .. "/none.lua")
      assert.truthy(why:find "^cannot read extension .*none.lua: No such file or directory$")
      _, why = load.file(folder)
      assert.truthy(why:find "without an init.lua$")
   end)
end)

describe("the order of extensions", function ()
   local function ext(name, gives, wants)
      local given = {}
      for _, field in ipairs(gives) do given[field] = "number" end
      return { name = name, manifest = { gives = given, wants = wants } }
   end

   local function order(...)
      local list, why = graph.sort { ... }
      if not list then return why end
      local names = {}
      for i, one in ipairs(list) do names[i] = one.name end
      return table.concat(names, " ")
   end

   it("is that of what they want, else as given", function ()
      assert.equal("a b c", order(ext("a", { "x" }), ext("b", { "y" }), ext("c", { "z" })))
      assert.equal("c b a", order(ext("a", {}, { "y" }), ext("b", { "y" }, { "z" }),
         ext("c", { "z" })))
      assert.equal("a", order(ext("a", {}, { "bytes_toserver", "bidirectional_mean_ps" })))
   end)

   it("is none when they do not fit", function ()
      assert.equal("'a' wants 'burst', which nobody gives: load the extension that does, perhaps "
         .. "with --ext burst", order(ext("a", {}, { "burst" })))
      assert.truthy(order(ext("a", {}, { "bytes_tosever" })):find "did you mean 'bytes_toserver'?")
      assert.equal("'a' and 'b' both give 'x'", order(ext("a", { "x" }), ext("b", { "x" })))
      assert.truthy(order(ext("a", { "x" }, { "y" }), ext("b", { "y" }, { "x" })):find "a circle$")
      assert.equal("'a' wants 'x', which it gives itself", order(ext("a", { "x" }, { "x" })))
      assert.equal("'a' wants 'home', but flow.home is the core's own: 'b' should call it "
         .. "otherwise", order(ext("a", {}, { "home" }), ext("b", { "home" })))
      assert.equal("two extensions are called 'a'", order(ext("a", {}), ext("a", {})))
      local many = { {}, {} }
      for i = 1, 150 do many[1][i], many[2][i] = "x" .. i, "y" .. i end
      assert.equal("the extensions give more than 250 fields together",
         order(ext("a", many[1]), ext("b", many[2])))
   end)
end)

describe("extensions by name", function ()
   it("are found among those that are shipped", function ()
      local path, from = find.path "burstiness"
      assert.truthy(path:find "extensions/features/burstiness.lua$")
      assert.truthy(from == "project" or from == "shipped")
      local _, why = find.path "burstyness"
      assert.equal("no extension 'burstyness': did you mean 'burstiness'?", why)
   end)

   it("are found among one's own, before those that are shipped", function ()
      local home = extend.folder()
      os.execute(("mkdir -p %s/weir/extensions/features %s/empty"):format(home, home))
      extend.write(home .. "/weir/extensions/features/burstiness.lua",
         feature('about = "mine", gives = { mine = "number" }', "function x:finish() end"))
      local root = try.run "pwd":gsub("\n", "")
      local program = try.program:sub(1, 1) == "/" and try.program or root .. "/" .. try.program
      local command = "cd %s/empty && XDG_DATA_HOME=%s %s read -q -r %s/samples/web.pcap "
         .. "--ext burstiness -T csv"
      local out, err, code = try.run(command:format(home, home, program, root))
      assert.equal(0, code, err)
      assert.truthy(try.lines(out)[1]:find ",mine$")
      extend.remove(home)
   end)

   it("that are wrong on the command line are told", function ()
      local function err(args)
         local _, text, code = try.weir("read -q -T none -r samples/web.pcap " .. args)
         return code .. " " .. text
      end
      assert.truthy(err "--ext burstyness":find "^2 weir: no extension 'burstyness': did you mean")
      assert.truthy(err "--facts":find "^2 weir: '%-%-facts' needs '%-%-ext'")
      assert.truthy(err "--ext burstiness --set x":find "^2 weir: option '%-%-set' needs NAME")
      assert.truthy(err "--ext burstiness --set other.x=1":find "^2 .*no extension of that name")
      assert.truthy(err "--ext basic --set basic.x=1":find "^4 .*basic.x': there is none")
      assert.truthy(err "--ext /dev/null":find "^4 weir: /dev/null: it returns nil")
   end)
end)
