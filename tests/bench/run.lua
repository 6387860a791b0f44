-- The bars: each a ratio or a difference, measured in turn in one run.
--
-- WEIR_CORPUS names the captures that the mix is made of; beside it lies the
-- folder bench/ with the makers of captures and the floor program.  WEIR_BENCH
-- is where the big captures are kept (build/bench).  What is absent is "not
-- measured", which is no pass.

package.path = "tests/bench/?.lua;" .. package.path
local measure = require "measure"

local unmeasured, missed = 0, 0

-- ---- what is shown --------------------------------------------------------------------

local FORMAT = "%-62s %9s %9s %9s  %s\n"

-- A bar is met from one side: `at_least` says that more is better.
local function state_of(bar)
   local function meets(limit)
      if bar.at_least then return bar.figure >= limit end
      return bar.figure <= limit
   end
   if not bar.figure then return "not measured" end
   return meets(bar.goal) and "goal" or meets(bar.must) and "ok" or "MISSED"
end

local function show(bar)
   local state = state_of(bar)
   if state == "not measured" then unmeasured = unmeasured + 1 end
   if state == "MISSED" then missed = missed + 1 end
   local function text(n) return n and bar.unit:format(n) or "" end
   io.write(FORMAT:format(bar.name, text(bar.must), text(bar.goal), text(bar.figure), state))
   io.flush()
end

-- ---- what is compared ------------------------------------------------------------------

local ALL = "build/weir read -q --stats --seconds -T none -r"
local FLOWS = "build/weir read -q --stats --only flow,second -T none -r"

local COUNT = "build/weir lua tests/bench/count.lua "

local function quotient(a, b) return a / b end
local function difference(a, b) return a - b end

local function against_floor(arguments, mode, name)
   return measure.in_turn(
      function () return measure.nanoseconds(arguments, name) end,
      function () return measure.floor(mode, name) end, quotient)
end

local function added_by_lua(name)
   return measure.in_turn(
      function () return measure.nanoseconds(COUNT .. "count", name) end,
      function () return measure.nanoseconds(COUNT .. "pull", name) end,
      difference)
end

-- What extensions add to a run that only counts flows: compared as told.
local function added_by(extensions, compare)
   local plain = "build/weir read -q -T none --only flow -r"
   local with = "build/weir read -q -T none --only flow --ext "
      .. table.concat(extensions, " --ext ") .. " -r"
   return measure.in_turn(
      function () return measure.nanoseconds(with, "mix") end,
      function () return measure.nanoseconds(plain, "mix") end, compare)
end

local function second_pass(name)
   local worst = 0
   local out = measure.shell("build/weir lua tests/jit.lua " .. measure.capture(name))
   for ratio in out:gmatch "([%d.]+) of best" do worst = math.max(worst, tonumber(ratio)) end
   return worst
end

