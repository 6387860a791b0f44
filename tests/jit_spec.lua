-- The loops that users write compile, and stay compiled.

local try = require "try"

-- A capture of packets to many ports, big enough for every loop to get hot.
local function many_packets()
   local frames = {}
   for i = 1, 30000 do
      frames[i] = "\2\0\94\0\0\1\2\0\94\0\0\2\8\0" ..
         "\69\0\0\32\0\0\0\0\64\17\0\0\192\0\2\1\192\0\2\2" ..
         "\0\53" .. string.char(i / 256 % 256, i % 256) .. "\0\12\0\0" .. "abcd"
   end
   local text = try.pcap(frames)
   return try.file(text .. text:sub(25):rep(9))
end

-- LuaJIT's hot counters are few, and shared by what happens to lie at like
-- addresses: an unlucky layout records, and aborts, what runs only once.  So
-- each loop has three processes to show that it can be clean.
local function clean(path, name)
   local out
   for _ = 1, 3 do
      out = try.weir("lua tests/jit.lua " .. path)
      if out:find(name .. " 0 aborts 0 flushes 300000 packets", 1, true) then return true end
   end
   return false, out
end

describe("after a warm-up", function ()
   local path = many_packets()
   teardown(function () os.remove(path) end)

   for _, name in ipairs { "batches", "packets", "payloads" } do
      it("a loop over " .. name .. " aborts no trace and flushes none", function ()
         assert(clean(path, name))
      end)
   end
end)
