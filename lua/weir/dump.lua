-- Packets to a capture file.  Methods return as those of weir.output do.
--
--    local dump = assert(dump.open "x.pcapng")
--    dump:write(batch, 0, batch.packet_count)
--    assert(dump:close())

local ffi    = require "ffi"
local abi    = require "weir.abi"
local output = require "weir.output"

local C = abi.C
local dump = {}
dump.__index = dump

-- A name that ends in .pcapng gets that format; any other, and "-", classic pcap.
function dump.open(path)
   local out, why = output.open(path)
   if not out then return nil, why end
   local kind = path:find "%.pcapng$" and C.WEIR_PCAPNG or C.WEIR_PCAP
   local handle = C.weir_dump_new(out.handle, kind)
   if handle == nil then return nil, abi.reason() end
   return setmetatable({ handle = ffi.gc(handle, C.weir_dump_free), out = out, secrets = 0 }, dump)
end

function dump:write(batch, first, count)
   local handle = self.handle or error("dump is closed", 2)
   return abi.result(C.weir_dump_write(handle, batch, first, count))
end

-- Copies the decryption secrets that `capture` has shown since the last call: those of each of its
-- sources begin anew.
function dump:copy_secrets(capture)
   local secrets = capture:secrets()
   if self.source ~= capture.number then self.source, self.secrets = capture.number, 0 end
   for i = self.secrets + 1, #secrets do
      local s = secrets[i]
      local secret = ffi.new("struct weir_secret", {
         data = ffi.cast("const char *", s.text), size = #s.text, kind = s.kind,
      })
      C.weir_dump_secret(self.handle, secret)
   end
   self.secrets = #secrets
end

function dump:flush() return self.out:flush() end

function dump:close()
   local ok, why, gone = true, nil, nil
   if self.handle then
      ok, why, gone = abi.result(C.weir_dump_end(self.handle))
      C.weir_dump_free(ffi.gc(self.handle, nil))
   end
   self.handle = nil
   local closed, reason, nobody = self.out:close()
   if not ok then return nil, why, gone end
   return closed, reason, nobody
end

return dump
