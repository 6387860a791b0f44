-- Folders whose files change: asked between other work, it never waits.
--
--    local w = assert(watch.open())
--    assert(w:folder "extensions")
--    for _, path in ipairs(assert(w:changes())) do load(path) end

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local watch = {}
watch.__index = watch

local ROOM = 256                         -- changes that one call tells at most
local out = ffi.new("struct weir_change[?]", ROOM)

function watch.open()
   local handle = C.weir_watch_open()
   if handle == nil then return nil, abi.reason() end
   return setmetatable({ handle = ffi.gc(handle, C.weir_watch_close), folders = {} }, watch)
end

local function open(self) return self.handle or error("watch is closed", 3) end

-- Watches the files in a folder, not those below it.  True; or nil and the reason.
function watch:folder(path)
   local id = C.weir_watch_add(open(self), path)
   if id < 0 then return nil, abi.reason() end
   self.folders[id] = path
   return true
end

local function add(list, path)
   if not list[path] then list[#list + 1], list[path] = path, true end
end

-- The paths of files that were made, written to, renamed or removed since the last call, each
-- once; mostly none.  The path of a folder itself says that it is gone, or that there was so much
-- that anything in it may have changed.  Nil and the reason when nothing can be told any more.
function watch:changes()
   local n, list = C.weir_watch_read(open(self), out, ROOM), {}
   if n < 0 then return nil, abi.reason() end
   for i = 0, n - 1 do
      local folder, name = self.folders[out[i].folder], ffi.string(out[i].name)
      if out[i].folder < 0 then
         for _, path in pairs(self.folders) do add(list, path) end
      elseif folder then
         add(list, name == "" and folder or folder:gsub("/*$", "/", 1) .. name)
      end
   end
   for i = 1, #list do list[list[i]] = nil end
   return list
end

jit.off(watch.changes)                    -- asked between batches, which is not worth a trace

function watch:close()
   if self.handle then C.weir_watch_close(ffi.gc(self.handle, nil)) end
   self.handle = nil
end

return watch
