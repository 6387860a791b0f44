-- Extensions in a test: texts as files, run over a capture, and what came of it.
--
--    local run = extend.run { capture = path, ext = { { "count", [[…]] } } }
--    assert.same({ "1 n=3" }, run.lines)

local cells  = require "weir.cells"
local engine = require "weir.extension.engine"
local load   = require "weir.extension.load"
local try    = require "try"
local weir   = require "weir"

local extend = {}

-- A new folder; the caller removes it with extend.remove.
function extend.folder()
   local path = try.path()
   assert(require "weir.host".make_folder(path))
   return path
end

function extend.remove(folder) os.execute(("rm -r '%s'"):format(folder)) end

function extend.write(path, text)
   local file = assert(io.open(path, "wb"))
   file:write(text)
   file:close()
   return path
end

-- A feature's text: what its manifest has besides, and its methods, of a class called x.
function extend.feature(manifest, methods)
   return ('local weir = require "weir"\nlocal x = weir.feature { %s }\n%s\nreturn x\n'):format(
      manifest, methods)
end

-- Loads { name, text } from a file of that name in `folder`; `confined`, if that is set in it.
function extend.load(folder, ext, set, say)
   local path = extend.write(("%s/%s.lua"):format(folder, ext[1]), ext[2])
   return load.file(path, { set = set, say = say, confined = ext.confined })
end

-- A flow as a line: its number and what it was given, in order of the names.
local function line_of(flow, fields)
   local parts = { ("%d"):format(flow.flow_id) }
   for _, field in ipairs(fields) do
      local value = cells.read(flow, field.name)
      if type(value) == "table" then value = table.concat(value, "+") end
      if value ~= nil then parts[#parts + 1] = ("%s=%s"):format(field.name, tostring(value)) end
   end
   return table.concat(parts, " ")
end

-- Runs extensions over a capture.  o: capture (a path or several), ext ({ name, text } each),
-- most (packets a batch), options (of weir.open), engine (options of it), before(engine, number
-- of the batch), see(batch), fields (names shown besides), folder (where the files are written).
-- Returns lines, told (what was told), logged, engine, and the options of the capture.
function extend.run(o)
   local folder = o.folder or extend.folder()
   local run, list = { lines = {}, told = {}, logged = {} }, {}
   local function tell(line) run.told[#run.told + 1] = line end
   for i, ext in ipairs(o.ext) do list[i] = assert(extend.load(folder, ext, ext[3], tell)) end
   local how = { tell = tell, log = function (line) run.logged[#run.logged + 1] = line end }
   for name, value in pairs(o.engine or {}) do how[name] = value end
   run.engine = assert(engine.new(list, how))
   run.options = run.engine:measures { packets = false, flows = true }
   for name, value in pairs(o.options or {}) do run.options[name] = value end
   local capture = assert(weir.open(o.capture, run.options))
   assert(run.engine:attach(capture))
   local number = 0
   while true do
      local batch, n = capture:read(o.most or 1024)
      if not batch then break end
      number = number + 1
      if o.before then o.before(run.engine, number) end
      if n > 0 then run.engine:run(batch) end
      local fields = run.engine:fields()
      for _, name in ipairs(o.fields or {}) do fields[#fields + 1] = { name = name } end
      for i = 0, batch.flow_count - 1 do
         run.lines[#run.lines + 1] = line_of(batch.flows[i], fields)
      end
      if o.see then o.see(batch) end
   end
   if run.engine.reloader then run.engine.reloader:retire() end
   run.engine:stop()
   capture:close()
   if not o.folder then extend.remove(folder) end
   return run
end

return extend
