-- What proves a row.  A row outlives the record that it was made of, and travels; who learns of it
-- has to know which packets show it.  That stands beside the row: nobody finds it among the fields.
--
--    proof.note(row, { source = origin, bytes = evidence.pack(flow, "flow", 0) })
--    proof.pass(row, made)               -- what is made of a row is proved by the same
--    proof.of(made)
--
-- `source` is what was read, and who reads it: { id = "sha256:…", path, size, run = { id, started,
-- weir, command, options } }.  `is_far`: another process may have read it.

local proof = {}

local known = setmetatable({}, { __mode = "k" })

function proof.note(row, of) known[row] = of end
function proof.of(row) return known[row] end
function proof.pass(from, to) known[to] = known[from] end

local function has(map, kind, names)
   for _, name in ipairs(names) do
      if map[name] ~= nil and type(map[name]) ~= kind then return false end
   end
   return true
end

-- What came with a row from elsewhere, as it is noted here; nil when it makes no sense.
function proof.from(member)
   local source = type(member) == "table" and member.source
   local run = type(source) == "table" and source.run
   local is_one = type(run) == "table" and run.id and source.id and member.bytes
      and has(member, "string", { "bytes" }) and has(source, "string", { "id", "path" })
      and has(source, "number", { "size" }) and has(run, "number", { "started" })
      and has(run, "string", { "id", "weir", "command", "options" })
   return is_one and { source = source, bytes = member.bytes, is_far = true } or nil
end

return proof
