-- Features see what protocols say in their flow.

local extend = require "extend"

local feature = extend.feature

local function run(ext, most)
   return extend.run { capture = "extensions/features/dns_query.pcap", ext = { ext }, most = most }
end

local TELL = [[
function x:dns(message)
   self.n = (self.n or 0) + 1
   self.seen = (self.seen or "") .. (message.qr and "<" or ">") .. message.rrname:sub(1, 3)
end
function x:finish() return { n = self.n, seen = self.seen } end]]

describe("a feature with a moment of a protocol", function ()
   it("sees its records, with the memory of their flow, wherever batches are cut", function ()
      local ext = { "tell", feature('gives = { n = "number", seen = "text" }', TELL) }
      for _, most in ipairs { 1, 3, 1024 } do
         assert.same({
            "1 n=4 seen=>www<www>exa<exa", "2 n=4 seen=>q7x<q7x>z1y<z1y", "3 n=1 seen=>aaa", "4",
         }, run(ext, most).lines)
      end
   end)

   it("may keep a struct", function ()
      local ext = { "keep", feature('memory = { n = "double" }, gives = { n = "number" }',
         "function x:dns() self.n = self.n + 1 end") }
      assert.same({ "1 n=4", "2 n=4", "3 n=1", "4 n=0" }, run(ext, 2).lines)
   end)

   it("does not see the packets of flows that it left alone", function ()
      local ext = { "few", feature('gives = { n = "number" }', [[
function x:begin(flow) return flow.src_port == 2 end
function x:dns() self.n = (self.n or 0) + 1 end
function x:finish() return { n = self.n } end]]) }
      assert.same({ "1", "2 n=4", "3", "4" }, run(ext).lines)
   end)

   it("that fails is named with its flow and its line", function ()
      local ext = { "bad", feature('gives = { n = "number" }', [[
function x:dns(message)
   if message.src_port == 2 then error "no" end
end
function x:finish() return { n = 1 } end]]) }
      local made = run(ext)
      assert.equal(4, #made.lines)
      assert.truthy(made.told[1]:find("bad.lua:4: no", 1, true), made.told[1])
      assert.equal(4, made.engine.faults:of "bad".count)
   end)

   it("has only the parsers that it names, and no packets", function ()
      local ext = { "tell", feature('gives = { n = "number", seen = "text" }', TELL) }
      local options = run(ext).options
      assert.same({ "dns" }, options.protocols)
      assert.falsy(options.packets)
   end)
end)
