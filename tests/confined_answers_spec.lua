-- Confined processes that answer what nobody asked, or in a form that is to hurt who reads it.

local confining = require "confining"
local try       = require "try"

local missing = confining.missing()
local attempt = confining.try

local function native(body, o)
   o = o or {}
   o.native = true
   return attempt(body, o)
end

describe("a confined process", function ()
   if missing then return pending(missing) end

   -- How it ended, after it has said a text so many times.
   local function says(text, repeated)
      local came = native(([[
         local text = %s
         for _ = 1, %d do C.write(1, text, #text) end
         while true do end]]):format(text, repeated or 1), { seconds = 0.1 })
      return assert(came.died, came.said or came.failed)
   end

   local function holds(text, word) assert(text and text:find(word), text) end

   it("that promises four gigabytes is ended by its parent", function ()
      holds(says('"\\255\\255\\255\\255"'), "4294967295 bytes, more than")
   end)

   it("that promises much and sends little is ended by its parent", function ()
      collectgarbage()
      holds(says('"\\0\\0\\0\\3x"'), "its time was up")
   end)

   it("that sends nothing but noise is ended by its parent", function ()
      holds(says('"\\5\\0\\0\\0noise"'), "cannot be read")
      holds(says('"\\0\\0\\0\\0"'), "makes no sense")
      holds(says('"\\0\\0\\16\\0" .. ("a1:"):rep(349525) .. "x"'), "inside each other")
   end)

   it("that floods its channel is ended by its parent", function ()
      holds(says('("\\2\\0\\0\\0T:"):rep(10000)', 1000), "makes no sense")
      local log = '"\\23\\0\\0\\0s3:logs5:errors6:abcdef"'
      holds(says(('(%s):rep(10000)'):format(log), 1000000), "its time was up")
   end)

   it("that asks for modules for ever, or for files, gets none", function ()
      local came = attempt 'return pcall(require, "../../../etc/passwd")'
      assert.equal("false", came.said)
      assert(says('(("\\24\\0\\0\\0s6:modules11:/etc/passwd"):rep(1000))'))
   end)

   it("that crashes says how it ended", function ()
      local came = native "return ffi.cast('int *', 8)[0]"
      assert.truthy(came.died:find "signal 11", came.died)
      came = native 'ffi.cdef "void abort(void); void _exit(int);" C._exit(3)'
      assert.truthy(came.died:find "exit code 3", came.died)
   end)

   it("that goes on behind its answer is ended by the system", function ()
      local body = [[
         local debug, answer = require "_G".debug, "s4:donet1:k6:errorsa0:"
         C.write(1, string.char(#answer, 0, 0, 0) .. answer, #answer + 4)
         debug.sethook()
         while true do end]]
      local c = confining.open { native = true, requires = "_G", seconds = 0.1 }
      assert(c:call("extract", { { body = body } }))
      for _ = 1, 300 do
         local status = try.contents(("/proc/%d/status"):format(c:pid()))
         if status:find "State:%sZ" then break end
         os.execute "sleep 0.01"
      end
      local _, why = c:call("extract", { { body = body } })
      assert(why:find "signal 24", why)
      c:close()
   end)
end)
