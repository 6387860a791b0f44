-- A folder of its own for a test, in which the program is run.
--
--    desk.with({ ["extensions/x.lua"] = text }, function (weir, root) local out = weir "test" end)

local try = require "try"

local desk = {}

desk.program = (try.run("realpath " .. try.program)):gsub("\n", "")

-- A small capture, for extensions to be tried on.
desk.capture = try.contents "samples/web.pcap"

-- A feature, and one that wants what the first gives.
desk.gaps = [[
local weir = require "weir"
local gaps = weir.feature { about = "the longest silence", gives = { gap = "number" } }
function gaps:begin() self.gap = 0 end
function gaps:packet(packet) self.gap = math.max(self.gap, packet.gap) end
return gaps
]]
desk.twice = [[
local weir = require "weir"
local twice = weir.feature { about = "twice", wants = { "gap" }, gives = { twice = "number" } }
function twice:finish(flow) return { twice = flow.gap * 2 } end
return twice
]]

-- Calls look(weir, root) with a folder of these files, by their paths in it; weir(arguments) runs
-- the program there, as try.weir does.  What is the user's own is below root .. "/data".
function desk.with(files, look)
   local root = try.path()
   os.execute("mkdir -p " .. root)
   for path, text in pairs(files) do
      os.execute(("mkdir -p %s"):format((root .. "/" .. path):match "^(.*)/"))
      local file = assert(io.open(root .. "/" .. path, "wb"))
      file:write(text)
      file:close()
   end
   local ok, why = pcall(look, function (arguments)
      return try.run(("cd %s && XDG_DATA_HOME=%s/data %s %s"):format(root, root, desk.program,
         arguments))
   end, root)
   os.execute("rm -rf " .. root)
   if not ok then error(why, 0) end
end

return desk
