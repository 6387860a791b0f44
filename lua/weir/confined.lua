-- An extension that nobody trusts, in a process that can only compute and answer.
--
--    local ext = assert(confined.load("./strange.lua"))             -- nothing of it runs in here
--    local c = assert(confined.open(ext, { log = function (level, line) print(level, line) end }))
--    local result, why = c:call("extract", rows)                    -- rows: plain tables
--    for _, e in ipairs(result.errors) do print(e.row, e.why) end
--    local errors = confined.replay(result.told, book, rows)
--    c:close()
--
-- What the process says is judged as what a stranger says.  One that hangs, dies or takes too much
-- memory is ended, and started again for the next batch; what does so too often is paused.

local class    = require "weir.extension.class"
local host     = require "weir.host"
local kinds    = require "weir.extension.kinds"
local load     = require "weir.extension.load"
local needs    = require "weir.confined.needs"
local peer     = require "weir.confined.peer"
local publish  = require "weir.extension.publish"
local recorder = require "weir.confined.recorder"
local sandbox  = require "weir.job.sandbox"
local sorted   = require "weir.sorted"

local confined = {}
confined.__index = confined

local SECONDS = 5                         -- that a batch may take
local MEMORY = 256 * 1024 * 1024          -- bytes that the extension may take
local DEATHS, WINDOW = 3, 60              -- restarts, and seconds within which they are too many

confined.replay = recorder.replay

-- Why nothing can be confined here, nil where it can; and the version of Landlock, nil where none
-- can be granted a folder.
function confined.missing()
   local filters, landlock = sandbox.support()
   if filters then return nil, landlock end
   return "this system cannot filter what a process asks of it (seccomp)", landlock
end

-- ---- loading ----------------------------------------------------------------------------------

local function stub() error("it runs in a process of its own: weir.confined", 2) end

-- The class that a process described, checked as that of a file is.
local function class_of(path, source, about)
   local kind = type(about) == "table" and kinds.all[about.kind]
   if not kind or type(about.manifest) ~= "table" or type(about.moments) ~= "table" then
      error(("'%s': its process does not say what it is"):format(path), 0)
   end
   if about.kind == "feature" then
      error(("'%s' is a feature: those see packets, and are never confined"):format(path), 0)
   end
   class.loading = { path = path, source = source }
   local ok, made = pcall(class[about.kind], about.manifest)
   class.loading = nil
   if not ok then error(made, 0) end
   for _, name in ipairs(about.moments) do
      if type(name) == "string" then made[name] = stub end
   end
   class.facts(made).place.line = tonumber(about.line) or 1
   return made
end

