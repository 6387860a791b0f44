-- Reads captures and databases whole, cut at random places, and with random bytes changed:
-- weir lua tests/mutate.lua ROUNDS FOLDER…   Meant for a program built with
-- sanitizers; the same seed makes the same mutations.

local host   = require "weir.host"
local output = require "weir.output"
local plan   = require "weir.plan"
local schema = require "weir.schema"
local weir   = require "weir"

local SECONDS_A_MB = 10                  -- under sanitizers; a capture may not take longer
local rounds = tonumber(arg[1])
local path = os.tmpname()
local out = assert(output.open "/dev/null")
local everything = {
   checksums = true, packets = true, flows = true, seconds = true, stats = true, offsets = true,
   splt = 3, idle = 1, seed = 1, names = true, labels = true,
   protocols = schema.protocols,
}
local packets, captures = 0, 0

local plans = {}                         -- by kind, in both shapes
for _, kind in ipairs(schema.kinds) do
   plans[kind] = {
      plan.new(schema.of(kind), { shape = "json", nested = true }),
      plan.new(schema.of(kind), { shape = "separated", separator = ",", quote = '"' }),
   }
end

-- Writes a batch in every shape, and asks Lua about each record.
local function show(batch)
   for kind, both in pairs(plans) do
      local of = schema.of(kind)
      local records, n = batch[of.records], batch[of.said and of.records .. "_count"
         or kind .. "_count"]
      for _, how in ipairs(both) do out:records(how, batch, 0, n) end
      for i = 0, n - 1 do
         local _ = tostring(records[i]) .. (records[i].src_ip or "") .. (records[i].proto or "")
         for _, field in ipairs(of.said and of or {}) do _ = records[i][field.name] end
         if not of.said and kind ~= "second" then _ = #records[i].tunnel end
         if kind == "packet" then _ = #records[i].tcp_option end
      end
   end
   packets = packets + batch.packet_count
end

local function read(text)
   local file = assert(io.open(path, "wb"))
   file:write(text)
   file:close()
   local begun = host.cpu()
   local capture = weir.open(path, everything)
   for batch in capture and capture:batches() or function () end do show(batch) end
   captures = captures + 1
   local spent = host.cpu() - begun
   assert(spent < SECONDS_A_MB * (1 + #text / 1e6), ("took %.1f s"):format(spent))
end

local function flip(text)
   local bytes = {}
   for i = 1, #text, 4096 do bytes[#bytes + 1] = text:sub(i, i + 4095) end
   for _ = 1, math.random(1, 20) do
      local i = math.random(#bytes)
      local at = math.random(#bytes[i])
      bytes[i] = bytes[i]:sub(1, at - 1) .. string.char(math.random(0, 255)) .. bytes[i]:sub(at + 1)
   end
   return table.concat(bytes)
end

for i = 2, #arg do
   local find = "find '%s' -type f -name '*pcap*' -o -name '*.db' | sort"
   for name in io.popen(find:format(arg[i])):lines() do
      local text = assert(host.contents(name))
      math.randomseed(#text)
      read(text)
      for _ = 1, #text > 0 and rounds or 0 do
         read(text:sub(1, math.random(#text)))
         read(flip(text))
      end
   end
end
os.remove(path)
print(("%d files read, %d packets, no finding"):format(captures, packets))
