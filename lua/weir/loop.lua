-- Waits for what happens: timers, signals, files, children and answers to requests.
--
--    local l = assert(loop.new())
--    l:every(1, function () print "a second more" end)
--    l:request({ url = "https://example.org/" }, function (answer) print(answer.status) end)
--    while l:step() do end

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local loop = {}
loop.__index = loop

local out = ffi.new "const struct weir_happened *[1]"

local SECONDS, MOST, REDIRECTS = 30, 16 * 1024 * 1024, 10        -- of a request

function loop.new()
   local handle = C.weir_loop_new()
   if handle == nil then return nil, abi.reason() end
   return setmetatable({
      handle = ffi.gc(handle, C.weir_loop_free), waiting = {}, count = 0, queue = {}, at = 1,
   }, loop)
end

local function open(self) return self.handle or error("loop is closed", 3) end

-- Has f called when watch number n tells something; returns n.  Or nil and the reason.
local function wait(self, n, f, is_once)
   if n < 0 then return nil, abi.reason() end
   self.waiting[n] = { f = f, is_once = is_once }
   self.count = self.count + 1
   return n
end

-- What is waited for; each returns a number for `forget`, or nil and the reason.
function loop:after(seconds, f)
   return wait(self, C.weir_loop_timer(open(self), seconds, 0), f, true)
end

function loop:every(seconds, f) return wait(self, C.weir_loop_timer(open(self), seconds, 1), f) end
function loop:signal(number, f) return wait(self, C.weir_loop_signal(open(self), number), f) end
function loop:readable(fd, f) return wait(self, C.weir_loop_file(open(self), fd), f) end

-- f(code, signal): the exit code of a child, or the signal that ended it.
function loop:child(pid, f)
   return wait(self, C.weir_loop_child(open(self), pid), function (value)
      if value >= 256 then f(nil, value - 256) else f(value) end
   end, true)
end

function loop:forget(n)
   if not self.waiting[n] then return end
   self.waiting[n], self.count = nil, self.count - 1
   C.weir_loop_forget(open(self), n)
end

