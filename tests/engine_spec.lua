-- Extensions see what they are said to see, and one that fails harms no other.

local extend = require "extend"
local try    = require "try"
local wire   = require "wire"

local feature, udp = extend.feature, wire.udp

local function run(packets, o)
   return wire.with(packets, function (path)
      o.capture = path
      return extend.run(o)
   end)
end

local COUNT = { "count", feature('gives = { n = "number" }', [[
function x:begin() self.n = 0 end
function x:packet() self.n = self.n + 1 end
function x:finish() return { n = self.n } end]]) }

local three = {
   udp {}, udp { port = 40001 }, udp { back = true }, udp { port = 40001 }, udp { port = 40002 },
}

describe("a feature", function ()
   it("sees the beginning of a flow, each packet, and the end", function ()
      local ext = { "all", feature('gives = { seen = "text" }', [[
function x:begin(flow)
   self.seen = ("begin %s:%d"):format(flow.src_ip:match "%.%d+$", flow.src_port)
end
function x:new_flow(packet) self.seen = self.seen .. " new " .. packet.ordinal end
function x:packet(packet) self.seen = self.seen .. " packet " .. packet.ordinal end
function x:udp(packet, reverse)
   self.seen = ("%s udp %d %s"):format(self.seen, packet.ordinal, reverse and "back" or "there")
end
function x:finish(flow)
   return { seen = self.seen .. " finish " .. flow.pkts_toserver + flow.pkts_toclient }
end]]) }
      for _, most in ipairs { 1, 2, 1024 } do
         assert.same({
            "1 seen=begin .10:40000 new 1 packet 1 udp 1 there packet 3 udp 3 back finish 2",
            "2 seen=begin .10:40001 new 2 packet 2 udp 2 there packet 4 udp 4 there finish 2",
            "3 seen=begin .10:40002 new 5 packet 5 udp 5 there finish 1",
         }, run(three, { ext = { ext }, most = most }).lines)
      end
   end)

   it("gives what its memory has when it has no 'finish'", function ()
      local ext = { "bare", feature('gives = { n = "number", met = "flag" }',
         "function x:packet() self.n, self.met, self.own = (self.n or 0) + 1, true, 7 end") }
      assert.same({ "1 met=true n=2", "2 met=true n=2", "3 met=true n=1" },
         run(three, { ext = { ext } }).lines)
   end)

   it("gives addresses as records have them, or as text", function ()
      local ext = { "ends", feature('gives = { from = "address", to = "address" }',
         "function x:finish(flow) return { from = flow.src_addr, to = flow.dest_ip } end") }
      local wants = { "wants", feature('gives = { same = "flag" }, wants = { "from" }',
         "function x:finish(flow) return { same = flow.from == flow.src_ip } end") }
      for _, line in ipairs(run(three, { ext = { ext, wants } }).lines) do
         assert.truthy(line:find "from=192.0.2.10 to=198.51.100.80 same=true$", line)
      end
   end)

   it("has an empty table for each flow, though tables are used again", function ()
      local packets = {}
      for i = 1, 50 do packets[i] = udp { at = i * 200, port = 40000 + i % 3 } end
      local ext = { "once", feature('gives = { n = "number" }',
         "function x:packet() self.n = (self.n or 0) + 1 end") }
      for _, line in ipairs(run(packets, { ext = { ext } }).lines) do
         assert.truthy(line:find " n=1$")
      end
   end)

   it("may have a struct for memory, zero when a flow begins, with its class's methods", function ()
      local ext = { "struct", feature([[
gives = { n = "number", sum = "number", last = "list" }, options = { step = 2 },
memory = { n = "uint32_t", sum = "double", last = "uint8_t[3]" }]], [[
function x:add(size) self.sum = self.sum + size * self.options.step end
function x:packet(packet)
   self:add(packet.payload_size)
   self.last[self.n % 3] = packet.ordinal
   self.n = self.n + 1
end
function x:finish()
   return { n = self.n, sum = self.sum, last = { self.last[0], self.last[1], self.last[2] } }
end]]) }
      assert.same({ "1 last=1+3+0 n=2 sum=4", "2 last=2+4+0 n=2 sum=4", "3 last=5+0+0 n=1 sum=2" },
         run(three, { ext = { ext } }).lines)
   end)

   it("has arrays in it that end where they end", function ()
      for _, at in ipairs { "3", "-1", "-2 ^ 36", "0 / 0", "'x'" } do
         for _, body in ipairs { "self.a[%s] = 1", "self.n = self.a[%s]" } do
            local ext = { "wild", feature('gives = { x = "number" }, '
               .. 'memory = { a = "double[3]", n = "double" }',
               ("function x:packet() %s end"):format(body:format(at))) }
            local found = run(three, { ext = { ext, COUNT } })
            assert.truthy(found.told[1]:find "wild.lua:3: no element .* of 3: they are 0 to 2")
            assert.truthy(found.lines[1]:find " n=2$")
         end
      end
   end)

   it("leaves alone the flows for which 'begin' or 'new_flow' is false", function ()
      for _, moment in ipairs { "begin", "new_flow" } do
         for _, memory in ipairs { "", ', memory = { n = "double" }' } do
            local ext = { "picky", feature('gives = { n = "number" }' .. memory, ([[
function x:%s(r) if r.src_port == 40001 then return false end self.n = 10 end
function x:packet() self.n = self.n + 1 end
function x:finish() return { n = self.n } end]]):format(moment)) }
            assert.same({ "1 n=12", "2", "3 n=11" }, run(three, { ext = { ext } }).lines)
         end
      end
   end)

   it("ends a flow with a moment that is false", function ()
      local packets = { udp {}, udp { at = 1 }, udp { at = 2 }, udp { at = 30 } }
      for _, moment in ipairs { "packet", "udp", "ip4" } do
         local ext = { "cut", feature('gives = { n = "number" }', ([[
function x:begin() self.n = 0 end
function x:%s(packet)
   self.n = self.n + 1
   return packet.ordinal ~= 2
end
function x:finish() return { n = self.n } end]]):format(moment)) }
         for _, most in ipairs { 1, 1024 } do
            assert.same({ "1 n=3", "2 n=1" }, run(packets, { ext = { ext }, most = most }).lines)
         end
      end
   end)

   it("asks the core for no more than it wants", function ()
      local function options(manifest, methods)
         return run(three, { ext = { { "x", feature(manifest, methods) } } }).options
      end
      local FINISH = "function x:finish() return { a = 1 } end"
      local cheap = options('gives = { a = "number" }', FINISH)
      assert.same({ false, false, false }, { cheap.packets, cheap.begins or false,
         cheap.cuts or false })
      local more = options('gives = { a = "number" }, wants = { "rtt_server", "src2dst_mean_ps" }',
         FINISH .. " function x:packet() self.n = 1 end")
      assert.same({ true, true, true, true, false },
         { more.packets, more.begins, more.tcp, more.stats, more.cuts or false })
      assert.is_true(options('gives = { a = "number" }', FINISH
         .. " function x:tcp() return true end").cuts)
   end)
end)

