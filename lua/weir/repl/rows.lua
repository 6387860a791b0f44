-- Flows with what an extension gave to them, gathered from batches.
--
--    local gathered = rows.new { burstiness = "number" }
--    for batch in capture:batches() do gathered:take(batch) end
--    print(gathered:view():top(3, "burstiness"))

local memory = require "weir.repl.memory"
local sorted = require "weir.sorted"

local rows = {}
rows.__index = rows

-- What tells flows apart, in front of what was given.
local FLOW = {
   { "start", "time", "start_ns" }, { "src_ip", "text" }, { "src_port", "number" },
   { "dest_ip", "text" }, { "dest_name", "text" }, { "dest_port", "number" }, { "proto", "text" },
   { "pkts_toserver", "number" }, { "pkts_toclient", "number" },
   { "bytes_toserver", "number" }, { "bytes_toclient", "number" },
}

local CLASS = { number = "number", probability = "number", flag = "flag" }

-- `gives` of a manifest: fields, and what they are.
function rows.new(gives)
   local self = setmetatable({ columns = {}, rows = {} }, rows)
   for i, column in ipairs(FLOW) do self.columns[i] = column end
   for _, name in ipairs(sorted(gives)) do
      self.columns[#self.columns + 1] = { name, CLASS[gives[name]] or "text" }
   end
   return self
end

local function text_of(value)
   if type(value) ~= "table" then return value end
   return require "weir.json".encode(value)
end

-- Copies the flows of a batch, which are gone with the next one.
function rows:take(batch)
   for i = 0, batch.flow_count - 1 do
      local flow, row = batch.flows[i], {}
      for k, column in ipairs(self.columns) do
         local value = flow[column[3] or column[1]]
         row[k] = column[2] == "text" and text_of(value) or value
      end
      self.rows[#self.rows + 1] = row
   end
end

function rows:view() return memory.view(self.columns, self.rows) end

return rows
