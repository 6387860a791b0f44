-- The extensions that come with Weir: each has a sample, and makes of it what is expected.

local golden = require "weir.extension.golden"
local load   = require "weir.extension.load"
local try    = require "try"

describe("the extension", function ()
   for _, path in ipairs(try.lines((try.run "ls extensions/*/*.lua"))) do
      it(path .. " makes of its samples what is expected", function ()
         local ext = assert(load.file(path))
         local samples = golden.samples(ext)
         assert.same({}, ext.warnings)
         assert(#samples > 0, "it has no sample")
         for _, sample in ipairs(samples) do
            local made = assert(golden.records(ext, { ext }, sample.capture))
            assert.same(try.lines(try.contents(sample.expected)), made)
         end
      end)

      it(path .. " is known to its README", function ()
         local name = path:match "([^/]+)%.lua$"
         assert.truthy(try.contents "extensions/README.md":find("| `" .. name .. "` |", 1, true))
      end)
   end
end)