describe("a chain", function ()
   -- How often each chain is called over a capture.
   local function calls(path)
      local methods = {}
      for _, name in ipairs { "ip4", "ip6", "icmp4", "icmp6", "tcp", "udp", "l4" } do
         methods[#methods + 1] = ("function x:%s() self.n_%s = (self.n_%s or 0) + 1 end"):format(
            name, name, name)
      end
      local ext = { "chains", feature(
         'gives = { n_ip4 = "number", n_ip6 = "number", n_icmp4 = "number", n_icmp6 = "number", '
         .. 'n_tcp = "number", n_udp = "number", n_l4 = "number" }', table.concat(methods, "\n")) }
      local sums = {}
      for _, line in ipairs(extend.run { capture = path, ext = { ext } }.lines) do
         for name, n in line:gmatch "n_(%w+)=(%d+)" do sums[name] = (sums[name] or 0) + n end
      end
      return sums
   end

   it("sees the packets of its protocol", function ()
      assert.same({ ip4 = 14, tcp = 12, udp = 2 }, calls "samples/web.pcap")
      assert.truthy(calls("samples/sctp.pcap").l4 > 0)
      local six = calls "samples/ipv6.pcap"
      assert.truthy(six.ip6 > 0 and not six.ip4)
   end)

   it("sees a datagram in fragments once", function ()
      local seen = calls "samples/fragments.pcap"
      assert.truthy(seen.udp < seen.ip4 + (seen.ip6 or 0))
   end)

   it("sees an ICMP error with the flow whose packet it quotes", function ()
      local ext = { "quoted", feature('gives = { type = "number", back = "flag" }', [[
function x:icmp4(packet, reverse) self.type, self.back = packet.icmp_type, reverse end]]) }
      local lines = run({ udp {}, wire.unreachable {} }, { ext = { ext } }).lines
      assert.same({ "1 back=true type=3", "2 back=false type=3" }, lines)
   end)
end)

