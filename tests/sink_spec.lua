-- Every shape of output holds together: as many cells as headings, one object a line.

local cjson = require "cjson"
local try   = require "try"

local function cells(line)
   local _, commas = line:gsub('"[^"]*"', ""):gsub(",", "")
   return commas + 1
end

describe("all fields of a kind", function ()
   for _, kind in ipairs { "packet", "flow", "second" } do
      it("fit their headings as CSV: " .. kind, function ()
         local out = try.weir(("read -q -r samples/web.pcap -T csv --only %s"):format(kind))
         local wanted
         for line in out:gmatch "[^\n]+" do
            wanted = wanted or cells(line)
            assert.equal(wanted, cells(line), line)
         end
         assert(wanted > 10)
      end)

      it("are one JSON object a line: " .. kind, function ()
         local out = try.weir(("read -q -r samples -T json --only %s --stats --splt 4 --offsets")
            :format(kind))
         local count = 0
         for line in out:gmatch "[^\n]+" do
            assert.equal(kind, cjson.decode(line).event_type)
            count = count + 1
         end
         assert(count > 20)
      end)
   end
end)
