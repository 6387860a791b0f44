-- weir lua: runs a Lua script with the library at hand.

local report = require "weir.cli.report"

local command = {
   name  = "lua",
   about = "run a Lua script that uses the library",
   options = {},
}

command.help = [[
usage: weir lua SCRIPT [ARGUMENT…]

Runs SCRIPT, or standard input when it is '-', with 'require "weir"' ready to
use.  The arguments are in the table arg and in '…'.

  weir lua count.lua x.pcap
]]

function command.run(argv)
   local script = argv[1]
   if not script or script == "-h" or script == "--help" then return report.page(command.help) end
   local chunk, why = loadfile(script ~= "-" and script or nil)
   if not chunk then
      report.error(why)
      return report.exit.script
   end
   package.path = (script:match "^(.*)/" or ".") .. "/?.lua;" .. package.path     -- its own modules
   arg = { [0] = script, unpack(argv, 2) }             -- the global that Lua scripts expect
   local ok, trace = xpcall(chunk, debug.traceback, unpack(argv, 2))
   if ok then return report.exit.ok end
   if trace then io.stderr:write("weir: ", trace, "\n") end
   return report.exit.script
end

return command
