-- Writes the captures of this folder, and those beside the extensions, anew, always the same bytes.
-- From the root of the repository:
--    luajit samples/make.lua [DIR]
-- The captures themselves are in the files that are named below.

local here = arg[0]:match "^(.*)/" or "."
package.path = here .. "/?.lua;" .. package.path

local file = require "file"

local folder, beside = arg[1] or "samples", arg[1] or "extensions"

local function run(command)
   local status = os.execute(command)
   return status == 0 or status == true         -- it depends on how LuaJIT was built
end

local function quoted(path) return "'" .. path:gsub("'", "'\\''") .. "'" end

-- Writes the captures that these files make.
local function write(rooms, into)
   for _, room in ipairs(rooms) do
      for name, make in pairs(require(room)) do
         local frames, options = make()
         local out = assert(io.open(into .. "/" .. name, "wb"))
         assert(out:write(type(frames) == "string" and frames or file.pcap(frames, options)))
         assert(out:close())
      end
   end
end

-- Compresses web.pcap, if the program is there.
local function compress(program, options, ending)
   local path = quoted(folder .. "/web.pcap")
   if run("command -v " .. program .. " >/dev/null") then
      assert(run(program .. " " .. options .. " -c " .. path .. " >" .. path .. ending),
         program .. " failed")
   else
      io.stderr:write("no ", program, ", so web.pcap", ending, " stays as it is\n")
   end
end

write({
   "traffic", "link", "envelope", "overlay", "trouble", "block", "secure", "quic", "name", "lease",
   "shell", "hypertext", "post",
}, folder)
for _, kind in ipairs {
   "features", "extractors", "inference", "inference/blocklist", "inference/model",
} do
   assert(run("mkdir -p " .. quoted(beside .. "/" .. kind)))
end
write({ "chain", "feature", "asking", "showing", "suspect" }, beside)
compress("gzip", "-n9", ".gz")
compress("zstd", "-q -19", ".zst")
