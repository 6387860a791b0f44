-- A tunnel through DNS asks for long names of many labels that look like chance: data is in them.
-- A flow of DNS shows the largest of each among the names that are asked for.

local weir = require "weir"

local dns_query = weir.feature {
   about = "length, labels and entropy of the names asked for",
   gives = { query_length = "number", query_labels = "number", query_entropy = "number",
      queries = "number" },
}

-- Bits a character, as often as each of them is there.
local function entropy(text)
   local counts, sum = {}, 0
   for i = 1, #text do
      local byte = text:byte(i)
      counts[byte] = (counts[byte] or 0) + 1
   end
   for i = 1, #text do sum = sum - math.log(counts[text:byte(i)] / #text) end
   return sum / #text / math.log(2)
end

function dns_query:begin()
   self.count, self.length, self.labels, self.entropy = 0, 0, 0, 0
end

function dns_query:dns(message)
   local name = message.rrname
   if message.qr or not name then return end
   local _, dots = name:gsub("%.", "")
   self.count = self.count + 1
   self.length = math.max(self.length, #name)
   self.labels = math.max(self.labels, dots + 1)
   self.entropy = math.max(self.entropy, entropy(name))
end

function dns_query:finish()
   if self.count == 0 then return end
   return {
      queries = self.count, query_length = self.length, query_labels = self.labels,
      query_entropy = self.entropy,
   }
end

return dns_query
