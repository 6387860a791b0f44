-- Folders whose files change.

local try   = require "try"
local watch = require "weir.watch"

local folder, w

local function run(command) return assert(os.execute(command:gsub("@", folder)) == 0) end

-- What has changed, as names below the folder, in order.
local function changes()
   local list = assert(w:changes())
   for i, path in ipairs(list) do list[i] = path:gsub("^" .. folder:gsub("%p", "%%%0"), "@") end
   table.sort(list)
   return list
end

describe("a watch", function ()
   before_each(function ()
      folder, w = try.path ".d", assert(watch.open())
      run "mkdir @"
      assert(w:folder(folder))
   end)
   after_each(function ()
      w:close()
      run "rm -rf @ @.2"
   end)

   it("tells nothing when nothing changes", function ()
      assert.same({}, changes())
      run "echo x > @/a"
      changes()
      assert.same({}, changes())
   end)

   it("tells what is made, written, renamed and removed, each path once", function ()
      run "echo x > @/a; echo y >> @/a; mkdir @/b"
      assert.same({ "@/a", "@/b" }, changes())
      run "mv @/a @/c; echo z > @/b/inside"
      assert.same({ "@/a", "@/c" }, changes())
      run "rm @/c"
      assert.same({ "@/c" }, changes())
   end)

   it("tells of a file that is still being written", function ()
      local file = assert(io.open(folder .. "/a", "w"))
      changes()
      file:write "x"
      file:flush()
      assert.same({ "@/a" }, changes())
      file:close()
   end)

   it("watches several folders, by any spelling of their names", function ()
      run "mkdir @.2"
      assert(w:folder(folder .. ".2//"))
      run "echo x > @.2/a; echo x > @/a"
      assert.same({ "@.2/a", "@/a" }, changes())
   end)

   it("tells of a folder that is gone, and of one that comes in its place", function ()
      run "mv @ @.2; mkdir @"
      assert.same({ "@" }, changes())
      assert(w:folder(folder))
      run "echo x > @/a"
      assert.same({ "@/a" }, changes())
      run "rm -r @"
      assert.same({ "@", "@/a" }, changes())
      assert.same({}, changes())
   end)

   it("tells of every folder when there was too much", function ()
      run [[mkdir @.2
            most=$(cat /proc/sys/fs/inotify/max_queued_events)
            seq -f @/%.0f $most | xargs touch]]
      assert(w:folder(folder .. ".2"))
      local seen, count = {}, 0
      for list in function () local list = changes() return list[1] and list end do
         for _, path in ipairs(list) do seen[path], count = true, count + 1 end
      end
      assert(seen["@"] and seen["@.2"] and seen["@/7"] and count > 5000)
      run "echo x > @/a"
      assert.same({ "@/a" }, changes())
   end)

   it("tells of the longest name", function ()
      local name = ("n"):rep(255)
      run("echo x > @/" .. name)
      assert.same({ "@/" .. name }, changes())
   end)

   it("refuses what is no folder", function ()
      run "echo x > @/a"
      local ok, why = w:folder(folder .. "/a")
      assert(ok == nil and why:find "^cannot watch '.*/a': Not a directory$")
      ok, why = w:folder(folder .. "/none")
      assert(ok == nil and why:find "No such file or directory$")
   end)

   it("that is closed is an error, not a crash", function ()
      w:close()
      w:close()
      assert.has_error(function () w:changes() end, "watch is closed")
   end)
end)
