-- What the bars are measured with: captures, the floor program, peers, CPU time.

local measure = {}

local RUNS = 5

local corpus = os.getenv "WEIR_CORPUS"
local folder = os.getenv "WEIR_BENCH" or "build/bench"

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

local function compile(name, flags)
   local program = folder .. "/" .. name
   if not exists(program) then
      io.stderr:write(shell(("gcc %s -w -o %s %s/../bench/%s.c -lpcap -lm"):format(
         flags, program, corpus, name)))
   end
   return exists(program)
end

-- Makes what is missing; returns why that cannot be done.
function measure.prepare()
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
   if not exists(folder .. "/million.pcap") then
      print "making a capture of a million flows at once: 220 MB"
      shell(("%s/mkstress %s/million.pcap 2000000 1000000"):format(folder, folder))
   end
end

-- Seconds of CPU that a command takes, all of its processes, and of wall time.
function measure.seconds(command)
   local timed = [[bash -c "TIMEFORMAT='seconds %%3U %%3S %%3R'; time %s >/dev/null"]]
   local text = shell(timed:format(command))
   local user, system, wall = text:match "seconds ([%d.]+) ([%d.]+) ([%d.]+)"
   return assert(tonumber(user), text) + tonumber(system), tonumber(wall)
end

function measure.median(list)
   table.sort(list)
   return list[math.floor(#list / 2) + 1]
end

-- Runs two measures in turn, after one of each that does not count; the median
-- of what `compare` makes of each pair.
function measure.in_turn(one, other, compare)
   one()
   other()
   local results = {}
   for i = 1, RUNS do
      local a, b = one(), other()
      results[i] = compare(a, b)
   end
   return measure.median(results)
end

measure.shell = shell

-- The first packets of a capture, in a capture of their own.
function measure.first(name, packets)
   local path = ("%s/%s-%d.pcap"):format(folder, name, packets)
   if not exists(path) then
      shell(("build/weir read -q -c %d -w %s -r %s"):format(packets, path, measure.capture(name)))
   end
   return path
end

function measure.capture(name) return ("%s/%s.pcap"):format(folder, name) end

local PACKETS = { mix = 5681828, stress = 5000000 }

-- Nanoseconds of CPU a packet: of one mode of the floor program, and of a command
-- whose last argument is the capture.
function measure.floor(mode, name)
   local out = shell(("%s/floor %s %s 1"):format(folder, measure.capture(name), mode))
   return tonumber(out:match "med ([%d.]+)")
end

function measure.nanoseconds(command, name)
   local cpu = measure.seconds(("%s %s"):format(command, measure.capture(name)))
   return cpu / PACKETS[name] * 1e9
end

function measure.wall(command, name)
   return select(2, measure.seconds(("%s %s"):format(command, measure.capture(name))))
end

function measure.has(program)
   return os.execute("command -v " .. program .. " >/dev/null 2>&1") == 0
end

-- A folder for what a peer writes, emptied before each run.
function measure.scratch()
   local path = folder .. "/scratch"
   os.execute(("rm -rf %s && mkdir -p %s"):format(path, path))
   return path
end

return measure
