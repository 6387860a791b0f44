-- A client of Redis on a loop: it connects again when the connection is lost.
--
--    local r = redis.new(loop, { host = "127.0.0.1", port = 6379 })
--    r:call({ "XADD", "stream", "*", "row", text }, function (reply, why) … end)
--
-- A command that the server may have done or not when the connection was lost is told as failed:
-- whoever sent it knows whether it may be sent again.  Those that were not sent yet wait.

local ffi   = require "ffi"
local abi   = require "weir.abi"
local host  = require "weir.host"
local plain = require "weir.loop".value

local C = abi.C
local redis = {}
redis.__index = redis

local FIRST, LONGEST = 0.1, 5             -- seconds before it connects again
local MOST = 100000                       -- commands that wait to be sent, or for a reply
local GREETING = 10                       -- seconds for connecting and saying who we are

-- options: host and port, or path; password, user, database; on_state(is_connected, why).
function redis.new(loop, options)
   local self = setmetatable({
      loop = loop, options = options, delay = FIRST,
      sent = {}, first = 1, last = 0,                    -- those that have no reply yet
      readers = {}, read = 0,                            -- how replies are read; the last that was
      waiting = {}, on_state = options.on_state or function () end,
   }, redis)
   self:connect()
   return self
end

-- Connects again, later.
function redis:retry(why)
   self.on_state(false, why)
   if self.closed then return end
   self.timer = self.loop:after(self.delay, function () self:connect() end)
   self.delay = math.min(self.delay * 2, LONGEST)
end

-- Waits no longer for the greeting to end.
local function still(self)
   if self.limit then self.loop:forget(self.limit) end
   self.limit = nil
end

-- The connection is no more, nor will there be replies to what was sent.
local function lose(self, why)
   local sent, first, last = self.sent, self.first, self.last
   self.sent, self.readers, self.first, self.last, self.read = {}, {}, 1, 0, 0
   self.connection, self.is_ready = nil, false
   still(self)
   for i = first, last do sent[i](nil, why) end
end

-- Ends the connection, as though the server had: what had no reply is lost, and it connects again.
function redis:reset(why)
   if not self.connection then return end
   self.loop:forget(self.connection)
   lose(self, why)
   self:retry(why)
end

-- Whether nothing waits for a reply, or to be sent.
function redis:is_idle() return self.last < self.first and #self.waiting == 0 end

-- Seconds since the server last said something, while something waits for its reply; else 0.
function redis:silence()
   return self.last >= self.first and host.clock() - self.heard or 0
end

local function send(self, words, f, reader)
   local ok, why = self.loop:send(self.connection, words)
   if not ok then return f(nil, why) end
   if self.last < self.first then self.heard = host.clock() end
   self.last = self.last + 1
   self.sent[self.last], self.readers[self.last] = f, reader
end

-- Sends what waited.
local function flush(self)
   local waiting = self.waiting
   self.waiting = {}
   for _, command in ipairs(waiting) do send(self, command.words, command.f, command.reader) end
end

