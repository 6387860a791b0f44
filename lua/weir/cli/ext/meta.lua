-- The library as LuaLS is to see it: files of an addon, made of what the library knows of itself.
--
--    for path, text in pairs(meta.files()) do … end          -- "library/weir.lua", …

local api     = require "weir.cli.ext.api"
local capture = require "weir.capture"
local json    = require "weir.json"
local kinds   = require "weir.extension.kinds"
local records = require "weir.cli.ext.records"
local schema  = require "weir.schema"
local sorted  = require "weir.sorted"
local web     = require "weir.cli.ext.web"

local meta = {}

-- What the keys of a manifest mean.
meta.KEYS = {
   about = "one line: what it is for", version = "given to `migrate` at a reload",
   name = "a name for people; --ext takes the file's", authors = "who wrote it",
   license = "under which terms", repository = "where it is developed",
   wants = "fields of flows that it reads, of the core's or of other extensions",
   gives = "fields that it adds to flows, with what they are",
   memory = "members of `self` in C's types: a struct for each flow, zero at its beginning",
   on = "the records that it is shown", options = "defaults of self.options",
   subscribe = "channels that it reads, of the core's or of other extensions",
   publish = "channels on which its rows appear",
   batch = "how many rows an inference sees at once, and for how many seconds it waits for more",
   requires = "modules that it loads", log = "kept for other programs",
   needs = "what it reaches: read:DIR, write:DIR, exec, ffi …",
}

local PACKET, FLOW = "packet: weir.packet", "flow: weir.flow"
local RECORD = ("weir.%s"):format(table.concat(schema.kinds, "|weir."))
local ROW, ROWS = "weir.row|" .. RECORD, ("(weir.row|%s)[]"):format(RECORD)

local START = { nil, nil, "before the first row" }
local STOP = { nil, nil, "behind the last row" }
local MIGRATE = { "version?: string", nil, "at a reload: the version before" }

-- What the moments are called with, what they return, and when they come.
meta.MOMENTS = {
   feature = {
      begin = { "flow: weir.begin", "boolean?", "a flow begins; false leaves it alone" },
      new_flow = { PACKET, "boolean?", "its first packet; false leaves the flow alone" },
      packet = { PACKET, "boolean?", "a packet of the flow; false ends the flow" },
      finish = { FLOW, "table?", "the flow has ended: what it gives" },
      migrate = MIGRATE,
   },
   inference = {
      start = START,
      infer = {
         "batch: weir.columns, out: table<string, table<integer, any>>", nil,
         "rows as columns: batch.n of them, batch.FIELD[i] from 1; fill out.FIELD[i]",
      },
      stop = STOP, migrate = MIGRATE,
   },
   reporting = {
      start = START,
      row = { "row: " .. ROW, nil, "a row" },
      rows = { "rows: " .. ROWS, nil, "rows, in place of `row`" },
      flush = { nil, "boolean?", "make safe what came so far; false: not yet, ask again" },
      tick = { "now: number", nil, "about once a second of the clock" },
      stop = STOP, migrate = MIGRATE,
   },
   extractor = {
      start = START,
      extract = { ("record: %s, kb: weir.kb"):format(ROW), nil, "a record" },
      extract_rows = {
         ("rows: %s, kb: weir.kb"):format(ROWS), nil,
         "rows, in place of `extract`: say kb:of(row) before telling facts of a row",
      },
      stop = STOP, migrate = MIGRATE,
   },
}
for _, chain in ipairs(kinds.chains) do
   meta.MOMENTS.feature[chain] = {
      PACKET .. ", reverse: boolean", "boolean?",
      ("a packet with %s; false ends the flow"):format(chain == "l4" and "another transport"
         or chain),
   }
end

for _, protocol in ipairs(kinds.protocols) do
   meta.MOMENTS.feature[protocol] = {
      "record: weir." .. protocol, nil, ("what was said in the flow: %s"):format(protocol),
   }
end

local function alternatives(names)
   local quoted = {}
   for i, name in ipairs(names) do quoted[i] = ('"%s"'):format(name) end
   return table.concat(quoted, "|")
end

-- The type of a key's value.
local function key_type(key, form)
   if key == "gives" then
      return ("table<string, %s>"):format(alternatives(sorted(kinds.gives)))
   elseif key == "on" then
      return alternatives(schema.kinds)
   elseif key == "memory" then
      return "table<string, string>"
   elseif key == "batch" then
      return "{ size?: integer, seconds?: number }"
   end
   return form == "list" and "string[]" or form == "map" and "table" or "string"
end

local function add_kind(add, kind)
   local own = kinds.all[kind]
   add ""
   add(("---@class weir.%s.manifest"):format(kind))
   for _, keys in ipairs { kinds.keys, own.keys } do
      for _, key in ipairs(sorted(keys)) do
         add(("---@field %s? %s %s"):format(key, key_type(key, keys[key]), meta.KEYS[key]))
      end
   end
   add ""
   add(("---@class weir.%s"):format(kind))
   add "---@field options table what the manifest says, or the user"
   add "---@field log weir.log"
   if own.keys.publish and own.keys.subscribe then
      add(("---@field publish fun(self: weir.%s, row: weir.row) puts a row on its channels"):format(
         kind))
   end
   add "---@field [string] any"
   for _, name in ipairs(own.moments) do
      local takes, gives, about = unpack(meta.MOMENTS[kind][name], 1, 3)
      add(("---@field %s? fun(self: weir.%s%s)%s %s"):format(name, kind,
         takes and ", " .. takes or "", gives and ": " .. gives or "", about))
   end
end

local function add_options(add)
   add ""
   add "---@class weir.open.options"
   for _, name in ipairs(sorted(capture.OPTIONS)) do
      local what = capture.OPTIONS[name]
      add(("---@field %s? %s"):format(name, type(what) == "number" and "number" or what))
   end
end

local MAKER = [[

---@param manifest weir.%s.manifest
---@return weir.%s
function weir.%s(manifest) end
]]

local function library()
   local lines = { "---@meta" }
   local function add(line) lines[#lines + 1] = line end
   for _, kind in ipairs(sorted(kinds.all)) do add_kind(add, kind) end
   add_options(add)
   add(api)
   for _, kind in ipairs(sorted(kinds.all)) do add(MAKER:format(kind, kind, kind)) end
   add "return weir\n"
   return table.concat(lines, "\n")
end

local STATS = [[
---@meta

---@class weir.running a sum that goes on
---@field n integer
---@field sum number
---@field mean number
---@field min number
---@field max number
---@field add fun(self: weir.running, x: number)
---@field deviation fun(self: weir.running): number of the sample

---@class weir.stats
local stats = {}

---@return weir.running
function stats.running() end

return stats
]]

-- The files of the addon, by their paths in it.
function meta.files()
   local files = {
      ["config.json"] = json.encode {
         name = "Weir", words = { "require[%s%(\"']+weir" },
         settings = { ["Lua.runtime.version"] = "LuaJIT" },
      } .. "\n",
      ["library/weir.lua"] = library(),
      ["library/weir/records.lua"] = records.text(),
      ["library/weir/extensions.lua"] = records.given(),
      ["library/weir/stats.lua"] = STATS,
   }
   for path, text in pairs(web) do files[path] = text end
   return files
end

return meta
