-- The captures that samples/make.lua writes, and the databases of samples/bases.lua, are those that
-- are here; what samples/demo prints can be typed.

local db = require "weir.db"

local try = require "try"

describe("samples/make.lua", function ()
   it("makes the captures that are here, to the byte", function ()
      local folder = try.path()
      assert(os.execute("mkdir " .. folder) == 0)
      local _, why, code = try.run("luajit samples/make.lua " .. folder)
      assert.equal(0, code, why)
      local made = try.lines((try.run(("cd %s && find . -name '*.pcap*'"):format(folder))))
      assert(#made > 40)
      for _, name in ipairs(made) do
         local here = name:find "^%./[^/]+$" and "samples/" or "extensions/"
         if not name:find "%.gz$" and not name:find "%.zst$" then      -- these vary by program
            assert(try.contents(here .. name) == try.contents(folder .. "/" .. name), name)
         end
      end
      try.run("rm -r " .. folder)
   end)
end)

describe("samples/demo", function ()
   it("prints commands that can be typed as they stand", function ()
      local out, err, code = try.run "samples/demo"
      assert.equal(0, code, err)
      local count = 0
      for command in out:gmatch "%$ (build/weir read [^\n]+)" do
         local _, why, status = try.run(command)
         assert.equal(0, status, command .. ": " .. why)
         count = count + 1
      end
      assert.equal(8, count)
   end)
end)

-- All that is in the tables of a database, and how they are made.
local function dumped(path)
   local base, list = assert(db.open(path, { mode = "foreign" })), {}
   for _, entry in ipairs(base:all "SELECT name, sql FROM sqlite_schema ORDER BY name") do
      list[#list + 1] = entry.name .. " " .. (entry.sql or "")
      for _, row in ipairs(entry.sql and base:all("SELECT * FROM " .. entry.name) or {}) do
         list[#list + 1] = row
      end
   end
   base:close()
   return list
end

describe("samples/bases.lua", function ()
   it("makes the databases that are here", function ()
      local folder = try.path()
      assert(os.execute("mkdir " .. folder) == 0)
      local _, why, code = try.weir("lua samples/bases.lua " .. folder)
      assert.equal(0, code, why)
      local made = try.lines((try.run(("cd %s && find . -name '*.db'"):format(folder))))
      assert(#made >= 5)
      for _, name in ipairs(made) do
         local here = name:find "^%./[^/]+$" and "samples/" or "extensions/"
         assert.same(dumped(here .. name), dumped(folder .. "/" .. name))
         assert(#try.contents(here .. name) < 102400, name)
      end
      try.run("rm -r " .. folder)
   end)
end)
