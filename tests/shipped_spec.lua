-- The extensions that come with Weir: each has a sample, and makes of it what is expected.

local cells   = require "weir.cells"
local company = require "weir.cli.ext.company"
local gather  = require "weir.cli.ext.gather"
local golden  = require "weir.extension.golden"
local load    = require "weir.extension.load"
local try     = require "try"
local weir    = require "weir"

describe("the extension", function ()
   for _, path in ipairs(try.lines((try.run "ls extensions/*/*.lua extensions/*/*/init.lua"))) do
      it(path .. " makes of its samples what is expected", function ()
         local around = company.new(gather.load(assert(gather.named { path })))
         local ext, extensions = around:of { path = path, name = load.name(path) }
         assert(ext, extensions)
         local samples = golden.samples(ext)
         assert.same({}, ext.warnings)
         assert(#samples > 0, "it has no sample")
         for _, sample in ipairs(samples) do
            local made = assert(golden.records(ext, extensions, sample.capture))
            assert.same(try.lines(try.contents(sample.expected)), made)
         end
      end)

      it(path .. " is known to its README", function ()
         local name = load.name(path)
         assert.truthy(try.contents "extensions/README.md":find("| `" .. name .. "` |", 1, true))
      end)
   end
end)

describe("all features together", function ()
   -- What they make of a capture, a line for each flow.
   local function lines(path, most)
      local engine = require "weir.extension.engine"
      local extensions, told = {}, {}
      for i, file in ipairs(try.lines((try.run "ls extensions/features/*.lua"))) do
         extensions[i] = assert(load.file(file))
      end
      local run = assert(engine.new(extensions, {
         tell = function (line) told[#told + 1] = line end,
      }))
      local capture = assert(weir.open(path, run:measures { packets = false, flows = true }))
      assert(run:attach(capture))
      local list, fields = {}, run:fields()
      while true do
         local batch, n = capture:read(most)
         if not batch then return list, told end
         if n > 0 then run:run(batch) end
         for i = 0, batch.flow_count - 1 do
            local given = {}
            for k, field in ipairs(fields) do
               local value = cells.read(batch.flows[i], field.name)
               given[k] = type(value) == "table" and table.concat(value, "+") or tostring(value)
            end
            list[#list + 1] = table.concat(given, " ")
         end
      end
   end

   it("give the same wherever batches are cut, and fail with nothing", function ()
      for _, path in ipairs(try.samples()) do
         local once, told = lines(path, 1024)
         assert.same({}, told)
         for _, most in ipairs { 1, 7 } do assert.same(once, (lines(path, most))) end
      end
   end)

   it("give the same with one thread and with two", function ()
      local command = "read -q -r samples/web.pcap -r samples/ipv6.pcap -r samples/icmp.pcap "
         .. "-T json --ext tcp --ext basic --ext nfstream --ext handshake -j "
      assert.equal((try.weir(command .. 1)), (try.weir(command .. 2)))
   end)
end)
