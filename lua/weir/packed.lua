-- Values of which JSON can say all, also of texts in them that are not UTF-8: these are base64
-- under NAME_b64, in a list { b64 = … }, as outputs write them.
--
--    packed.pack { name = "caf\xE9" }           --> { name_b64 = "Y2Fm6Q==" }
--    packed.read '{"name_b64":"Y2Fm6Q=="}'      --> { name = "caf\xE9" }

local json = require "weir.json"
local text = require "weir.text"

local packed = {}

-- The same with base64 where bytes are no text.
function packed.pack(value)
   if type(value) ~= "table" then return value end
   local made = {}
   for name, member in pairs(value) do
      if type(member) ~= "string" or text.is_utf8(member) then
         made[name] = packed.pack(member)
      elseif type(name) == "string" then
         made[name .. "_b64"] = text.to_base64(member)
      else
         made[name] = { b64 = text.to_base64(member) }
      end
   end
   return made
end

-- What it was, of what was decoded.  Returns nil when what stands there is no base64.
local function restore(value)
   local found
   for name, member in pairs(value) do
      if type(member) == "table" then
         local only = type(name) == "number" and member.b64
         if type(only) == "string" and next(member, next(member)) == nil then
            member = text.base64(only)
         elseif not restore(member) then
            return nil
         end
         if not member then return nil end
         value[name] = member
      elseif type(member) == "string" and type(name) == "string" and name:sub(-4) == "_b64" then
         found = found or {}
         found[name] = text.base64(member)
         if not found[name] then return nil end
      end
   end
   for name, bytes in pairs(found or {}) do
      value[name] = nil
      value[name:sub(1, -5)] = bytes
   end
   return value
end
packed.restore = restore

-- The value of the JSON text of something packed; nil when it is none.
function packed.read(source)
   local value = json.decode(source)
   local has_bytes = type(value) == "table" and source:find('b64"', 1, true)
   return has_bytes and restore(value) or value
end

return packed
