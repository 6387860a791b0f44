-- Messages of DNS, for captures in which names are told.
--    answer.message { id = 7, asked = "www.example.org", { "www.example.org", "A", "192.0.2.1" } }
-- A row is an owner, a type, what it leads to (an address or a name) and its TTL, 300 unless told;
-- without rows the message is a question.

local frame = require "frame"

local u8, u16, u32 = frame.u8, frame.u16, frame.u32

local answer = {}

local TYPES = { A = 1, CNAME = 5, PTR = 12, AAAA = 28 }

-- A name as it stands in a message.
function answer.name(text)
   return (text:gsub("([^.]+)%.?", function (label) return u8(#label) .. label end)) .. "\0"
end
local name = answer.name

-- A type by its name, or by its number.
local function type_of(text) return TYPES[text] or text end

local function row(r)
   local type = type_of(r[2])
   local data = (type == TYPES.A or type == TYPES.AAAA) and frame.address(r[3]) or name(r[3])
   return name(r[1]) .. u16(type, r.class or 1) .. u32(r[4] or 300) .. u16(#data) .. data
end

-- `m`: id, asked, type (of the question, A), code (what came of it), rows.
function answer.message(m)
   local rows = {}
   for i, r in ipairs(m) do rows[i] = row(r) end
   local flags = (m[1] or m.code) and 0x8180 + (m.code or 0) or 0x0100
   local question = m.asked and name(m.asked) .. u16(type_of(m.type or "A"), 1) or ""
   return u16(m.id or 1, flags, m.asked and 1 or 0, #rows, 0, 0) .. question ..
      table.concat(rows)
end

-- "10.2.0.192.in-addr.arpa"
function answer.reverse(address)
   local a, b, c, d = address:match "^(%d+)%.(%d+)%.(%d+)%.(%d+)$"
   return ("%s.%s.%s.%s.in-addr.arpa"):format(d, c, b, a)
end

return answer
