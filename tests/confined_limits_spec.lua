-- Confined processes that take too much: memory, time, disk, or their parent's patience.

local confined  = require "weir.confined"
local confining = require "confining"
local extend    = require "extend"
local host      = require "weir.host"
local try       = require "try"

local missing = confining.missing()
local attempt = confining.try

local MIB = 1024 * 1024

local function native(body, o)
   o = o or {}
   o.native = true
   return attempt(body, o)
end

describe("a confined process", function ()
   if missing then return pending(missing) end

   -- What its own count of instructions stops: the row fails, and the process is well.
   for what, body in pairs {
      ["runs for ever"] = "while true do end",
      ["runs for ever and catches errors"] =
         "while true do pcall(function () while true do end end) end",
      ["runs for ever in its error handler"] =
         "return xpcall(error, function () while true do end end)",
      ["runs for ever in a coroutine"] = "coroutine.wrap(function () while true do end end)()",
      ["runs for ever when an index is missing"] =
         "return setmetatable({}, { __index = function () while true do end end }).x",
   } do
      it("that " .. what .. " is stopped by itself, in time", function ()
         local began = host.clock()
         local came = attempt(body, { seconds = 0.1 })
         assert(came.failed and came.failed:find "longer than 0.1 seconds",
            came.said or came.failed or came.died)
         assert(host.clock() - began < 1.5)
      end)
   end

   -- What only the parent can stop.
   for what, body in pairs {
      ["takes its guard off and runs for ever"] = 'require "_G".debug.sethook() while true do end',
      ["matches a pattern for ever"] =
         'return (("a"):rep(40)):find(("a-"):rep(40) .. "b")',
   } do
      it("that " .. what .. " is ended by its parent, in time", function ()
         local began = host.clock()
         local came = attempt(body, { seconds = 0.1, requires = body:find "_G" and "_G" })
         assert(came.died and came.died:find "its time was up; it was killed %(signal 9%)",
            came.said or came.failed or came.died)
         assert(host.clock() - began < 3)
      end)
   end

   it("that turns on the compiler ends when that has code to run", function ()
      local came = attempt([[
         require "_G".jit.on()
         local n = 0
         while true do n = n + 1 end]], { seconds = 0.1, requires = "_G" })
      assert(came.died and came.died:find "exit code 1", came.said or came.failed or came.died)
   end)

   -- Memory: the system gives no more, and the process is begun anew.
   for what, body in pairs {
      ["fills tables"] = "local t = {} for i = 1, 1e9 do t[i] = { i } end",
      ["makes a text of a gigabyte"] = 'return #("x"):rep(1e9)',
      ["doubles a text for ever"] = 'local s = "x" while true do s = s .. s end',
      ["replaces a letter by many"] = 'return #("x"):rep(1e5):gsub("x", ("y"):rep(1e5))',
      ["makes very many coroutines"] =
         "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(print) end",
   } do
      it("that " .. what .. " gets no memory for it", function ()
         local came = attempt(body, { memory = 64 * MIB, seconds = 3 })
         local why = came.failed or came.died
         assert(why and (why:find "not enough memory" or why:find "exit code"
            or why:find "too long" or why:find "overflow"), came.said or why)
      end)
   end

   it("gets no memory from C beyond its limit, either", function ()
      local came = native([[
         ffi.cdef "void *malloc(size_t);"
         local n = 0
         while n < 4096 and C.malloc(1048576) ~= nil do n = n + 1 end
         return n]], { memory = 64 * MIB })
      assert(tonumber(came.said) < 64, came.said)
   end)

   it("that calls itself for ever fails, and is well", function ()
      local came = attempt "local function f() return f() + 1 end return f()"
      assert(came.failed:find "stack overflow", came.failed)
   end)

   it("loads no bytecode, and its own world makes no globals", function ()
      assert.truthy(attempt 'return select(2, load("\\27LJ\\2"))'.said:find "bytecode")
      local came = attempt 'return select(2, load("\\239\\187\\191\\27LJ\\2"))'
      assert.truthy(came.said:find "bytecode")
      assert.truthy(attempt "x_y = 1".failed:find "global")
      local folder = extend.folder()
      local path = extend.write(folder .. "/x.lua", string.dump(function () end))
      local ext, why = confined.load(path)
      extend.remove(folder)
      assert.is_nil(ext)
      assert.truthy(why:find "bytecode, which is refused")
   end)

   it("prints nothing where its parent prints", function ()
      local came = attempt 'io.stderr:write "x" return pcall(function () io.stdout:write "x" end)'
      assert.equal("false", came.said)
   end)

   describe("with folders", function ()
      local folder
      before_each(function ()
         folder = extend.folder()
         host.make_folder(folder .. "/in")
         host.make_folder(folder .. "/out")
         extend.write(folder .. "/in/list", "known")
         extend.write(folder .. "/secret", "secret")
         for _, room in ipairs { "in", "out" } do
            os.execute(("ln -s ../secret %s/%s/link"):format(folder, room))
         end
      end)
      after_each(function () extend.remove(folder) end)

      local function with(body, o)
         o = o or {}
         o.native, o.needs = true, { "read:" .. folder .. "/in", "write:" .. folder .. "/out" }
         return attempt(body:gsub("FOLDER", folder), o)
      end

      it("reads and writes there", function ()
         local came = with [[
            local file = assert(io.open "FOLDER/in/list")
            local text = file:read "*a"
            file = assert(io.open("FOLDER/out/new", "w"))
            file:write(text .. "!")
            file:close()
            return text]]
         assert.equal("known", came.said, came.failed or came.died)
         assert.equal("known!", try.contents(folder .. "/out/new"))
      end)

      -- By C, which knows nothing of what Lua grants.
      local OPEN = [[
         ffi.cdef "int openat(int, const char *, int, ...);"
         local fd = C.openat(-100, %q, %d, ffi.cast("int", 420))
         return fd >= 0 and "open" or "refused " .. ffi.errno()]]

      for what, one in pairs {
         ["reads what is beside them"] = { "FOLDER/secret", 0 },
         ["reads above them by dots"] = { "FOLDER/in/../secret", 0 },
         ["reads through a link"] = { "FOLDER/in/link", 0 },
         ["writes through a link"] = { "FOLDER/out/link", 1 },
         ["writes where it may only read"] = { "FOLDER/in/list", 1 },
         ["reads where it may only write"] = { "FOLDER/out/new", 2 },
         ["reads /etc/passwd"] = { "/etc/passwd", 0 },
         ["reads its own memory as a file"] = { "/proc/self/mem", 0 },
         ["reads its parent's environment"] = { "/proc/PARENT/environ", 0 },
         ["looks at what is beside them"] = { "FOLDER/secret", 2097152 },
         ["looks through its parent's files"] = { "/proc/PARENT/fd", 65536 },
      } do
         it("that " .. what .. " is refused that by the system", function ()
            extend.write(folder .. "/out/new", "x")
            local path = one[1]:gsub("PARENT", tostring(host.pid()))
            local came = with(OPEN:format(path, one[2]))
            assert(came.said:find "^refused", came.said)
            assert.equal("secret", try.contents(folder .. "/secret"))
         end)
      end

      it("that fills the disk is ended by the system at a file's limit", function ()
         local came = with([[
            local file = assert(io.open("FOLDER/out/new", "w"))
            while true do file:write(("x"):rep(65536)) end]], { file_size = MIB, seconds = 3 })
         assert(came.died and came.died:find "signal 25", came.said or came.failed or came.died)
         assert.equal(MIB, #try.contents(folder .. "/out/new"))
      end)

      it("has few files open at a time", function ()
         local came = with [[
            local open = {}
            for i = 1, 1000 do
               open[i] = io.open "FOLDER/in/list"
               if not open[i] then return i end
            end]]
         assert(tonumber(came.said) < 40, came.said or came.failed or came.died)
      end)
   end)
end)
