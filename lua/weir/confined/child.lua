-- The confined process itself: it gives up all but computing, then loads an extension that comes as
-- a text, and calls its moments with the rows that come.
--
-- All that goes through the channel are frames of packed values (weir.confined.pack), of which the
-- first says what it is.

local class    = require "weir.extension.class"
local faults   = require "weir.extension.faults"
local frames   = require "weir.job.frames"
local host     = require "weir.host"
local limit    = require "weir.extension.limit"
local load     = require "weir.extension.load"
local log      = require "weir.log"
local moments  = require "weir.confined.moments"
local pack     = require "weir.confined.pack"
local sandbox  = require "weir.job.sandbox"

local child = {}

local BROKEN = 70                         -- the exit code of who has failed

-- ---- the channel ----------------------------------------------------------------------------

-- The values of the next frame, or nil when there is none, for ever.
local function read()
   local text = frames.read()
   return text and pack.read(text)
end

local function say(...) frames.send(pack.write(...)) end

-- Says what can be said; else why that cannot.
local function answer(...)
   local ok, text = pcall(pack.write, ...)
   if not ok then text = pack.write("failed", text) end
   frames.send(text)
end

local function fail(why) say("failed", tostring(why)) end

-- ---- what is asked for ------------------------------------------------------------------------

-- A module for the extension, which the parent has: its path, its text, and whether it is its own.
local function find(name)
   say("module", name)
   local got = read()
   if not got then os.exit(1) end
   return got[1], got[2], got[3]
end

local function log_of()
   local made = log.of(nil, "debug")
   made.put = function (_, level, line) say("log", level, line) end
   return made
end

-- What an extension says of itself.
local function about(ext)
   local names = {}
   for _, name in ipairs(moments.order(ext.kind)) do
      if ext.moments[name] then names[#names + 1] = name end
   end
   return {
      kind = ext.kind, manifest = class.facts(ext.class).manifest, line = ext.place.line,
      moments = names, warnings = ext.warnings,
   }
end

local asked = {}

function asked.load(state, path, source, how)
   how.log, how.say = log_of(), function (line) say("log", "info", line) end
   local ext, why = load.text(path, source, how, find)
   if not ext then return fail(why) end
   state.ext = ext
   function state.describe(reason) return faults.describe(reason, ext.files, 3) end
   state.self = setmetatable({}, { __index = ext.class })
   answer("loaded", about(ext))
end

function asked.call(state, moment, rows, seconds)
   local ext = state.ext
   if not ext then return fail "nothing is loaded" end
   if not ext.moments[moment] then return fail("it has no moment '" .. tostring(moment) .. "'") end
   local result = { errors = {} }
   -- The clock on the wall, since the parent's patience is measured by it, too.
   local bounds = { what = ("'%s'"):format(moment), seconds = seconds, clock = host.clock }
   local ok, why = limit.within(bounds, moments.call, state, moment, rows, result)
   if not ok then moments.give_up(type(rows) == "table" and rows or {}, result, tostring(why)) end
   answer("done", result)
end

local function serve()
   local first = read()
   if not first then return 1 end
   local ok, why = sandbox.enter(first[1])
   if not ok then
      say("failed", why)
      return 1
   end
   say "ready"
   local state = {}
   while true do
      local got = read()
      local f = got and asked[got[1]]
      if not f then return got and 1 or 0 end
      f(state, unpack(got, 2, got.n))
   end
end

-- Serves until the channel ends; the exit code.
function child.run()
   local ok, code = pcall(serve)
   return ok and code or BROKEN                          -- there is no memory even to say so
end

return child
