-- The webhook against a real server: what is sent, when it is sent again, what is lost and told.

local host      = require "weir.host"
local json      = require "weir.json"
local post      = require "weir.report.post"
local reporting = require "reporting"
local serving   = require "serving"
local try       = require "try"

local WEB = "samples/web.pcap"

describe("webhook", function ()
   if not try.has "python3" then return pending "python3 is not installed" end
   local server, port, seen

   before_each(function ()
      seen = try.path()
      server, port = serving.start("hook", seen)
   end)
   after_each(function ()
      server:close()
      os.remove(seen)
   end)

   local function url(path) return ("http://127.0.0.1:%s/%s"):format(port, path) end

   -- The requests that the server got.
   local function requests()
      local list = {}
      for i, line in ipairs(io.open(seen) and try.lines(try.contents(seen)) or {}) do
         list[i] = json.decode(line)
      end
      return list
   end

   local function hook(path, set)
      set.url = set.url or url(path)
      return { "webhook", set = set }
   end

   it("sends rows in batches, signed, with headers, and says nothing of secrets", function ()
      local told = reporting.run({ hook("ok", {
         batch = 2, secret = "s3cret", token = "t0ken", headers = "X-Who: weir,X-Two: a b",
      }) }, WEB)
      assert.same({}, told)
      local list, ids = requests(), {}
      assert.equal(2, #list)
      for _, one in ipairs(list) do
         local h = one.headers
         assert.equal("application/json", h["content-type"])
         assert.equal("Bearer t0ken", h.authorization)
         assert.equal("weir", h["x-who"])
         assert.equal("a b", h["x-two"])
         assert.equal("sha256=" .. post.signature("s3cret", one.body), h["x-weir-signature"])
         assert.equal(32, #h["idempotency-key"])
         for _, row in ipairs(json.decode(one.body)) do ids[#ids + 1] = row.row_id end
      end
      table.sort(ids)
      assert.equal(3, #ids)
      assert.truthy(ids[1]:find "^web.pcap:flow:%d+:1$" and ids[3]:find ":3$")
   end)

   it("has its secrets of the environment", function ()
      local _, err, code = try.run(("WEIR_WEBHOOK_TOKEN=abc %s read -q -r %s -T none --ext webhook "
         .. "--set webhook.url=%s"):format(try.program, WEB, url "ok"))
      assert.equal(0, code, err)
      assert.equal("", err)
      assert.equal("Bearer abc", requests()[1].headers.authorization)
   end)

   it("tries again what is refused for now, and sends each row once it is taken", function ()
      local told = reporting.run({ hook("busy/1", {}) }, WEB)
      assert.equal(1, #told)
      assert.truthy(told[1]:find "takes nothing, and is tried again: it answered 503")
      local list = requests()
      assert.same({ 503, 200 }, { list[1].status, list[2].status })
      assert.equal(list[1].body, list[2].body)
      assert.equal(list[1].headers["idempotency-key"], list[2].headers["idempotency-key"])
   end)

   it("does not try again what is refused, and keeps it in its file", function ()
      local path = try.path()
      local told = reporting.run({ hook("bad", { file = path }) }, WEB)
      assert.truthy(told[1]:find "refuses 3 rows: it answered 400")
      assert.truthy(told[2]:find "has taken 0 rows, refused 3, and not taken 0; 0 were dropped")
      assert.equal(1, #requests())
      assert.equal(3, #try.lines(try.contents(path, true)))
   end)

   it("gives a server up that takes nothing, and leaves rows to their channel", function ()
      local source = reporting.source('a = "number"', "return { a = 1 }")
      local one = hook("never", { patience = 0.5 })
      one.subscribe = { "rows" }
      local told, run = reporting.run({ source, one }, WEB)
      assert.truthy(told[1]:find "takes nothing, and is tried again")
      assert.truthy(told[2]:find "takes nothing: it answered 503")
      assert.truthy(told[3]:find "'webhook' is paused")
      local group = run.stages:stats().rows.groups.webhook
      assert.equal(0, group.dead)
      assert.equal(3, group.pending + group.lag)
   end)

   it("drops what finds no room, and tells how much", function ()
      local told = reporting.run({ hook("x",
         { url = "http://127.0.0.1:1/secret", most = 1, batch = 1, patience = 0.1 }) }, WEB)
      local text = table.concat(told, "\n")
      assert.truthy(text:find "2 rows were dropped", text)
      assert.is_nil(text:find "secret")
   end)

   -- What adds rows, and the seconds that this took.
   local function add(n, options)
      local told, log = {}, {}
      for _, level in ipairs { "warning", "error" } do
         log[level] = function (_, ...) told[#told + 1] = string.format(...) end
      end
      options.log, options.url, options.timeout, options.patience = log, url(options.path), 5, 30
      local out, begun = post.new(options), host.clock()
      for i = 1, n do out:add { row_id = tostring(i), n = i } end
      return out, host.clock() - begun, told
   end

   it("lets reading go on while a server takes its time", function ()
      local out, seconds, told = add(100, { path = "slow/0.3", batch = 10, most = 1000 })
      assert.truthy(seconds < 0.25)
      out:finish()
      assert.same({}, told)
      assert.equal(10, #requests())
   end)

   it("waits for a server that answers where there is no room, or drops rows if told", function ()
      local out, _, told = add(100, { path = "slow/0.05", batch = 10, most = 35 })
      out:finish()
      assert.same({ {}, 0 }, { told, out.dropped })
      out = add(100, { path = "slow/0.3", batch = 10, most = 35, drops = true })
      assert.truthy(not pcall(out.finish, out) and out.dropped > 0)
      assert.equal(100, out.sent + out.dropped)
   end)

   it("needs an address", function ()
      local told = reporting.run({ { "webhook" } }, WEB)
      assert.truthy(told[1]:find "it needs an address")
   end)
end)
