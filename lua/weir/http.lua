-- Requests of HTTP and HTTPS.
--
--    local answer, why = http.get("https://example.org/", { timeout = 5 })
--    if answer then print(answer.status, answer.headers["content-type"], #answer.body) end
--
-- A call returns when all is said, in bounded time.  Connections are kept for the next call.
-- Certificates are always verified.

local host    = require "weir.host"
local loop    = require "weir.loop"
local nearest = require "weir.nearest"
local pace    = require "weir.http.pace"
local sorted  = require "weir.sorted"
local step    = require "weir.http.next"
local url     = require "weir.url"

local http, running = {}, {}
running.__index = running

-- What options are unless told, or of which type they are.
local DEFAULTS = {
   timeout = 30,                          -- seconds for one attempt
   patience = 60,                         -- seconds for all of it: waiting, attempts, redirects
   most = 16 * 1024 * 1024,               -- bytes of a body
   redirects = 10,
}
local TYPES = {
   timeout = "number", patience = "number", most = "number", redirects = "number",
   retries = "number", headers = "table", method = "string", body = "string", url = "string",
   proxy = "string", ca_file = "string", rate = true,
}
local PARALLEL = 8                        -- requests at the same time
local RETRIES = 2                         -- of what only asks
local LOOK = 0.2                          -- seconds between looks at whether the program is to end
local GRACE = 5                           -- seconds that are left then
local ASKS = { GET = true, HEAD = true }

local watched                             -- the loop that keeps connections

-- ---- requests -------------------------------------------------------------------------------

local function check(options)
   for name, value in pairs(options) do
      local want = TYPES[name]
      if not want then
         local names = sorted(TYPES)
         local near = nearest(tostring(name), names)
         error(("a request has no '%s'%s"):format(tostring(name),
            near and (", did you mean '%s'?"):format(near) or ": " .. table.concat(names, ", ")), 4)
      elseif want ~= true and type(value) ~= want then
         error(("'%s' of a request is a %s, not a %s"):format(name, want, type(value)), 4)
      end
   end
end

-- A request at work, or a failed one where it makes no sense.
local function prepare(options)
   check(options)
   local request = setmetatable({ turns = 0, tries = 0, due = 0 }, { __index = DEFAULTS })
   for name, value in pairs(options) do request[name] = value end
   request.method = request.method or request.body and "POST" or "GET"
   request.retries = request.retries or ASKS[request.method] and RETRIES or 0
   request.most = math.min(math.max(request.most, 0), 2 ^ 31)
   local why
   request.parts, why = url.parse(request.url or "")
   if not request.parts then
      request.answer = { why = ("'%s' is no URL: %s"):format((request.url or ""):sub(1, 80), why) }
   elseif request.parts.scheme ~= "http" and request.parts.scheme ~= "https" then
      request.answer = { why = ("'%s' is no URL of http or https"):format(request.url:sub(1, 80)) }
   elseif request.rate then
      request.rate, why = pace.rate(request.rate)
      if not request.rate then error(why, 4) end
   end
   return request
end

-- The request has no answer: says why, and of whom.
local function fail(request, why, ...)
   if select("#", ...) > 0 then why = why:format(...) end
   request.answer = { why = ("no answer from %s: %s"):format(request.parts.host, why) }
end

-- Who is asked, in the sense of rates.
local function place(request)
   local parts = request.parts
   return parts.port and ("%s:%d"):format(parts.host, parts.port) or parts.host
end

-- ---- running --------------------------------------------------------------------------------

-- What has come of an attempt decides what becomes of the request.
local function conclude(run, request, answer)
   local now = host.clock()
   run.active, request.watch = run.active - 1, nil
   local follows, why = nil, nil
   if not answer.why then follows, why = step.redirect(request, answer) end
   if follows then return end
   if follows == false then return fail(request, "%s", why) end
   local wait, is_asked = step.again(request, answer)
   if is_asked then pace.hold(place(request), now + wait) end
   if wait and now + wait < run.deadline(request) then
      request.due = now + wait
      return
   end
   if answer.why then return fail(request, "%s", answer.why) end
   answer.url, answer.is_passing, answer.why = request.url, nil, nil
   request.answer = answer
end

-- Sends a request now.
local function send(run, request, now)
   pace.note(place(request), now)
   request.tries = request.tries + 1
   run.active = run.active + 1
   local watch, why = watched:request({
      url = request.url, method = request.method, headers = request.headers, body = request.body,
      timeout = math.min(request.timeout, run.deadline(request) - now), most = request.most,
      redirects = 0, proxy = request.proxy, ca_file = request.ca_file,
   }, function (answer) conclude(run, request, answer) end)
   request.watch = watch
   if watch then return end
   run.active = run.active - 1
   fail(request, "%s", why)
end

-- A request that is not done: sends it when it may be sent, gives it up when its time is over.
-- Returns the seconds until it may be sent.
local function look(run, request, now)
   local deadline = run.deadline(request)
   if request.watch then
      if now < deadline + LOOK then return LOOK end
      watched:forget(request.watch)
      run.active, request.watch = run.active - 1, nil
   end
   local free = math.max(request.due - now, pace.wait(place(request), request.rate, now))
   if now + free >= deadline then
      fail(request, "it would take more than %g seconds", deadline - run.began)
      request.answer.is_late = request.tries == 0 or nil
   elseif free == 0 and run.active < run.parallel then
      send(run, request, now)
   end
   return free > 0 and free or LOOK
end

-- Looks at all that are not done; returns how many there are, and the seconds until the next look.
local function look_at_all(run, now)
   local open, soonest = {}, LOOK
   for _, request in ipairs(run.open) do
      if not request.answer then
         open[#open + 1] = request
         soonest = math.min(soonest, look(run, request, now))
      end
   end
   run.open = open
   return #open, soonest
end

local function nothing() end

-- Waits until something happens, or for so many seconds.
local function wait(seconds)
   local timer = assert(watched:after(seconds, nothing))
   local ok, why = watched:step(seconds)
   watched:forget(timer)
   if ok == nil then error(why, 0) end
end

-- Until each request has its answer, or a time has come.  Returns whether they have.
local function go_on(run, till)
   while true do
      local now = host.clock()
      if host.stopped() and not run.last then run.last = now + GRACE end
      local left, soonest = look_at_all(run, now)
      if left == 0 or now >= till then return left == 0 end
      wait(math.min(soonest, till - now))
   end
end

-- Their answers, in order, once all are there: waits for them `seconds` at most, and is asked again
-- when it returns nil.
function running:answers(seconds)
   watched:step(0)                                       -- what has come since it was asked
   local ok, is_done = pcall(go_on, self, host.clock() + seconds)
   if ok and not is_done then return nil end
   for _, request in ipairs(self.requests) do
      if request.watch then watched:forget(request.watch) end
   end
   if not ok then error(is_done, 0) end
   local answers = {}
   for i, request in ipairs(self.requests) do answers[i] = request.answer end
   return answers
end

-- Begins to send requests, each a table of `url` and options, `parallel` at the same time; returns
-- what is asked for their answers.
function http.begin(list, parallel)
   local run = setmetatable({
      requests = {}, active = 0, parallel = parallel or PARALLEL, began = host.clock(),
   }, running)
   function run.deadline(request)
      return math.min(run.began + request.patience, run.last or math.huge)
   end
   for i, options in ipairs(list) do run.requests[i] = prepare(options) end
   run.open = run.requests
   local why
   if not watched then watched, why = loop.new() end
   if not watched then error(why, 0) end
   return run
end

-- The answers to requests, in the same order; one that has no `status` has `why`, and `is_late`
-- when it was not even sent.
function http.all(list, parallel) return http.begin(list, parallel):answers(math.huge) end

local function one(address, options, also)
   local request = { url = address }
   for name, value in pairs(options or {}) do request[name] = value end
   for name, value in pairs(also or {}) do request[name] = value end
   local answer = http.all({ request })[1]
   if not answer.status then return nil, answer.why end
   return answer
end

-- The answer to one question: { status, headers (by names in small letters), body, url, seconds };
-- or nil and the reason.  A status that is no success is an answer.
function http.get(address, options) return one(address, options) end

-- The same of what is sent there.
function http.post(address, body, options)
   return one(address, options, { method = "POST", body = body })
end

return http
