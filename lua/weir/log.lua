-- What an instance of an extension says about itself: lines with a time and a level, in a file that
-- is put aside when it is large, or to whoever listens.
--
--    local log = assert(log.open { dir = "logs", file = "lookup.log", level = "info" })
--    log:info("%d addresses looked up", count)

local host    = require "weir.host"
local secrets = require "weir.config.secrets"
local text    = require "weir.text"

local log = {}
log.__index = log

local LEVELS = { debug = 1, info = 2, warning = 3, error = 4, critical = 5 }
local SIZE, KEEP = 10 * 1024 * 1024, 3    -- bytes of a file; files that are put aside

-- A log whose lines go to say(line), from "info" on unless `level` says otherwise.
function log.of(say, level)
   return setmetatable({
      least = LEVELS[level or "info"],
      put = function (_, name, line) say(name == "info" and line or name .. ": " .. line) end,
   }, log)
end

-- x.log becomes x.log.1, that x.log.2, and so on.
local function rotate(self)
   self.out:close()
   for i = self.keep - 1, 1, -1 do
      os.rename(("%s.%d"):format(self.path, i), ("%s.%d"):format(self.path, i + 1))
   end
   if self.keep > 0 then os.rename(self.path, self.path .. ".1") else os.remove(self.path) end
   self.out = io.open(self.path, "a")
   self.written = 0
end

local function to_file(self, name, line)
   if not self.out then return end
   line = ("%s %-7s %s\n"):format(os.date "!%Y-%m-%dT%H:%M:%SZ", name, line)
   if self.written > 0 and self.written + #line > self.size then rotate(self) end
   if not self.out then return end                       -- the folder is gone: nobody to tell
   self.out:write(line)
   self.out:flush()
   self.written = self.written + #line
end

-- A log in a file: { file, dir, level, size (bytes after which a new one is begun), keep (how many
-- old ones) }.  Nil and the reason when it cannot be written.
function log.open(options)
   local path = options.file
   if options.dir and path:sub(1, 1) ~= "/" then
      local ok, why = host.make_folder(options.dir)
      if not ok then return nil, why end
      path = options.dir:gsub("/*$", "") .. "/" .. path
   end
   local out, why = io.open(path, "a")
   if not out then return nil, ("cannot write the log %s"):format(why) end
   return setmetatable({
      least = LEVELS[options.level or "info"], put = to_file, out = out, path = path,
      written = out:seek "end", size = options.size or SIZE, keep = options.keep or KEEP,
      dir = options.dir,
   }, log)
end

for name, level in pairs(LEVELS) do
   log[name] = function (self, format, ...)
      if level < self.least then return end
      local line = select("#", ...) > 0 and format:format(...) or tostring(format)
      self:put(name, text.safe(secrets.hidden(line)))
   end
end

function log:close()
   if self.out then self.out:close() end
   self.out = nil
end

return log
