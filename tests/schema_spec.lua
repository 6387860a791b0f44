-- The schema and the C structs say the same; no member and no name is left over.

local abi    = require "weir.abi"
local ffi    = require "ffi"
local schema = require "weir.schema"
local try    = require "try"

local function check_members(kind)
   local used = {}
   for _, field in ipairs(kind) do used[field.member] = true end
   for _, member in ipairs(abi.members(kind.struct)) do
      local is_hidden = kind.hidden[member.name]
      assert(used[member.name] or is_hidden, member.name .. " is neither a field nor hidden")
      assert(not (used[member.name] and is_hidden), member.name .. " is both")
   end
   for name in pairs(kind.hidden) do assert(kind.members[name], "there is no member " .. name) end
end

describe("a schema", function ()
   it("covers every member of its struct, and only those", function ()
      for _, name in ipairs(schema.kinds) do
         local kind = schema.of(name)
         check_members(kind)
         for _, field in ipairs(kind) do
            if field.rows then check_members(field.rows) end
         end
      end
   end)

   it("has offsets that the C compiler confirms", function ()
      local packet = schema.of "packet"
      local check = [[_Static_assert(offsetof(struct %s, %s) == %d, "no");]]
      local lines = { "#include <stddef.h>", "#include <stdint.h>", '#include "core/weir.h"' }
      for _, kind in ipairs { packet, packet.names.tunnel.rows } do
         for _, member in ipairs(abi.members(kind.struct)) do
            lines[#lines + 1] = check:format(kind.struct, member.name, member.offset)
         end
      end
      local path = try.file(table.concat(lines, "\n") .. "\n", ".c")
      local _, err, code = try.run("cc -std=gnu11 -fsyntax-only -I. " .. path)
      assert.equal(0, code, err)
      os.remove(path)
   end)

   it("has packets of three cache lines", function ()
      assert.equal(3 * 64, ffi.sizeof "struct weir_packet")
   end)

   it("gives each name to one field", function ()
      for _, name in ipairs(schema.kinds) do
         local seen = {}
         for _, field in ipairs(schema.of(name)) do
            for _, spelling in ipairs { field.name, unpack(field.aliases or {}) } do
               assert(not seen[spelling], spelling .. " names two fields")
               seen[spelling] = true
            end
            assert(field.doc and #field.doc > 0, field.name .. " is not documented")
         end
      end
   end)

   it("has a word for every trouble and tunnel of the core", function ()
      assert.equal(abi.C.WEIR_TROUBLES - 1, #schema.of "packet".troubles)
      assert.equal(abi.C.WEIR_ERSPAN, #schema.of "packet".names.tunnel.rows.names.type.names)
   end)

   it("finds fields by any spelling, and the nearest for a wrong one", function ()
      assert.equal("src_ip", schema.field("packet", "id.orig_h").name)
      local field, why = schema.field("packet", "src_pi")
      assert.is_nil(field)
      assert.truthy(why:find "did you mean 'src_ip'")
   end)
end)
