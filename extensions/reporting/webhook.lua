-- Rows for a program elsewhere: POSTed in batches, as an array of JSON.  Each request can be
-- signed, and has an Idempotency-Key, by which a server knows what it has had already.

local weir = require "weir"
local file = require "weir.report.file"
local post = require "weir.report.post"

local webhook = weir.reporting {
   about   = "POST rows to a URL, in batches, as JSON",
   on      = "flow",
   options = {
      url      = "",                      -- of none, all goes to the file
      file     = "",                      -- for what no server gets, an object a line
      headers  = {},                      -- "Name: value" each
      token    = "",                      -- of a bearer; else that of WEIR_WEBHOOK_TOKEN
      secret   = "",                      -- signs the bodies; else that of WEIR_WEBHOOK_SECRET
      batch    = 100,                     -- rows in one request
      most     = 10000,                   -- rows that wait; more are dropped, and told,
      full     = "wait",                  -- unless a server that answers is waited for; or "drop"
      timeout  = 10,                      -- seconds for a request
      patience = 300,                     -- seconds after which a server is given up
   },
   needs   = { "net", "write:.", "env:WEIR_WEBHOOK_TOKEN", "env:WEIR_WEBHOOK_SECRET" },
}

local MOMENT = 0.05                       -- seconds that answers are waited for in between

-- A secret: the option, else what the environment has; nil when there is none.
local function secret(text, variable)
   text = text ~= "" and text or os.getenv(variable) or ""
   return text ~= "" and text or nil
end

function webhook:start()
   local o = self.options
   if o.url .. o.file == "" then error("it needs an address: --set webhook.url=https://…", 0) end
   if o.full ~= "wait" and o.full ~= "drop" then
      error(("'full' is \"wait\" or \"drop\", not '%s'"):format(o.full), 0)
   end
   self.file = o.file ~= "" and file.open(self)
   self.out = post.new {
      url = o.url, headers = o.headers, batch = o.batch, most = o.most, timeout = o.timeout,
      patience = o.patience, drops = o.full == "drop", log = self.log,
      token = secret(o.token, "WEIR_WEBHOOK_TOKEN"),
      secret = secret(o.secret, "WEIR_WEBHOOK_SECRET"),
      keep = function (text) if self.file then self.file:write(text .. "\n") end end,
   }
end

function webhook:rows(rows)
   for _, row in ipairs(rows) do self.out:add(row) end
end

-- False while rows wait: then a channel keeps what it has.
function webhook:flush()
   local is_done = self.out:send(MOMENT)
   if self.file then self.file:flush() end
   return is_done
end

function webhook:stop()
   local ok, why = pcall(self.out.finish, self.out)
   if self.file then self.file:close() end
   if not ok then error(why, 0) end
end

return webhook
