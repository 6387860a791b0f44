-- The page of an overview (weir.report.overview): figures, plots and tables of what there is most.
--
--    local p = summary.page("Traffic", overview)
--    assert(p:write "report.html")

local page  = require "weir.report.page"
local sheet = require "weir.sheet"
local stamp = require "weir.stamp"

local summary = {}

local ROWS = 25                           -- of a table
local MORE = 6                            -- fields that are shown besides judgements

-- Kinds of fields that judge; in plain rows the types of their values.
local JUDGEMENTS = { probability = true, label = true, flag = true, boolean = true, string = true }

local BYTES = { name = "bytes", unit = "bytes" }
local FLOWS = { name = "flows", unit = "count" }
local TIMES = { name = "times", unit = "count" }

local function figures(p, all)
   local list = {
      { "flows", sheet.count(all.flows) }, { "packets", sheet.count(all.packets) },
      { "bytes", sheet.size(all.bytes) }, { "talkers", sheet.count(all.talkers.count) },
      { "destinations", sheet.count(all.targets.count) },
      { "names asked for", sheet.count(all.asked.count) },
   }
   for _, channel in ipairs(all.channels) do
      list[#list + 1] = { channel.name, sheet.count(channel.count) }
   end
   if all.first then
      p:paragraph(("%s to %s, %s"):format(stamp.date(all.first), stamp.date(all.last),
         sheet.duration(all.last - all.first)))
   end
   p:figures(list)
end

-- A table of what a tally has most of; `more`(entry) are the cells behind its key.
local function top(p, title, tally, columns, more)
   if tally.count == 0 then return end
   local list, left = tally:top(ROWS)
   local rows = {}
   for i, one in ipairs(list) do
      rows[i] = { one.key, more(one) }
   end
   p:heading(title)
   p:table(columns, rows)
   if left > 0 then
      p:paragraph(("and %s%s more"):format(tally.is_cut and "at least " or "", sheet.count(left)))
   end
end

local function sum_and_count(one) return one.sum, one.count end
local function count_only(one) return one.count end

local function bars(p, title, tally)
   local list = {}
   for i, one in ipairs((tally:top(10))) do list[i] = { label = one.key, value = one.sum } end
   p:bars(title, "bytes", list)
end

-- What extensions gave to flows: how often which value, or the flows that have most of it.
local function found_one(p, one)
   if not one.best[1] then
      return top(p, one.name, one.by_value, { { name = one.name }, FLOWS }, count_only)
   end
   local rows = {}
   for i, flow in ipairs(one.best) do
      rows[i] = { flow.value, stamp.date(flow.start or 0), flow.src_ip, flow.target, flow.port }
   end
   p:heading(("%s: the flows that have most"):format(one.name))
   p:table({
      { name = one.name, unit = "number" }, { name = "start" }, { name = "from" }, { name = "to" },
      { name = "port" },
   }, rows)
end

-- Judgements stand first; of what else is given, at the end, there are only some.
local function found(p, all, are_judgements)
   local left = are_judgements and #all.fields or MORE
   for _, one in ipairs(all.fields) do
      if (JUDGEMENTS[one.kind] or false) == are_judgements and left > 0 then
         found_one(p, one)
         left = left - 1
      end
   end
end

local function channels(p, all)
   for _, channel in ipairs(all.channels) do
      local columns = {}
      for i, name in ipairs(channel.columns) do columns[i] = { name = name } end
      p:heading(channel.name)
      p:table(columns, channel.rows)
      if channel.count > #channel.rows then
         p:paragraph(("the first %s of %s"):format(sheet.count(#channel.rows),
            sheet.count(channel.count)))
      end
   end
end

-- The page.
function summary.page(title, all)
   local p = page.new(title)
   figures(p, all)
   p:line("bytes a second", "bytes", all.traffic:points())
   channels(p, all)
   found(p, all, true)
   if all.flows > 0 then
      p:heading "Talkers"
      bars(p, "bytes by talker", all.talkers)
   end
   top(p, "Talkers in figures", all.talkers, {
      { name = "address" }, BYTES, FLOWS, { name = "sent", unit = "bytes" },
      { name = "received", unit = "bytes" },
   }, function (one) return one.sum, one.count, one.out, one.back end)
   top(p, "Destinations", all.targets, { { name = "name" }, BYTES, FLOWS, { name = "address" } },
      function (one) return one.sum, one.count, one.ip end)
   top(p, "Applications", all.apps, { { name = "application" }, BYTES, FLOWS }, sum_and_count)
   top(p, "Ports", all.ports, { { name = "port" }, BYTES, FLOWS }, sum_and_count)
   top(p, "Names that were asked for", all.asked, { { name = "name" }, TIMES }, count_only)
   top(p, "Names without an answer", all.failed, { { name = "name" }, TIMES, { name = "why" } },
      function (one) return one.count, one.rcode end)
   top(p, "Sites", all.sites, { { name = "site" }, TIMES }, count_only)
   found(p, all, false)
   return p
end

return summary
