-- The plans (weir.plan) by which records of the core are written: one for each kind, made when its
-- first record comes, and anew when they are of another run, or extensions give other fields.
--
--    local plans = plans.new { shape = "json", nested = true }
--    out:record(plans:of(record), record)

local cells = require "weir.cells"
local parts = require "weir.extension.fields"
local plan  = require "weir.plan"

local plans = {}
plans.__index = plans

-- What is written unless it is named: not what others have measured for themselves.
local ASKED = { names = true, labels = true, apps = true }

-- options: those of plan.new; and `columns`, the names of the fields, all of the kind unless told.
function plans.new(options)
   return setmetatable({ options = options, by_kind = {} }, plans)
end

-- A column that no record of the kind has.
local function nobody(kind, name)
   return { name = name, as = "u8", at = 0, mask = 2 ^ 31, kind = kind }
end

local function named(kind, names, part)
   local list = {}
   for i, name in ipairs(names) do
      list[i] = parts.find(kind, name, part) or nobody(kind, name)
      if list[i].as == "part" then list[i] = nobody(kind, name) end
   end
   return list
end

-- Values that stand in a template as they are anywhere else; and those of which nothing is none.
local SIMPLE = {
   u8 = true, u16 = true, u32 = true, s32 = true, count = true, id = true, number = true,
   time = true, epoch = true, address = true, ether = true, boolean = true, cell = true,
}
local MAY_BE_NONE = { name8 = true, name16 = true, text = true, string = true }

-- Whether the core writes a field into a template as scripts see it: not times that are numbers
-- there, nor the checksums of a packet.
local function is_simple(field)
   if field.name == "timestamp" or field.as == "epoch" and not field.span then return false end
   if field.kind == "packet" and field.as == "name8" then return false end
   return SIMPLE[field.as] or MAY_BE_NONE[field.as]
end

-- The fields of a template with the words before them; nil when some are lists, or the like.
local function worded(fields, before, behind)
   local list = {}
   for i, field in ipairs(fields) do
      if not is_simple(field) then return nil end
      list[i] = setmetatable({
         before = before[i], skip_zero = MAY_BE_NONE[field.as] and field.skip_zero or false,
      }, { __index = field })
   end
   list[#list + 1] = { name = "", as = "close", before = behind }
   return list
end

-- The fields of a kind that are written; `record` is one of it.
function plans:fields(kind, record)
   local fields = cells.about(record).fields
   local part, columns = fields and fields[1] and parts.part(fields), self.options.columns
   if columns and columns[1] then
      local list, before = named(kind, columns, part), self.options.before
      if before then return worded(list, before, self.options.behind) end
      return list
   end
   local shape = self.options.nested and "json" or "separated"
   return plan.fields(kind, { shape = shape, part = part, asked = ASKED })
end

-- The names of the sources of a run, from 0.
local function sources_of(about)
   local sources = {}
   for i, path in ipairs(about.paths or {}) do sources[i - 1] = path end
   return sources
end

local function make(self, kind, record, about)
   local how = setmetatable({ sources = sources_of(about) }, { __index = self.options })
   local fields = self:fields(kind, record)
   local made = fields and plan.new(fields, how) or false
   self.by_kind[kind] = made
   return made
end

-- The plan for a record; false for a template that the core cannot write.
function plans:of(record)
   local about, kind = cells.about(record), record.event_type
   if about ~= self.about then self.about, self.by_kind = about, {} end
   local made = self.by_kind[kind]
   if made == nil then return make(self, kind, record, about) end
   return made
end

return plans
