-- Very many flows of one packet each: what the i-th of them is, counted from 1.

local crowd = {
   RATE = 5000,                 -- flows begun in a second
   IDLE = 120,                  -- seconds after which they end, unless told
   MOST = 2 ^ 24 - 1,           -- that addresses 10.x.y.z tell apart
}

-- Flows that are there at once: of IDLE seconds, and of the one that is not over yet.  That which
-- began IDLE seconds before this one did is just over.
crowd.ALIVE = crowd.RATE * (crowd.IDLE + 1) - 1

-- The last three bytes of the client's address.
function crowd.address(i)
   return math.floor(i / 65536), math.floor(i / 256) % 256, i % 256
end

function crowd.port(i) return 1024 + i % 50000 end

-- Bytes on the wire.
function crowd.size(i) return 60 + i % 1441 end

-- Seconds since the first packet, and nanoseconds.
function crowd.time(i)
   return math.floor((i - 1) / crowd.RATE), (i - 1) % crowd.RATE * (1e9 / crowd.RATE)
end

-- Bytes of all sizes up to that of the n-th: whole rounds of sizes, and the rest of one.
function crowd.bytes(n)
   local rounds, rest = math.floor(n / 1441), n % 1441
   return 60 * n + rounds * (1441 * 1440 / 2) + rest * (rest + 1) / 2
end

return crowd
