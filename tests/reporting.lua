-- Shipped reporting extensions in a test: run over a capture, by themselves or with others, whose
-- rows they may be shown in place of flows.
--
--    local told = reporting.run({ { "csv", set = { file = path } } }, "samples/web.pcap")

local engine = require "weir.extension.engine"
local extend = require "extend"
local load   = require "weir.extension.load"
local weir   = require "weir"

local reporting = {}

-- A feature that puts a row of what it is given on the channel "rows" for each flow; `body` makes
-- the fields, of `flow`, for the kinds of `gives`.
function reporting.source(gives, body)
   return { "source", text = extend.feature(('publish = { "rows" }, gives = { %s }'):format(gives),
      ("function x:finish(flow)\n%s\nend"):format(body)) }
end

-- Runs extensions, each { name, set = options, subscribe = channels, text = code of its own }, over
-- a capture.  Returns what was told, and the engine.
function reporting.run(list, capture)
   local folder, told, extensions = extend.folder(), {}, {}
   local function tell(line) told[#told + 1] = line end
   for i, one in ipairs(list) do
      local path = "extensions/reporting/" .. one[1] .. ".lua"
      if one.text then path = extend.write(("%s/%s.lua"):format(folder, one[1]), one.text) end
      extensions[i] = assert(load.file(path,
         { set = one.set, subscribe = one.subscribe, say = tell }))
   end
   local run = assert(engine.new(extensions, { tell = tell }))
   local source = assert(weir.open(capture, run:measures { packets = false, flows = true }))
   assert(run:attach(source))
   for batch in source:batches() do run:run(batch) end
   run:stop()
   source:close()
   extend.remove(folder)
   return told, run
end

return reporting
