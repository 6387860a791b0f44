-- Which packets a record is made of: their places in the files, when offsets are asked for.

local schema = require "weir.schema"
local try    = require "try"
local weir   = require "weir"
local wire   = require "wire"

-- "flow_id: packets" for each record of a kind, packets as SOURCE:NUMBER or NUMBER.
local function made_of(path, kind, most)
   local options = {
      packets = true, flows = true, offsets = true,
      protocols = kind ~= "flow" and { kind, "tls" } or {},
   }
   local capture, numbers, lines = assert(weir.open(path, options)), {}, {}
   local many = type(path) == "table"
   for batch in function () return capture:read(most) end do
      for i = 0, batch.packet_count - 1 do
         local p = batch.packets[i]
         numbers[p.source .. ":" .. p.offset] = (many and p.source .. ":" or "") .. p.ordinal
      end
      for r = 0, batch.run_count - 1 do
         local run = batch.runs[r]
         local is_one = run.kind == schema.number(kind)
         for i = run.first, is_one and run.first + run.count - 1 or -1 do
            local record, list = batch[schema.of(kind).records][i], {}
            for k = record.offsets_at, record.offsets_at + record.offset_count - 1 do
               list[#list + 1] = numbers[batch.offset_sources[k] .. ":" .. batch.offsets[k]]
            end
            lines[#lines + 1] = ("%d: %s"):format(record.flow_id, table.concat(list, " "))
         end
      end
   end
   capture:close()
   return lines
end

describe("the packets of a record", function ()
   it("are one for a datagram, and those since the last record in a stream", function ()
      local lines = made_of("samples/dns.pcap", "dns")
      assert.same({ "1: 1", "1: 2", "1: 3", "1: 4", "1: 5", "1: 6", "2: 7 8 9 10 11", "2: 12",
         "2: 12" }, { unpack(lines, 1, 9) })
   end)

   it("are all up to the end of a handshake", function ()
      assert.same({ "1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21" },
         made_of("samples/dtls.pcap", "tls"))
   end)

   it("are those of its own request and response, whatever came in between", function ()
      local lines = made_of("samples/http2.pcap", "http")
      assert.same({ "1: 6 7 8 9", "1: 6 7 8 9 10", "1: 10 11", "1: 12" }, { unpack(lines, 1, 4) })
      assert.same(lines, made_of("samples/http2.pcap", "exchange"))
   end)

   it("are all that a record of TLS came in, when HTTP is inside it", function ()
      assert.equal("6: 65 66 68", made_of("samples/sealed.pcapng", "exchange")[6])
   end)

   it("are all over which a head is spread", function ()
      local frames = {}
      local function add(o) frames[#frames + 1] = wire.tcp(o)[1] end
      add { flags = "S", seq = 0 }
      add { flags = "SA", seq = 0, back = true }
      local at, replied = 1, 1
      for part in ("GET / HT|TP/1.1\r\nHost: ex|ample.org\r\n\r\n"):gmatch "[^|]+" do
         add { flags = "A", seq = at, data = part }
         at = at + #part
      end
      for part in ("HTTP/1.1 200 OK\r\nContent-Le|ngth: 6\r\n\r\nabc|def"):gmatch "[^|]+" do
         add { flags = "A", seq = replied, data = part, back = true }
         replied = replied + #part
      end
      local path = try.file(try.pcap(frames), ".pcap")
      assert.same({ "1: 3 4 5 6 7 8" }, made_of(path, "http"))
      os.remove(path)
   end)

   it("are one where there is no flow", function ()
      assert.same({ "0: 1", "0: 2" }, { unpack(made_of("samples/neighbours.pcap", "arp"), 1, 2) })
   end)

   it("are told with the file they are in, when a flow goes on in the next", function ()
      local bytes = try.contents "samples/fragments.pcap"
      local first, rest = try.path ".pcap", try.path ".pcap"
      assert(os.execute(("%s read -r samples/fragments.pcap -c 3 -q -w %s 2>/dev/null"):format(
         try.program, first)) == 0)
      local head = bytes:sub(1, 24)
      local behind = bytes:sub(#try.contents(first) + 1)
      local file = assert(io.open(rest, "wb"))
      file:write(head, behind)
      file:close()
      local lines = made_of({ first, rest }, "flow")
      os.remove(first)
      os.remove(rest)
      assert.equal("1: 0:1 0:2 0:3 1:1 1:2 1:3 1:4 1:5 1:6 1:7 1:8", lines[1])
   end)

   it("are told the same wherever batches are cut", function ()
      for _, path in ipairs { "samples/dns.pcap", "samples/http.pcap", "samples/fragments.pcap" } do
         for _, kind in ipairs { "dns", "http", "flow" } do
            assert.same(made_of(path, kind), made_of(path, kind, 1))
         end
      end
   end)
end)
