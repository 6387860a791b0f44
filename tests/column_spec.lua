-- What scripts gave to flows, as text: columns of cells, in JSON and between separators.

local ffi    = require "ffi"
local abi    = require "weir.abi"
local output = require "weir.output"
local plan   = require "weir.plan"
local schema = require "weir.schema"
local try    = require "try"
local weir   = require "weir"
local wire   = require "wire"

local C, at = abi.C, ffi.offsetof("struct weir_flow", "row")

-- The part of a flow that is a row of cells with these names.
local function part_of(names)
   local rows = { kind = "ext", records = "cells", size = 16 * #names }
   local part = { kind = "flow", name = "ext", as = "part", at = at, rows = rows, skip_zero = true }
   for i, name in ipairs(names) do
      rows[i] = { kind = "flow", name = name, as = "cell", at = 16 * (i - 1), part = part }
   end
   return part
end

local function set(cell, capture, value)
   if type(value) == "number" then
      cell.kind, cell.number = C.WEIR_CELL_NUMBER, value
   elseif type(value) == "boolean" then
      cell.kind, cell.number = C.WEIR_CELL_FLAG, value and 1 or 0
   elseif type(value) == "table" and value.ip then
      cell.kind, cell.number = C.WEIR_CELL_ADDRESS, value.version
      cell.text = capture:note(value.ip .. ("\0"):rep(16 - #value.ip))
   elseif value then
      local is_json = type(value) == "table"
      local text = is_json and value[1] or value
      cell.kind, cell.number = is_json and C.WEIR_CELL_JSON or C.WEIR_CELL_TEXT, #text
      cell.text = capture:note(text)
   end
end

-- Writes flows with fields, each with one of the rows of values; returns the text.  Without rows
-- nobody asks for cells.
local function written(fields, columns, rows, options)
   local path, packets = try.path(), {}
   for i = 1, rows and #rows or 1 do packets[i] = wire.udp { port = i } end
   wire.with(packets, function (source)
      local capture = assert(weir.open(source, { flows = true }))
      local out, how = assert(output.open(path)), plan.new(fields, options)
      for batch in capture:batches() do
         local cells = rows and assert(capture:cells(columns, 1))
         for i = 0, rows and batch.flow_count - 1 or -1 do
            for j = 1, columns do
               set(cells[i * columns + j - 1], capture, rows[batch.flows[i].flow_id][j])
            end
         end
         assert(out:records(how, batch, 0, batch.flow_count))
      end
      assert(out:close())
   end)
   return try.contents(path, true)
end

local function id() return schema.of "flow".names.flow_id end

local function json(names, rows)
   return written({ id(), part_of(names) }, #names, rows, { shape = "json" })
end

local function separated(names, rows, options)
   options.shape = "separated"
   return written({ id(), unpack(part_of(names).rows) }, #names, rows, options)
end

describe("columns of cells in JSON", function ()
   it("are an object, of each value by its kind, without those that are not there", function ()
      assert.equal(table.concat({
         '{"flow_id":"1","ext":{"burst":0.25,"name":"a \\"b\\"","ok":true,"list":[1,"x"]}}',
         '{"flow_id":"2","ext":{"burst":-3,"ok":false}}',
         '{"flow_id":"3","ext":{"name":""}}',
      }, "\n") .. "\n", json({ "burst", "name", "ok", "list" }, {
         { 0.25, 'a "b"', true, { '[1,"x"]' } }, { -3, nil, false }, { nil, "" },
      }))
   end)

   it("are no object when there is no value, or nobody asked for cells", function ()
      local nothing = '{"flow_id":"1"}\n'
      assert.equal(nothing, json({ "a", "b" }, { {} }))
      assert.equal(nothing, json({ "a", "b" }, { { 0 / 0, 1 / 0 } }))
      assert.equal(nothing, json({ "a", "b" }, { { nil, { "" } } }))
      assert.equal(nothing, json({ "a", "b" }))
   end)

   it("stand for themselves when they are named", function ()
      local function named(rows)
         return written({ part_of { "a" }.rows[1], id() }, 1, rows, { shape = "json" })
      end
      assert.equal('{"a":7,"flow_id":"1"}\n{"flow_id":"2"}\n', named { { 7 }, {} })
      assert.equal('{"flow_id":"1"}\n', named(nil))
   end)

   it("have addresses, as bytes, in their usual form", function ()
      local six = "\32\1\13\184" .. ("\0"):rep(11) .. "\1"
      assert.equal('{"flow_id":"1","ext":{"a":"192.0.2.1","b":"2001:db8::1"}}\n',
         json({ "a", "b" }, { { { ip = "\192\0\2\1", version = 4 }, { ip = six, version = 6 } } }))
      assert.equal("1\t192.0.2.1\t2001:db8::1\n", separated({ "a", "b" },
         { { { ip = "\192\0\2\1", version = 4 }, { ip = six, version = 6 } } }, {}))
   end)

   it("keep bytes that are no text in base64, and zero bytes", function ()
      assert.equal('{"flow_id":"1","ext":{"a_b64":"/wD+AQ==","b":"x\\u0000y"}}\n',
         json({ "a", "b" }, { { "\255\0\254\1", "x\0y" } }))
   end)

   it("are as many as there may be, with long names", function ()
      local names, rows, parts = {}, { {} }, {}
      for i = 1, 256 do
         names[i] = ("n"):rep(61) .. ("%03d"):format(i)
         rows[1][i] = i % 2 == 0 and -1 / (i + 1) or "\255" .. i
         parts[i] = '"' .. names[i]
      end
      local text, last = json(names, rows), 0
      for _, part in ipairs(parts) do last = assert(text:find(part, last + 1, true)) end
      assert.equal("}}\n", text:sub(-3))
   end)
end)

describe("columns of cells between separators", function ()
   local names = { "a", "b", "c" }

   it("are as many for each flow", function ()
      assert.equal("1\t0.5\ttrue\t[1]\n2\t\t\t\n3\t\tx\t\n",
         separated(names, { { 0.5, true, { "[1]" } }, {}, { nil, "x" } }, {}))
      assert.equal("1\t\t\t\n", separated(names, nil, {}))
   end)

   it("are put in quotes where they need it, or made visible", function ()
      local rows = { { "a,b", 'say "x"', { '["x",1]' } } }
      assert.equal('1,"a,b","say ""x""","[""x"",1]"\n',
         separated(names, rows, { separator = ",", quote = '"' }))
      assert.equal('1|a,b|two\\nlines\\t|z\\x00\n',
         separated(names, { { "a,b", "two\nlines\t", "z\0" } }, { separator = "|" }))
   end)
end)

describe("a long text in a cell", function ()
   local long = ('0123456789abcd"\n'):rep(2 ^ 16)        -- 1 MiB

   it("is whole in every shape", function ()
      for _, text in ipairs { long, long:sub(1, 6144), long:sub(1, 6145), long:sub(1, 12289) } do
         local value = { text, { "[" .. text .. "]" } }
         assert.equal('{"flow_id":"1","ext":{"a":"' .. text:gsub('"', '\\"'):gsub("\n", "\\u000a")
            .. '","b":[' .. text .. ']}}\n', json({ "a", "b" }, { value }))
         assert.equal("1\t" .. text:gsub("\n", "\\n") .. "\tx\n",
            separated({ "a", "b" }, { { text, "x" } }, {}))
         assert.equal('1,"' .. text:gsub('"', '""') .. '",x\n',
            separated({ "a", "b" }, { { text, "x" } }, { separator = ",", quote = '"' }))
      end
   end)

   it("is whole in base64", function ()
      local bytes = ("\255\254\253"):rep(100000)
      assert.equal('{"flow_id":"1","ext":{"a_b64":"' .. ("//79"):rep(100000) .. '"}}\n',
         json({ "a" }, { { bytes } }))
   end)

   it("that leads out of the notes is none", function ()
      local path = try.path()
      local capture = assert(weir.open("samples/web.pcap", { flows = true }))
      local how = plan.new({ id(), part_of { "a", "b", "c" } }, { shape = "json" })
      local out = assert(output.open(path))
      for batch in capture:batches() do
         local cells = assert(capture:cells(3, 1))
         for i = 0, batch.flow_count - 1 do
            local a, b, c = cells[3 * i], cells[3 * i + 1], cells[3 * i + 2]
            a.kind, a.number, a.text = C.WEIR_CELL_TEXT, ({ [0] = -1, 1e300, 2 ^ 24 })[i % 3], 5
            b.kind, b.number, b.text = C.WEIR_CELL_JSON, 0 / 0, 2 ^ 32 - 1
            c.kind, c.number, c.text = C.WEIR_CELL_ADDRESS, 4, 2 ^ 24 - 15
         end
         assert(out:records(how, batch, 0, batch.flow_count))
      end
      assert(out:close())
      for _, line in ipairs(try.lines(try.contents(path, true))) do
         assert.truthy(line:find '"ext":{"a":""}}$')
      end
   end)
end)
