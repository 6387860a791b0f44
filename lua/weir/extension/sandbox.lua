-- The world an extension's file sees: the standard library without what reaches outside (unless the
-- manifest's `needs` says so), modules of its own, and no way to make a global.
--
-- This guards against accidents.  It is no wall against an extension that means harm.

local limit = require "weir.extension.limit"

local sandbox = {}

sandbox.LARGEST = 1048576                 -- bytes of a file of Lua

local SAFE = {
   "assert", "error", "getmetatable", "ipairs", "next", "pairs", "rawequal", "rawget", "rawset",
   "rawlen", "select", "setmetatable", "tonumber", "tostring", "type", "unpack", "_VERSION",
}
local LIBRARIES = { "string", "table", "math", "bit", "coroutine" }      -- copies: one's own
local SHIPPED = { ["table.new"] = true, ["table.clear"] = true, ["string.buffer"] = true }
local NETWORK = {                         -- modules that reach out, and what lets them
   ["weir.http"] = "net", ["weir.loop"] = "net", ["weir.redis"] = "redis",
   ["weir.reputation"] = "net",
}
local CLOCKS = { "time", "clock", "date", "difftime" }

local function copy(library)
   local made = {}
   for name, value in pairs(library) do made[name] = value end
   return made
end

-- Whether `needs` names what is asked for: "exec", "env:HOME", or "read:DIR" for any path in DIR.
local function is_granted(needs, what, path)
   for _, need in ipairs(needs or {}) do
      local kind, folder = need:match "^(%l+):(.*)$"
      local inside = kind == what and path and not path:find("..", 1, true)
         and (folder == "." and path:sub(1, 1) ~= "/" or path:sub(1, #folder) == folder)
      if need == what or inside then return true end
   end
   return false
end

-- Raises an error unless `what`, of a path where there is one, is among the needs.
local function demand(loading, what, path, caller)
   if is_granted(loading.needs, what, path) then return end
   local text = path and ("%s:%s"):format(what, path:match "^(.+)/" or ".") or what
   error(("%s needs \"%s\": put it into the manifest's 'needs'"):format(caller, text), 3)
end

local function io_of(loading)
   local io = copy(io)
   function io.open(path, mode)
      local need = (mode or "r"):find "[wa+]" and "write" or "read"
      demand(loading, need, tostring(path), "io.open")
      return _G.io.open(path, mode)
   end
   function io.lines(path, ...)
      demand(loading, "read", tostring(path), "io.lines")
      return _G.io.lines(path, ...)
   end
   function io.popen(...)
      demand(loading, "exec", nil, "io.popen")
      return _G.io.popen(...)
   end
   io.input, io.output, io.write, io.read, io.stdin, io.stdout = nil, nil, nil, nil, nil, nil
   return io
end

local function os_of(loading)
   local os = {}
   for _, name in ipairs(CLOCKS) do os[name] = _G.os[name] end
   function os.getenv(name)
      demand(loading, "env:" .. tostring(name), nil, "os.getenv")
      return _G.os.getenv(name)
   end
   function os.execute(...)
      demand(loading, "exec", nil, "os.execute")
      return _G.os.execute(...)
   end
   function os.remove(path)
      demand(loading, "write", tostring(path), "os.remove")
      return _G.os.remove(path)
   end
   return os
end

-- Loads text, never bytecode, into the extension's world.
local function loader_of(env)
   return function (text, name)
      if type(text) ~= "string" then error("load takes a text", 2) end
      if text:byte() == 27 then return nil, "bytecode is refused" end
      local f, why = load(text, name or text, "t")
      if f then return setfenv(f, env) end
      return nil, why
   end
end

local function no_globals(_, name)
   error(("'%s' would be a global: write 'local %s'"):format(name, name), 2)
end

-- ---- modules -----------------------------------------------------------------------

-- Finds a module in Lua, beside an extension's file or among those installed: its path, its text,
-- and whether it is the extension's own; nil when there is none.
function sandbox.find(folder, name)
   local path = folder .. "/" .. name:gsub("%.", "/")
   for _, own in ipairs { path .. ".lua", path .. "/init.lua" } do
      local source = sandbox.read(own)
      if source then return own, source, true end
   end
   path = package.searchpath(name, package.path)
   if path then return path, sandbox.read(path), false end
end

-- Runs the text of a Lua file in the extension's world.
local function run_file(loading, path, source, name)
   local chunk, why = sandbox.compile(source, path, loading.env)
   if not chunk then error(why, 0) end
   loading.files[#loading.files + 1] = path
   loading.sources[#loading.sources + 1] = source
   local value = chunk(name)
   return value == nil and true or value
end

-- A module beside the extension's file, or what others made: only what the manifest requires, in a
-- copy of its own if it is Lua.
local function other(loading, name)
   local path, source, is_own = loading.find(name)
   if is_own then return run_file(loading, path, source, name) end
   local root = name:match "^[^.]+"
   loading.required[root] = loading.required[root] or debug.getinfo(3, "l").currentline
   if source then return run_file(loading, path, source, name) end
   local ok, value = pcall(require, name)
   if ok then return value end
   error(("no module '%s': not beside %s, and not installed"):format(name, loading.path), 3)
end

-- Notes that a module that reaches out was loaded, or raises that it may not be: while a file is
-- loaded nobody knows its needs yet.
local function reach(loading, name)
   local need = NETWORK[name]
   if not need then return end
   if loading.needs_known then return demand(loading, need, nil, name) end
   local line = debug.getinfo(3, "l").currentline
   loading.reached[name] = loading.reached[name] or { need = need, line = line }
end

-- Weir's own are shared by all, so nobody may change them, nor what they have at hand.
local function shared(loading, name)
   local library = require(name)
   if type(library) ~= "table" then return library end
   local parts = {}
   local function look(_, key)
      local value = library[key]
      local part = package.loaded[name .. "." .. tostring(key)]
      local is_part = type(value) == "table" and part == value
      if not is_part then return value end
      reach(loading, name .. "." .. key)
      parts[key] = parts[key] or shared(loading, name .. "." .. key)
      return parts[key]
   end
   local function refuse(_, key)
      error(("'%s' is Weir's: an extension cannot set '%s'"):format(name, tostring(key)), 2)
   end
   return setmetatable({}, { __index = look, __newindex = refuse, __metatable = name })
end

local function require_of(loading)
   local loaded = {}
   return function (name)
      if type(name) ~= "string" then error("require takes the name of a module", 2) end
      if loaded[name] ~= nil then return loaded[name] end
      local value
      if name == "weir.abi" or name:find "^weir%.extension" then
         error(("'%s' is not for extensions"):format(name), 2)
      elseif name == "weir" or name:find "^weir%." then
         reach(loading, name)
         value = shared(loading, name)
      elseif loading.libraries[name] then
         value = loading.libraries[name]
      elseif SHIPPED[name] then
         value = require(name)
      elseif name == "ffi" then
         loading.required.ffi, value = debug.getinfo(2, "l").currentline, require(name)
      else
         value = other(loading, name)
      end
      loaded[name] = value
      return value
   end
end

-- ---- the world ------------------------------------------------------------------------

-- The globals of an extension that is being loaded: { path, folder, files, sources, required,
-- reached, find, say }, to which `needs` is added once its manifest is known.
function sandbox.world(loading)
   local env = {}
   loading.env, loading.libraries = env, {}
   for _, name in ipairs(SAFE) do env[name] = _G[name] end
   for _, name in ipairs(LIBRARIES) do
      env[name] = copy(require(name))
      loading.libraries[name] = env[name]
   end
   env.pcall, env.xpcall, env.coroutine.resume = limit.pcall, limit.xpcall, limit.resume
   env.io, env.os, env.require = io_of(loading), os_of(loading), require_of(loading)
   env.load, env.loadstring, env._G = loader_of(env), loader_of(env), env
   function env.print(...)
      local words = {}
      for i = 1, select("#", ...) do words[i] = tostring((select(i, ...))) end
      loading.say(table.concat(words, " "))
   end
   return setmetatable(env, { __newindex = no_globals })
end

-- The text of a file, and no more of it than is too much; nil when there is none.
function sandbox.read(path)
   local file = io.open(path, "rb")
   if not file then return nil end
   local text, why = file:read(sandbox.LARGEST + 1)
   file:close()
   return text or (not why and "" or nil)              -- nothing at the end is no error
end

-- Compiles a file's text for a world; or nil and why not.
function sandbox.compile(source, path, env)
   if source:byte() == 27 then
      return nil, ("'%s' is bytecode, which is refused: use its source"):format(path)
   end
   local chunk, why = load((source:gsub("^#[^\n]*", "")), "@" .. path, "t")
   if not chunk then return nil, (why:gsub("^%[string.-%]", path)) end
   return setfenv(chunk, env)
end

return sandbox