-- Says who we are and what we want, before anything else.
local function greet(self)
   local o, steps = self.options, {}
   if o.password then steps[#steps + 1] = { "AUTH", o.user or "default", o.password } end
   if o.database then steps[#steps + 1] = { "SELECT", o.database } end
   local left = #steps
   local function ready()
      self.is_ready = true
      still(self)
      self.on_state(true)
      flush(self)
   end
   for _, words in ipairs(steps) do
      send(self, words, function (_, why)
         left = left - 1
         if why then
            self:reset(why)
         elseif left == 0 then
            ready()
         end
      end)
   end
   if left == 0 then ready() end
end

local function hear(self, what, value)
   if what == "connected" then return greet(self) end
   if what == "gone" then
      lose(self, value)
      return self:retry(value)
   end
   self.heard = host.clock()
   local f = self.sent[self.first]
   self.sent[self.first], self.first = nil, self.first + 1
   if type(value) == "table" and value.error then return f(nil, value.error) end
   self.delay = FIRST                                    -- it lets us in
   f(value)
end

-- ---- replies -----------------------------------------------------------------------------------

-- Reads the next reply as whoever sent its command wants it.
local function read(self, happened, i)
   self.read = self.read + 1
   local reader = self.readers[self.read]
   self.readers[self.read] = nil
   return ((reader or plain)(happened, i))
end

-- The place behind node i and all that is in it.
local function behind(nodes, i)
   local count = 1
   while count > 0 do
      local node = nodes[i]
      count = count - 1 + (node.kind == C.WEIR_NODE_LIST and node.size or 0)
      i = i + 1
   end
   return i
end

local function text_of(happened, node)
   if node.kind ~= C.WEIR_NODE_TEXT then return nil end
   return ffi.string(ffi.cast("const char *", happened.text) + node.at, node.size)
end

-- Adds the entries of a stream that are at node i to `out`: of each its id, and what it has in the
-- field of that name, false when it has none, nil when it is no more.  Returns the place behind.
local function add_entries(happened, i, field, out)
   local nodes, n = happened.nodes, 0
   local count = nodes[i].kind == C.WEIR_NODE_LIST and nodes[i].size or 0
   local at = i + 1
   for _ = 1, count do
      local next_one = behind(nodes, at)
      if nodes[at].kind == C.WEIR_NODE_LIST and nodes[at].size == 2 then
         n = n + 1
         out.ids[n] = text_of(happened, nodes[at + 1]) or ""
         local fields = nodes[at + 2]
         if fields.kind == C.WEIR_NODE_LIST then
            out.values[n] = false
            for k = at + 3, at + 1 + fields.size, 2 do
               if text_of(happened, nodes[k]) == field then
                  out.values[n] = text_of(happened, nodes[k + 1]) or false
                  break
               end
            end
         end
      end
      at = next_one
   end
   out.count = n
   return behind(nodes, i)
end

-- A reader of what XREADGROUP says of one stream: { count, ids, values } of the field.
function redis.entries(field)
   return function (happened, i)
      local out, nodes = { count = 0, ids = {}, values = {} }, happened.nodes
      if nodes[i].kind == C.WEIR_NODE_ERROR then return (plain(happened, i)) end
      local is_list = nodes[i].kind == C.WEIR_NODE_LIST and nodes[i].size > 0
      if is_list and nodes[i + 1].kind == C.WEIR_NODE_LIST and nodes[i + 1].size == 2 then
         add_entries(happened, behind(nodes, i + 2), field, out)
      end
      return out
   end
end

-- The same of what XAUTOCLAIM says, with the `cursor` to go on at and how many are `gone`.
function redis.claimed(field)
   return function (happened, i)
      local out, nodes = { count = 0, ids = {}, values = {}, gone = 0 }, happened.nodes
      if nodes[i].kind == C.WEIR_NODE_ERROR then return (plain(happened, i)) end
      if nodes[i].kind ~= C.WEIR_NODE_LIST or nodes[i].size < 2 then return out end
      out.cursor = text_of(happened, nodes[i + 1])
      local at = add_entries(happened, behind(nodes, i + 1), field, out)
      if nodes[i].size > 2 then out.gone = nodes[at].size end
      return out
   end
end

-- ---- commands ----------------------------------------------------------------------------------

function redis:connect()
   self.timer = nil
   local o = self.options
   local port = not o.path and (o.port or 6379)
   local connection, why = self.loop:redis(o.path or o.host or "127.0.0.1", port,
      function (what, value) hear(self, what, value) end,
      function (happened, i) return read(self, happened, i) end)
   if not connection then return self:retry(why) end
   self.connection = connection
   self.limit = self.loop:after(GREETING, function ()
      self.limit = nil
      self:reset "no answer"
   end)
end

-- Sends a command, an array of words; calls f(reply), or f(nil, why).  A reader makes the reply's
-- value of its nodes (redis.entries).  Returns nil and the reason when too many are on their way.
function redis:call(words, f, reader)
   if #self.waiting + self.last - self.first + 1 >= MOST then
      return nil, "too many commands wait for Redis"
   end
   if self.is_ready then
      send(self, words, f, reader)
   else
      self.waiting[#self.waiting + 1] = { words = words, f = f, reader = reader }
   end
   return true
end

function redis:close()
   self.closed = true
   if self.timer then self.loop:forget(self.timer) end
   if self.connection then self.loop:forget(self.connection) end
   lose(self, "closed")
   for _, command in ipairs(self.waiting) do command.f(nil, "closed") end
   self.waiting = {}
end

return redis
