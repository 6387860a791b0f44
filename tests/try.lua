-- What specs share: running the program, temporary files, the corpus.

local try = {}

-- The program under test.
try.program = os.getenv "WEIR_PROGRAM" or "build/weir"

-- A folder of captures, if there is one.
try.corpus = os.getenv "WEIR_CORPUS"

-- Runs a shell command; returns its output, its errors and its exit code.
function try.run(command)
   local out, err = os.tmpname(), os.tmpname()
   local status = os.execute(("(%s) >%s 2>%s </dev/null"):format(command, out, err))
   local code = status >= 256 and math.floor(status / 256) or status
   return try.contents(out, true), try.contents(err, true), code
end

-- The same for the program under test.
function try.weir(arguments) return try.run(try.program .. " " .. arguments) end

function try.contents(path, remove)
   local file = assert(io.open(path, "rb"))
   local text = file:read "*a"
   file:close()
   if remove then os.remove(path) end
   return text
end

-- Writes a temporary file and returns its path.
function try.file(text, suffix)
   local path = os.tmpname()
   if suffix then
      os.remove(path)
      path = path .. suffix
   end
   local file = assert(io.open(path, "wb"))
   file:write(text)
   file:close()
   return path
end

-- Numbers as they stand in files.
function try.le32(n) return string.char(n % 256, n / 256 % 256, n / 65536 % 256, n / 16777216 % 256) end

-- A pcap file (little endian, microseconds) of frames, a second apart.
function try.pcap(frames, link_type)
   local parts = { "\212\195\178\161\2\0\4\0" .. ("\0"):rep(8) .. try.le32(262144) .. try.le32(link_type or 1) }
   for i, frame in ipairs(frames) do
      parts[#parts + 1] = try.le32(i) .. try.le32(0) .. try.le32(#frame) .. try.le32(#frame) .. frame
   end
   return table.concat(parts)
end

-- Whether a program is installed; prints what is skipped for want of it.
function try.has(program)
   if os.execute("command -v " .. program .. " >/dev/null 2>&1") == 0 then return true end
   print("skipped: " .. program .. " is not installed")
end

function try.samples()
   local list = {}
   for path in io.popen "ls samples/*.pcap samples/*.pcapng samples/*.gz samples/*.zst":lines() do list[#list + 1] = path end
   return list
end

return try
