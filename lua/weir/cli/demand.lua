-- Who wants what of the core, and what nobody wants: `weir read --plan`.  What is off is free.

local needs  = require "weir.extension.needs"
local report = require "weir.cli.report"
local schema = require "weir.schema"

local demand = {}

-- What can be asked of the core, besides parsers: options of weir.open, and what they stand for.
local parts = {
   { "packets", "records of packets", kind = "packet" },
   { "flows", "records of flows", kind = "flow" },
   { "begins", "records of flows that begin", kind = "begin" },
   { "seconds", "records of seconds of flows", kind = "second" },
   { "stats", "NFStream's statistics" },
   { "splt", "the first packets of a flow" },
   { "tcp", "facts of IP and TCP headers" },
   { "offsets", "where packets are in the file" },
   { "names", "names of destinations" },
   { "labels", "what is spoken in flows" },
   { "cuts", "flows that extensions may end" },
}

-- Whose parsers tell names.
local TELLERS = { "dns", "mdns", "tls", "quic", "http" }

-- Kinds of records that no flow is called after: only those who want the records have them made.
local NO_LABELS = { "stream", "exchange", "arp" }

local function has(list, item)
   for _, known in ipairs(type(list) == "table" and list or {}) do
      if known == item then return true end
   end
   return list == true
end

-- ---- the command line ----------------------------------------------------------------

-- Why records of a kind are wanted.
local function for_kind(add, kind, values, want)
   if kind == "packet" and values.write then add "-w" end
   if kind == "second" and values.seconds then add "--seconds" end
   if has(values.only, kind) then add("--only " .. kind) end
   for _, field in ipairs(want.fields or {}) do
      if field.kind == kind then add("-e " .. field.name) end
   end
   local is_default = not values.only and not want.fields
   local by = want.profile and "--profile " .. want.profile.name or "-T " .. want.shape
   if is_default and kind ~= "second" and kind ~= "packet" and has(want.kinds, kind) then
      add(by)
   end
end

-- The option that asks for a part, where that has another name; and what tables have unasked.
local OPTION = { labels = "names" }
local UNASKED = { names = true, labels = true }

-- Why something is that is measured when asked for.
local function for_option(add, name, values, want)
   local option = OPTION[name] or name
   if want.profile and want.profile.asked[name] then add("--profile " .. want.profile.name) end
   if values[option] then add("--" .. option) end
   if UNASKED[name] and want.measures[name] and not values[option] and not want.fields then
      add("-T " .. want.shape)
   end
   for _, field in ipairs(want.fields or {}) do
      if field.asked == name then add("-e " .. field.name) end
   end
   for _, kind in ipairs(want.filter and want.kinds or {}) do
      local filter = want.filter:of(kind)
      if filter and filter.asked[name] then add "-Y" end
   end
end

-- The words of a command line that want a part.
local function wanted_by(part, values, want)
   local list, seen = {}, {}
   local function add(word)
      if not seen[word] then list[#list + 1], seen[word] = word, true end
   end
   if part.kind then for_kind(add, part.kind, values, want) end
   if not part.is_parser then for_option(add, part.name, values, want) end
   if part.is_parser then
      if not has(NO_LABELS, part.name) then for_option(add, "labels", values, want) end
      if has(TELLERS, part.name) then for_option(add, "names", values, want) end
   end
   if part.name == "stats" then for_option(add, "splt", values, want) end
   return list
end

-- ---- all of it -------------------------------------------------------------------------

local function is_on(part, options)
   if part.is_parser then
      return has(options.protocols, part.name)
         or options.labels and not has(NO_LABELS, part.name)
         or options.names and has(TELLERS, part.name) or false
   end
   return options[part.name] and true or false
end

local function all_parts()
   local list = {}
   for i, part in ipairs(parts) do
      list[i] = { name = part[1], about = part[2], kind = part.kind }
   end
   for _, kind in ipairs(schema.protocols) do
      list[#list + 1] = { name = kind, about = "the parser of " .. kind, kind = kind,
         is_parser = true }
   end
   return list
end

-- The parts, each with `on` and who wants it: `by`, an array.  `want` is what weir.cli.wanted made
-- of the command line, `engine` runs its extensions (nil without any).
function demand.of(values, want, engine)
   local options = {}
   for name, value in pairs(want.measures) do options[name] = value end
   if engine then engine:measures(options, want.live) end
   local list = all_parts()
   for _, part in ipairs(list) do
      local before = is_on(part, want.measures)
      part.on, part.by = is_on(part, options), before and wanted_by(part, values, want) or {}
      for _, ext in ipairs(engine and engine.extensions or {}) do
         if is_on(part, needs.add({ ext }, {})) then
            part.by[#part.by + 1] = ("extension %s"):format(ext.name)
         end
      end
      if part.on and #part.by == 0 then
         part.by[1] = before and "the command line" or "extensions that may be reloaded"
      end
   end
   return list
end

local function as_json(list)
   local json = require "weir.json"
   for _, part in ipairs(list) do
      report.page(json.record {
         { "part", part.is_parser and "parser" or part.name }, { "kind", part.kind },
         { "on", part.on }, { "by", part.by[1] and part.by },
      } .. "\n")
   end
end

-- Prints them; as JSON lines when `-T json` says so.
function demand.show(values, want, engine)
   local list = demand.of(values, want, engine)
   if values.type == "json" then
      as_json(list)
      return report.exit.ok
   end
   local out = report.sheet {
      { name = "what", colour = "bold" }, { name = "is", colour = "dim" },
      { name = "wanted by", min = 20, shrink = 1 },
   }
   for _, part in ipairs(list) do
      out:row { part.about, part.on and "on" or "off", table.concat(part.by, ", ") }
   end
   out:finish()
   return report.exit.ok
end

return demand
