-- What shows only under load: counters and sums beyond their first size.  Prints a line for each
-- check: weir lua tests/load.lua

package.path = "tests/?.lua;tests/load/?.lua;samples/?.lua;" .. package.path
local cjson = require "cjson"
local host  = require "weir.host"
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
   { "times: first, last, between", "_seen_ms$" }, { "duration", "_duration_ms$" },
   { "sizes: least, mean, deviation, most", "_ps$" },
   { "gaps: least, mean, deviation, most", "_piat_ms$" },
}

-- Looks at a talk of so many periods, all of it one flow.
local function check_talk(about, name, periods)
   local out = pour(about, name .. " " .. periods, "read -q -T json --stats --active 1e8 -r -")
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

check_talk("100 million packets of 1 MB", "long", 10000000)
check_talk("4 million packets of up to 4 GB", "giant", 1000000)
print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and 0 or 1)
