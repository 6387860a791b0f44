-- The progress line, with a clock that we turn ourselves.

local progress  = require "weir.cli.progress"
local terminal  = require "terminal"
local text      = require "weir.text"
local try       = require "try"
local workspace = require "workspace"

local now, out

local function start(options)
   now, out = 1000, {}
   options.clock = function () return now end
   options.write = function (s) out[#out + 1] = s end
   return progress.new(options)
end

describe("progress", function ()
   it("says percentage, bytes, packets, rate and time left", function ()
      local bar = start { label = "x.pcap", total = 2.9e9 }
      now = now + 4
      bar:update(1.24e9, 5681828)
      assert.same(
         { "\rx.pcap  42 %  1.24 GB/2.9 GB  5 681 828 packets  310 MB/s  6 s left\27[K" }, out)
   end)

   it("says what it can when the total is not known", function ()
      local bar = start { label = "-" }
      now = now + 2
      bar:update(3000)
      assert.same({ "\r-  3 kB  1.5 kB/s\27[K" }, out)
   end)

   it("counts what is no bytes", function ()
      local bar = start { label = "x.db", total = 2900, unit = "exchanges" }
      now = now + 4
      bar:update(1240, 7)
      assert.same({ "\rx.db  42 %  1 240/2 900 exchanges  310/s  6 s left\27[K" }, out)
   end)

   it("writes at most ten times a second, and nothing for a job done at once", function ()
      local bar = start { label = "x", total = 1000 }
      bar:update(1)
      assert.equal(0, #out)
      for i = 1, 1000 do
         now = 1000 + i / 1000
         bar:update(i)
      end
      assert(#out >= 9 and #out <= 10)
   end)

   it("promises no time when nothing moves, or all is done", function ()
      local bar = start { label = "x", total = 10 }
      now = now + 1
      bar:update(0)
      now = now + 1
      bar:update(20)
      assert.same({ "\rx  0 %  0 B/10 B  0 B/s\27[K", "\rx  100 %  20 B/10 B  10 B/s\27[K" }, out)
   end)

   it("survives an empty input and a clock that goes back", function ()
      local bar = start { label = "x", total = 0 }
      now = now - 5
      bar:update(0, 0)
      now = now + 6
      bar:update(0, 0)
      assert.same({ "\rx  0 B  0 packets  0 B/s\27[K" }, out)
   end)

   it("shortens the label first, and always stays on one line", function ()
      for width = 1, 100 do
         local bar = start { label = ("long"):rep(30), total = 2.9e9, width = width }
         now = now + 4
         bar:update(1.24e9, 5681828)
         assert(text.width(out[1]:match "\r(.*)\27") < width)
      end
      local bar = start { label = "longlong.pcap", total = 100, width = 40 }
      now = now + 1
      bar:update(50)
      assert.equal("\rlo…  50 %  50 B/100 B  50 B/s  1 s left\27[K", out[1])
   end)

   it("does not let a file name drive the terminal", function ()
      local bar = start { label = "\27[2J" }
      now = now + 1
      bar:update(1)
      assert.equal("\r\\x1B[2J  1 B  1 B/s\27[K", out[1])
   end)

   it("says nothing but ASCII where the terminal knows no more", function ()
      local bar = start { label = "Bücher", total = 1000, ascii = true }
      now = now + 1
      bar:update(999.9999)
      assert(not out[1]:find "[\128-\255]")
   end)

   it("erases its line, once, if there is one", function ()
      local bar = start { label = "x" }
      bar:finish()
      assert.equal(0, #out)
      now = now + 1
      bar:update(1)
      bar:finish()
      bar:finish()
      assert.equal("\r\27[K", out[2])
      assert.equal(2, #out)
   end)
end)

describe("the progress of a database", function ()
   local path = try.path ".db"
   setup(function ()
      try.run(("cp samples/api.db %s"):format(path))
      -- The same exchanges 3000 times, with ids of their own.
      try.run(([[sqlite3 %s "CREATE TEMP TABLE more AS SELECT f.*, n.value FROM flows f,
         generate_series(1, 3000) n; UPDATE more SET flow_id = substr(flow_id, 1, 26) ||
         printf('%%010d', value); ALTER TABLE more DROP COLUMN value;
         INSERT INTO flows SELECT * FROM more"]]):format(path))
   end)
   teardown(function () os.remove(path) end)

   it("is shown by weir run", function ()
      workspace.with(function (folder)
         local t = terminal.open(("%s run --plain -W %s -r %s"):format(try.program, folder, path))
         t:expect "/21 007 exchanges  "
         assert.equal(0, t:finish())
      end)
   end)
end)
