-- The extensions of a command line: found, loaded, run, and what they learnt written.

local host   = require "weir.host"
local output = require "weir.output"
local report = require "weir.cli.report"
local sheet  = require "weir.sheet"

local exit = report.exit
local extend = {}

-- The options of --set by extension: { burstiness = { min = "3" } }.
local function options_of(list)
   local set = {}
   for _, text in ipairs(list or {}) do
      local name, option, value = text:match "^([%w_-]+)%.([%w_]+)=(.*)$"
      if not name then
         return nil, ("option '--set' needs NAME.OPTION=VALUE, not '%s'"):format(text)
      end
      set[name] = set[name] or {}
      set[name][option] = value
   end
   return set
end

-- Loads the extensions that are named.  Returns nil, the reason and the exit code when that fails.
function extend.load(names, set_list, tell)
   local find, load = require "weir.extension.find", require "weir.extension.load"
   local set, why = options_of(set_list)
   if not set then return nil, why, exit.usage end
   local list = {}
   for i, given in ipairs(names) do
      local path
      path, why = find.path(given)
      if not path then return nil, why, exit.usage end
      local name = load.name(path)
      list[i], why = load.file(path, {
         set = set[name], say = function (line) tell(name .. ": " .. line) end,
      })
      if not list[i] then return nil, why, exit.script end
      for _, warning in ipairs(list[i].warnings) do report.warning(warning) end
      set[name] = nil
   end
   local stranger = next(set)
   if stranger then
      return nil, ("'--set %s.…': no extension of that name is loaded"):format(stranger), exit.usage
   end
   return list
end

-- The engine for what a command line names with --ext; nil when it names none.  Returns nil, the
-- reason and the exit code when they cannot be used.  `kb`: where facts go, in memory unless told.
function extend.open(values, kb)
   if not values.ext then
      local lonely = values.set and "--set" or values.facts and "--facts"
      if lonely then return nil, ("'%s' needs '--ext'"):format(lonely), exit.usage end
      return nil
   end
   local list, why, code = extend.load(values.ext, values.set, report.note)
   if not list then return nil, why, code end
   local learns = false
   for _, ext in ipairs(list) do learns = learns or ext.kind == "extractor" end
   if values.facts and not learns then
      return nil, "'--facts' needs an extractor: 'weir ext list' says which extensions are",
         exit.usage
   end
   local engine
   engine, why = require "weir.extension.engine".new(list,
      { tell = report.warning, log = report.note, strict = values.strict, kb = kb })
   if not engine then return nil, why, exit.script end
   return engine
end

-- Makes the engine see a capture, and reloads its extensions as their files change.
function extend.attach(engine, capture)
   local ok, why = engine:attach(capture)
   if not ok then return nil, why end
   ok, why = require "weir.extension.reload".watch(engine)
   if not ok then report.warning("extensions will not be reloaded: " .. why) end
   return true
end

-- Last words: one line for each extension that failed.
function extend.summary(engine)
   local lines = {}
   for _, ext in ipairs(engine.extensions) do
      local known = engine.faults:of(ext.name)
      if known.count > 0 then
         lines[#lines + 1] = ("extension '%s': %d error%s%s, the last: %s"):format(ext.name,
            known.count, known.count == 1 and "" or "s",
            known.paused and ", and it is paused" or "", known.last)
      end
   end
   local dropped = engine.kb.dropped
   if dropped > 0 then
      lines[#lines + 1] = ("%d fact(s) left out for want of room"):format(dropped)
   end
   return lines
end

-- ---- facts --------------------------------------------------------------------------------------

local columns = {
   { name = "type", colour = "dim" }, { name = "what", min = 16, shrink = 1 },
   { name = "relation", colour = "cyan" }, { name = "type", colour = "dim" },
   { name = "what", min = 16, shrink = 1 },
   { name = "times", align = "right" }, { name = "known of it", min = 10, shrink = 2, spare = 2 },
   { name = "by", colour = "dim", spare = 1 },
}

local function row_of(fact)
   if fact.fact == "relationship" then
      local from, to = fact.from, fact.to
      return { from.type, from.key, fact.verb, to.type, to.key, fact.count, "", fact.by }
   end
   local data = fact.data and require "weir.json".encode(fact.data) or ""
   return { fact.type, fact.key, "", "", "", fact.count, data, fact.by }
end

local function as_table(facts, write)
   local out = sheet.new {
      columns = columns, width = host.width "stdout" or math.huge, colour = host.colour "stdout",
      write = write,
   }
   for _, fact in ipairs(facts) do out:row(row_of(fact)) end
   out:finish()
end

local function as_json(facts, write)
   local json, kb = require "weir.json", require "weir.kb"
   for _, fact in ipairs(facts) do write(json.record(kb.record(fact)) .. "\n") end
end

-- Writes what the extractors learnt to standard output, as a table or as JSON.  Returns nil, the
-- reason and whether nobody reads any more when that fails.
function extend.write_facts(engine, shape)
   local out, why = output.open "-"
   if not out then return nil, why end
   local ok, reason, gone = true, nil, nil
   local function write(text)
      if ok then ok, reason, gone = out:write(text) end
   end
   if shape == "table" then as_table(engine.kb.facts, write) end
   if shape == "json" then as_json(engine.kb.facts, write) end
   if not ok then
      out:close()
      return nil, reason, gone
   end
   return out:close()
end

return extend
