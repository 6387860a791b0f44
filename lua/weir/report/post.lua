-- Rows on their way to a URL: POSTed in batches, as an array of JSON.  What the server does not
-- take now is kept, in bounded memory, and sent again after a while, each time a longer one; what
-- it refuses is told, and not sent again.  Nobody waits for a server while there is room.
--
--    local out = post.new { url = "https://…/hook", log = self.log }
--    out:add(row)
--    if not out:send(0.05) then … end       -- some are left: later

local bit    = require "bit"
local digest = require "weir.digest"
local host   = require "weir.host"
local http   = require "weir.http"
local loop   = require "weir.loop"
local object = require "weir.report.object"
local row    = require "weir.row"
local url    = require "weir.url"

local post = {}
post.__index = post

local LONGEST = 60                        -- seconds between two attempts
local LAST, LOOK = 30, 0.1                -- seconds for the last attempts; between two looks
local PARALLEL = 4                        -- batches at the same time
local BLOCK = 64                          -- bytes of a block of SHA-256
local AGAIN = { [408] = true, [425] = true, [429] = true }      -- refused for now

-- options: url, headers ("Name: value" each), token (sent as a bearer's), secret (signs bodies),
-- batch (rows in one request), most (rows that wait), drops (those that find no room are, though
-- the server is at work), timeout (of a request), patience (seconds after which a server that takes
-- nothing is given up), log, keep(text) (what becomes of rows that no server gets; without an url
-- of all).  Only the server's name is told: the rest may be secret.
function post.new(options)
   local self = {
      options = options, queue = {}, first = 1, last = 0, sent = 0, refused = 0, dropped = 0,
      due = 0, wait = 1, plain = row.plainly(), id_of = row.identifier(),
      text_of = object.writer {}, log = options.log, keep = options.keep or function () end,
   }
   local parts = url.parse(options.url)
   self.place = parts and ("%s://%s"):format(parts.scheme, parts.host or "") or options.url
   self.headers = { ["content-type"] = "application/json" }
   for _, line in ipairs(options.headers or {}) do
      local name, value = line:match "^([%w-]+):%s*(.*)$"
      if not name then error(("'%s' is no header, such as 'X-Name: value'"):format(line), 0) end
      self.headers[name:lower()] = value
   end
   if options.token then self.headers.authorization = "Bearer " .. options.token end
   return setmetatable(self, post)
end

-- How many rows wait.
function post:waiting() return self.last - self.first + 1 end

-- ---- signing -----------------------------------------------------------------------------------

local function bytes_of(hex)
   return (hex:gsub("%x%x", function (byte) return string.char(tonumber(byte, 16)) end))
end

local function mixed(key, with)
   return (key:gsub(".", function (c) return string.char(bit.bxor(c:byte(), with)) end))
end

-- HMAC-SHA256, in hexadecimal.
function post.signature(secret, text)
   local key = #secret > BLOCK and bytes_of(digest.sha256(secret)) or secret
   key = key .. ("\0"):rep(BLOCK - #key)
   local inner = bytes_of(digest.sha256(mixed(key, 0x36) .. text))
   return digest.sha256(mixed(key, 0x5c) .. inner)
end

-- ---- sending -----------------------------------------------------------------------------------

-- The request for some of the rows that wait.
local function request_of(self, from, to)
   local body = "[" .. table.concat(self.queue, ",", from, to) .. "]"
   local headers = { ["idempotency-key"] = digest.sha256(body, 32) }
   for name, value in pairs(self.headers) do headers[name] = value end
   if self.options.secret then
      headers["x-weir-signature"] = "sha256=" .. post.signature(self.options.secret, body)
   end
   return {
      url = self.options.url, method = "POST", body = body, headers = headers, redirects = 0,
      timeout = self.options.timeout, patience = self.options.timeout, most = 65536,
   }
end

-- What became of a batch: "taken", "refused", or "later", with the reason.
local function verdict(answer)
   if not answer.status then return "later", answer.why end
   if answer.status >= 200 and answer.status < 300 then return "taken" end
   local why = ("it answered %d"):format(answer.status)
   if answer.status >= 500 or AGAIN[answer.status] then return "later", why end
   return "refused", why
end

-- Seconds that the server wants to be left alone.
local function asked(answer)
   local seconds = answer.headers and tonumber(answer.headers["retry-after"])
   return seconds and math.max(0, math.min(seconds, 3600)) or 0
end

-- It takes nothing now: the next attempt is later.
local function put_off(self, why, seconds)
   local now = host.clock()
   self.since = self.since or now
   self.due, self.wait = now + math.max(self.wait, seconds), math.min(self.wait * 2, LONGEST)
   if not self.is_told then
      self.log:warning("%s takes nothing, and is tried again: %s", self.place, why)
   end
   self.is_told, self.why = true, why
end

-- The server has said what becomes of some rows.
local function note(self, from, to, what, why)
   local n = to - from + 1
   self.since, self.is_told, self.wait = nil, nil, 1
   if what == "taken" then
      self.sent = self.sent + n
   else
      self.refused, self.why = self.refused + n, why
      self.log:error("%s refuses %d rows: %s", self.place, n, why)
      for k = from, to do self.keep(self.queue[k]) end
   end
end

-- Begins to send some batches at the same time, which wait here until it is known what becomes of
-- them.
local function take_off(self)
   local size, requests, ends = self.options.batch, {}, {}
   for from = self.first, math.min(self.last, self.first + PARALLEL * size - 1), size do
      local to = math.min(from + size - 1, self.last)
      requests[#requests + 1], ends[#ends + 1] = request_of(self, from, to), { from, to }
   end
   self.flight = { run = http.begin(requests, PARALLEL), ends = ends }
end

-- These are the answers: batches that are not taken stay, in their order.  Returns whether the
-- server takes more.
local function land(self, answers)
   local ends, left, late, seconds = self.flight.ends, {}, nil, 0
   self.flight = nil
   for i, answer in ipairs(answers) do
      local from, to = ends[i][1], ends[i][2]
      local what, why = verdict(answer)
      if what == "later" then
         late, seconds = why, math.max(seconds, asked(answer))
         for k = from, to do left[#left + 1] = self.queue[k] end
      else
         note(self, from, to, what, why)
      end
      for k = from, to do self.queue[k] = nil end
      self.first = to + 1
   end
   for i = #left, 1, -1 do
      self.first = self.first - 1
      self.queue[self.first] = left[i]
   end
   if late then put_off(self, late, seconds) end
   return not late
end

-- Says how many rows found no room, now and then.
local function tell_dropped(self)
   if self.dropped == (self.told or 0) then return end
   self.log:warning("%d rows were dropped: %s takes them too slowly, and %d wait", self.dropped,
      self.place, self:waiting())
   self.told = self.dropped
end

-- Sends what waits, unless it is too early for that, and waits for answers so many seconds at most.
-- Returns whether nothing is left; raises why when the server has taken nothing for too long.
local function go_on(self, seconds)
   local till = host.clock() + seconds
   while self:waiting() > 0 do
      local now = host.clock()
      if not self.flight and now < self.due then return false end
      if not self.flight then take_off(self) end
      local answers = self.flight.run:answers(math.max(0, till - now))
      if not answers then return false end
      if not land(self, answers) then
         if host.clock() - self.since >= self.options.patience then
            error(("%s takes nothing: %s"):format(self.place, self.why), 0)
         end
         return false
      end
   end
   return true
end

function post:send(seconds)
   tell_dropped(self)
   return go_on(self, seconds)
end

-- ---- rows --------------------------------------------------------------------------------------

-- Waits until what is being sent has made room, which takes a request's time at most.
local function make_room(self)
   while self.flight and self:waiting() >= self.options.most do go_on(self, LOOK) end
end

-- Adds a row.  Where enough wait they begin to be sent; one that finds no room is dropped, which is
-- told now and then.
function post:add(one)
   local id, made = self.id_of(one), self.plain(one)
   made.row_id = id
   local text, o = self.text_of(made), self.options
   if o.url == "" then return self.keep(text) end
   local waiting = self:waiting()
   local is_time = waiting >= o.batch * PARALLEL and self.last % o.batch == 0
   if waiting >= o.most or is_time then go_on(self, 0) end
   if not o.drops then make_room(self) end
   if self:waiting() >= o.most then
      self.dropped = self.dropped + 1
      return self.keep(text)
   end
   self.last = self.last + 1
   self.queue[self.last] = text
end

-- The last attempts; raises how many rows the server has not taken.
function post:finish()
   local stop = host.clock() + math.min(self.options.patience, LAST)
   while not self:send(LOOK) and host.clock() < stop and (self.flight or not host.stopped()) do
      if not self.flight then loop.sleep(LOOK) end
   end
   local left = self:waiting()
   for k = self.first, self.last do self.keep(self.queue[k]) end
   if left + self.refused + self.dropped == 0 then return end
   error(("%s has taken %d rows, refused %d, and not taken %d; %d were dropped: %s"):format(
      self.place, self.sent, self.refused, left, self.dropped, self.why or "?"), 0)
end

return post
