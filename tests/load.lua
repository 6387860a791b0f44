-- What shows only under load: counters and sums beyond their first size, streams that wait for more
-- than there is room for, a table that fills and empties many times over.  Prints a line for each
-- check: weir lua tests/load.lua

package.path = "tests/?.lua;tests/load/?.lua;samples/?.lua;" .. package.path
local cjson = require "cjson"
local host  = require "weir.host"
local crowd = require "crowd"
local gaps  = require "gaps"
local talk  = require "talk"
local try   = require "try"

local passed, failed = 0, 0

-- A check passes when there is nothing to say against it.
local function check(sentence, why)
   if why then failed = failed + 1 else passed = passed + 1 end
   print(("%-6s  %s%s"):format(why and "FAILED" or "ok", sentence, why and ": " .. why or ""))
   io.flush()
end

-- Lets a command of the program read what tests/load/flood.lua writes; returns its output.
local function pour(about, what, command)
   local begun = host.clock()
   local out, err, code = try.run(("%s lua tests/load/flood.lua %s | %s %s"):format(
      try.program, what, try.program, command))
   print(("%s, in %.1f s:"):format(about, host.clock() - begun))
   check("they are read to their end", (code ~= 0 or err ~= "") and
      ("exit code %d, %s"):format(code, err))
   return out
end

-- JSON has whole numbers above 2^53 in quotes, and 15 digits of those that are not whole.
local function is_equal(want, got)
   got = tonumber(got)
   if want == got then return true end
   return got and want % 1 ~= 0 and math.abs(got - want) <= 2e-14 * math.abs(want)
end

-- The first number that is not as wanted, among those whose names match.
local function difference(want, got, pattern)
   for name, number in pairs(want) do
      if name:find(pattern or "") and not is_equal(number, got[name]) then
         return ("%s is %s, not %.17g"):format(name, got[name], number)
      end
   end
end

-- ---- one flow ------------------------------------------------------------------------------

-- Statistics by the end of their names.
local GROUPS = {
   { "packets and flags, each way and both", "_packets$" },
   { "bytes", "_bytes$" },
   { "times: first and last", "_seen_ms$" }, { "duration", "_duration_ms$" },
   { "sizes: least, mean, deviation, most", "_ps$" },
   { "gaps: least, mean, deviation, most", "_piat_ms$" },
}

-- Looks at a talk of so many periods, all of it one flow.
local function check_talk(about, name, periods)
   local out = pour(about, name .. " " .. periods, "read -q -T json --stats --active 2e6 -r -")
   local want, lines = talk.expected(talk[name], periods), try.lines(out)
   local flow = cjson.decode(lines[1] or "{}").flow or { stats = {} }
   check("they are one flow, which ends with the input",
      (#lines ~= 1 or flow.reason ~= "forced") and ("%d, %s"):format(#lines, flow.reason))
   check("packets and bytes each way, in its record", difference({
      pkts_toserver = want.src2dst_packets, pkts_toclient = want.dst2src_packets,
      bytes_toserver = want.src2dst_bytes, bytes_toclient = want.dst2src_bytes,
   }, flow))
   for _, group in ipairs(GROUPS) do check(group[1], difference(want, flow.stats, group[2])) end
   local unknown
   for field in pairs(flow.stats) do unknown = not want[field] and field or unknown end
   check("no other statistics", unknown)
end

-- ---- streams ------------------------------------------------------------------------------

-- More bytes wait than there is room for: then they do not wait, and nothing is lost.
local function check_gaps(about, count)
   local found = {}
   local out = pour(about, "gaps " .. count, "lua tests/load/streams.lua")
   for name, value in out:gmatch "(%S+) (%S+)\n" do found[name] = tonumber(value) end
   check("all bytes are told, and which are missing", difference(
      { bytes = count * gaps.SEGMENTS * gaps.SIZE, missing = count }, found))
   check("memory stays below 600 MiB",
      (found.peak or math.huge) > 600 and ("%s MiB"):format(found.peak))
end

-- ---- many flows ----------------------------------------------------------------------------

local FLOWS, FEW = 10000000, 50000

-- What census.lua finds with a table of so many flows; memory in MiB.
local function read_crowd(about, max_flows, memory)
   local found = {}
   local out = pour(about, "crowd " .. FLOWS, "lua tests/load/census.lua " .. max_flows)
   for name, value in out:gmatch "(%S+) (%S+)\n" do found[name] = tonumber(value) end
   check("each flow comes once, as it was sent",
      difference({ flows = FLOWS, twice = 0, wrong = 0 }, found))
   check("no packet and no byte is lost",
      difference({ packets = FLOWS, bytes = crowd.bytes(FLOWS) }, found))
   check(("memory stays below %d MiB"):format(memory),
      (found.peak or math.huge) > memory and ("%s MiB"):format(found.peak))
   return found
end

-- A table with room for all that are there at once; returns the digest of the records.
local function check_roomy(about, max_flows)
   local found = read_crowd(about, max_flows, 300)
   check("they come in the order in which they began", difference({ late = 0 }, found))
   check("they end when they are idle, the last ones with the input", difference(
      { idle = FLOWS - crowd.ALIVE, forced = crowd.ALIVE, resources = 0 }, found))
   return found.digest
end

local function check_cramped(about)
   local found = read_crowd(about, FEW, 100)
   check("they end for want of room, the last ones with the input", difference(
      { idle = 0, forced = FEW, resources = FLOWS - FEW }, found))
end

check_talk("100 million packets of 1 MB", "long", 10000000)
check_talk("4 million packets of up to 4 GB", "giant", 1000000)
check_gaps("1,000 streams of which each waits with 1 MB", 1000)
local usual = check_roomy("10 million flows", 0)
local tight = check_roomy("10 million flows in a table just large enough", crowd.ALIVE)
check("the records are the same in both tables", usual ~= tight and "they differ")
check_cramped("10 million flows in a table that is too small")
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and 0 or 1)
