-- Many captures at a time: weir run with '-j N', in processes of their own.

local extend = require "weir.cli.extend"
local farm   = require "weir.cli.farm"
local host   = require "weir.host"
local report = require "weir.cli.report"
local said   = require "weir.cli.farm.said"
local sheet  = require "weir.sheet"

local exit = report.exit
local many = {}

-- Whether sources are to be taken in side by side.  Pipes are open in this process alone.
function many.are(values, sources)
   for _, source in ipairs(sources) do
      if source.interface or host.is_stream(source.path) then return false end
   end
   return (values.jobs or 1) > 1 and #sources > 1
end

-- Why extensions cannot run in several processes; nil when they can.
local function objection(values, line)
   if line and line.hub and line.hub.is_far then
      return "over Redis other processes are runs of their own: start some with '--only', without "
         .. "'-j'"
   end
   local list, why = line and line.extensions
   if not line then list, why = extend.load(values.ext or {}, values.set, report.note) end
   for _, ext in ipairs(list or {}) do
      if ext.kind == "reporting" then
         return ("'%s' reports, and %d processes would do so at once: leave out '-j'"):format(
            ext.name, values.jobs)
      end
   end
   return why
end

local function last_words(results, begun)
   local count, packets, bytes = { taken = 0, known = 0, failed = 0, stopped = 0 }, 0, 0
   for _, one in ipairs(results) do
      count[one.state] = count[one.state] + 1
      packets, bytes = packets + (one.packets or 0), bytes + (one.bytes or 0)
   end
   report.say(("%s sources taken in, %s skipped, %s failed; %s packets, %s, in %s"):format(
      sheet.count(count.taken), sheet.count(count.known), sheet.count(count.failed),
      sheet.count(packets), sheet.size(bytes), sheet.duration(host.clock() - begun)))
end

-- Takes in sources (weir.cli.run.source).  Returns the exit code; or nil, the reason and the code.
function many.run(values, line, folder, sources)
   local why = objection(values, line)
   if why then return nil, why, exit.usage end
   local inputs, results, begun, code = {}, {}, host.clock(), exit.ok
   for i, source in ipairs(sources) do inputs[i] = { path = source.path, owner = source.owner } end
   host.watch()
   local bar = said.bar(values, #inputs)
   local ok
   ok, why = farm.run(inputs, values.jobs, {
      values = values, folder = folder, tick = bar and function () bar(#results) end,
      told = function (one)
         said.tell(one)
         if one.path then results[#results + 1] = one end
         code = math.max(code, one.code or exit.ok)
      end,
   })
   if bar then bar() end
   if not values.quiet then last_words(results, begun) end
   if not ok then return nil, why, exit.unreadable end
   return host.stopped() == 2 and exit.interrupted or code
end

return many
