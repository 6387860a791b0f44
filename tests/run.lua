-- Runs the specs: `luajit tests/run.lua` or `build/weir lua tests/run.lua`, with
-- busted's own options behind.

package.path = "tests/?.lua;" .. package.path
local given = { ... }
arg = {
   [0] = "busted",
   "--helper=tests/collect.lua", "--pattern=_spec", "--output=plainTerminal", unpack(given),
}
if #given == 0 then arg[#arg + 1] = "tests" end
require "busted.runner" { standalone = false }
