-- The schema and the C structs say the same; no member and no name is left over.

local abi    = require "weir.abi"
local ffi    = require "ffi"
local schema = require "weir.schema"
local try    = require "try"
local weir   = require "weir"

-- All schemas: those of the kinds, and those of the rows inside them.
local function each_schema()
   local list = {}
   local function add(kind)
      list[#list + 1] = kind
      for _, field in ipairs(kind) do
         if field.rows then add(field.rows) end
      end
   end
   for _, name in ipairs(schema.kinds) do add(schema.of(name)) end
   return list
end

-- Rows that show one member of their struct, or a plain number.
local function is_part(kind) return kind.kind == "splt" or kind.kind == "offset" end

local function check_members(kind)
   local used = {}
   for _, field in ipairs(kind) do used[field.member] = true end
   for _, member in ipairs(abi.members(kind.struct)) do
      local is_hidden = kind.hidden[member.name]
      assert(used[member.key] or is_hidden, member.name .. " is neither a field nor hidden")
      assert(not (used[member.key] and is_hidden), member.name .. " is both")
   end
   for name in pairs(kind.hidden) do assert(kind.members[name], "there is no member " .. name) end
end

-- Calls `see` with each flow of the samples.
local function each_flow(options, see)
   options.flows = true
   for batch in assert(weir.open("samples", options)):batches() do
      for i = 0, batch.flow_count - 1 do see(batch.flows[i]) end
   end
end

describe("a schema", function ()
   it("covers every member of its struct, and only those", function ()
      for _, kind in ipairs(each_schema()) do
         if not is_part(kind) then check_members(kind) end
      end
   end)

   it("covers all of the first packets of a flow, a series for each member", function ()
      local covered = {}
      for _, field in ipairs(schema.of "flow".names.stats.rows) do
         local inner = field.rows and field.rows[1]
         if inner then covered[inner.member] = inner.at end
      end
      for _, member in ipairs(abi.members "weir_splt") do
         assert.equal(member.offset, covered[member.name])
         covered[member.name] = nil
      end
      assert.is_nil(next(covered))
   end)

   it("knows every field's place in its struct", function ()
      for _, kind in ipairs(each_schema()) do
         for _, field in ipairs(kind) do
            assert(field.at or field.as == "constant", field.name .. " is nowhere")
         end
      end
   end)

   it("has offsets that the C compiler confirms", function ()
      local check = [[_Static_assert(offsetof(struct %s, %s) == %d, "no");]]
      local lines = { "#include <stddef.h>", "#include <stdint.h>", '#include "core/weir.h"' }
      for _, kind in ipairs(each_schema()) do
         for _, member in ipairs(kind.struct ~= "double" and abi.members(kind.struct) or {}) do
            lines[#lines + 1] = check:format(kind.struct, member.name, member.offset)
         end
      end
      assert(#lines > 180)
      local path = try.file(table.concat(lines, "\n") .. "\n", ".c")
      local _, err, code = try.run("cc -std=gnu11 -fms-extensions -fsyntax-only -I. " .. path)
      assert.equal(0, code, err)
      os.remove(path)
   end)

   it("has the kinds in the order of the core", function ()
      for i, name in ipairs(schema.kinds) do
         assert.equal(i - 1, tonumber(abi.C["WEIR_" .. name:upper()]))
      end
   end)

   it("has all of NFStream's statistics, each by its name", function ()
      local names, count = schema.of "flow".names.stats.rows.names, 0
      for _, way in ipairs { "bidirectional", "src2dst", "dst2src" } do
         for _, rest in ipairs {
            "first_seen_ms", "last_seen_ms", "duration_ms", "packets", "bytes",
            "min_ps", "mean_ps", "stddev_ps", "max_ps",
            "min_piat_ms", "mean_piat_ms", "stddev_piat_ms", "max_piat_ms",
            "syn_packets", "cwr_packets", "ece_packets", "urg_packets", "ack_packets",
            "psh_packets", "rst_packets", "fin_packets",
         } do
            assert(names[way .. "_" .. rest], way .. "_" .. rest)
            count = count + 1
         end
      end
      for _, name in ipairs { "splt_direction", "splt_ps", "splt_piat_ms" } do
         assert(names[name], name)
      end
      assert.equal(count + 3, #schema.of "flow".names.stats.rows)
   end)

   it("has packets of three cache lines, and one for what flows tell of them", function ()
      assert.equal(3 * 64, ffi.offsetof("struct weir_packet", "clock"))
      assert.equal(4 * 64, ffi.sizeof "struct weir_packet")
   end)

   it("gives each name to one field", function ()
      for _, kind in ipairs(each_schema()) do
         local seen = {}
         for _, field in ipairs(kind) do
            for _, spelling in ipairs { field.name, unpack(field.aliases or {}) } do
               assert(not seen[spelling], spelling .. " names two fields")
               seen[spelling] = true
            end
            assert(field.doc and #field.doc > 0, field.name .. " is not documented")
         end
      end
   end)

   it("means one thing by a name, also inside the parts of a flow", function ()
      local flow, seen, twice = schema.of "flow", {}, {}
      for _, part in ipairs(flow) do
         for _, field in ipairs(part.as == "part" and part.rows or {}) do
            assert(not seen[field.name], field.name .. " is in two parts")
            seen[field.name] = true
            if flow.names[field.name] ~= field then twice[field.name] = part.name end
         end
      end
      assert.same({
         src2dst_packets = "stats", dst2src_packets = "stats",
         src2dst_bytes = "stats", dst2src_bytes = "stats",
      }, twice)
      each_flow({ stats = true }, function (f)
         for name, part in pairs(twice) do assert.equal(f[part][name], f[name], name) end
      end)
      each_flow({}, function (f)                          -- and what is cheap stays so
         for name in pairs(twice) do assert(f[name], name) end
      end)
   end)

   it("has a word for every trouble, tunnel and reason of the core", function ()
      assert.equal(abi.C.WEIR_TROUBLES - 1, #schema.of "packet".troubles)
      assert.equal(abi.C.WEIR_ENDED_RESOURCES, #schema.of "flow".names.reason.names)
      assert.equal(abi.C.WEIR_ETHERIP, #schema.of "packet".names.tunnel.rows.names.type.names)
   end)

   it("finds fields by any spelling, and the nearest for a wrong one", function ()
      assert.equal("src_ip", schema.field("packet", "id.orig_h").name)
      local field, why = schema.field("packet", "src_pi")
      assert.is_nil(field)
      assert.truthy(why:find "did you mean 'src_ip'")
   end)
end)
