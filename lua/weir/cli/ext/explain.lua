-- weir ext test --explain: how often each moment of an extension was called, and if never, why.

local census  = require "weir.cli.ext.census"
local company = require "weir.cli.ext.company"
local golden  = require "weir.extension.golden"
local json    = require "weir.json"
local kinds   = require "weir.extension.kinds"
local report  = require "weir.cli.report"
local text    = require "weir.text"
local trial   = require "weir.cli.ext.trial"

local exit = report.exit
local explain = {}

-- ---- counting ------------------------------------------------------------------------------

-- Counts the calls of an extension's moments: by name { calls, done, falses }.
local function count(ext)
   local counts = {}
   trial.wrap(ext, function (name, moment)
      local own = { calls = 0, done = 0, falses = 0 }
      counts[name] = own
      return function (self, a, b)
         own.calls = own.calls + 1
         local result = moment(self, a, b)
         own.done = own.done + 1
         if result == false then own.falses = own.falses + 1 end
         return result
      end
   end)
   return counts
end

-- Runs an extension over a sample.  Returns nil and the reason when it cannot; else what a reason
-- needs: ext, counts, seen (by the run), whole (the capture), paused, last (error), values.
local function try(around, found, path, values)
   local ext, extensions = around:of(found)
   if not ext then return nil, extensions, exit.script end
   local told = { ext = ext, counts = count(ext), seen = census.new(), values = values }
   local why
   told.whole, why = census.of(path)
   if not told.whole then return nil, why, exit.unreadable end
   local run
   run, why = trial.open(extensions, path,
      { filter = values.filter, count = values.count, packets = true })
   if not run then return nil, why, values.filter and exit.usage or exit.script end
   for batch in trial.batches(run) do census.add(told.seen, batch) end
   run.capture:close()
   local known = run.engine.faults:of(ext.name)
   told.paused, told.last = known.paused, known.last
   return told
end

-- ---- reasons -------------------------------------------------------------------------------

-- Why none of `what`, of which the run saw none, came by.
local function absence(told, key, what)
   local options, values = {}, told.values
   if values.filter then options[#options + 1] = "-f" end
   if values.count then options[#options + 1] = "-c" end
   if told.whole[key] == 0 or #options == 0 then
      return ("no %s in the sample"):format(what)
   end
   return ("the sample has %d %s, of which %s left none"):format(told.whole[key], what,
      table.concat(options, " and "))
end

-- Why all flows were left alone before a moment; nil when not all were.
local function refusal(told, moment)
   for _, name in ipairs { "begin", "new_flow" } do
      local own = told.counts[name]
      if name == moment then return nil end
      if own and own.calls > 0 and own.done - own.falses == 0 then
         if own.done == 0 then return ("'%s' failed each time: %s"):format(name, told.last) end
         local failed = own.calls - own.done
         return ("'%s' returned false each time, so that the flows were left alone%s"):format(
            name, failed > 0 and (", and failed with %d"):format(failed) or "")
      end
   end
end

-- Whether some flows were left alone.
local function is_choosy(told)
   for _, name in ipairs { "begin", "new_flow" } do
      local own = told.counts[name]
      if own and own.done - own.falses < own.calls then return true end
   end
   return false
end

local CHANNELS = {
   flow = { "flows", "flows" }, packet = { "packets", "packets" }, begin = { "begins", "flows" },
   second = { "flows", "seconds of flows" },
}

-- Why one was not whose extension reads channels.
local function by_channel(told, moment)
   local one, many = unpack(kinds.rows[told.ext.kind] or {})
   if moment == many and told.counts[one] then
      return ("'%s' is there, which sees the same rows one by one"):format(one)
   elseif moment == "tick" then
      return "the run took less than a second"
   end
   local channel = CHANNELS[told.ext.reads[1]]
   return channel and absence(told, channel[1], channel[2]) or "nothing came by"
end

-- Why a moment was never called.
local function reason(told, moment)
   local kind = census.of_chain[moment]
   if moment == "migrate" then return "only a reload calls it" end
   if told.ext.reads then
      if told.paused then return "it was paused: " .. told.paused end
      return by_channel(told, moment)
   end
   if told.seen.packets == 0 then return absence(told, "packets", "packets") end
   if kind and told.seen[kind] == 0 then
      return absence(told, kind, kind == "other" and "packets of other transports"
         or kind .. " packets")
   end
   local why = refusal(told, moment)
   if why then return why end
   if told.paused then return "it was paused: " .. told.paused end
   if told.seen.flows == 0 then return absence(told, "flows", "flows") end
   return is_choosy(told) and "the flows it might be about were left alone"
      or kind and "those packets are fragments, or belong to no flow" or "no flow came so far"
end

-- ---- showing -------------------------------------------------------------------------------

local columns = {
   { name = "moment", colour = "bold" }, { name = "calls", align = "right" },
   { name = "false", align = "right" },
   { name = "errors", align = "right",
     colour = function (errors) return errors ~= "" and "red" or nil end },
   { name = "note", min = 20, shrink = 1 },
}

local function note_of(told, moment, own)
   if own.calls == 0 then return reason(told, moment) end
   return own.done < own.calls and told.last or nil
end

-- A record for each moment that the extension has.
local function records(told, found, path)
   local list = {}
   for _, moment in ipairs(kinds.all[told.ext.kind].moments) do
      local own = told.counts[moment]
      if own then
         list[#list + 1] = {
            { "extension", found.name }, { "sample", path }, { "moment", moment },
            { "calls", own.calls }, { "false", own.falses }, { "errors", own.calls - own.done },
            { "note", note_of(told, moment, own) },
         }
      end
   end
   return list
end

local function show(told, found, path)
   report.page(("%s, %s: %s\n"):format(text.safe(found.name), text.safe(path),
      census.text(told.seen)))
   local out = report.sheet(columns)
   for _, record in ipairs(records(told, found, path)) do
      local row = {}
      for i = 3, 7 do row[i - 2] = record[i][2] == 0 and i > 4 and "" or record[i][2] end
      out:row(row)
   end
   out:finish()
   report.page "\n"
end

-- Explains one sample; returns the exit code.
local function one(around, found, path, values)
   local told, why, code = try(around, found, path, values)
   if not told then
      report.error(("%s, %s: %s"):format(found.name, path, why))
      return code
   end
   if values.json then
      for _, record in ipairs(records(told, found, path)) do
         report.page(json.record(record) .. "\n")
      end
   else
      show(told, found, path)
   end
   return told.last and exit.script or exit.ok
end

-- `values` are the options of weir ext test, `list` was loaded by gather.
function explain.run(values, list)
   local around, worst = company.new(list, report.say), exit.ok
   for _, found in ipairs(list) do
      local samples = found.ext and golden.samples(found.ext) or {}
      for _, paths in ipairs(samples) do
         worst = math.max(worst, one(around, found, paths.capture, values))
      end
      if not found.ext then
         report.error(found.why)
         worst = exit.script
      elseif #samples == 0 then
         report.warning(("'%s' has no sample: put a capture beside it"):format(found.name))
      end
   end
   return worst
end

return explain
