-- Values that scripts give to flows: cells, the texts among them, and memory that is given back.

local ffi   = require "ffi"
local abi   = require "weir.abi"
local given = require "weir.cells"
local weir  = require "weir"
local wire  = require "wire"

local C = abi.C

-- A capture of `count` flows, of which nine in ten end long before the last packets come.
local function swarm(count)
   return wire.swarm {
      { wire.udp {}, 1, math.floor(count * 0.9) },
      { wire.udp { at = 1000 }, 30001, 30000 + math.ceil(count * 0.1) },
   }
end

-- Calls see(batch, capture) for each batch.
local function each(path, see)
   local capture = assert(weir.open(path, { flows = true, packets = false }))
   for batch in capture:batches() do see(batch, capture) end
   return capture
end

describe("cells", function ()
   it("are none unless somebody asks for them", function ()
      each("samples/web.pcap", function (batch)
         assert(batch.cells == nil and batch.notes == nil)
         assert.same({ 0, 0 }, { batch.cell_columns, batch.layout })
      end)
   end)

   it("have a row for each flow, which knows its place", function ()
      local count = 0
      wire.with(swarm(5000), function (path)
         each(path, function (batch, capture)
            local cells = assert(capture:cells(3, 7))
            assert(batch.cells == cells)
            assert.same({ 3, 7 }, { batch.cell_columns, batch.layout })
            for i = 0, batch.flow_count - 1 do
               assert.equal(i, batch.flows[i].row)
               for j = 0, 2 do
                  local cell = cells[i * 3 + j]
                  assert(cell.kind == C.WEIR_CELL_NONE and cell.number == 0 and cell.text == 0)
                  cell.kind, cell.number, cell.text = C.WEIR_CELL_NUMBER, i, j
               end
               count = count + 1
            end
         end)
      end)
      assert.equal(5000, count)
   end)

   it("are empty when another layout comes in the middle of a batch", function ()
      local seen = 0
      wire.with(swarm(2000), function (path)
         each(path, function (batch, capture)
            if batch.flow_count == 0 then return end
            local function all(columns, kind)
               local cells = assert(capture:cells(columns, columns))
               for i = 0, batch.flow_count * columns - 1 do
                  assert.equal(C.WEIR_CELL_NONE, cells[i].kind)
                  cells[i].kind = kind
               end
            end
            all(4, C.WEIR_CELL_FLAG)
            all(1, C.WEIR_CELL_FLAG)
            all(256, C.WEIR_CELL_TEXT)
            capture:cells(256, 256)[0].number = 5
            assert.equal(5, capture:cells(256, 256)[0].number)
            assert(capture:cells(0, 0) and batch.cells == nil)
            all(7, C.WEIR_CELL_TEXT)
            seen = seen + 1
         end)
      end)
      assert(seen > 1)
   end)

   it("have lists as JSON, in which texts are UTF-8", function ()
      each("samples/web.pcap", function (batch, capture)
         if batch.flow_count == 0 then return end
         local rows = assert(given.new(capture, { "list" }))
         local flow = batch.flows[0]
         local at = flow.row * rows.count + rows.columns.list
         rows.write.list(at, { "caf\195\169", "\255", 'q"', 1 / 4, true }, "list")
         local cell = batch.cells[at]
         assert.equal('["caf\195\169","\\\\xFF","q\\"",0.25,true]',
            ffi.string(batch.notes + cell.text, cell.number))
         assert.equal("\255", given.read(flow, "list")[2])
      end)
   end)

   it("are refused when there are too many, or no flows", function ()
      local capture = assert(weir.open("samples/web.pcap", { flows = true }))
      assert(capture:cells(256, 1))
      assert.equal("no rows of 257 cells: at most 256", select(2, capture:cells(257, 1)))
      capture = assert(weir.open "samples/web.pcap")
      assert.equal("no cells for flows: none are made", select(2, capture:cells(1, 1)))
   end)

   it("may be looked at when the capture is closed, and are empty for the next one", function ()
      local cells
      each("samples/web.pcap", function (batch, capture)
         cells = assert(capture:cells(9, 1))
         for i = 0, batch.flow_count * 9 - 1 do cells[i].kind = C.WEIR_CELL_FLAG end
         capture:note "left over"
      end):close()
      collectgarbage()
      assert(cells[0].kind <= C.WEIR_CELL_JSON)
      each("samples/web.pcap", function (batch, capture)
         cells = assert(capture:cells(9, 1))
         for i = 0, batch.flow_count * 9 - 1 do assert.equal(C.WEIR_CELL_NONE, cells[i].kind) end
      end)
   end)
end)

