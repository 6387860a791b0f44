-- What a reputation service knows of those who talk: addresses, names, hashes.  It speaks as
-- VirusTotal does.  Without `url` nobody is asked, and nothing is inferred.  The key is best kept
-- in the environment: as WEIR_LOOKUP_KEY, or in weir.yaml as key: ${NAME}.

local weir       = require "weir"
local reputation = require "weir.reputation"

local lookup = weir.inference {
   about   = "what a reputation service knows of addresses, names and hashes",
   wants   = {
      "src_ip?", "dest_ip?", "dest_name?", "sni?", "rrname?", "hostname?", "sha256?", "sha1?",
      "md5?",
   },
   gives   = {
      malicious = "number", suspicious = "number", reputation = "number", looked_up = "text",
   },
   options = {
      url = "", key = "", header = "x-apikey", rate = "4/minute", parallel = 4, timeout = 10,
      wait = 10, keep = 86400, keep_failed = 300, most = 100000, cache = "", proxy = "",
      ca_file = "",
      fields = { "src_ip", "dest_ip", "dest_name", "sni", "rrname", "hostname", "sha256", "sha1",
         "md5" },
   },
   needs   = { "net", "env:WEIR_LOOKUP_KEY", "read", "write" },
}

function lookup:start()
   if self.options.url == "" then return end
   local options = setmetatable({
      say = function (level, text) self.log[level](self.log, "%s", text) end,
   }, { __index = self.options })
   if options.key == "" then options.key = os.getenv "WEIR_LOOKUP_KEY" or "" end
   self.service = assert(reputation.new(options))
end

-- What is worst: who most engines call malicious, then suspicious, then whom people like least.
local function is_worse(a, b)
   if not b then return true end
   for _, name in ipairs { "malicious", "suspicious" } do
      local x, y = a[name] or 0, b[name] or 0
      if x ~= y then return x > y end
   end
   return (a.reputation or 0) < (b.reputation or 0)
end

-- All that a batch has to ask about.
local function texts_of(batch, fields)
   local list, seen = {}, {}
   for _, name in ipairs(fields) do
      local column = batch[name]
      for i = 1, column and batch.n or 0 do
         local text = column[i]
         if text and not seen[text] then list[#list + 1], seen[text] = text, true end
      end
   end
   return list
end

function lookup:infer(batch, out)
   if not self.service then return end
   local fields = self.options.fields
   local known = self.service:of(texts_of(batch, fields))
   if next(known) == nil then return end
   for i = 1, batch.n do
      local worst, text
      for _, name in ipairs(fields) do
         local value = batch[name] and batch[name][i]
         local found = value and known[value]
         if found and is_worse(found, worst) then worst, text = found, value end
      end
      if worst then
         out.malicious[i], out.suspicious[i] = worst.malicious, worst.suspicious
         out.reputation[i], out.looked_up[i] = worst.reputation, text
      end
   end
end

function lookup:stop()
   if not self.service then return end
   local counts = self.service.counts
   self.log:info("%d asked, %d of them in vain; %d known already; %d left out for want of time",
      counts.asked, counts.failed, counts.known, counts.late)
   self.service:close()
   self.service = nil
end

return lookup
