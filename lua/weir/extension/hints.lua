-- What the author of an extension may have meant otherwise, which is no error: lines to warn with.

local kinds   = require "weir.extension.kinds"
local nearest = require "weir.nearest"
local schema  = require "weir.schema"
local util    = require "jit.util"

local ALONE = { start = true, stop = true }              -- moments without a record
local SELF  = { self = true, record = true, rec = true, _ = true }      -- what one calls oneself

local function line_of(f) return util.funcinfo(f).linedefined end

-- A method that is called almost like a moment.
local function misspelt(add, of, moments, kind)
   for name, value in pairs(of) do
      local near = type(value) == "function" and moments[name] == nil and #name > 3
         and nearest(name, kinds.all[kind].moments)
      if near and not moments[near] then
         add(line_of(value), "'%s' is no moment: did you mean '%s'?", name, near)
      end
   end
end

-- A moment written with a dot: what it takes for the record is its self.
local function selfless(add, moments)
   for name, f in pairs(moments) do
      local info = util.funcinfo(f)
      local first = info.params == 1 and debug.getlocal(f, 1)
      if first and not SELF[first] and not ALONE[name] then
         add(info.linedefined, "'%s' takes its self for '%s': write function x:%s(%s)", name, first,
            name, first)
      end
   end
end

-- The strings that a function names.
local function strings(f)
   local list = {}
   for at = -1, -1000, -1 do
      local constant = util.funck(f, at)
      if constant == nil then return list end
      if type(constant) == "string" then list[#list + 1] = constant end
   end
   return list
end

-- A field that is measured only for those who want it, and is not wanted.
local function unmeasured(add, moments, manifest)
   local wanted = {}
   for _, want in ipairs(manifest.wants or {}) do
      local field = schema.of "flow".names[want]
      if field and field.asked then wanted[field.asked] = true end
   end
   local gives = manifest.gives or {}
   for _, moment in ipairs { "finish", "extract" } do
      for _, name in ipairs(moments[moment] and strings(moments[moment]) or {}) do
         local field = schema.of "flow".names[name]
         local asked = field and field.part and field.asked
         if asked and not wanted[asked] and not gives[name] then
            add(line_of(moments[moment]),
               "'%s' is measured only when it is wanted: wants = { \"%s\" }", name, name)
            wanted[asked] = true
         end
      end
   end
end

-- Warnings for a class of a kind with these moments, from the file at `path`.
return function (of, kind, moments, manifest, path)
   local list = {}
   local function add(line, format, ...)
      list[#list + 1] = ("%s:%d: %s"):format(path, line, format:format(...))
   end
   misspelt(add, of, moments, kind)
   selfless(add, moments)
   unmeasured(add, moments, manifest)
   table.sort(list)
   return list
end
