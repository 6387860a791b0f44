-- Templates: what the core writes of its records is what would be written of plain rows.

local output   = require "weir.output"
local schema   = require "weir.schema"
local template = require "weir.report.template"
local try      = require "try"
local weir     = require "weir"

local MEASURES = {
   flows = true, packets = true, seconds = true, stats = true, names = true, labels = true,
   tcp = true, protocols = { "dns", "http", "tls" },
}

-- Calls see(record) for the records of a kind in a capture.
local function each(path, kind, see)
   local source, one = assert(weir.open(path, MEASURES)), schema.of(kind)
   for batch in source:batches() do
      source:apps(batch)
      local records = batch[one.said and one.records or kind .. "s"]
      for i = 0, batch[(one.said and one.records or kind) .. "_count"] - 1 do see(records[i]) end
   end
   source:close()
end

-- The lines of the records of a kind, each field in them; how many did not go through the core.
local function lines_of(path, kind, is_slow)
   local words = {}
   for i, field in ipairs(schema.spread(schema.of(kind))) do
      -- A script sees a time as a number: what is finer than a microsecond is lost.
      words[i] = field.name ~= "start" and field.name ~= "end" and "{" .. field.name .. "}" or ""
   end
   local list, name, aside = {}, try.path(), 0
   local out = assert(output.open(name))
   for _, word in ipairs(words) do
      local lines = word ~= "" and assert(template.new("<" .. word .. "> {src_ip}"))
      if lines then
         local line_of = lines.line_of
         lines.line_of = function (one)
            aside = aside + 1
            return line_of(one)
         end
         if is_slow then lines.plans = false end
         each(path, kind, function (record) assert(lines:write(out, record)) end)
      end
   end
   out:close()
   for line in io.lines(name) do list[#list + 1] = line end
   os.remove(name)
   return list, aside
end

describe("a template", function ()
   for _, kind in ipairs { "flow", "dns", "tls", "http", "packet", "second" } do
      it("is filled by the core as with plain rows, for records of " .. kind, function ()
         for _, name in ipairs { "web", "tls", "ipv6", "hostile" } do
            local path = ("samples/%s.pcap"):format(name)
            local quick, aside = lines_of(path, kind)
            assert.same(lines_of(path, kind, true), quick)
            assert(#quick == 0 or aside < #quick, "the core wrote none")
         end
      end)
   end

   it("has nothing that drives a terminal, and no text that is too long", function ()
      local path = try.file([[
local weir = require "weir"
local texts = { "plain", "\\", "\27[31m", "ü\u{202e}x", ("x"):rep(5000), "" }
local x = weir.feature { about = "x", gives = { a = "text", b = "number", c = "flag" } }
function x:finish(flow)
   return { a = texts[flow.flow_id % 6 + 1], b = flow.flow_id / 7, c = flow.flow_id % 2 == 0 }
end
return x]], ".lua")
      local found = try.path()
      local format = "{a}|{ext.b}|{c}|{nobody}|{source_packets}"
      local _, err, code = try.weir(("read -q -T none -r samples/home.pcap --ext %s --ext text_log "
         .. "--set text_log.file=%s --set 'text_log.format=%s'"):format(path, found, format))
      assert.equal(0, code, err)
      local text = try.contents(found, true)
      os.remove(path)
      assert.truthy(text:find "^\\|0.142857|false|%-|%-\n")
      assert.truthy(text:find "\n\\x1B%[31m|0.285714|true|%-|%-\n")
      assert.truthy(text:find("\nü\\xE2\\x80\\xAEx|0.428571|", 1, true))
      assert.truthy(text:find("\n" .. ("x"):rep(4096) .. "|"))
      assert.truthy(text:find "\n|0.714286|")
      assert(not text:find "[\27\128-\159]", text)
   end)
end)
