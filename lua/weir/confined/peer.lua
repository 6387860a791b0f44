-- The parent's end of one confined process: starts it, has it load an extension, asks it, and
-- believes nothing that it says.

local host    = require "weir.host"
local pack    = require "weir.confined.pack"
local process = require "weir.job.process"
local sandbox = require "weir.extension.sandbox"
local text    = require "weir.text"

local peer = {}
peer.__index = peer

local STARTING = 10                       -- seconds that it may take to start, and to load
local GRACE = 0.5                         -- seconds for it to stop by itself
local FILES = 32                          -- open at a time
local FILE = 1024 * 1024 * 1024           -- bytes of one that it writes
local MODULES = 200                       -- that it may ask for
local LINES, LINE = 1000, 4096            -- that it may log with one call; bytes of one
local MEMORY = 256 * 1024 * 1024          -- bytes, while it is only loaded

local LEVELS = { debug = true, info = true, warning = true, error = true, critical = true }

-- What it says, as a text that can be shown.
function peer.safe(said) return text.safe(tostring(said):sub(1, LINE)) end

-- ---- what it asks for while it is asked ---------------------------------------------------------

-- A module in Lua: its path, its text, whether it is the extension's own.  Text that is known
-- already is what it was.
local function find_module(self, name)
   local is_name = type(name) == "string" and #name <= 200 and name:find "^[%w_-][%w_.-]*$"
   self.modules = self.modules + 1
   if not is_name or self.modules > MODULES then return nil end
   local folder = self.what.path:match "^(.*)/" or "."
   local path, source, is_own = sandbox.find(folder, name)
   if not path or #source > sandbox.LARGEST then return nil end
   if is_own and not host.is_below(path, folder) then return nil end    -- a link out of the folder
   source = self.what.sources[path] or source
   table.insert(self.files, path)
   table.insert(self.texts, source)
   return path, source, is_own
end

local reactions = {}

function reactions.module(self, got)
   return self.process:send(pack.write(find_module(self, got[2])), GRACE)
end

function reactions.log(self, got)
   self.lines = self.lines + 1
   local level, line = got[2], got[3]
   if self.lines > LINES or not LEVELS[level] or type(line) ~= "string" then return true end
   if self.lines == LINES then line = "it logs more than is kept" end
   if self.what.log then self.what.log(level, peer.safe(line)) end
   return true
end

-- ---- the channel ------------------------------------------------------------------------------

-- The values of the next answer that ends a question; nil and the reason when there is none.
local function answer(self, seconds)
   local deadline = host.clock() + seconds
   self.lines, self.modules = 0, 0
   while true do
      local left = deadline - host.clock()
      local frame, why = self.process:read(math.max(left, 0))
      if not frame then return nil, why end
      local got
      got, why = pack.read(frame)
      if not got then return nil, "its answer cannot be read: " .. why end
      local react = reactions[got[1]]
      if not react then return got end
      if left <= 0 then return nil, "its time was up" end
      local ok
      ok, why = react(self, got)
      if not ok then return nil, why end
   end
end

-- Sends a question, which is packed, and has its answer, which begins with a word.
local function ask(self, seconds, word, question)
   local ok, why = self.process:allow(seconds)
   if ok then ok, why = self.process:send(question, seconds) end
   local got
   if ok then got, why = answer(self, seconds) end
   if not got then return nil, why end
   if got[1] == "failed" then return nil, peer.safe(got[2]), true end
   if got[1] ~= word then return nil, "its answer makes no sense" end
   return got
end

-- ---- its life -------------------------------------------------------------------------------

local function limits(what)
   local granted = what.granted or { read = {}, write = {} }
   local has_files = #granted.read + #granted.write > 0
   return {
      parent = host.pid(), memory = what.memory or MEMORY, read = granted.read,
      write = granted.write, files = has_files and FILES or 0,
      file_size = #granted.write > 0 and (what.file_size or FILE) or 0,
   }
end

-- How its instance has it, as far as that can be sent.
local function plain(how)
   return {
      name = how.name, set = how.set, subscribe = how.subscribe, publish = how.publish,
      model = how.model,
   }
end

local function begin(self)
   local what = self.what
   local got, why, refused = ask(self, STARTING, "ready", pack.write(limits(what)))
   if not got then return nil, "it cannot be confined: " .. why, refused end
   got, why, refused = ask(self, STARTING, "loaded", pack.write("load", what.path,
      what.sources[what.path], plain(what.how or {})))
   if not got then return nil, why, refused end
   self.about = got[2]
   return true
end

-- what: path (of the extension's file), sources (texts by path), how (as weir.extension.load has
-- it), granted (weir.confined.needs), memory and file_size (bytes), log(level, line).  Nil and the
-- reason.
function peer.start(what)
   local made, why = process.start({ "confined" }, what.granted and what.granted.environment)
   if not made then return nil, why end
   local self = setmetatable({
      process = made, what = what, files = { what.path },
      texts = { what.sources[what.path] }, lines = 0, modules = 0,
   }, peer)
   local ok, refused
   ok, why, refused = begin(self)
   if ok then return self end
   local how = self:finish()
   return nil, refused and why or ("%s; %s"):format(why, how)
end

-- The result of a moment; or nil, the reason, and whether the process is well and only refused.
function peer:call(moment, rows, seconds)
   local ok, question = pcall(pack.write, "call", moment, rows, seconds)
   if not ok then return nil, question, true end
   local got, why, refused = ask(self, seconds + GRACE, "done", question)
   if not got then return nil, why, refused end
   return got[2]
end

-- Ends it; how it ended, in words.
function peer:finish() return self.process:finish() end

return peer
