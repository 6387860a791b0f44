-- A Redis of a test's own, on a socket and without anything of others'.
--
--    local redis = server.new "--appendonly yes"
--    channel.open { url = redis.url }
--    redis:kill(); redis:start(); redis:remove()

local try = require "try"

local server = {}
server.__index = server

-- options: words for redis-server's command line.  It runs when this returns.
function server.new(options)
   local folder = try.fast_path()
   os.execute("mkdir " .. folder)
   local self = setmetatable({ folder = folder, path = folder .. "/socket", options = options or "",
      url = "unix://" .. folder .. "/socket" }, server)
   self:start()
   return self
end

-- What redis-cli prints for a command.
function server:ask(words) return (try.run(("redis-cli -s %s %s"):format(self.path, words))) end

function server:start()
   os.execute(([[redis-server --port 0 --unixsocket %s --dir %s --save '' --pidfile %s/pid \
      --daemonize yes %s >/dev/null]]):format(self.path, self.folder, self.folder, self.options))
   for _ = 1, 200 do
      if self:ask "ping 2>&1":find "PONG" or self:ask "ping 2>&1":find "NOAUTH" then return end
      os.execute "sleep 0.02"
   end
   error "redis-server does not start"
end

-- Ends it at once.
function server:kill()
   os.execute(("kill -9 $(cat %s/pid); rm -f %s"):format(self.folder, self.path))
end

function server:remove()
   os.execute(("kill -9 $(cat %s/pid) 2>/dev/null; rm -rf %s"):format(self.folder, self.folder))
end

return server
