-- Compressed captures that unpack to far more than they are: bounded memory, bounded time.

local try = require "try"

-- Packs a pcap header and `size` zero bytes, which are empty packets.
local function bomb(packer, size)
   local head, packed = try.file(try.pcap {}), try.path()
   local _, err, code = try.run(("(cat %s; head -c %s /dev/zero) | %s > %s"):format(
      head, size, packer, packed))
   os.remove(head)
   assert(code == 0, err)
   return packed
end

-- What weir says of a capture when it has 600 MB of address space.
local function read(path)
   local command = "ulimit -v 600000; %s read -T none --only packet -r %s"
   local _, err = try.run(command:format(try.program, path))
   return err
end

describe("a decompression bomb", function ()
   local sanitized = os.getenv "WEIR_PROGRAM"          -- and needs terabytes of address space

   it("of zstd is given up beyond all reason, with the reason", function ()
      if sanitized or not try.has "zstd" then return pending "no zstd, or under sanitizers" end
      local path = bomb("zstd -q", "1G")
      local err = read(path)
      assert.truthy(err:find "unpacks to more than 5000 times its size", err)
      os.remove(path)
   end)

   it("of gzip is read in fixed memory", function ()
      if sanitized then return pending "under sanitizers" end
      local path = bomb("gzip -1", "200M")
      local err = read(path)
      assert.truthy(err:find "13 107 200 packets", err)
      os.remove(path)
   end)
end)
