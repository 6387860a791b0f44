-- A workspace: the folder with what was measured, recorded and learnt.
--
--    local data = weir.workspace "weir-data"
--    for row in data:rows("SELECT * FROM traffic.flows WHERE dst_port = ?", 443) do … end
--    print(#data:sql "SELECT * FROM traffic.biflow")
--
-- Its databases are attached under their names, those that there are, and only read.

local attach = require "weir.attach"
local host   = require "weir.host"

local workspace = {
   DIRECTORY = "./weir-data",             -- unless told
   DATABASES = { "traffic", "probe", "kb", "jobs" },
}

-- Besides its methods it has views of what is stored (weir.views): data.flows, data.dns, ….
function workspace:__index(name)
   local own = workspace[name]
   if own ~= nil then return own end
   return rawget(self, "base") and require "weir.views".of_workspace(self, name) or nil
end

local function path_of(folder, name) return ("%s/%s.db"):format(folder, name) end

-- Whether a path is the folder of a workspace.
function workspace.is(folder)
   if not host.is_folder(folder) then return false end
   for _, name in ipairs(workspace.DATABASES) do
      if host.is_file(path_of(folder, name)) then return true end
   end
   return false
end

-- Opens the workspace in a folder.  Returns nil and the reason when there is none.
-- It has `folder`, `paths` of the databases by name, and `base`, a weir.db that has them attached.
function workspace.open(folder)
   folder = (folder or workspace.DIRECTORY):gsub("(.)/+$", "%1")
   if not workspace.is(folder) then
      return nil, ("'%s' is no workspace: 'weir run -W %s -r FILE' makes one"):format(folder,
         folder)
   end
   local self = setmetatable({ folder = folder, paths = {} }, workspace)
   for _, name in ipairs(workspace.DATABASES) do self.paths[name] = path_of(folder, name) end
   local base, why = attach.open({ folder }, {})
   if not base then return nil, why end
   self.base = base
   return self
end

local function open(self) return self.base or error("the workspace is closed", 3) end

-- Iterates over the rows of a query, as tables by the names of columns.
function workspace:rows(text, ...) return open(self):rows(text, ...) end

-- All rows of a query, as an array of such tables; or nil and the reason.
function workspace:sql(text, ...) return open(self):all(text, ...) end

function workspace:close()
   if self.base then self.base:close() end
   self.base = nil
end

-- Makes the folder of a workspace where there is none; returns the paths of its databases.
function workspace.make(folder)
   local ok, why = host.make_folder(folder)
   if not ok then return nil, why end
   local paths = {}
   for _, name in ipairs(workspace.DATABASES) do paths[name] = path_of(folder, name) end
   return paths
end

return workspace
