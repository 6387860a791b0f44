-- An extension whose moments ask a confined process: to an engine it is as any other.
--
--    local ext = assert(load.file("./strange.lua", { confined = true }))
--
-- Rows go there many at a time, as plain tables; what is told and published comes back with the
-- rows that it is of.  A moment that takes rows returns those that failed: { row, why }.

local confined = require "weir.confined"
local kinds    = require "weir.extension.kinds"
local row      = require "weir.row"
local schema   = require "weir.schema"

local proxy = {}

-- ---- rows ---------------------------------------------------------------------------------------

-- Fields of flows that other extensions give, and this one wants.
local function given_to(ext)
   local list, known = {}, schema.of "flow".names
   for _, name in ipairs(ext.manifest.wants or {}) do
      if not known[name] then list[#list + 1] = name end
   end
   return list
end

-- The function that makes plain rows of records.
local function plain_for(ext)
   local makers, given, only = {}, given_to(ext), #ext.reads == 1 and ext.reads[1]
   return function (rows)
      local list = { channel = rows.channel }
      for i, one in ipairs(rows) do
         if row.is_record(one) then
            local kind = only or one.event_type
            makers[kind] = makers[kind] or row.maker(kind, nil, kind == "flow" and given or nil)
            one = makers[kind](one)
            one.event_type = kind
         end
         list[i] = one
      end
      return list
   end
end

-- ---- the process --------------------------------------------------------------------------------

local function open(self, ext)
   local c, why = confined.open(ext, {
      log = function (level, line) self.log[level](self.log, "%s", line) end,
   })
   if not c then error(why, 0) end
   self.process, self.gave_up = c, nil
   return c
end

-- Calls a moment there; raises what the batch as a whole failed with.
local function ask(self, ext, moment, what)
   local c = rawget(self, "process")
   if not c or c.is_closed then
      c = open(self, ext)
      if moment ~= "start" then ask(self, ext, "start") end
   end
   local result, why = c:call(moment, what)
   if result then return result end
   self.gave_up = c.paused
   error(why, 0)
end

-- Raises an error that is of no row, among others.
local function raise(errors)
   for _, e in ipairs(errors) do
      if not e.row then error(e.why, 0) end
   end
   return errors
end

-- Publishes what it published, each row as made of the row that it was made of.
local function publish(self, result, rows, kb)
   for _, one in ipairs(result.published) do
      kb.row = rows[one.from]
      self:publish(one.row)
   end
   kb.row = nil
end

-- ---- moments ------------------------------------------------------------------------------

local make = {}

-- Moments that take rows: as those that take many.
local function takes_rows(ext, moment)
   local plain = plain_for(ext)
   return function (self, rows, kb)
      local result = ask(self, ext, moment, plain(rows))
      local errors = result.errors
      for _, e in ipairs(confined.replay(result.told, kb, rows)) do errors[#errors + 1] = e end
      if #result.published > 0 then publish(self, result, rows, kb) end
      return raise(errors)
   end
end

function make.infer(ext)
   return function (self, batch, out)
      local rows = {}
      for i = 1, batch.n do
         rows[i] = {}
         for _, name in ipairs(ext.manifest.wants) do rows[i][name] = batch[name][i] end
      end
      local result = ask(self, ext, "infer", rows)
      local e = result.errors[1]
      if e then error(e.row and ("row %d: %s"):format(e.row, e.why) or e.why, 0) end
      for i, given in ipairs(result.given) do
         for name, value in pairs(given) do out[name][i] = value end
      end
   end
end

-- Any other moment: start, tick, flush.
local function plain_moment(ext, moment)
   return function (self, what) raise(ask(self, ext, moment, what).errors) end
end

function make.stop()
   return function (self)
      local c = rawget(self, "process")
      if not c then return end
      self.process = nil
      local result, why = c:call "stop"
      c:close()
      if not result then error(why, 0) end
      raise(result.errors)
   end
end

-- The moments that an engine calls in place of those that it has: { name = function }.
local function moments_of(ext)
   local made, many = {}, kinds.rows[ext.kind]
   for moment in pairs(ext.moments) do
      made[moment] = make[moment] and make[moment](ext) or plain_moment(ext, moment)
   end
   made.start, made.stop, made.migrate = plain_moment(ext, "start"), make.stop(), nil
   if many then
      local one, all = unpack(many)
      made[one], made[all] = nil, takes_rows(ext, ext.moments[one] and one or all)
   end
   return made
end

-- What weir.extension.load gives for a file, with its code in another process.  Nil and the reason.
function proxy.load(path, how)
   local ext, why = confined.load(path, how)
   if not ext then return nil, why end
   local here = {}
   for name, value in pairs(ext) do here[name] = value end
   here.moments, here.class = moments_of(ext), { options = ext.class.options, log = ext.class.log }
   for name, f in pairs(here.moments) do here.class[name] = f end
   return here
end

return proxy