local function texts(list)
   local plain = {}
   for _, text in ipairs(type(list) == "table" and list or {}) do
      if type(text) == "string" then plain[#plain + 1] = peer.safe(text) end
   end
   return plain
end

-- What weir.extension.load makes of a file, but that its code runs in a confined process; its
-- moments are not to be called here.  `how`: as there.  Nil and the reason.
function confined.load(path, how)
   how = how or {}
   local file, source = load.read(path)
   if not file then return nil, source end
   local p, why = peer.start { path = file, sources = { [file] = source }, how = how }
   if not p then return nil, why end
   p:finish()
   local ok, ext = pcall(function ()
      return load.described(class_of(file, source, p.about), p.files, p.texts, how)
   end)
   if not ok then return nil, peer.safe(ext) end
   ext.warnings = texts(p.about.warnings)
   return ext
end

-- ---- its life -------------------------------------------------------------------------------

-- options: seconds (that a batch may take), memory (bytes), file_size (bytes of each file that it
-- writes), log(level, line), needs (what is granted in place of what its manifest needs).  Nil and
-- why it cannot be confined.
function confined.open(ext, options)
   options = options or {}
   local granted, why = needs.grant(options.needs or ext.manifest.needs)
   if not granted then return nil, ("%s: %s"):format(ext.path, why) end
   local sources = {}
   for i, file in ipairs(ext.files) do sources[file] = ext.sources[i] end
   local self = setmetatable({
      ext = ext, seconds = options.seconds or SECONDS, deaths = {},
      log = options.log or function () end,
      what = {
         path = ext.path, sources = sources, how = ext.how, granted = granted,
         memory = options.memory or MEMORY, file_size = options.file_size, log = options.log,
      },
   }, confined)
   local list = self:grants()
   if list[1] then self.log("info", "it is granted " .. table.concat(list, ", ")) end
   local ok
   ok, why = self:revive()
   if not ok then return nil, why end
   return self
end

local function drop(self)
   local how = self.peer:finish()
   self.peer = nil
   return how
end

-- Notes that the process had to be ended, or has died; pauses when that is too often.
local function bury(self, moment, why)
   local now, list = host.clock(), self.deaths
   local name = self.ext.name
   list[#list + 1] = now
   self.log("error", ("the process of '%s' is gone in '%s': %s"):format(name, moment, why))
   if #list <= DEATHS then return end
   if now - table.remove(list, 1) < WINDOW then
      self.paused = ("its process had to be started again %d times within %d seconds"):format(
         DEATHS, WINDOW)
      self.log("error", ("extension '%s' is paused: %s"):format(name, self.paused))
   end
end

-- Starts its process, if it has none.  Nil and why not.
function confined:revive()
   if self.peer then return true end
   if self.paused then return nil, self.paused end
   local why
   self.peer, why = peer.start(self.what)
   if not self.peer then
      bury(self, "start", why)
      return nil, why
   end
   if not self.is_started then return true end
   local result
   result, why = self:call "start"
   for _, e in ipairs(result and result.errors or {}) do self.log("error", e.why) end
   return result ~= nil, why
end

-- ---- calling --------------------------------------------------------------------------------

-- What was inferred, with values that its fields can have, and no others.
local function check_given(ext, rows, result)
   local list, gives = {}, ext.manifest.gives
   for i = 1, #rows do
      local given = type(result.given) == "table" and result.given[i]
      list[i] = {}
      for name, kind in pairs(type(given) == "table" and gives or {}) do
         local value = given[name]
         local ok, is = true, nil
         if value ~= nil then ok, is = pcall(publish.value, kind, name, value) end
         if ok then list[i][name] = is else
            table.insert(result.errors, { row = i, why = peer.safe(is) })
         end
      end
   end
   return list
end

-- The errors in what a process answered, as they should be.
local function check_errors(list, count)
   local errors = {}
   for i, e in ipairs(type(list) == "table" and list or {}) do
      if i > count + 1 then break end
      local row = type(e) == "table" and tonumber(e.row)
      errors[i] = {
         row = row and row >= 1 and row <= count and row or nil,
         why = type(e) == "table" and peer.safe(e.why) or "it does not say why",
      }
   end
   return errors
end

-- The rows that it publishes: plain tables, and which row each is from.
local function check_published(list)
   local rows = {}
   for _, one in ipairs(type(list) == "table" and list or {}) do
      if type(one) == "table" and type(one.row) == "table" then
         rows[#rows + 1] = { from = tonumber(one.from), row = one.row }
      end
   end
   return rows
end

local function check(self, moment, rows, got)
   if type(got) ~= "table" then return nil, "its answer makes no sense" end
   local count = type(rows) == "table" and #rows or 0
   local result = {
      errors = check_errors(got.errors, count), told = type(got.told) == "table" and got.told or {},
      published = check_published(got.published),
   }
   if moment == "infer" and #result.errors == 0 then
      result.given = got.given
      result.given = check_given(self.ext, rows, result)
   end
   return result
end

-- Calls a moment with rows, an array of plain tables (`tick`: with the time).  Returns
--   errors      a list of { row, why }: its number, nil of the batch as a whole
--   given       of `infer`: for each row a table of what was inferred
--   told        of extractors, for confined.replay
--   published   a list of { from, row }: rows for its channels, and which row each was made of
-- or nil and the reason: none of it happened, or nobody knows.
function confined:call(moment, rows)
   if moment == "start" then self.is_started = true end
   if not self.ext.moments[moment] then return { errors = {}, told = {}, published = {} } end
   local ok, why = self:revive()
   if not ok then return nil, why end
   local got, refused
   got, why, refused = self.peer:call(moment, rows, self.seconds)
   if not got and refused then return nil, why end
   local result
   if got then result, why = check(self, moment, rows, got) end
   if not result then
      why = ("%s; %s"):format(why, drop(self))
      bury(self, moment, why)
      return nil, why
   end
   if got.is_short then bury(self, moment, "it used up its memory; " .. drop(self)) end
   return result
end

-- What it is granted, as texts such as "read:/srv/lists".
function confined:grants() return sorted(self.what.granted.said) end

function confined:pid() return self.peer and self.peer.process:pid() end

function confined:close()
   if self.peer then drop(self) end
   self.paused, self.is_closed = "it is closed", true
end

return confined