describe("a text of scripts", function ()
   it("is kept with its batch, with a zero byte behind it and others inside", function ()
      local capture = assert(weir.open("samples/web.pcap", { flows = true }))
      local batch = capture:read()
      local texts, at = { "burst", "", "a\0b", ("long"):rep(100000) }, {}
      for i, text in ipairs(texts) do at[i] = capture:note(text) end
      assert.equal(0, at[2])
      for i, text in ipairs(texts) do
         assert.equal(text .. "\0", ffi.string(batch.notes + at[i], #text + 1))
      end
      capture:read()
      assert.equal(1, capture:note "x")                 -- the next batch begins anew
   end)

   it("is counted when there is no room for it", function ()
      local capture = assert(weir.open("samples/web.pcap", { flows = true }))
      capture:read()
      local megabyte, kept = ("m"):rep(2 ^ 20 - 1), 0
      for _ = 1, 18 do kept = kept + (capture:note(megabyte) > 0 and 1 or 0) end
      assert.equal(15, kept)
      assert(capture:note(("m"):rep(2 ^ 20 - 2)) > 0)   -- fits to the last byte
      assert.equal(0, capture:note "m")
      assert.equal(0, capture:note "")
      local _, seen = capture:counts()
      assert.equal(4, seen.notes_dropped)
   end)
end)

describe("memory for each flow that is given back", function ()
   it("makes room for others, which are zero", function ()
      local capture = assert(weir.open("samples/web.pcap", { flows = true }))
      local first, second = assert(capture:memory "double"), assert(capture:memory "uint32_t")
      capture:read()
      first[1], second[1] = 7, 8
      for _ = 1, 100 do
         capture:forget(first)
         first = assert(capture:memory "float")
         assert.equal(0, first[1])
         first[1] = 9
      end
      assert.equal(8, second[1])
      capture:forget(first)
      for _ = 1, 63 do assert(capture:memory "double") end
      assert.truthy(select(2, capture:memory "double"):find "at most 64")
   end)

   it("may still be looked at", function ()
      local capture = assert(weir.open("samples/web.pcap", { flows = true }))
      local memory = assert(capture:memory "double")
      memory[3] = 5
      capture:forget(memory)
      assert.equal(0, memory[3])
   end)

   it("is zero for each flow that begins, whatever had its place before", function ()
      wire.with(swarm(4000), function (path)
         local capture = assert(weir.open(path, { flows = true, begins = true }))
         local kept = { assert(capture:memory "double"), assert(capture:memory "double") }
         local turn = 0
         for batch in capture:batches() do
            for _, memory in ipairs(kept) do
               for i = 0, batch.begin_count - 1 do
                  local number = batch.begins[i].flow
                  assert.equal(0, memory[number])
                  memory[number] = 1
               end
            end
            turn = turn + 1
            capture:forget(table.remove(kept, 1))
            kept[2] = assert(capture:memory(turn % 2 == 0 and "double" or "uint8_t"))
         end
      end)
   end)

   it("is refused when it is none", function ()
      local capture = assert(weir.open("samples/web.pcap", { flows = true }))
      local memory = assert(capture:memory "double")
      capture:forget(memory)
      assert.has_error(function () capture:forget(memory) end,
         "no memory to give back: it is none of these flows")
      assert.has_error(function () assert(weir.open "samples/web.pcap"):forget(memory) end,
         "no memory to give back: no flows are made")
   end)
end)
