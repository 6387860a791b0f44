-- A run of extensions over a capture, with something around their moments: to count, or to time.
--
--    trial.wrap(ext, function (name, moment) return function (...) … return moment(...) end end)
--    local run = assert(trial.open(extensions, "x.pcap", {}))
--    for batch in trial.batches(run) do … end

local engine = require "weir.extension.engine"
local files  = require "weir.extension.files"
local weir   = require "weir"

local trial = {}

-- Puts in place of each moment of an extension what around(name, moment) returns.
function trial.wrap(ext, around)
   local moments = {}
   for name, moment in pairs(ext.moments) do moments[name] = around(name, moment) end
   ext.moments = moments
end

-- Makes reporting extensions write elsewhere; returns what puts that back.
local function aside(extensions)
   local list = {}
   for i, ext in ipairs(extensions) do
      local _, put_back = files.aside(ext)
      list[i] = put_back
   end
   return function ()
      for _, put_back in ipairs(list) do put_back() end
   end
end

-- Opens a capture for extensions in their order; what they would write goes nowhere.  Options:
-- filter, count (packets after which it ends), packets (true: as records, even when no extension
-- wants them), measures (what the meter is to make besides).  Nil and the reason.
function trial.open(extensions, path, options)
   local made, why = engine.new(extensions, { tell = function () end })
   if not made then return nil, why end
   local how = { packets = options.packets or false, flows = true, filter = options.filter }
   for name, value in pairs(options.measures or {}) do how[name] = how[name] or value end
   local capture
   capture, why = weir.open(path, made:measures(how))
   if not capture then return nil, why end
   local put_back = aside(extensions)
   local ok
   ok, why = made:attach(capture)
   if not ok then
      put_back()
      return nil, why
   end
   return {
      engine = made, capture = capture, left = options.count or math.huge, moved = 0,
      put_back = put_back,
   }
end

-- The next batch, which the extensions have seen; nil at the end, when they have been stopped.
local function step(run)
   if run.left <= 0 then run.capture:enough() end
   local batch, n = run.capture:read(math.max(1, math.min(run.left, 1024)))
   if not batch then
      run.engine:stop()
      run.put_back()
      return nil
   end
   if n == 0 then return step(run) end
   run.left, run.moved = run.left - batch.moved, run.moved + batch.moved
   run.engine:run(batch)
   return batch
end
jit.off(step)

function trial.batches(run) return step, run end

return trial
