-- Lines that are typed, as Lua asks for them: a small program that says what it was told.

local terminal = require "terminal"
local try      = require "try"

local PROGRAM = [[
local edit = require "weir.edit"
local line = assert(edit.open())
local path = ...
if path then print(line:history(path, 3)) end
local event, typed, cursor
repeat
   event, typed, cursor = line:read "\27[1m>\27[0m "
   if event == "enter" then
      line:accept()
      line:remember(typed)
      print(("got %q %d"):format(typed, cursor))
   elseif event == "tab" and typed:find "show" then
      line:show "one\ntwo\n"
   elseif event == "tab" then
      line:replace(3, "ÄÖ")
   else
      print(event)
   end
until event == "leave" or event == "end"
line:close()
]]

local script

local function start(argument)
   local t = terminal.open(("%s lua %s %s"):format(try.program, script, argument or ""))
   t:expect "> "
   return t
end

describe("a line that is typed", function ()
   setup(function () script = try.file(PROGRAM, ".lua") end)
   teardown(function () os.remove(script) end)

   it("says what was typed, and where the cursor is", function ()
      local t = start()
      t:type "año\27[D\27[D\r"
      t:expect 'got "año" 1\n> '
      t:type "\3"
      t:expect "interrupt\n> "
      t:type "\4"
      t:expect "leave"
      assert.equal(0, t:finish())
   end)

   it("lets Lua put words in, and show lines below it", function ()
      local t = start()
      t:type "xßy\t\r"
      t:expect 'got "xÄÖ" 5\n> '
      t:type "show\27[D\t"
      t:expect "one\ntwo\n> show"
      t:type "!\r"
      t:expect 'got "sho!w" 4'
      t:expect "> "
      t:type "\4"
      assert.equal(0, t:finish())
   end)

   it("leaves bytes out that are no UTF-8", function ()
      local t = start()
      t:type "a\255\192\128b\237\160\128c\r"             -- a surrogate, and more than is needed
      t:expect 'got "abc" 3'
      t:expect "> "
      t:type "\4"
      assert.equal(0, t:finish())
   end)

   it("goes through the lines of an entry, then to the entry before", function ()
      local t = start()
      t:type "first\r"
      t:expect 'got "first" 5\n> '
      t:type "a\27\rbc\27\rd\27[A!\r"                     -- Alt-Enter twice, up
      t:expect 'got "a\\\nb!c\\\nd" 4\n> '
      t:type "\27[A\27[A\27[A\27[A\r"                     -- its three lines, then the first
      t:expect 'got "first"'
      t:expect "> "
      t:type "\4"
      assert.equal(0, t:finish())
   end)

   it("reads as many old entries as are wanted, and shortens a file that is far longer", function ()
      local path = try.file "1\n2\n3\n4\n5\n6\\n6\\\\\n7\n"
      local t = start(path)
      t:type "\27[A\27[A\27[A\27[A\27[A\27[A\r"            -- no more than three
      t:expect 'got "5"'
      t:expect "> "
      t:type "\4"
      assert.equal(0, t:finish())
      assert.equal("5\n6\\n6\\\\\n7\n5\n", try.contents(path, true))
   end)

   it("says why entries cannot be kept", function ()
      local t = start "samples"
      assert.truthy(t.seen:find "nil%s+cannot keep what is typed in 'samples': Is a directory")
      t:type "\4"
      assert.equal(0, t:finish())
   end)

   it("is none without a terminal", function ()
      local out, err = try.run(("%s lua %s"):format(try.program, script))
      assert.equal("", out)
      assert.truthy(err:find("standard input and output are no terminal", 1, true))
   end)
end)
