-- weir test: the short form of weir ext test.

local test = require "weir.cli.ext.test"

return {
   name = "test", about = test.about, options = test.options, rest = test.rest, run = test.run,
}
