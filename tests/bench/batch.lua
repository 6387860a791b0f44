-- What a second process is worth to `weir batch`: batch.lua FOLDER [DATABASES]
--
-- Makes databases of exchanges in FOLDER, each of some pages and what these load, and prints how
-- much longer one process takes for all of them than two, in pairs.

package.path = "samples/?.lua;tests/bench/?.lua;" .. package.path

local base    = require "base"
local measure = require "measure"
local surfing = require "surfing"

local folder = arg[1] or error "batch.lua FOLDER [DATABASES]"
local COUNT = tonumber(arg[2]) or 1000

-- The exchanges of a site, as if another one of a few hundred had been visited.
local function site(n)
   local list = {}
   for i, exchange in ipairs(n % 2 == 0 and surfing.site() or surfing.pages()) do
      local copy = {}
      for name, value in pairs(exchange) do copy[name] = value end
      copy.url = copy.url:gsub("://", ("://h%d."):format(n % 300), 1)
      list[i] = copy
   end
   return list
end

local function make()
   os.execute(("mkdir -p %s/databases"):format(folder))
   for n = 1, COUNT do base.write(("%s/databases/%04d.db"):format(folder, n), site(n)) end
end

local function seconds(jobs)
   os.execute(("rm -rf %s/out"):format(folder))
   local _, wall = measure.seconds(("build/weir batch -q -j %d -W %s/out --ext page "
      .. "--ext third_parties %s/databases"):format(jobs, folder, folder))
   return wall
end

make()
print(("%.2f"):format(measure.in_turn(function () return seconds(1) end,
   function () return seconds(2) end, function (one, two) return one / two end)))
