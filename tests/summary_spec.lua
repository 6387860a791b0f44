-- The last words of a command.

local summary = require "weir.cli.summary"

-- The lines for these counts, read in `seconds`.
local function lines(seen, seconds)
   seen.trouble, seen.unknown_links = seen.trouble or {}, seen.unknown_links or {}
   return summary.lines({ packets = seen.packets }, seen, seconds)
end

describe("the last words", function ()
   it("speak of one and of many", function ()
      assert.same({ "1 packet, 42 B over 0 s; read in 1 ms, 1 000 packets/s", "1 flow" },
         lines({ packets = 1, bytes = 42, flows_written = 1, first = 7, last = 7 }, 0.001))
      assert.same({
         "5 681 828 packets, 1.92 GB over 1 h 3 min; read in 4.44 s, 1 270 000 packets/s",
         "2 flows, 1 second of flows, 2 fragments, 1 datagram put together",
         "3 cut short by the capture, 1 datagram incomplete, "
            .. "2 file offsets left out for want of room, "
            .. "1 text of extensions left out for want of room",
      }, lines({
         packets = 5681828, bytes = 1.92e9, first = 0, last = 3780, flows_written = 2,
         seconds_written = 1, fragments = 2, reassembled = 1, trouble = { 3, [8] = 1 },
         offsets_dropped = 2, notes_dropped = 1,
      }, 4.44))
   end)

   it("say how fast it went in three digits", function ()
      for seconds, said in pairs {
         [1000] = "0 packets/s", [1] = "7 packets/s", [0.003] = "2 330 packets/s",
      } do
         assert.truthy(lines({ packets = 7, bytes = 7 }, seconds)[1]:find(" " .. said, 1, true))
      end
   end)
end)
