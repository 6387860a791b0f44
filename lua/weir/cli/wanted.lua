-- What a command line of `weir read` asks for: kinds of records, fields, shape.

local host    = require "weir.host"
local profile = require "weir.cli.profile"
local schema  = require "weir.schema"
local sources = require "weir.sources"
local where   = require "weir.cli.where"

local wanted = {
   FORMAT = "header=y|n, separator=C, quote=d|s|n, aggregator=C",
   SPLT = schema.FIRST_PACKETS,           -- that -e splt_ps is about, without --splt
}

-- The pairs of -E: `separator` and `aggregator` may be any one character, also a comma.
function wanted.parse_format(list)
   local letters = { ["/t"] = "\t", ["/s"] = " ", d = '"', s = "'", n = "" }
   local known = { header = "[yn]", separator = "/?.", quote = "[dsn]", aggregator = "/?." }
   local found = {}
   for _, text in ipairs(list or {}) do
      while text ~= "" do
         local name, rest = text:match "^(%w+)=(.*)$"
         local value = name and known[name] and rest:match("^" .. known[name])
         if not value then
            return nil, ("option '-E' does not know '%s': %s"):format(text, wanted.FORMAT)
         end
         if name ~= "header" then value = letters[value] or value end
         found[name], text = value, rest:sub(#rest:match("^" .. known[name]) + 1):gsub("^,", "")
      end
   end
   if found.header then found.header = found.header == "y" end
   return {
      header = found.header, separator = found.separator,
      quote = found.quote, within = found.aggregator,
   }
end

-- The first of the kinds that has all the fields named; or nil and why not.
local function kind_with(names, kinds, part)
   local first
   for _, kind in ipairs(kinds) do
      local fields, why = {}, nil
      for i, name in ipairs(names) do
         if part then
            fields[i], why = require "weir.extension.fields".find(kind, name, part)
         else
            fields[i], why = schema.field(kind, name)
         end
         if not fields[i] then break end
      end
      if not why then return kind, fields end
      first = first or why
   end
   return nil, first .. "; 'weir read --list-fields' lists them"
end

-- Shapes whose columns are those of one kind of record.
local SINGLE = { csv = true, tsv = true }

-- The kinds asked for; unless told flows, and where there is room for them what protocols say.
local function kinds_of(values, shape)
   if values.only then return values.only end
   if values.write and not values.type then return { "packet" } end     -- only written
   if profile.of(values) then return profile.of(values).kinds() end
   if values.read and sources.have_exchanges_only(values.read) then return { "exchange" } end
   local kinds = { "flow", values.seconds and "second" or nil }
   local is_flows = SINGLE[shape] or shape == "table"
   for _, kind in ipairs(not is_flows and schema.spoken() or {}) do kinds[#kinds + 1] = kind end
   return kinds
end

-- The shape of the output: asked for, or what suits where it goes.
local function shape_of(values)
   if values.type then return values.type end
   if values.write then return "none" end
   if profile.of(values) then return profile.shape(values) end
   if host.width "stdout" then return "table" end
   return values.field and "fields" or "json"
end

local function has(kinds, kind)
   for _, known in ipairs(kinds) do
      if known == kind then return true end
   end
end

local function without(kinds, kind)
   local list = {}
   for _, other in ipairs(kinds) do
      if other ~= kind then list[#list + 1] = other end
   end
   return list
end

-- Whether names are there unasked: in tables, and where all kinds of records are; without -n.
local function shows_names(values, shape)
   if values.no_names or values.field or values.facts then return false end
   return shape == "table" or not SINGLE[shape] and not values.only
end

-- What was asked for by name, with its option or as a field; or goes without saying.
local function asked_by(values, fields, shape)
   local names = values.names or shows_names(values, shape)
   local asked = {
      names = names, labels = names, apps = names,
      stats = values.stats, splt = values.splt ~= nil, offsets = values.offsets, tcp = values.tcp,
   }
   local chosen = profile.of(values)
   for name in pairs(chosen and chosen.asked or {}) do asked[name] = true end
   for _, field in ipairs(fields or {}) do
      if field.asked then asked[field.asked] = true end
   end
   asked.stats = asked.stats or asked.splt                -- which is kept beside them
   asked.names, asked.labels = asked.names or asked.apps, asked.labels or asked.apps
   return asked
end

-- What the meter has to make for these kinds.
local function measures(values, kinds, asked)
   local flows, protocols = has(kinds, "flow"), {}
   for _, kind in ipairs(kinds) do
      if schema.of(kind).said then protocols[#protocols + 1] = kind end
   end
   return {
      protocols = #protocols > 0 and protocols, keylog = values.keylog,
      packets = has(kinds, "packet") or (values.write ~= nil and not asked.again),
      flows = flows, seconds = has(kinds, "second"), begins = has(kinds, "begin"),
      stats = flows and asked.stats,
      splt = flows and asked.splt and (values.splt or wanted.SPLT),
      names = asked.names and (flows or has(kinds, "second")), labels = asked.labels and flows,
      offsets = flows and asked.offsets, tcp = flows and asked.tcp,
      idle = values.idle, active = values.active,
      timeouts_only = values.flow_end == "nfstream", max_flows = values.max_flows,
      ahead = (values.jobs or 1) > 1 and not values.count and not values.write,
   }
end

-- Numbers that are kept in so many bits; a flow's milliseconds in 31.
local DAYS = 24 * 86400
local MOST = {
   splt = 65535, community_seed = 65535, max_flows = 2147483647, idle = DAYS, active = DAYS,
   snaplen = 4294967295, buffer_size = 2147483647,
}

-- Numbers that are more than 0, which the core takes for what it does unless told.
local POSITIVE = { "idle", "active", "max_flows" }

local function check_numbers(values)
   for _, name in ipairs(POSITIVE) do
      if (values[name] or 1) <= 0 then
         return nil, ("option '--%s' takes more than 0"):format((name:gsub("_", "-")))
      end
   end
   for name, most in pairs(MOST) do
      if (values[name] or 0) > most then
         return nil, ("option '--%s' takes %d at most"):format((name:gsub("_", "-")), most)
      end
   end
   return true
end

-- What makes no sense together; nil when all does.
local function contradiction(values, shape, kinds, fields)
   local is_flows = shape == "table" and kinds[1] == "flow" and #kinds == 1 and not fields
   if (values.sort or values.top) and not is_flows then
      return "'--sort' and '--top' are for the table of flows: -T table, without -e"
   end
   if shape == "fields" and not fields then
      return "'-T fields' needs to know which: name them with -e"
   end
   if values.facts and (fields or (shape ~= "table" and shape ~= "json" and shape ~= "none")) then
      return "'--facts' are written with -T table or -T json, without -e"
   end
   if values.write and values.read and sources.have_exchanges_only(values.read) then
      return "'-w' writes packets, which databases do not have: 'weir sample cut' writes exchanges"
   end
   if values.write == "-" and shape ~= "none" and not values.log_dir then
      return "'-w -' writes packets to standard output, and records would go there, too: "
         .. "'-T none', or a file for one of them"
   end
   if values.facts and values.where then
      return "'-Y' chooses records, and '--facts' writes none"
   end
   if SINGLE[shape] and #kinds > 1 and not profile.of(values) then
      return ("'-T %s' has the columns of one kind of record: choose it with --only"):format(shape)
   end
   return profile.contradiction(values, shape, kinds)
end

-- Whose fields -e may name, those first that are meant when several have them.
local BY_FIELD = { "flow", "packet", "second", unpack(schema.meant, 5) }
local BY_FIELD_OF_ROWS = { "exchange", "http" }

-- The kinds of records that are written, the fields that are named, and the filter, if any; or nil,
-- why not, and the place in the filter.
local function choose(values, shape, part)
   local filter, why, place = where.filter(values, part)
   if why then return nil, why, place end
   local kinds = kinds_of(values, shape)
   if values.field then
      local of_rows = kinds[1] == "exchange" and BY_FIELD_OF_ROWS
      kinds = values.only or of_rows or BY_FIELD
   end
   if filter then
      kinds, why, place = where.kinds(filter, values, kinds)
      if not kinds then return nil, why, place end
   end
   if not values.field then return kinds, nil, filter end
   local kind, fields = kind_with(values.field, kinds, part)
   if not kind then return nil, fields end
   return { kind }, fields, filter
end

-- What weir.cli.sink and the meter need to know; or nil, what is wrong, and the place in the
-- filter.  `part`: the fields that extensions give (weir.extension.fields); nil without any.
function wanted.of(values, part)
   local shape = shape_of(values)
   local kinds, fields, filter = choose(values, shape, part)
   if not kinds then return nil, fields, filter end
   local ok, format, why
   ok, why = check_numbers(values)
   if not ok then return nil, why end
   format, why = wanted.parse_format(values.format)
   if not format then return nil, why end
   format.flush, format.community_seed = values.line_buffered, values.community_seed
   local asked = asked_by(values, fields, shape)
   local needed, reason, place = where.asked(filter, values, kinds, asked)
   if not needed then return nil, reason, place end
   local measured, left = measures(values, kinds, needed), without(kinds, "second")
   local has_seconds = measured.seconds or values.seconds
   if shape == "table" and #left == 1 and measured.flows and has_seconds then
      kinds, asked.seconds = left, true                             -- they are a column
      measured.seconds = true
   end
   why = contradiction(values, shape, kinds, fields)
   if why then return nil, why end
   return {
      shape = shape, kinds = kinds, fields = fields, format = format, stamp = values.time_format,
      sort = values.sort or (values.top and "-bytes"), top = values.top,
      live = values.interface or values.follow, asked = asked, measures = measured, part = part,
      profile = profile.of(values), log_dir = values.log_dir,
      shows_packets = measured.packets, filter = filter, again = needed.again,
      sources = filter and filter.options.sources,
   }
end

return wanted