local function start()
   local times = {}
   local timed = [[bash -c "TIMEFORMAT='wall %3R'; ]]
      .. [[time build/weir read -q -r samples/web.pcap -c 1 >/dev/null"]]
   for i = 1, 11 do times[i] = tonumber(measure.shell(timed):match "wall ([%d.]+)") * 1000 end
   return measure.median(times)
end

local function nfpcapd(command, name)
   if not measure.has "nfpcapd" then return nil end
   return measure.in_turn(
      function ()
         return measure.nanoseconds(("nfpcapd -w %s -r"):format(measure.scratch()), name)
      end,
      function () return measure.nanoseconds(command, name) end, quotient)
end

-- Names of DNS and TLS, which tshark takes its time for: of the first million packets, and
-- tshark once.
local function tshark()
   if not measure.has "tshark" then return nil end
   local first = measure.first("mix", 1000000)
   local fields = "tshark -T fields -e dns.qry.name -e tls.handshake.extensions_server_name -r "
   local ours = "build/weir read -q -T none -r "
   local times = {}
   for i = 1, 5 do times[i] = measure.seconds(ours .. first) end
   return measure.seconds(fields .. first) / measure.median(times)
end

local function peak_memory(protocols)
   return tonumber(measure.shell("build/weir lua tests/bench/peak.lua "
      .. measure.capture "million" .. " " .. protocols):match "([%d.]+) MiB")
end

local function one_job_against_two(name)
   local command = "build/weir read -q -j %d --stats --only flow,second -T none -r"
   return measure.in_turn(
      function () return measure.wall(command:format(1), name) end,
      function () return measure.wall(command:format(2), name) end, quotient)
end

local function json_against_none(name)
   return measure.in_turn(
      function () return measure.nanoseconds("build/weir read -q -T json -r", name) end,
      function () return measure.nanoseconds("build/weir read -q -T none -r", name) end, quotient)
end

-- Milliseconds of a view over a million flows, "memory" or "sqlite".
local function view(where)
   local out = measure.shell "build/weir lua tests/bench/views.lua"
   return tonumber(out:match(where .. " ([%d.]+)"))
end

local ROWS = "build/weir lua tests/bench/rows.lua "

-- One-second rows a second of CPU; and as a part of what a bare loop of INSERT does.
local function rows(is_ratio)
   local function run(how)
      return tonumber((measure.shell(("%s %s %s/rows.db 1000000"):format(ROWS, how,
         measure.scratch()))))
   end
   return measure.in_turn(function () return run "put" end,
      is_ratio and function () return run "bare" end or function () return 1 end, quotient)
end

-- The slowest answer, in milliseconds, of a workspace of ten million one-second rows.
local function answers()
   local folder = measure.scratch()
   measure.shell(("%s put %s/rows.db 10000000"):format(ROWS, folder))
   return tonumber((measure.shell(("%s ask %s/rows.db"):format(ROWS, folder))))
end

-- Seconds of CPU beyond reading alone, for each million records that go into a workspace.
local function into_workspace()
   local capture, stored = measure.capture "mix", nil
   return measure.in_turn(
      function ()
         local folder = measure.scratch()
         local cpu = measure.seconds(("build/weir run -q --plain -W %s -r %s"):format(folder,
            capture))
         stored = tonumber((measure.shell(("build/weir sql -T csv -W %s "
            .. "'SELECT sum(items) FROM traffic.source'"):format(folder)):match "%d+"))
         return cpu
      end,
      function () return (measure.seconds(ALL .. " " .. capture)) end,
      function (with, without) return (with - without) / (stored / 1e6) end)
end

-- Thousands of facts a second into a knowledge base, of CPU time: "new", "mix" or "again".
local facts
local function knowledge(which)
   facts = facts or measure.shell "build/weir lua tests/bench/knowledge.lua"
   return tonumber(facts:match(which .. " (%d+)")) / 1000
end

local channels, extracted

-- Rows a second through a channel: "memory" or "Redis"; nil where there is no server.
local function channel(where)
   channels = channels or measure.shell "build/weir lua tests/bench/channel.lua"
   return tonumber(channels:match(where .. "[^\n]- (%d+) rows/s by the clock"))
end

-- Exchanges a second that an extractor takes in: "small" or "pages".
local function extraction(which)
   extracted = extracted or measure.shell("build/weir lua tests/bench/extract.lua "
      .. measure.scratch())
   return tonumber(extracted:match("(%d+) " .. which))
end

local function batch()
   return tonumber((measure.shell("build/weir lua tests/bench/batch.lua " .. measure.scratch())))
end

-- What the first three extensions take that a reader of the docs runs: nobody is asked, but each
-- flow has a line.
local function trio()
   local plain = "build/weir read -q -T none -r"
   local with = ("build/weir read -q -T none --ext hello_world --ext lookup --ext text_log "
      .. "--set text_log.append=false --set text_log.file=%s/log.txt -r"):format(measure.scratch())
   return measure.in_turn(
      function () return measure.nanoseconds(with, "mix") end,
      function () return measure.nanoseconds(plain, "mix") end, quotient)
end

-- ---- the bars ------------------------------------------------------------------------------

local why = measure.prepare()
if why then print("not measured: " .. why) end
local function measured(f, ...) return not why and f(...) or nil end

io.write(FORMAT:format("bar", "must", "goal", "figure", ""))
for _, name in ipairs { "mix", "stress" } do
   show { name = "packets: read -T none / parseread256, " .. name, unit = "%.2f",
      must = 1.4, goal = 1.15, figure = measured(against_floor,
         "build/weir read -q -T none --only packet -r", "parseread256", name) }
end
show { name = "Lua: counting every packet by port, mix", unit = "+%.1f ns", must = 10, goal = 5,
   figure = measured(added_by_lua, "mix") }
show { name = "B6 a feature with begin, packet, finish; tables", unit = "+%.1f ns", must = 35,
   goal = 20, figure = measured(added_by, { "tests/bench/tables.lua" }, difference) }
show { name = "B6 the same with memory declared", unit = "+%.1f ns", must = 15, goal = 15,
   figure = measured(added_by, { "tests/bench/structs.lua" }, difference) }
show { name = "B6 three observers with memory of each flow", unit = "+%.1f ns", must = 35,
   goal = 20, figure = measured(added_by,
      { "tests/bench/structs.lua", "tests/bench/sizes.lua", "tests/bench/flags.lua" }, difference) }
show { name = "B6 three chains that give 30 fields: basic, tcp, ecn", unit = "+%.1f ns", must = 35,
   goal = 20, figure = measured(added_by, { "basic", "tcp", "ecn" }, difference) }
show { name = "hello_world / the run without", unit = "%.2f", must = 1.2, goal = 1.2,
   figure = measured(added_by, { "hello_world" }, quotient) }
show { name = "Lua: second pass of the standard loops / best, stress", unit = "%.2f",
   must = 1.3, goal = 1.1, figure = measured(second_pass, "stress") }
show { name = "start to first output, wall", unit = "%.0f ms", must = 30, goal = 10,
   figure = start() }
show { name = "B1 flows, statistics, seconds / rd_full, mix", unit = "%.2f", must = 1.4, goal = 1.1,
   figure = measured(against_floor, FLOWS, "rd_full", "mix") }
show { name = "B1 the same with all protocols, mix", unit = "%.2f", must = 1.9, goal = 1.5,
   figure = measured(against_floor, ALL, "rd_full", "mix") }
show { name = "B2 flows, statistics, seconds / rd_full, stress", unit = "%.2f", must = 1.7,
   goal = 1.2, figure = measured(against_floor, FLOWS, "rd_full", "stress") }
show { name = "B2 the same with all protocols, stress", unit = "%.2f", must = 1.7, goal = 1.2,
   figure = measured(against_floor, ALL, "rd_full", "stress") }
show { name = "B3 nfpcapd / flows, mix", unit = "%.1f", must = 4, goal = 5, at_least = true,
   figure = measured(nfpcapd, FLOWS, "mix") }
show { name = "B3 nfpcapd / flows, stress", unit = "%.1f", must = 6.5, goal = 9, at_least = true,
   figure = measured(nfpcapd, FLOWS, "stress") }
show { name = "B3 nfpcapd / all protocols, mix", unit = "%.1f", must = 2.9, goal = 3.7,
   at_least = true, figure = measured(nfpcapd, ALL, "mix") }
show { name = "B4 NFStream / all protocols, mix", unit = "%.0f", must = 25, goal = 33,
   at_least = true }
show { name = "B5 tshark's names of DNS and TLS / all protocols, mix", unit = "%.0f", must = 130,
   goal = 170, at_least = true, figure = measured(tshark) }
show { name = "B8 peak memory with a million flows and statistics", unit = "%.0f MiB",
   must = 450, goal = 350, figure = measured(peak_memory, "") }
show { name = "B8 the same with all protocols", unit = "%.0f MiB",
   must = 450, goal = 350, figure = measured(peak_memory, "all") }
show { name = "a view of a million flows, grouped, summed, sorted; memory", unit = "%.0f ms",
   must = 150, goal = 75, figure = view "memory" }
show { name = "the same from SQLite", unit = "%.0f ms", must = 400, goal = 200,
   figure = view "sqlite" }
show { name = "B7 one-second rows a second of CPU into traffic.db", unit = "%.0f", must = 200000,
   goal = 400000, at_least = true, figure = measured(rows) }
show { name = "B7 the same / a bare loop of INSERT", unit = "%.2f", must = 0.7, goal = 0.9,
   at_least = true, figure = measured(rows, true) }
show { name = "ten million one-second rows: slowest equality, range, first page", unit = "%.1f ms",
   must = 50, goal = 50, figure = measured(answers) }
show { name = "B10 mix into a workspace, for a million records", unit = "%.1f s", must = 8,
   goal = 5, figure = measured(into_workspace) }
for _, which in ipairs { "new", "mix", "again" } do
   show { name = "facts with evidence into a knowledge base, " .. which, unit = "%.0f k/s",
      must = 100, goal = 200, at_least = true, figure = knowledge(which) }
end
show { name = "a forest of 100 trees of depth 8, flows a second", unit = "%.0f", must = 200000,
   goal = 500000, at_least = true,
   figure = tonumber((measure.shell "build/weir lua tests/bench/forest.lua")) }
show { name = "a channel in memory, rows a second", unit = "%.0f", must = 5e6, goal = 1e7,
   at_least = true, figure = channel "memory" }
show { name = "a channel over Redis, rows a second that went in and came out", unit = "%.0f",
   must = 1e5, goal = 2e5, at_least = true, figure = channel "Redis" }
show { name = "extraction, small exchanges with JSON a second", unit = "%.0f", must = 20000,
   goal = 50000, at_least = true, figure = extraction "small" }
show { name = "extraction, pages of 50 KiB through selectors a second", unit = "%.0f", must = 3000,
   goal = 5000, at_least = true, figure = extraction "pages" }
show { name = "weir batch, 1,000 databases, -j 1 / -j 2, wall", unit = "%.2f", must = 1.7,
   goal = 1.9, at_least = true, figure = batch() }
show { name = "hello_world, lookup, text_log / the run without, mix", unit = "%.2f", must = 1.4,
   goal = 1.1, figure = measured(trio) }
for _, name in ipairs { "mix", "stress" } do
   show { name = "B9 -j 1 / -j 2, wall, " .. name, unit = "%.2f", must = 1.3, goal = 1.6,
      at_least = true, figure = measured(one_job_against_two, name) }
end
show { name = "B15 -T json / -T none, mix", unit = "%.2f", must = 2.5, goal = 1.8,
   figure = measured(json_against_none, "mix") }

print(("%d missed, %d not measured"):format(missed, unmeasured))
