-- What a service in the manner of VirusTotal's (version 3) says of addresses, domains and hashes.
--
--    local url = "https://www.virustotal.com/api/v3"
--    local service = assert(reputation.new { url = url, key = os.getenv "KEY" })
--    local found = service:of { "192.0.2.1", "www.example.org" }
--    print(found["192.0.2.1"] and found["192.0.2.1"].malicious)
--
-- What is private is never sent; what is known is not asked again; a service that does not answer
-- is left alone for a while.

local cache = require "weir.reputation.cache"
local host  = require "weir.host"
local http  = require "weir.http"
local json  = require "weir.json"
local kinds = require "weir.reputation.kinds"

local reputation, service = {}, {}
service.__index = service

reputation.options = {
   url = "", key = "", header = "x-apikey",
   rate = "4/minute",                     -- of requests; "" for any number
   parallel = 4, timeout = 10,            -- requests at a time; seconds for one
   wait = 10,                             -- seconds for all that is asked at once
   keep = 86400, keep_failed = 300,       -- seconds that an answer holds, and a failure
   most = 100000, cache = "",             -- answers that are kept; the file they are kept in
   proxy = "", ca_file = "",
}

local LARGEST = 4 * 1024 * 1024           -- bytes of an answer
local NUMBER = 1e9                        -- no count is larger
local COUNTS = { "malicious", "suspicious", "harmless", "undetected" }

local function text_or_nil(text) return text ~= "" and text or nil end

-- The options are those above.  nil and the reason when the file of the cache cannot be written.
function reputation.new(options)
   local self = setmetatable({}, service)
   for name, value in pairs(reputation.options) do
      self[name] = options[name] == nil and value or options[name]
   end
   self.url, self.say = self.url:gsub("/+$", ""), options.say or function () end
   self.rate, self.proxy, self.ca_file = text_or_nil(self.rate), text_or_nil(self.proxy),
      text_or_nil(self.ca_file)
   self.counts = { asked = 0, failed = 0, late = 0, known = 0 }
   local why
   self.cache, why = cache.new { most = self.most, path = text_or_nil(self.cache) }
   if not self.cache then return nil, why end
   return self
end

-- ---- answers ------------------------------------------------------------------------------

local function number_at(value, path)
   local n = json.at(value, path)
   local is_one = type(n) == "number" and n >= -NUMBER and n <= NUMBER
   return is_one and math.floor(n) or nil
end

-- What an answer's body says; nil when that makes no sense.
local function read(body)
   local value = json.decode(body)
   if type(json.at(value, "data.attributes")) ~= "table" then return nil end
   local found = { reputation = number_at(value, "data.attributes.reputation") }
   for _, name in ipairs(COUNTS) do
      found[name] = number_at(value, "data.attributes.last_analysis_stats." .. name)
   end
   return next(found) ~= nil and found or nil
end

-- Asks nothing more for a while, and says why, once.
local function rest(self, why)
   self.rests_until = host.clock() + self.keep_failed
   self.say("warning", ("it is not asked for %d seconds: %s"):format(self.keep_failed, why))
end

-- What an answer means: a table of numbers, or false when the service knows nothing, and for how
-- long that holds; nil and the reason when it is no answer.
local function meaning(self, answer)
   if not answer.status then return nil, answer.why end
   if answer.status == 404 or answer.status == 400 then return false, self.keep end
   if answer.status == 401 or answer.status == 403 then
      return nil, ("status %d: it does not accept the key"):format(answer.status)
   end
   if answer.status ~= 200 then return nil, ("it answers with status %d"):format(answer.status) end
   local found = read(answer.body)
   if not found then return nil, "its answer makes no sense" end
   return found, self.keep
end

-- ---- asking -------------------------------------------------------------------------------

local function request_for(self, kind, text)
   return {
      url = ("%s/%s/%s"):format(self.url, kind, text), headers = { [self.header] = self.key },
      rate = self.rate, timeout = self.timeout, patience = self.wait, most = LARGEST, retries = 1,
      proxy = self.proxy, ca_file = self.ca_file,
   }
end

-- Notes what came of asking; returns whether that was an answer.
local function note(self, one, answer, found)
   if answer.is_late then
      self.counts.late = self.counts.late + 1
      return false
   end
   local value, more = meaning(self, answer)
   self.counts.asked = self.counts.asked + 1
   if value == nil then
      self.counts.failed = self.counts.failed + 1
      self.cache:put(one.kind, one.text, false, self.keep_failed)
      return false, more
   end
   self.cache:put(one.kind, one.text, value, more)
   found[one.text] = value or nil
   return true
end

local function ask(self, list, found)
   local requests, answered, trouble = {}, 0, nil
   for i, one in ipairs(list) do requests[i] = request_for(self, one.kind, one.text) end
   for i, answer in ipairs(http.all(requests, self.parallel)) do
      local ok, why = note(self, list[i], answer, found)
      if ok then answered = answered + 1 end
      trouble = trouble or why
   end
   if trouble and answered == 0 then rest(self, trouble) end
   self.cache:flush()
end

-- What is known of some texts, by text; nothing of those that are private, or not known of.
function service:of(texts)
   local found, list, seen = {}, {}, {}
   local is_resting = self.url == "" or host.clock() < (self.rests_until or 0)
   for _, text in ipairs(texts) do
      local kind = not seen[text] and kinds.of(text)
      seen[text] = true
      local value = kind and self.cache:get(kind, text)
      if value ~= nil and kind then
         self.counts.known = self.counts.known + 1
         found[text] = value or nil
      elseif kind and not is_resting then
         list[#list + 1] = { kind = kind, text = text }
      end
   end
   if #list > 0 then ask(self, list, found) end
   return found
end

function service:close() self.cache:close() end

return reputation