describe("features together", function ()
   it("have what others give when they want it", function ()
      local giver = { "giver", feature('gives = { a = "number", who = "text" }',
         "function x:finish(f) return { a = f.flow_id * 10, who = 'w' .. f.flow_id } end") }
      local taker = { "taker", feature('gives = { b = "text" }, wants = { "a", "who" }',
         "function x:finish(f) return { b = f.a + 1 .. f.who } end") }
      assert.same({ "1 a=10 who=w1 b=11w1", "2 a=20 who=w2 b=21w2", "3 a=30 who=w3 b=31w3" },
         run(three, { ext = { taker, giver } }).lines)
   end)

   it("are as many as one likes", function ()
      local list = {}
      for i = 1, 40 do
         list[i] = { "n" .. i, feature(('gives = { f%d = "number" }'):format(i), ([[
function x:begin() self.n = %d end
function x:packet() self.n = self.n + 1 end
function x:udp() self.n = self.n + 1 end
function x:finish() return { f%d = self.n } end]]):format(i * 100, i)) }
      end
      local run40 = run(three, { ext = list })
      assert.truthy(#run40.engine.groups > 1)
      assert.truthy(run40.lines[1]:find "f1=104" and run40.lines[1]:find "f40=4004")
   end)
end)

-- ---- errors ------------------------------------------------------------------------------

-- A feature that raises in one moment of the packets of port 40001.
local function raising(moment)
   local bodies = {
      begin = "", new_flow = "", packet = "", udp = "", finish = "return { bad = 1 }",
   }
   bodies[moment] = 'if r.src_port == 40001 then error "broken here" end ' .. bodies[moment]
   local methods = {}
   for name, body in pairs(bodies) do
      methods[#methods + 1] = ("function x:%s(r) %s end"):format(name, body)
   end
   return { "bad", feature('gives = { bad = "number" }', table.concat(methods, "\n")) }
end

describe("an extension that fails", function ()
   for _, moment in ipairs { "begin", "new_flow", "packet", "udp", "finish" } do
      it("in '" .. moment .. "' is told, counted, and harms no other", function ()
         for _, most in ipairs { 1, 1024 } do
            local found = run(three, { ext = { raising(moment), COUNT }, most = most,
               fields = { "failed" } })
            assert.equal("1 bad=1 n=2", found.lines[1])
            assert.truthy(found.lines[2]:find " n=2 failed=bad$")
            assert.equal("3 bad=1 n=1", found.lines[3])
            assert.truthy(found.told[1]:find "'bad' failed in '%w+': .*bad.lua:%d+: broken here$")
            local known = found.engine.faults:of "bad"
            assert.equal((moment == "packet" or moment == "udp") and 2 or 1, known.count)
            assert.equal(1, #found.told)                 -- one line a minute
         end
      end)
   end

   it("is shown with the place in its own file", function ()
      local ext = { "deep", feature('gives = { a = "number" }', [[
local function inner(t) return t.x.y end
local function outer(t) return (inner(t)) end
function x:finish() return { a = outer {} } end]]) }
      local told = run(three, { ext = { ext } }).told[1]
      assert.truthy(told:find "deep.lua:3: attempt to index field 'x'")
      assert.truthy(told:find "%(at .*deep.lua:4, from .*deep.lua:5%)$")
   end)

   it("with nonsense for a result is told what is wrong with it", function ()
      for result, why in pairs {
         ["42"] = "it returns a number: 'finish' returns a table of fields, or nothing",
         ["'x'"] = "it returns a string", ["true"] = "it returns a boolean",
         ["{ b = 1 }"] = "it gives 'b', which its manifest's 'gives' has not",
         ["{ a = 'one' }"] = "it gives 'one' for 'a', which is a number",
         ["{ a = {} }"] = "for 'a', which is a number",
         ["{ d = flow }"] = "for 'd', which is an address",
         ["{ d = flow.dest_ether }"] = "for 'd', which is an address",
         ["{ d = 1 }"] = "it gives '1' for 'd', which is an address",
         ["setmetatable({}, { __index = function () error 'trap' end })"] = "trap",
         ["{ l = { {} } }"] = "it gives in the list 'l' a table",
      } do
         local ext = { "odd", feature('gives = { a = "number", l = "list", d = "address" }',
            ("function x:finish(flow) return %s end"):format(result)) }
         local found = run(three, { ext = { ext, COUNT } })
         assert.truthy(found.told[1]:find(why, 1, true), found.told[1])
         assert.equal("1 n=2", found.lines[1])
      end
   end)

   it("gives no number where it gives NaN or infinity", function ()
      local ext = { "odd", feature('gives = { a = "number", b = "number", c = "number" }',
         "function x:finish() return { a = 0 / 0, b = 1 / 0, c = 5 } end") }
      assert.equal("1 c=5", run(three, { ext = { ext } }).lines[1])
   end)

   it("far down, or without end, is told like any other", function ()
      for _, body in ipairs {
         "local function f(n) if n == 0 then error 'deep' end return 1 + f(n - 1) end f(150)",
         "local function f(n) return 1 + f(n + 1) end f(1)",
      } do
         local ext = { "deep", feature('gives = { a = "number" }', ([[
function x:packet() %s end
function x:finish() return { a = 1 } end]]):format(body)) }
         local found = run(three, { ext = { ext, COUNT } })
         assert.truthy(found.told[1]:find "'deep' failed in 'packet'")
         assert.equal(5, found.engine.faults:of "deep".count)
         assert.equal("1 a=1 n=2", found.lines[1])
      end
   end)

   it("raises what it likes", function ()
      for _, what in ipairs { "{}", "nil", "12", "setmetatable({}, { __tostring = error })" } do
         local ext = { "odd", feature('gives = { a = "number" }',
            ("function x:finish() error(%s) end"):format(what)) }
         local found = run(three, { ext = { ext, COUNT } })
         assert.equal(3, found.engine.faults:of "odd".count)
         assert.equal("3 n=1", found.lines[3])
      end
   end)

   it("a hundred times in a minute is paused, and its flows say so", function ()
      local packets = {}
      for i = 1, 300 do packets[i] = udp { port = 41000 + i } end
      local ext = { "bad", feature('gives = { bad = "number" }',
         "function x:packet() error 'again' end function x:finish() return { bad = 1 } end") }
      for _, most in ipairs { 7, 1024 } do
         local found = run(packets, { ext = { ext, COUNT }, most = most, fields = { "failed" } })
         assert.equal(100, found.engine.faults:of "bad".count)
         assert.truthy(table.concat(found.told, "\n"):find "'bad' is paused .*: 100 errors within")
         assert.equal(300, #found.lines)
         for i, line in ipairs(found.lines) do assert.equal(i .. " n=1 failed=bad", line) end
      end
   end)

   it("now and then is not paused", function ()
      local packets = {}
      for i = 1, 300 do packets[i] = udp { port = 41000 + i, at = i } end
      local ext = { "bad", feature('gives = { bad = "number" }',
         "function x:packet() error 'again' end function x:finish() return { bad = 1 } end") }
      local known = run(packets, { ext = { ext } }).engine.faults:of "bad"
      assert.same({ 300 }, { known.count, known.paused })
   end)

   it("ends the run when that is strict", function ()
      wire.with(three, function (path)
         local folder = extend.folder()
         local bad = extend.write(folder .. "/bad.lua", raising("packet")[2])
         local command = "read -T none -r " .. path .. " --ext " .. bad
         local _, err, code = try.weir(command .. " -q --strict")
         assert.equal(4, code)
         assert.truthy(err:find "extension 'bad' failed in 'packet'")
         local _, said, fine = try.weir(command)
         assert.equal(0, fine)
         assert.truthy(said:find "extension 'bad': 2 errors, the last: ")
         extend.remove(folder)
      end)
   end)

   it("by taking all memory is paused, and gives it back", function ()
      local packets = {}
      for i = 1, 3000 do packets[i] = udp { port = 41000 + i % 100 } end
      local ext = { "hungry", feature('gives = { bad = "number" }', [[
local kept = {}
function x:packet() kept[#kept + 1] = ("x"):rep(20000) .. #kept end
function x:finish() return { bad = #kept } end]]) }
      local found = run(packets, {
         ext = { COUNT, ext }, engine = { heap = 40 * 1024 }, most = 16, fields = { "failed" },
      })
      assert.truthy(table.concat(found.told, "\n"):find "'hungry' is paused .*: Lua's memory")
      assert.equal("1 n=30 failed=hungry", found.lines[1])
   end)
end)

-- ---- extractors --------------------------------------------------------------------------

describe("an extractor", function ()
   local function extractor(on, body)
      return ('local weir = require "weir"\nlocal x = weir.extractor { on = "%s" }\n%s\nreturn x\n')
         :format(on, body)
   end

   it("turns flows into facts, told again and counted", function ()
      local text = extractor("flow", [[
function x:extract(flow, kb)
   local device = kb:entity("device", flow.src_ip, { port = flow.src_port })
   kb:relate(device, "talks to", kb:entity("address", flow.dest_ip))
end]])
      local facts = run({ udp {}, udp { port = 40001, at = 3 } }, { ext = { { "who", text } } })
         .engine.kb.facts
      assert.equal(3, #facts)
      local device, relation = facts[1], facts[3]
      assert.same({ "entity", "device", "192.0.2.10", 2, "who" },
         { device.fact, device.type, device.key, device.count, device.by })
      assert.same({ port = 40000 }, device.data)         -- what is known stays
      assert.equal(3, device.last - device.first)
      assert.same({ device, "talks to", facts[2], 2 },
         { relation.from, relation.verb, relation.to, relation.count })
   end)

   it("reads packets, seconds and beginnings, too, and keeps its self", function ()
      for on, times in pairs { packet = 5, second = 3, begin = 3 } do
         local text = extractor(on, [[
function x:start() self.n = 0 end
function x:extract(row, kb)
   self.n = self.n + 1
   kb:entity("row", tostring(self.n) .. " of " .. row.src_ip)
end]])
         assert.equal(times, #run(three, { ext = { { "rows", text } } }).engine.kb.facts)
      end
   end)

   it("tells facts in the order of what it sees, wherever batches are cut", function ()
      local list = {}
      for i = 1, 30 do
         list[i] = { "e" .. i, extractor(i % 2 == 0 and "flow" or "packet", ([[
function x:extract(row, kb) kb:entity("seen", "%d by " .. row.src_port) end]]):format(i)) }
      end
      local packets = {}
      for i = 1, 40 do packets[i] = udp { at = i * 100, port = 40000 + i % 3 } end
      local once
      for _, most in ipairs { 1024, 1, 7 } do
         local keys = {}
         local base = run(packets, { ext = list, most = most }).engine.kb
         for i, fact in ipairs(base.facts) do keys[i] = fact.key end
         once = once or keys
         assert.same(once, keys)
      end
   end)

   it("that does not start is paused", function ()
      local found = run(three, { ext = { { "lazy", extractor("flow", [[
function x:start() error "no" end
function x:extract(_, kb) kb:entity("a", "b") end]]) } } })
      assert.truthy(found.told[2]:find "'lazy' is paused .*: it does not start")
      assert.equal(0, #found.engine.kb.facts)
   end)

   it("is told what is wrong with a fact", function ()
      for call, why in pairs {
         ['kb:entity("device", 5)'] = "the key of an entity is a text that is not empty",
         ['kb:entity("", "x")'] = "the type of an entity is a text that is not empty, not ''",
         ['kb:relate("a", "b", "c")'] = "a relationship is between two entities",
         ['kb:entity("a", "b", 5)'] = "the data of an entity is a table",
         ['kb:entity("a", ("k"):rep(5000))'] = "has more than 4096 bytes",
      } do
         local told = run({ udp {} }, {
            ext = { { "odd", extractor("flow", "function x:extract(_, kb) " .. call .. " end") } },
         }).told[1]
         assert.truthy(told:find(why, 1, true), told)
      end
   end)

   it("shows its facts with --facts", function ()
      local args = "read -q -r samples/web.pcap --ext talkers --facts "
      local out, _, code = try.weir(args .. "-T json")
      assert.equal(0, code)
      assert.equal(5, #try.lines(out))
      assert.truthy(out:find '"verb":"talks to","to":{"key":"192.0.2.1","type":"address"}')
      assert.truthy(try.weir(args .. "-T table"):find "192.0.2.10 +talks to +address +198.51.100")
      local _, err, usage = try.weir(args .. "-T csv")
      assert.same({ 2, true }, { usage, err:find "'%-%-facts' are written with" ~= nil })
   end)
end)