-- The lines "Name: value" of a table of headers; a value may be a list of values.
local function header_lines(headers)
   local lines = {}
   for name, value in pairs(headers or {}) do
      for _, each in ipairs(type(value) == "table" and value or { value }) do
         lines[#lines + 1] = ("%s: %s"):format(name, each)
      end
   end
   table.sort(lines)
   return lines
end

-- Headers of an answer: by their names in small letters; of several the values with ", " between.
local function read_head(text)
   local headers = {}
   for name, value in text:gmatch "([^\r\n:]+):[ \t]*([^\r\n]*)" do
      name = name:lower()
      headers[name] = headers[name] and headers[name] .. ", " .. value or value
   end
   return headers
end

-- A connection to Redis at a host and port, or at the path of a socket: f("connected"), then
-- f("reply", value) for each command in order, at last f("gone", why).  read(happened, i), if there
-- is one, makes a reply's value of its nodes, of which the first is node i: see loop.value.
function loop:redis(host, port, f, read)
   local n, why = wait(self, C.weir_loop_redis(open(self), host, port or 0), f)
   if n then self.waiting[n].read = read end
   return n, why
end

local ROOM = 4096
local words_room, sizes_room = ffi.new("const char *[?]", ROOM), ffi.new("size_t[?]", ROOM)

-- Sends a command there, an array of words, which are made texts; or nil and the reason.
function loop:send(connection, words)
   local count, pointers, sizes = #words, words_room, sizes_room
   if count > ROOM then
      pointers, sizes = ffi.new("const char *[?]", count), ffi.new("size_t[?]", count)
   end
   for i = 1, count do
      local word = words[i]
      if type(word) ~= "string" then
         word = tostring(word)
         words[i] = word
      end
      pointers[i - 1], sizes[i - 1] = word, #word
   end
   if C.weir_redis_send(open(self), connection, count, pointers, sizes) < 0 then
      return nil, abi.reason()
   end
   return true
end

-- What was asked: { number, method, path, query, headers }.
local function request_of(number, told)
   local path, query = told[2]:match "^([^?]*)%??(.*)$"
   return {
      number = number, method = told[1], path = path, query = query, headers = read_head(told[3]),
   }
end

-- Listens for requests of HTTP at an address and a port, 0 for any that is free: f(request) returns
-- what it is answered with, { status, headers, body }.  Returns a number for `forget` and the port.
function loop:serve(host, port, f)
   local n, why
   n, why = wait(self, C.weir_loop_serve(open(self), host, port), function (request)
      local answer = f(request)
      local lines, body = header_lines(answer.headers), answer.body or ""
      lines[#lines + 1] = ""
      C.weir_loop_answer(open(self), n, request.number, answer.status or 200,
         table.concat(lines, "\r\n"), body, #body)
   end)
   if not n then return nil, why end
   return n, C.weir_loop_port(open(self), n)
end

-- { status, headers, body, url, seconds }; without an answer `why` says what went wrong, and
-- `is_passing` whether it may go well another time.
local function answer_of(a)
   local status = a.status ~= 0 and a.status or nil
   return {
      status = status, url = a.url ~= nil and ffi.string(a.url) or nil, seconds = a.seconds,
      headers = read_head(a.head_size > 0 and ffi.string(a.head, a.head_size) or ""),
      body = a.body_size > 0 and ffi.string(a.body, a.body_size) or "",
      why = a.why ~= nil and ffi.string(a.why) or nil, is_passing = a.is_passing ~= 0,
   }
end

-- Sends a request { url, method, headers, body, timeout, most, redirects, proxy, ca_file }; calls
-- f(answer) with what became of it.
function loop:request(request, f)
   local lines = header_lines(request.headers)
   local list = ffi.new("const char *[?]", #lines + 1)
   for i, line in ipairs(lines) do list[i - 1] = line end
   local r = ffi.new "struct weir_request"
   local method = request.method or request.body and "POST" or "GET"
   r.method, r.url, r.headers = method, request.url, list
   if request.body then r.body, r.body_size = request.body, #request.body end
   if request.proxy then r.proxy = request.proxy end
   if request.ca_file then r.ca_file = request.ca_file end
   r.timeout, r.most = request.timeout or SECONDS, request.most or MOST
   r.redirects = request.redirects or REDIRECTS
   return wait(self, C.weir_loop_request(open(self), r), f, true)
end

-- The part of a reply at place i, and the place behind it.  Nothing is false, an error is
-- { error = … }.
local function node_at(happened, i)
   local node = happened.nodes[i]
   if node.kind == C.WEIR_NODE_INTEGER then return node.number, i + 1 end
   if node.kind == C.WEIR_NODE_NIL then return false, i + 1 end
   if node.kind ~= C.WEIR_NODE_LIST then
      local text = ffi.string(ffi.cast("const char *", happened.text) + node.at, node.size)
      return node.kind == C.WEIR_NODE_ERROR and { error = text } or text, i + 1
   end
   local list, at = {}, i + 1
   for k = 1, node.size do list[k], at = node_at(happened, at) end
   return list, at
end

loop.value = node_at

-- What an event is told with.
local function said(self, happened, e)
   if e.kind == C.WEIR_EVENT_ANSWER then return answer_of(happened.answers[e.answer]) end
   if e.kind == C.WEIR_EVENT_REPLY then
      local w = self.waiting[e.watch]
      return "reply", ((w and w.read or node_at)(happened, e.answer))
   end
   if e.kind == C.WEIR_EVENT_ASKED then
      return request_of(e.value, (node_at(happened, e.answer)))
   end
   if e.kind ~= C.WEIR_EVENT_REDIS then return e.value end
   if e.value == 1 then return "connected" end
   return "gone", node_at(happened, e.answer).error
end

-- Notes what has happened: it is told from here, since the core keeps it only until the next read.
local function fill(self, seconds)
   local n = C.weir_loop_read(open(self), seconds or -1, out)
   if n < 0 then return nil, abi.reason() end
   local happened, queue = out[0], self.queue
   for i = 0, n - 1 do
      local event = { watch = happened.events[i].watch }
      event.what, event.value = said(self, happened, happened.events[i])
      queue[#queue + 1] = event
   end
   return true
end

local function tell(self, event)
   local w = self.waiting[event.watch]
   if not w then return end                              -- forgotten by one that was told before
   if w.is_once or event.what == "gone" then
      self.waiting[event.watch], self.count = nil, self.count - 1
   end
   w.f(event.what, event.value)
end

-- Waits until something happens, `seconds` at most (for ever when nil), and has it told.  Returns
-- whether anything is still waited for; or nil and the reason.
function loop:step(seconds)
   if self.count == 0 then return false end
   if self.at > #self.queue then
      self.queue, self.at = {}, 1
      local ok, why = fill(self, seconds)
      if not ok then return nil, why end
   end
   while self.at <= #self.queue do
      self.at = self.at + 1
      tell(self, self.queue[self.at - 1])
   end
   self.queue, self.at = {}, 1
   return self.count > 0
end

function loop:close()
   if self.handle then C.weir_loop_free(ffi.gc(self.handle, nil)) end
   self.handle, self.waiting, self.count, self.queue, self.at = nil, {}, 0, {}, 1
end

-- Does nothing for so many seconds.
function loop.sleep(seconds)
   local made = assert(loop.new())
   made:after(seconds, function () end)
   made:step(seconds)
   made:close()
end

return loop
