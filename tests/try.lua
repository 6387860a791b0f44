-- What specs share: running the program, temporary files, captures.

local try = {}

-- The program under test.
try.program = os.getenv "WEIR_PROGRAM" or "build/weir"

-- Runs a shell command; returns its output, its errors and its exit code.
function try.run(command)
   local out, err = os.tmpname(), os.tmpname()
   local status = os.execute(("(%s) >%s 2>%s </dev/null"):format(command, out, err))
   local code = status >= 256 and math.floor(status / 256) or status
   return try.contents(out, true), try.contents(err, true), code
end

-- The same for the program under test.
function try.weir(arguments) return try.run(try.program .. " " .. arguments) end

-- Shell commands that interrupt what was started last, once it takes SIGINT and has had a moment to
-- go on.
try.interrupt = [[
for i in $(seq 500); do grep -qs '^SigCgt:.*[2367abef]$' /proc/$!/status && break; sleep 0.02; done
sleep 0.3; kill -INT $!]]

-- The same with SIGTERM, which is taken together with it.
try.terminate = try.interrupt:gsub("%-INT", "-TERM")

function try.contents(path, remove)
   local file = assert(io.open(path, "rb"))
   local text = file:read "*a"
   file:close()
   if remove then os.remove(path) end
   return text
end

-- The lines of a text that are not empty.
function try.lines(text)
   local list = {}
   for line in text:gmatch "[^\n]+" do list[#list + 1] = line end
   return list
end

-- A path where nothing is yet.
function try.path(suffix)
   local path = os.tmpname()
   os.remove(path)
   return path .. (suffix or "")
end

-- The same in memory where there is such a folder: a disk takes its time for each transaction.
function try.fast_path(suffix)
   local path = try.path(suffix)
   return try.fast and path:gsub("^/tmp/", "/dev/shm/") or path
end
try.fast = os.execute "test -w /dev/shm" == 0

-- Writes a temporary file and returns its path.
function try.file(text, suffix)
   local path = try.path(suffix)
   local file = assert(io.open(path, "wb"))
   file:write(text)
   file:close()
   return path
end

local function le32(n)
   return string.char(n % 256, n / 256 % 256, n / 65536 % 256, n / 16777216 % 256)
end

-- A pcap file (little endian, microseconds) of frames, a millisecond apart.
function try.pcap(frames, link_type)
   local head = "\212\195\178\161\2\0\4\0" .. ("\0"):rep(8)
   local parts = { head .. le32(262144) .. le32(link_type or 1) }
   for i, frame in ipairs(frames) do
      local time = le32(math.floor(i / 1000)) .. le32(i % 1000 * 1000)
      parts[#parts + 1] = time .. le32(#frame) .. le32(#frame) .. frame
   end
   return table.concat(parts)
end

-- Random numbers below n that are the same everywhere: a function of n.
function try.random(seed)
   return function (n)
      seed = (seed * 16807) % 2147483647
      return seed % n
   end
end

-- Whether a program is installed.
function try.has(program)
   return os.execute("command -v " .. program .. " >/dev/null 2>&1") == 0
end

function try.samples()
   return try.lines((try.run "ls samples/*.pcap samples/*.pcapng samples/*.gz samples/*.zst"))
end

return try
