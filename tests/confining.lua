-- Confined extensions in a test: a text, run in a process of its own, and what came of it.
--
--    local came = confining.try("return 1 + 1")          --> { said = "2" }

local confined = require "weir.confined"
local extend   = require "extend"

local confining = {}

-- Why nothing can be tried here; nil where it can.
function confining.missing()
   local why = confined.missing()
   if why then return why end
   local ext, reason = confining.load {}
   return not ext and reason:find "sanitizers" and reason or nil
end

-- An extension that does what its row says.
local FILE = [[
local weir = require "weir"
local ffi, C, call
%s
local x = weir.extractor { about = "tries", on = "flow", needs = { %s }, requires = { %s } }
function x:extract(row, kb)
   local attempt = assert(load("local self, ffi, C, call = ...\n" .. row.body, "=body"))
   kb:entity("said", tostring(attempt(self, ffi, C, call)))
end
return x
]]

-- What native code declares: the call that makes all others.
local NATIVE = [[
ffi = require "ffi"
C = ffi.C
ffi.cdef "long syscall(long, ...); long write(int, const void *, unsigned long);"
ffi.cdef "extern char **environ;"
-- The result of a call of the system, or "refused" with the number of the error.
function call(...)
   local words = { ... }
   for i = 2, #words do
      if type(words[i]) == "number" then words[i] = ffi.cast("long", words[i]) end
   end
   local got = tonumber(C.syscall(unpack(words)))
   return got >= 0 and got or "refused " .. ffi.errno()
end
]]

local known = {}

-- Loads it, once for all that want the same.  o: native (it may call what C can), needs, requires.
function confining.load(o)
   local needs = { o.native and '"ffi"' or nil }
   for _, need in ipairs(o.needs or {}) do needs[#needs + 1] = ("%q"):format(need) end
   local key = table.concat(needs, ",") .. ";" .. tostring(o.requires)
   if known[key] then return known[key] end
   local folder = extend.folder()
   local path = extend.write(folder .. "/x.lua", FILE:format(o.native and NATIVE or "",
      table.concat(needs, ","), o.requires and ("%q"):format(o.requires) or ""))
   local ext, why = confined.load(path)
   extend.remove(folder)
   known[key] = ext
   return ext, why
end

function confining.open(o) return assert(confined.open(assert(confining.load(o)), o)) end

-- Runs `body` for one row.  Returns what it said, what error it ended with, or how it died, as
-- { said, failed, died }.  o: as confined.open has it, too.
function confining.try(body, o)
   o = o or {}
   local c = confining.open(o)
   local result, why = c:call("extract", { { body = body } })
   c:close()
   if not result then return { died = why } end
   local told, failed = result.told[1], result.errors[1]
   return { said = told and told[4], failed = failed and failed.why }
end

return confining
