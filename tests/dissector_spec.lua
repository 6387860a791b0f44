-- The moment `stream`: dissectors that users write, over the bytes of TCP.

local extend = require "extend"
local try    = require "try"

local feature = extend.feature

-- The first dissector of docs/dissector.md.
local mail = try.contents "docs/dissector.md":match "```lua mail.lua\n(.-)```"

-- Counts what each end sent, and what of it is missing; with sums that tell other bytes.
local COUNTS = [[
function x:stream(sent)
   if not sent.bytes then
      self.missing = self.missing + sent.missing
      return
   end
   for at = 0, #sent.bytes - 1 do
      self.sum = (self.sum * 31 + sent.bytes:u8(at) + sent.reverse) % 16777213
   end
end]]

local GIVES = 'gives = { sum = "number", missing = "number" }'
local as_struct = feature(GIVES .. ', memory = { sum = "double", missing = "uint32_t" }', COUNTS)
local as_table = feature(GIVES,
   "function x:begin() self.sum, self.missing = 0, 0 end\n" .. COUNTS)

local function lines(text, capture, most)
   local run = extend.run { ext = { { "x", text } }, capture = capture, most = most }
   assert.same({}, run.told)
   return run.lines
end

describe("a dissector over streams", function ()
   it("reads lines that go on in other segments, and survives what is missing", function ()
      assert.same({ "1 receivers=bob@example.net+carol@example.net+dan@example.net "
         .. "senders=ann@example.org+ann@example.org unseen=13" }, lines(mail, "samples/smtp.pcap"))
   end)

   it("is no longer than its page says, and the page has two screens", function ()
      assert(#try.lines(mail) <= 30)
      assert(#try.lines(try.contents "docs/dissector.md") <= 90)
   end)

   it("sees the same with a table and a struct, wherever batches are cut", function ()
      for _, name in ipairs { "smtp", "http", "tls", "ssh", "web" } do
         local path = ("samples/%s.pcap"):format(name)
         local once = lines(as_table, path)
         assert.truthy(once[1]:find "sum=%d")
         for _, most in ipairs { 1, 7, 1024 } do
            assert.same(once, lines(as_table, path, most))
            assert.same(once, lines(as_struct, path, most))
            assert.same(lines(mail, path), lines(mail, path, most))
         end
      end
   end)

   it("does so when files are read by two", function ()
      local folder = extend.folder()
      extend.write(folder .. "/x.lua", as_struct)
      extend.write(folder .. "/mail.lua", mail)
      local function out(options)
         local text, err, code = try.weir(("read -q %s -r samples/smtp.pcap -r samples/http.pcap "
            .. "-r samples/tls.pcap --ext %s/x.lua --ext %s/mail.lua -T json"):format(
            options, folder, folder))
         assert.equal(0, code, err)
         return text
      end
      local once = out "-j 1"
      extend.write(folder .. "/x.lua", as_table)
      local twice = out "-j 2"
      extend.remove(folder)
      assert.truthy(once:find('"dan@example.net"', 1, true))
      assert.equal(once, twice)
   end)

   it("reads no byte behind the end of a slice", function ()
      for i, call in ipairs {
         "u8(#sent.bytes)", "u16(#sent.bytes - 1)", "u8(-1)", "string(#sent.bytes, 1)",
         "sub(1, #sent.bytes)", "string(0, 2^31)",
      } do
         for _, memory in ipairs { "", ', memory = { n = "double" }' } do
            local run = extend.run { capture = "samples/smtp.pcap", ext = { { "x", feature(
               'gives = { n = "number" }' .. memory,
               ("function x:stream(sent) if sent.bytes then local _ = sent.bytes:%s end end")
                  :format(call)) } } }
            assert.truthy(table.concat(run.told, "\n"):find "of a slice of", i .. memory)
         end
      end
   end)

   it("that fails leaves the flow to others", function ()
      local run = extend.run { capture = "samples/smtp.pcap", ext = {
         { "x", feature('gives = { n = "number" }', "function x:stream() error 'no' end") },
         { "mail", mail },
      } }
      assert.truthy(run.lines[1]:find "unseen=13")
   end)
end)
