-- A network namespace of the test's own, with traffic of its own on its loopback.
--
--    local inside = namespace.make()                     -- nil: needs ip, and the right to
--    inside:listen("build/weir read -i lo -c 3", 5)      -- what try.run returns
--    inside:remove()

local try = require "try"

local namespace = {}
namespace.__index = namespace

local made = 0

function namespace.make()
   made = made + 1
   local self = setmetatable({ name = ("weir-%s-%d"):format(try.path():match "%w*$", made) },
      namespace)
   self.enter = "ip netns exec " .. self.name
   local _, _, code = try.run(("ip netns add %s && ip -n %s link set lo up"):format(self.name,
      self.name))
   if code == 0 then return self end
   try.run("ip netns del " .. self.name)           -- it may be there, and not to be entered
end

-- Shell commands that send so many UDP datagrams to port 9, each from another port.
function namespace:send(count)
   local one = "echo hello > /dev/udp/127.0.0.1/9; sleep 0.02"
   return ("%s bash -c 'for i in $(seq %d); do %s; done'"):format(self.enter, count, one)
end

-- A shell command that waits until somebody there listens to packets, some seconds at most, and
-- then a moment for the filter.
function namespace:heard()
   local running = [[awk "\$6 == 1 { n++ } END { exit !n }" /proc/net/packet]]
   return ("%s bash -c 'for i in $(seq 500); do %s && break; sleep 0.02; done; sleep 0.2'"):format(
      self.enter, running)
end

-- Runs a command that listens, sends while it does so, and waits until it has ended.
function namespace:listen(command, sends)
   return try.run(("timeout 10 %s %s & p=$!; %s; %s 2>/dev/null; wait $p"):format(self.enter,
      command, self:heard(), self:send(sends)))
end

function namespace:remove() os.execute("ip netns del " .. self.name) end

return namespace
