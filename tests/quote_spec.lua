-- ICMP errors: the flow whose packet one quotes, and which way the error goes.

local try  = require "try"
local weir = require "weir"
local wire = require "wire"

local udp, tcp, unreachable = wire.udp, wire.tcp, wire.unreachable

-- For each packet the flow_id of the flow that it quotes, and which way it goes; 0 for none.
local function quotes(path, options, most)
   local ids, list = { [0] = 0 }, {}
   local how = setmetatable({ flows = true, begins = true }, { __index = options })
   local capture = assert(weir.open(path, how))
   for batch in function () return capture:read(most or 1024) end do
      for i = 0, batch.begin_count - 1 do ids[batch.begins[i].flow] = batch.begins[i].flow_id end
      for i = 0, batch.packet_count - 1 do
         local packet = batch.packets[i]
         list[#list + 1] = ("%d %d"):format(ids[packet.quoted], packet.quoted_reverse)
      end
   end
   return list
end

describe("an ICMP error", function ()
   it("tells which flow it quotes, and whether it goes to that flow's originator", function ()
      assert.same({ "0 0", "0 0", "1 1", "1 0", "2 1", "0 0" }, wire.with({
         udp {}, tcp { flags = "S" }, unreachable {}, unreachable { back = true },
         unreachable { flags = "S" }, unreachable { port = 9 },
      }, quotes))
   end)

   it("goes to who began the flow, also when an answer comes first", function ()
      assert.same({ "0 0", "1 0", "1 1" }, wire.with({
         tcp { flags = "SA", back = true }, unreachable { flags = "SA", back = true },
         unreachable { flags = "S" },
      }, quotes))
   end)

   it("tells nothing when no flows are made", function ()
      wire.with({ udp {}, unreachable {} }, function (path)
         quotes(path, {})                                -- whose records are used again below
         for packet in assert(weir.open(path)):packets() do
            assert.same({ 0, 0 }, { packet.quoted, packet.quoted_reverse })
         end
      end)
   end)

   it("tells the same in batches of 1, 7 and 1024, and read ahead", function ()
      for seed = 1, 4 do
         local dice, at, list = try.random(seed), 0, {}
         local makers = { udp, tcp, unreachable }
         for i = 1, 800 do
            if dice(3) == 0 then at = at + ({ 0, 1, 2, 9, 130 })[dice(5) + 1] end
            list[i] = makers[dice(3) + 1] {
               at = at, ns = dice(1000000000), back = dice(2) == 0, port = 1000 + dice(6),
               flags = ({ "S", "SA", "A", "FA", "R" })[dice(8) + 1],
            }
         end
         wire.with(list, function (path)
            local once = quotes(path, {}, 1)
            assert.truthy(table.concat(once, "\n"):find "[1-9]%d* 1")
            for _, most in ipairs { 7, 1024 } do assert.same(once, quotes(path, {}, most)) end
            assert.same(once, quotes(path, { ahead = true }, 100))
         end)
      end
   end)
end)
