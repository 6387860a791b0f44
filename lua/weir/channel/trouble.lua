-- What is wrong with a Redis, by what it says, and what to do.

local trouble = {}

-- The words of a reply or of a connection that ended, a name for the trouble, and its line.
local KNOWN = {
   { "WRONGPASS", "password", "refuses the password: see the user and password of channels.url" },
   { "NOAUTH", "password", "wants a password: channels.url is redis://user:password@host:port, or "
      .. "unix://user:password@/path" },
   { "invalid password", "password", "refuses the password: see channels.url" },
   { "OOM", "memory", "has no memory left: rows wait; let consumers catch up, or raise maxmemory" },
   { "READONLY", "replica", "is a replica, which takes no rows: name the primary in channels.url" },
   { "LOADING", "loading", "still loads its data: rows wait" },
   { "MASTERDOWN", "replica", "has lost its primary: name one that runs in channels.url" },
   { "MISCONF", "disk", "cannot write its data to disk: see its log and its disk" },
   { "NOPERM", "rights", "refuses a command: the user needs EVAL, INFO, the commands of streams, "
      .. "hashes and texts, and the keys of the prefix" },
   { "BUSY ", "busy", "runs a script of somebody that does not end: rows wait" },
   { "NOREPLICAS", "replica", "has too few replicas to take rows: see min-replicas-to-write" },
   { "NOGROUP", "data", "has lost rows and groups: was it flushed, or started without its data?" },
   { "MOVED", "cluster", "is one of a cluster, which is not supported: use a single server" },
   { "CROSSSLOT", "cluster", "is one of a cluster, which is not supported: use a single server" },
   { "WRONGTYPE", "keys", "has something else at our keys: choose another channels.prefix" },
   { "too old", "old", "is too old: Redis 7 or newer is needed" },
   { "unknown command", "old", "is too old: Redis 7 or newer is needed" },
   { "name or service", "reach", "has a host that nobody knows: see channels.url" },
   { "resolution", "reach", "has a host whose name cannot be looked up: see channels.url" },
}

-- The trouble's name and line.
function trouble.of(why)
   for _, known in ipairs(KNOWN) do
      local says = why:find(known[1], 1, true) or why:lower():find(known[1], 1, true)
      if says then return known[2], ("%s (%s)"):format(known[3], why:sub(1, 200)) end
   end
   return "reach", ("cannot be used: %s; it is tried again: see whether it runs, and channels.url")
      :format(why:sub(1, 200))
end

return trouble
