-- The bars: each a ratio or a difference, measured in turn in one run.
--
-- WEIR_CORPUS names the captures that the mix is made of; beside it lies the
-- folder bench/ with the makers of captures and the floor program.  WEIR_BENCH
-- is where the big captures are kept (build/bench).  What is absent is "not
-- measured", which is no pass.

local RUNS = 5

local corpus = os.getenv "WEIR_CORPUS"
local folder = os.getenv "WEIR_BENCH" or "build/bench"
local unmeasured, missed = 0, 0

local function shell(command)
   local pipe = io.popen(command .. " 2>&1")
   local text = pipe:read "*a"
   pipe:close()
   return text
end

local function exists(path)
   local file = io.open(path)
   return file and file:close()
end

-- ---- what is measured with ------------------------------------------------------

local function compile(name, flags)
   local program = folder .. "/" .. name
   if not exists(program) then
      io.stderr:write(shell(("gcc %s -w -o %s %s/../bench/%s.c -lpcap -lm"):format(
         flags, program, corpus, name)))
   end
   return exists(program)
end

local function prepare()
   if not corpus then return "WEIR_CORPUS is not set" end
   if not exists(corpus .. "/../bench/floor.c") then
      return "there is no bench/ beside " .. corpus
   end
   os.execute("mkdir -p " .. folder)
   if not (compile("floor", "-O3 -march=native") and compile("mkmix", "-O2") and
           compile("mkstress", "-O2")) then
      return "the makers do not compile (they need uthash-dev)"
   end
   if not exists(folder .. "/mix.pcap") then
      print "making the mix: 2 GB"
      local list = ("find %s -name '*.pcap*' ! -name '*.gz' | sort"):format(corpus)
      shell(("%s | %s/mkmix %s/mix.pcap 2000000000"):format(list, folder, folder))
   end
   if not exists(folder .. "/stress.pcap") then
      print "making the stress capture: 560 MB"
      shell(("%s/mkstress %s/stress.pcap 5000000 500000"):format(folder, folder))
   end
end

-- CPU seconds of a command, all of its processes.
local function cpu(command)
   local timed = [[bash -c "TIMEFORMAT='cpu %%3U %%3S'; time %s >/dev/null"]]
   local text = shell(timed:format(command))
   local user, system = text:match "cpu ([%d.]+) ([%d.]+)"
   return assert(tonumber(user), text) + tonumber(system)
end

local function median(list)
   table.sort(list)
   return list[math.floor(#list / 2) + 1]
end

-- Runs two measures in turn, after one of each that does not count; the median
-- of what `compare` makes of each pair.
local function in_turn(one, other, compare)
   one()
   other()
   local results = {}
   for i = 1, RUNS do
      local a, b = one(), other()
      results[i] = compare(a, b)
   end
   return median(results)
end

-- ---- what is shown --------------------------------------------------------------------

local FORMAT = "%-58s %10s %10s %12s  %s\n"

local function show(bar)
   local figure = bar.figure
   local state = not figure and "not measured" or figure <= bar.goal and "goal" or
                 figure <= bar.must and "ok" or "MISSED"
   if not figure then unmeasured = unmeasured + 1
   elseif figure > bar.must then missed = missed + 1 end
   local function text(n) return n and bar.unit:format(n) or "" end
   io.write(FORMAT:format(bar.name, text(bar.must), text(bar.goal), text(figure), state))
end

-- ---- the bars --------------------------------------------------------------------------------

local function capture(name) return ("%s/%s.pcap"):format(folder, name) end

-- Nanoseconds of CPU a packet, of one mode of the floor program.
local function floor(mode, name)
   local text = shell(("%s/floor %s %s 1"):format(folder, capture(name), mode))
   return tonumber(text:match "med ([%d.]+)")
end

local PACKETS = { mix = 5681828, stress = 5000000 }

local function weir(arguments, name)
   return cpu(("build/weir %s %s"):format(arguments, capture(name))) / PACKETS[name] * 1e9
end

local function against_floor(name)
   return in_turn(
      function () return weir("read -q -T none --only packet -r", name) end,
      function () return floor("parseread256", name) end,
      function (ours, least) return ours / least end)
end

local function added_by_lua(name)
   return in_turn(
      function () return weir("lua tests/bench/count.lua count", name) end,
      function () return weir("lua tests/bench/count.lua pull", name) end,
      function (counted, pulled) return counted - pulled end)
end

local function second_pass(name)
   local worst = 0
   for ratio in shell("build/weir lua tests/jit.lua " .. capture(name)):gmatch "([%d.]+) of best" do
      worst = math.max(worst, tonumber(ratio))
   end
   return worst
end

local function start()
   local command, times = "build/weir read -q -r samples/web.pcap -c 1 >/dev/null", {}
   for i = 1, 11 do
      local text = shell([[bash -c "TIMEFORMAT='wall %3R'; time ]] .. command .. '"')
      times[i] = tonumber(text:match "wall ([%d.]+)") * 1000
   end
   return median(times)
end

local why = prepare()
if why then print("not measured against the floor: " .. why) end
local function measured(f, ...) return not why and f(...) or nil end

io.write(FORMAT:format("bar", "must", "goal", "figure", ""))
for _, name in ipairs { "mix", "stress" } do
   show {
      name = "packets: read -T none / parseread256, " .. name,
      unit = "%.2f", must = 1.4, goal = 1.15, figure = measured(against_floor, name),
   }
end
show {
   name = "Lua: counting every packet by port, mix",
   unit = "+%.1f ns", must = 10, goal = 5, figure = measured(added_by_lua, "mix"),
}
show {
   name = "Lua: second pass of the standard loops / best, stress",
   unit = "%.2f", must = 1.3, goal = 1.1, figure = measured(second_pass, "stress"),
}
show {
   name = "start to first output, wall",
   unit = "%.0f ms", must = 30, goal = 10, figure = start(),
}

print(("%d missed, %d not measured"):format(missed, unmeasured))
