-- Which records proved a fact: packed while they are alive, and read again.

local ffi    = require "ffi"
local abi    = require "weir.abi"
local schema = require "weir.schema"

local C = abi.C
local evidence = {}

local ROOM = C.WEIR_EVIDENCE_ROOM
local room = ffi.new("uint8_t[?]", ROOM)
local proofs = ffi.new("struct weir_proof[?]", C.WEIR_PROOFS)
local left_out = ffi.new "double[1]"

local MOST = C.WEIR_PROOFS
local FIRST = MOST / 2                    -- proofs of which the others are the last ones

-- What proves a record of a kind, which has to be alive, for the inputs of a run from `first` on.
function evidence.pack(record, kind, first)
   local size = C.weir_evidence_pack(record, schema.number(kind), kind, first, room, ROOM)
   if size < 0 then error(abi.reason(), 2) end
   return ffi.string(room, size)
end

-- The same proof, which another process packed, as of that input of a run; nil when it is damaged.
function evidence.adopt(proof, input)
   local size = C.weir_evidence_adopt(proof, #proof, input, room, ROOM)
   return size >= 0 and ffi.string(room, size) or nil
end

-- The proofs of a fact, of which there is one so far.
function evidence.list(proof) return { proof, n = 1, last = proof } end

-- Adds a proof to those of a fact: the first and the last ones are kept, and all are counted.
function evidence.add(list, proof)
   if list.last == proof then return end                -- the same record tells it twice
   local n = list.n + 1
   list.n, list.last = n, proof
   list[n <= MOST and n or FIRST + 1 + (n - FIRST - 1) % (MOST - FIRST)] = proof
end

local function number(n)
   local bytes = ""
   while n > 127 do
      bytes, n = bytes .. string.char(n % 128 + 128), math.floor(n / 128)
   end
   return bytes .. string.char(n)
end

-- The proofs of a fact as evidence.
function evidence.text(list)
   local n = list.n
   if n <= MOST then return "\1\0" .. table.concat(list, "", 1, n) end
   local parts = { "\1" .. number(n - MOST), unpack(list, 1, FIRST) }
   for i = n - (MOST - FIRST) + 1, n do
      parts[#parts + 1] = list[FIRST + 1 + (i - FIRST - 1) % (MOST - FIRST)]
   end
   return table.concat(parts)
end

function evidence.one(proof) return "\1\0" .. proof end

-- Joins an older evidence with a newer one.
function evidence.join(old, new)
   local size = C.weir_evidence_join(old, #old, new, #new, room, ROOM)
   if size < 0 then return nil, abi.reason() end
   return ffi.string(room, size)
end

local function places_of(proof)
   local list = {}
   for i = 0, proof.place_count - 1 do
      list[i + 1] = { offset = proof.places[i].offset, input = proof.places[i].input }
   end
   return list
end

-- The proofs: { kind, flow_id, ordinal, time, packets, input, places = { { offset, input }, … } },
-- and how many more there were.  Nil and the reason when they are damaged.
function evidence.read(bytes)
   local n = C.weir_evidence_read(bytes, #bytes, proofs, MOST, left_out)
   if n < 0 then return nil, abi.reason() end
   local list = {}
   for i = 0, n - 1 do
      local p = proofs[i]
      list[i + 1] = {
         kind = ffi.string(p.kind),
         flow_id = p.flow_id, ordinal = p.ordinal, time = p.time, packets = p.packets,
         input = p.input, places = places_of(p),
      }
   end
   return list, left_out[0]
end

return evidence
