-- The loops that users write compile, and stay compiled.

local try = require "try"

-- A capture of packets to many ports, big enough for every loop to get hot.
local function many_packets()
   local frames = {}
   for i = 1, 30000 do
      frames[i] = "\2\0\94\0\0\1\2\0\94\0\0\2\8\0" .. "\69\0\0\32\0\0\0\0\64\17\0\0\192\0\2\1\192\0\2\2"
         .. string.char(i / 256 % 256, i % 256) .. "\0\53\0\12\0\0" .. "abcd"
   end
   local text = try.pcap(frames)
   return try.file(text .. text:sub(25):rep(9))
end

describe("after a warm-up", function ()
   local path = many_packets()
   local out = try.weir("lua tests/jit.lua " .. path)
   teardown(function () os.remove(path) end)

   for _, name in ipairs { "batches", "packets", "payloads" } do
      it("a loop over " .. name .. " aborts no trace and flushes none", function ()
         assert.truthy(out:find(name .. " 0 aborts 0 flushes 300000 packets", 1, true), out)
      end)
   end
end)
