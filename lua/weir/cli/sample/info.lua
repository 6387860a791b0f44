-- weir sample info: what is in databases of exchanges: how many, from when to when, whom they ask
-- and what comes back.

local host    = require "weir.host"
local json    = require "weir.json"
local options = require "weir.cli.options"
local report  = require "weir.cli.report"
local sheet   = require "weir.sheet"
local stamp   = require "weir.stamp"
local text    = require "weir.text"
local weir    = require "weir"

local exit = report.exit
local MOST = 10000                        -- groups; exchanges of others are counted together

local info = {
   name  = "sample info",
   about = "what is in databases of exchanges: how many, when, whom they ask, what comes back",
   usage = "weir sample info [OPTION…] FILE…",
   examples = {
      { "weir sample info probe.db", "by host, method and types, the most frequent first" },
      { "weir sample info -T json samples/ | jq .exchanges", "an object for each of a folder's" },
   },
}

info.options = {
   { "T", "type", value = "FORMAT", choices = { "table", "json" },
     help = "table (unless told) or json" },
   { nil, "zone", value = "ZONE",
     help = "of times that do not say theirs: utc (unless told), local, or as +02:00" },
   { "h", "help", help = "show this help" },
}

-- ---- counting ----------------------------------------------------------------------------------

local function type_of(said) return said and said:match "^[^;]*":gsub("%s+$", "") or "" end

-- Counts one exchange in the group of those that are like it.
local function count(found, x)
   local port = x.dest_port ~= 0 and x.dest_port or ""
   local key = { x.hostname or "", port, x.method or "", type_of(x.request_content_type),
      type_of(x.response_content_type) }
   local name = table.concat(key, "\0")
   local group = found.groups[name]
   if not group and #found.groups >= MOST then
      key, name = { "…", "", "", "", "" }, ""
      group = found.groups[name]
   end
   found.count = found.count + 1
   if not group then
      group = { key = key, count = 0, bytes = 0 }
      found.groups[name], found.groups[#found.groups + 1] = group, group
   end
   group.count, group.bytes = group.count + 1, group.bytes + (x.response_size or 0)
   if x.ns > 0 then
      if not found.first or x.ns < found.first then found.first = x.ns end
      if not found.last or x.ns > found.last then found.last = x.ns end
   end
end

-- What is in one database; or nil and why it cannot be read.
local function look(path, zone)
   local opened, why = weir.open(path, { zone = zone, protocols = { "exchange" }, packets = false })
   if not opened then return nil, why end
   local found = { path = path, groups = {}, count = 0 }
   for batch in opened:batches() do
      for i = 0, batch.exchange_count - 1 do count(found, batch.exchange[i]) end
   end
   opened:close()
   for _, problem in ipairs(opened.problems) do
      report.warning(("'%s' is %s"):format(path, problem.text))
   end
   for name, value in pairs((opened:counts())) do found[name] = value end
   table.sort(found.groups, function (a, b)
      if a.count ~= b.count then return a.count > b.count end
      return table.concat(a.key, "\0") < table.concat(b.key, "\0")
   end)
   return found
end

-- ---- telling -----------------------------------------------------------------------------------

local columns = {
   { name = "host", min = 12, shrink = 1 }, { name = "port", align = "right" }, { name = "method" },
   { name = "request", min = 8, shrink = 2 }, { name = "response", min = 8, shrink = 2 },
   { name = "count", align = "right" }, { name = "size", align = "right" },
}

local function as_table(found)
   local when = found.first and (" from %s to %s"):format(stamp.utc(found.first),
      stamp.utc(found.last)) or ""
   report.page(("%s: %s exchange%s%s\n"):format(text.safe(found.path), sheet.count(found.count),
      found.count == 1 and "" or "s", when))
   if not found.groups[1] then return end
   local out = report.sheet(columns)
   for _, group in ipairs(found.groups) do
      local row = { unpack(group.key) }
      row[6], row[7] = sheet.count(group.count), sheet.size(group.bytes)
      out:row(row)
   end
   out:finish()
end

local function as_json(found)
   local groups = {}
   for i, group in ipairs(found.groups) do
      groups[i] = {
         hostname = group.key[1], dest_port = group.key[2], method = group.key[3],
         request_content_type = group.key[4], response_content_type = group.key[5],
         count = group.count, size = group.bytes,
      }
   end
   report.page(json.record {
      { "path", found.path }, { "exchanges", found.count },
      { "first", found.first and stamp.utc(found.first) },
      { "last", found.last and stamp.utc(found.last) },
      { "bad_headers", found.bad_headers }, { "bad_times", found.bad_times },
      { "cut_bodies", found.cut_bodies }, { "groups", groups },
   } .. "\n")
end

-- All databases that the words stand for; or nil and why there are none.
local function expand(words)
   local all = {}
   for _, word in ipairs(words) do
      local opened, why = weir.open(word, { packets = false, protocols = { "exchange" } })
      if not opened then return nil, why end
      for _, path in ipairs(opened.paths) do all[#all + 1] = path end
      opened:close()
   end
   return all
end

function info.run(argv)
   local values, words = options.parse(info.options, argv)
   if not values then return report.usage(info.name, words) end
   if values.help then return report.page(options.help(info, info.options, host.width "stdout")) end
   if not words[1] then return report.usage(info.name, "which? Name a database") end
   local paths, why = expand(words)
   if not paths then
      report.error(why)
      return exit.unreadable
   end
   local code = exit.ok
   for _, path in ipairs(paths) do
      local found
      found, why = look(path, values.zone)
      if not found then
         report.error(why)
         code = exit.unreadable
      elseif values.type == "json" then
         as_json(found)
      else
         as_table(found)
      end
   end
   return code
end

return info
