-- Filters: expressions over the fields of records, as docs/filters.md describes them.
--
--    local web = assert(filter.new "dest_port in {80 443} and src_ip == 10.0.0.0/8")
--    for packet in capture:packets() do if web(packet) then print(packet) end end
--
-- A loop over records of one kind is faster with web:of "packet".test.

local compile = require "weir.filter.compile"
local names   = require "weir.filter.names"
local parse   = require "weir.filter.parse"
local said    = require "weir.filter.shown"
local schema  = require "weir.schema"

local filter = {}
local object = {}
object.__index = object

-- Calls see(field, is_bare) with each field of a tree; ends with what it returns.
local function each_field(node, see)
   if node.field then return see(node.field, node.op == "is") end
   for _, inner in ipairs(node) do
      local found = each_field(inner, see)
      if found then return found end
   end
end

local function has(self, kind, field, is_bare)
   local known = names.find(kind, field.name, self.options.part)
   return known ~= nil or (is_bare and names.word(kind, field.name) ~= nil)
end

local function has_all(self, kind)
   return not each_field(self.tree, function (field, is_bare)
      return not has(self, kind, field, is_bare)
   end)
end

local function kinds_with(self, kinds, field, is_bare)
   local list = {}
   for _, kind in ipairs(kinds) do
      if has(self, kind, field, is_bare) then list[#list + 1] = kind end
   end
   return list
end

local function one_of(kinds)
   local list = {}
   for i, kind in ipairs(kinds) do list[i] = (kind:find "^[aeiou]" and "an " or "a ") .. kind end
   return table.concat(list, " or ")
end

-- Why none of these kinds has all the fields: the problem with the first that is too much.
local function objection(self, kinds)
   local left = kinds
   return each_field(self.tree, function (field, is_bare)
      local known, before = kinds_with(self, schema.kinds, field, is_bare), left
      left = kinds_with(self, left, field, is_bare)
      if left[1] then return nil end
      local message = names.objection(field.name, self.options.part)
      if known[1] == field.name then
         message = ("'%s' is a kind of record, not %s"):format(field.name, one_of(before))
      elseif known[1] then
         message = ("'%s' is a field of %s, not of %s%s"):format(field.name, one_of(known),
            one_of(before), #before < #kinds and ", as those before it are" or "")
      end
      return { message = message, from = field.from, to = field.to }
   end)
end

-- Those of the kinds of records that have all its fields, and for which its values mean something:
-- a type that DHCP never has is none of its own.  Or nil, why there is none, and the place.
function object:kinds(kinds)
   local list, problem = {}, nil
   for _, kind in ipairs(kinds or schema.kinds) do
      if self:of(kind) then list[#list + 1] = kind end
      problem = problem or self.problems[kind]
   end
   if list[1] then return list end
   return nil, said(self.text, problem or objection(self, kinds or schema.kinds))
end

-- The filter for a kind of record, as weir.filter.compile returns it; nil for a kind that does not
-- have all its fields; or nil, the reason and the place.
function object:of(kind)
   if self.compiled[kind] == nil then
      local compiled
      if has_all(self, kind) then
         compiled, self.problems[kind] = compile(self.tree, kind, self.options)
      end
      self.compiled[kind] = compiled or false
   end
   if self.problems[kind] then return nil, said(self.text, self.problems[kind]) end
   return self.compiled[kind] or nil
end

-- Whether it holds for a record, which it does not for one that lacks some of its fields.
function object:test(record)
   local compiled = self:of(record.event_type)
   return compiled ~= nil and compiled.test(record)
end

object.__call = object.test

-- Makes a filter.  options: part (what extensions give: weir.extension.fields), sources (the names
-- of the inputs, from 0), seed (of Community IDs).  Returns nil, the reason, and lines that show
-- the place, when it makes no sense for any kind of record.
function filter.new(expression, options)
   local tree, problem = parse(expression)
   if not tree then return nil, said(expression, problem) end
   local self = setmetatable({
      text = expression, tree = tree, options = options or {}, compiled = {}, problems = {},
   }, object)
   local why, place
   for _, kind in ipairs(schema.kinds) do
      local compiled, reason, where = self:of(kind)
      if compiled then return self end
      why, place = why or reason, place or where
   end
   if why then return nil, why, place end
   return nil, said(expression, objection(self, schema.kinds))
end

return filter
