-- Writes the captures of this folder anew, always the same bytes.  From the root of the repository:
--    luajit samples/make.lua [DIR]
-- The captures themselves are in traffic.lua, link.lua, envelope.lua, overlay.lua, trouble.lua and
-- block.lua.

local here = arg[0]:match "^(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path

local file = require "file"

local folder = arg[1] or "samples"

local function write(name, bytes)
   local out = assert(io.open(folder .. "/" .. name, "wb"))
   assert(out:write(bytes))
   assert(out:close())
end

local function run(command)
   local status = os.execute(command)
   return status == 0 or status == true         -- it depends on how LuaJIT was built
end

-- Compresses web.pcap, if the program is there.
local function compress(program, options, ending)
   local path = "'" .. (folder .. "/web.pcap"):gsub("'", "'\\''") .. "'"
   if run("command -v " .. program .. " >/dev/null") then
      assert(run(program .. " " .. options .. " -c " .. path .. " >" .. path .. ending),
         program .. " failed")
   else
      io.stderr:write("no ", program, ", so web.pcap", ending, " stays as it is\n")
   end
end

for _, room in ipairs { "traffic", "link", "envelope", "overlay", "trouble", "block" } do
   for name, make in pairs(require(room)) do
      local frames, options = make()
      write(name, type(frames) == "string" and frames or file.pcap(frames, options))
   end
end
compress("gzip", "-n9", ".gz")
compress("zstd", "-q -19", ".zst")
