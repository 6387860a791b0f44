-- The profiles of `weir read`: whose names and shapes the records are written in.

local profile = { names = { "eve", "zeek" } }

-- The module of the profile that a command line names; nil for Weir's own, which is eve's.
function profile.of(values)
   return values.profile == "zeek" and require "weir.profile.zeek" or nil
end

-- The shape of the output, when nothing is said of it.
function profile.shape(values) return values.log_dir and "tsv" or "json" end

-- Options that add fields, for which Zeek has no names.
local ADDING = { "field", "seconds", "stats", "splt", "offsets" }

-- Why a profile cannot be written like that; nil when it can.
local function objection(chosen, values, shape, kinds)
   local logs = chosen.logs_of(kinds)
   for _, name in ipairs(ADDING) do
      if values[name] then
         return ("'--profile zeek' says which fields there are: leave out '--%s'"):format(name)
      end
   end
   for _, kind in ipairs(kinds) do
      if #chosen.logs_of { kind } == 0 then
         return ("'--profile zeek' has no log for records of kind '%s'"):format(kind)
      end
   end
   if shape ~= "json" and shape ~= "tsv" and shape ~= "none" then
      return "'--profile zeek' is written as '-T json' or '-T tsv'"
   end
   if shape == "tsv" and #logs > 1 and not values.log_dir then
      return "each of Zeek's logs has columns of its own: name a folder for them with '--log-dir'"
   end
end

-- What makes no sense about profiles; nil when all does.
function profile.contradiction(values, shape, kinds)
   local chosen = profile.of(values)
   if chosen then return objection(chosen, values, shape, kinds) end
   if values.log_dir then return "'--log-dir' is for '--profile zeek'" end
end

return profile
