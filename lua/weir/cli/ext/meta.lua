-- The library as LuaLS is to see it: files of an addon, made of what the library knows of itself.
--
--    for path, text in pairs(meta.files()) do … end          -- "library/weir.lua", …

local capture  = require "weir.capture"
local json     = require "weir.json"
local kinds    = require "weir.extension.kinds"
local manifest = require "weir.extension.manifest"
local records  = require "weir.cli.ext.records"
local schema   = require "weir.schema"
local web      = require "weir.cli.ext.web"

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
   requires = "modules that it loads", needs = "what it reaches: read:DIR, write:DIR, exec, ffi …",
   log = "kept for other programs",
}

local PACKET, FLOW = "packet: weir.packet", "flow: weir.flow"

-- What the moments are called with, what they return, and when they come.
meta.MOMENTS = {
   feature = {
      begin = { "flow: weir.begin", "boolean?", "a flow begins; false leaves it alone" },
      new_flow = { PACKET, "boolean?", "its first packet; false leaves the flow alone" },
      packet = { PACKET, "boolean?", "a packet of the flow; false ends the flow" },
      finish = { FLOW, "table?", "the flow has ended: what it gives" },
      migrate = { "version?: string", nil, "at a reload: the version before" },
   },
   extractor = {
      start = { nil, nil, "before the first record" },
      extract = {
         ("record: weir.%s, kb: weir.kb"):format(table.concat(schema.kinds, "|weir.")), nil,
         "a record",
      },
      stop = { nil, nil, "behind the last record" },
      migrate = { "version?: string", nil, "at a reload: the version before" },
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
      return ("table<string, %s>"):format(alternatives(manifest.sorted(kinds.gives)))
   elseif key == "on" then
      return alternatives(schema.kinds)
   elseif key == "memory" then
      return "table<string, string>"
   end
   return form == "list" and "string[]" or form == "map" and "table" or "string"
end

local function add_kind(add, kind)
   local own = kinds.all[kind]
   add ""
   add(("---@class weir.%s.manifest"):format(kind))
   for _, keys in ipairs { kinds.keys, own.keys } do
      for _, key in ipairs(manifest.sorted(keys)) do
         add(("---@field %s? %s %s"):format(key, key_type(key, keys[key]), meta.KEYS[key]))
      end
   end
   add ""
   add(("---@class weir.%s"):format(kind))
   add "---@field options table what the manifest says, or the user"
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
   for _, name in ipairs(manifest.sorted(capture.OPTIONS)) do
      local what = capture.OPTIONS[name]
      add(("---@field %s? %s"):format(name, type(what) == "number" and "number" or what))
   end
end

local API = [[

---@class weir.slice bytes of a packet; offsets count from 0
---@field u8 fun(self: weir.slice, at: integer): integer
---@field u16 fun(self: weir.slice, at: integer): integer
---@field u24 fun(self: weir.slice, at: integer): integer
---@field u32 fun(self: weir.slice, at: integer): integer
---@field le16 fun(self: weir.slice, at: integer): integer
---@field le32 fun(self: weir.slice, at: integer): integer
---@field sub fun(self: weir.slice, at: integer, size?: integer): weir.slice
---@field string fun(self: weir.slice, at?: integer, size?: integer): string
---@field find fun(self: weir.slice, text: string, from?: integer): integer?
---@field hex fun(self: weir.slice): string
---@operator len: integer

---@class weir.entity
---@class weir.relationship

---@class weir.kb what extractors tell what they learn
local kb = {}

---A thing of a type, told from others of the type by its key.
---@param type string
---@param key string
---@param data? table what is known of it
---@param confidence? number how sure that is, from 0 to 1
---@return weir.entity
function kb:entity(type, key, data, confidence) end

---@param from weir.entity
---@param verb string
---@param to weir.entity
---@param time? number seconds since 1970; that of the record unless told
---@param confidence? number how sure that is, from 0 to 1
---@return weir.relationship
function kb:relate(from, verb, to, time, confidence) end

---Adds what was not known of an entity or a relationship.
---@param fact weir.entity|weir.relationship
---@param data table
function kb:learn(fact, data) end

---@class weir.batch
---@field packets weir.packet[] from 0
---@field packet_count integer
---@field flows weir.flow[] from 0
---@field flow_count integer
---@field begins weir.begin[] from 0
---@field begin_count integer
---@field seconds weir.second[] from 0
---@field second_count integer

---@class weir.capture
---@field batches fun(self: weir.capture): fun(): weir.batch?, integer?
---@field packets fun(self: weir.capture): fun(): weir.packet?
---@field counts fun(self: weir.capture): table, table
---@field cut fun(self: weir.capture, packet: weir.packet, flow?: integer)
---@field memory fun(self: weir.capture, ctype: string): any
---@field enough fun(self: weir.capture)
---@field close fun(self: weir.capture)
---@field problems table[]
---@field paths string[]

---@class weir.filter
---@field test fun(self: weir.filter, record: any): boolean
---@field of fun(self: weir.filter, kind: string): table?, string?
---@field kinds fun(self: weir.filter, kinds?: string[]): string[]?, string?
---@operator call(any): boolean

---@class weir
---@field version string
---@field html weir.html
---@field json weir.json
---@field stats weir.stats
---@field text weir.text
---@field url weir.url.module
local weir = {}

---Opens captures, or an interface; nil and the reason when there is nothing to read.
---@param source string|string[]
---@param options? weir.open.options
---@return weir.capture?
---@return string? reason
function weir.open(source, options) end

---An expression over fields as a function of records; nil and the reason when it makes no sense.
---@param expression string
---@param options? table
---@return weir.filter?
---@return string? reason
function weir.filter(expression, options) end

---A workspace; nil and the reason when the folder is none.
---@param folder string
---@return table?
---@return string? reason
function weir.workspace(folder) end

---The interfaces one can listen to.
---@return table[]?
---@return string? reason
function weir.interfaces() end
]]

local MAKER = [[

---@param manifest weir.%s.manifest
---@return weir.%s
function weir.%s(manifest) end
]]

local function library()
   local lines = { "---@meta" }
   local function add(line) lines[#lines + 1] = line end
   for _, kind in ipairs(manifest.sorted(kinds.all)) do add_kind(add, kind) end
   add_options(add)
   add(API)
   for _, kind in ipairs(manifest.sorted(kinds.all)) do add(MAKER:format(kind, kind, kind)) end
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
