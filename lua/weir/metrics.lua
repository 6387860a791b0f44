-- Numbers about what runs, as the text that Prometheus reads: its own format 0.0.4, or OpenMetrics.
--
--    local m = metrics.new()
--    m:counter("weir_packets", "packets that were read"):add(5, { stage = "decode" })
--    print(m:text())

local metrics = {}
metrics.__index = metrics

local family = {}
family.__index = family

metrics.TYPES = {
   plain = "text/plain; version=0.0.4; charset=utf-8",
   open = "application/openmetrics-text; version=1.0.0; charset=utf-8",
}

function metrics.new() return setmetatable({ list = {} }, metrics) end

local function add(self, kind, name, about)
   local made = setmetatable({ kind = kind, name = name, about = about, samples = {} }, family)
   self.list[#self.list + 1] = made
   return made
end

-- A family of numbers that only grow, called without "_total"; of numbers that go up and down; of
-- what is said with labels alone, called without "_info".
function metrics:counter(name, about) return add(self, "counter", name, about) end
function metrics:gauge(name, about) return add(self, "gauge", name, about) end
function metrics:info(name, about) return add(self, "info", name, about) end

-- Adds a value with its labels (by name); none where the value is nil.  Returns the family.
function family:add(value, labels)
   if value then table.insert(self.samples, { value = value, labels = labels }) end
   return self
end

local ESCAPES = { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }

local function labels_of(labels)
   local list = {}
   for name, value in pairs(labels or {}) do
      list[#list + 1] = ('%s="%s"'):format(name, (tostring(value):gsub('[\\"\n]', ESCAPES)))
   end
   table.sort(list)
   return list[1] and "{" .. table.concat(list, ",") .. "}" or ""
end

local function number(value)
   if value ~= value then return "NaN" end
   if value == math.huge then return "+Inf" end
   if value == -math.huge then return "-Inf" end
   return ("%.17g"):format(value)
end

local SUFFIX = { counter = "_total", gauge = "", info = "_info" }
local UNITS = { seconds = true, bytes = true }

-- The lines of a family: OpenMetrics calls it without the suffix of its samples.
local function write(self, lines, is_open)
   if not self.samples[1] then return end
   local sample = self.name .. SUFFIX[self.kind]
   local name = is_open and self.name or sample
   local kind = not is_open and self.kind == "info" and "gauge" or self.kind
   local unit = self.name:match "_(%l+)$"
   local about = self.about:gsub("[\\\n]", ESCAPES)
   lines[#lines + 1] = ("# HELP %s %s"):format(name, about)
   lines[#lines + 1] = ("# TYPE %s %s"):format(name, kind)
   if is_open and UNITS[unit] then lines[#lines + 1] = ("# UNIT %s %s"):format(name, unit) end
   for _, one in ipairs(self.samples) do
      lines[#lines + 1] = ("%s%s %s"):format(sample, labels_of(one.labels), number(one.value))
   end
end

-- All of it; `is_open`: as OpenMetrics has it.
function metrics:text(is_open)
   local lines = {}
   for _, one in ipairs(self.list) do write(one, lines, is_open) end
   if is_open then lines[#lines + 1] = "# EOF" end
   return table.concat(lines, "\n") .. "\n"
end

-- Whether who asks with these headers would rather have OpenMetrics.
function metrics.wants_open(accept)
   local best, quality = "plain", 0
   for part in (accept or ""):lower():gmatch "[^,]+" do
      local kind = part:match "^%s*([^;%s]+)"
      local q = tonumber(part:match ";%s*q=([%d.]+)") or 1
      local known = kind == "application/openmetrics-text" and "open"
         or (kind == "text/plain" or kind == "*/*") and "plain"
      if known and q > quality then best, quality = known, q end
   end
   return best == "open"
end

return metrics
