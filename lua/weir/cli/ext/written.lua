-- Files that a command writes, with the folders above them.

local host   = require "weir.host"
local output = require "weir.output"

local written = {}

-- Writes a file; returns nil and the reason when it cannot.
function written.file(path, text)
   local folder = path:match "^(.+)/"
   if folder then
      local ok, why = host.make_folder(folder)
      if not ok then return nil, why end
   end
   local out, why = output.open(path)
   if not out then return nil, why end
   local ok
   ok, why = out:write(text)
   local closed, reason = out:close()
   if ok and closed then return true end
   return nil, why or reason
end

return written
