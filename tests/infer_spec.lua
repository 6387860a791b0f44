-- What inferences are given: columns, filled when they are asked for, and fields that may lack.

local extend = require "extend"
local golden = require "weir.extension.golden"
local infer  = require "weir.extension.infer"
local json   = require "weir.json"
local load   = require "weir.extension.load"

-- An inference's text: what its manifest has besides, and the body of infer.
local function inference(manifest, body)
   return ('local weir = require "weir"\nlocal x = weir.inference { %s }\n'
      .. "function x:infer(batch, out) %s end\nreturn x\n"):format(manifest, body)
end

local function loaded(text)
   local folder = extend.folder()
   local ext = assert(extend.load(folder, { "x", text }))
   extend.remove(folder)
   return ext
end

describe("a column", function ()
   it("is filled when it is asked for, and has nothing of a larger batch", function ()
      local ext = loaded(inference('wants = { "a", "b?" }, gives = { c = "number" }', ""))
      local batch, read = infer.columns(ext), 0
      local row = setmetatable({}, { __index = function (_, name)
         read = read + 1
         return name
      end })
      batch:of_rows({ row, row, row }, 3)
      assert.equal(0, read)
      assert.same({ "a", "a", "a", n = 3 }, batch.given.a)
      assert.equal(3, read)
      batch:of_rows({ row }, 1)
      assert.equal(1, batch.given.n)
      assert.is_nil(batch.given.a[2])
      assert.equal("b", batch.given.b[1])
      assert.is_nil(batch.given.c)
   end)

   it("of flows has what the core and others give, and nil for what is absent", function ()
      local run = extend.run {
         capture = "samples/icmp.pcap",
         ext = {
            { "giver", extend.feature('gives = { size = "number" }',
               "function x:finish(flow) return { size = flow.bytes_toserver } end") },
            { "taker", inference([[wants = { "size", "bytes_toserver", "src_port" },
               gives = { same = "flag", ports = "number" }]], [[
               for i = 1, batch.n do
                  out.same[i] = batch.size[i] == batch.bytes_toserver[i]
                  out.ports[i] = batch.src_port[i] or -1
               end]]) },
         },
      }
      assert(#run.lines > 2)
      local absent = 0
      for _, line in ipairs(run.lines) do
         assert.truthy(line:find "same=true", line)
         absent = absent + (line:find "ports=%-1 " and 1 or 0)
      end
      assert(absent > 0)
   end)
end)

describe("a want with a question mark", function ()
   it("is met by who gives it, and by nobody", function ()
      local taker = { "taker", inference([[wants = { "size?", "proto" },
         gives = { had = "flag" }]], [[for i = 1, batch.n do
            out.had[i] = batch.size[i] ~= nil
         end]]) }
      local giver = { "giver", extend.feature('gives = { size = "number" }',
         "function x:finish(flow) return { size = 1 } end") }
      local alone = extend.run { capture = "samples/ntp.pcap", ext = { taker } }
      local both = extend.run { capture = "samples/ntp.pcap", ext = { taker, giver } }
      assert.truthy(alone.lines[1]:find "had=false")
      assert.truthy(both.lines[1]:find "had=true")
   end)

   it("is what a report has of rows that are no flows", function ()
      local graph = require "weir.extension.graph"
      local folder = extend.folder()
      local report = 'local weir = require "weir"\nlocal x = weir.reporting '
         .. '{ subscribe = { "asked" }, wants = { "%s" } }\nfunction x:row() end\nreturn x\n'
      local function sorted(want)
         return graph.sort {
            assert(extend.load(folder, { "asks", inference([[subscribe = { "dns" },
               publish = { "asked" }, wants = { "rrname" }, gives = { long = "number" }]], "") })),
            assert(extend.load(folder, { "told", report:format(want) })),
         }
      end
      assert.truthy(sorted "dest_name")
      local order, why = sorted "dest_nmae"
      extend.remove(folder)
      assert.is_nil(order)
      assert.truthy(why:find "'told' wants 'dest_nmae', which nobody gives")
   end)

   it("has nothing measured for it", function ()
      local needs = require "weir.extension.needs"
      local ext = loaded(inference('wants = { "dest_name?" }, gives = { c = "number" }', ""))
      assert.is_nil(needs.add({ ext }, {}).names)
      ext = loaded(inference('wants = { "dest_name" }, gives = { c = "number" }', ""))
      assert.is_true(needs.add({ ext }, {}).names)
   end)
end)

describe("what is expected of an inference", function ()
   it("are the rows that it publishes, when it does", function ()
      local folder = extend.folder()
      local path = extend.write(folder .. "/x.lua", inference([[subscribe = { "dns" },
         publish = { "asked" }, wants = { "rrname", "sni?" }, gives = { long = "number" }]],
         "for i = 1, batch.n do out.long[i] = #batch.rrname[i] end"))
      local ext = assert(load.file(path))
      local lines = assert(golden.records(ext, { ext }, "samples/dns.pcap"))
      extend.remove(folder)
      assert(#lines > 3)
      local row = assert(json.decode(lines[1]))
      assert.truthy(row.row_id:find "^dns.pcap:dns:%d+:1:%d+$")
      assert.equal(#row.rrname, row.ext.long)
   end)
end)
