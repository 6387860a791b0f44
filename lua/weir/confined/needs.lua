-- What a confined process is granted of what an extension's manifest needs.
--
--    needs.grant { "read:lists" }       --> { read = { "lists" }, write = {}, environment = {}, … }

local host = require "weir.host"

local needs = {}

-- What none ever has, and why.
local NEVER = {
   net = "the network", redis = "a server", exec = "other programs",
}

-- Returns nil and the reason when it needs what cannot be granted.
function needs.grant(list)
   local granted = { read = {}, write = {}, environment = {}, said = {} }
   for _, need in ipairs(list or {}) do
      local kind, what = need:match "^(%l+):?(.*)$"
      if NEVER[kind] then
         return nil, ("it needs '%s', and a confined process never reaches %s"):format(need,
            NEVER[kind])
      elseif kind == "read" or kind == "write" then
         if not host.is_folder(what) and not host.is_file(what) then
            return nil, ("it needs '%s', and there is no '%s'"):format(need, what)
         end
         table.insert(granted[kind], what)
      elseif kind == "env" then
         granted.environment[what] = os.getenv(what)
      elseif kind ~= "ffi" then
         return nil, ("it needs '%s', which nobody knows"):format(need)
      end
      granted.said[need] = true
   end
   return granted
end

return needs
