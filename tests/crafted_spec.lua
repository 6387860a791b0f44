-- Messages that are made to cost much: names of DNS that lead to each other, certificates of a
-- megabyte, headers of HTTP/2 without end.  Each is read in a time that its size bounds, and in
-- memory that does not grow.

local wire  = require "wire"
local der   = require "der"             -- beside the samples, where wire looks
local file  = require "file"
local frame = require "frame"
local hello = require "hello"
local talk  = require "talk"
local try   = require "try"
local weir  = require "weir"

local u8, u16, u32 = frame.u8, frame.u16, frame.u32

-- Seconds of CPU that `work` takes, and what it returns.
local function timed(work, ...)
   local started = os.clock()
   local found = work(...)
   return os.clock() - started, found
end

-- Mebibytes that a process needs at most to read a capture with all that protocols say.  Sanitizers
-- keep what is freed.
local function peak(path)
   if os.getenv "WEIR_PROGRAM" then return 0 end
   local out = try.run(try.program .. " lua tests/bench/peak.lua " .. path .. " all")
   return tonumber(out:match "([%d.]+) MiB")
end

-- ---- names -------------------------------------------------------------------------------------

local MESSAGES, ROWS = 400, 256         -- more than a hundred thousand names of each kind
local A, CNAME, UNKNOWN = 1, 5, 65000

local function pointer(at) return u16(0xc000 + at) end

local function row(name, type, data)
   return name .. u16(type, 1) .. u32(60) .. u16(#data) .. data
end

-- An answer to a question for this name, with so many rows.
local function answer(name, rows)
   return u16(1, 0x8180, 1, #rows, 0, 0) .. name .. u16(A, 1) .. table.concat(rows)
end

-- `count` steps in a row's data, each with a pointer to the one before, the first of them to the
-- question's name; then rows of a type whose names, and data if it is an alias, lead to the last.
local function stairs(name, step, count, type)
   local base, steps = 12 + #name + 4 + 1 + 10, {}
   for i = 1, count do
      steps[i] = step .. pointer(i == 1 and 12 or base + (#step + 2) * (i - 2))
   end
   local last = pointer(base + (#step + 2) * (count - 1))
   local rows = { row("\0", UNKNOWN, table.concat(steps)) }
   for i = 2, ROWS do rows[i] = row(last, type, type == A and u32(i) or last) end
   return answer(name, rows)
end

-- Aliases, each in front of the one that leads to it, between others that lead nowhere.
local function aliases()
   local label = u8(63) .. ("a"):rep(63)
   local name = label:rep(3) .. u8(50) .. ("b"):rep(50) .. "\0"
   local function alias(i) return u8(2) .. ("%02d"):format(i) .. pointer(12 + 64) end
   local rows = {}
   for i = 1, ROWS - 16 do rows[i] = row(alias(i % 60 + 20), CNAME, alias((i + 1) % 60 + 20)) end
   for i = 15, 1, -1 do
      rows[#rows + 1] = row(i == 1 and pointer(12) or alias(i), CNAME, alias(i + 1))
   end
   rows[ROWS] = row(alias(16), A, u32(1))
   return answer(name, rows)
end

local function many()
   local rows = {}
   for i = 1, ROWS do rows[i] = row(u8(1) .. u8(i % 256) .. ("\1x"):rep(100) .. "\0", A, u32(i)) end
   return answer("\1a\0", rows)
end

-- What of a message may be in records: rows, and the last one's name.
local NAMES = {
   pointers = { stairs("\1a\1b\0", "", 120, A), ROWS, "a.b" },
   ["long ones"] = { stairs("\1a\0", "\1\\", 125, CNAME), ROWS, ("\\\\."):rep(125) .. "a" },
   aliases = { aliases(), ROWS },
   ["many different ones"] = { many(), ROWS, "\0" .. (".x"):rep(100) },
   ["too many steps"] = { stairs("\1a\0", "", 129, A), 1 },        -- the one before them
   ["a circle"] = { answer("\1a" .. pointer(16) .. "\1b" .. pointer(12), {}), 0 },
}

local function answers(path)
   local found = { rows = 0 }
   for batch in weir.open(path, { protocols = { "dns" }, names = true }):batches() do
      for i = 0, batch.dns_count - 1 do
         local list = batch.dns[i].answers
         found.rows = found.rows + #list
         found.last = list[#list].rrname
      end
   end
   return found
end

describe("a hundred thousand names of DNS", function ()
   for what, expected in pairs(NAMES) do
      it("that are " .. what .. " are read, or refused, as quickly as others", function ()
         local message, rows, last = unpack(expected)
         local packets = {}
         for i = 1, MESSAGES do
            packets[i] = wire.udp { port = 1000 + i, to = 53, back = true, data = message }
         end
         wire.with(packets, function (path)
            local took, found = timed(answers, path)
            assert.equal(MESSAGES * rows, found.rows)
            assert(not last or last == found.last, found.last)
            assert(took < 3, took)
         end)
      end)
   end
end)

-- ---- certificates ------------------------------------------------------------------------------

local CLIENT = hello.record(22, hello.client { extensions = { hello.sni "www.example.org" } })
local NAME = { { "CN", "www.example.org" } }
local CONNECTIONS = 4

-- Connections to a server with a chain of certificates, in records and segments of these sizes.
local function connections(count, chain, record, segment)
   local messages = hello.server {} .. hello.certificates(chain) .. hello.key .. hello.done
   local said, frames = hello.records(messages, record), {}
   for i = 1, count do
      local say = talk.tcp { port = 40000 + i, to = 443 }
      local function add(what, data) frames[#frames + 1] = say(what, { data = data }) end
      add ">S"
      add "<SA"
      add(">A", CLIENT)
      for at = 1, #said, segment do add("<A", said:sub(at, at + segment - 1)) end
      add(">A", hello.change .. hello.finished)
      add("<A", hello.change .. hello.finished)
   end
   return file.pcap(frames)
end

local function repeated(count, make)
   local list = {}
   for i = 1, count do list[i] = make(i) end
   return list
end

local function long_name(i) return ("n%05d."):format(i) .. ("x"):rep(240) end

local function certificate(o)
   o.subject = o.subject or NAME
   o.issuer = NAME
   return der.certificate(o)
end

-- Chains of a megabyte, nearly; how many certificates are told, and of the first how many other
-- names, and how many bytes of its subject.
local CHAINS = {
   ["long names"] = { { certificate { sans = repeated(4000, long_name) } }, 1, 4000, 18 },
   ["more names than are told"] = { { certificate {
      sans = repeated(200000, function () return "a" end) } }, 1, 4094, 18 },
   ["a subject of many parts"] = { { certificate { subject = repeated(40000, function ()
      return { "odd", ("z"):rep(10), 4 } end) } }, 1, 0, 1239998 },
   ["a subject of one part"] = { { certificate {
      subject = { { "CN", ("\0a"):rep(500000), 30 } } } }, 1, 0, 500003 },
   ["many of them"] = { repeated(2500, function (i)
      return certificate { serial = tostring(i) } end), 16, 0, 18 },
   ["a few large ones"] = { repeated(16, function (i)
      return certificate { serial = tostring(i), sans = repeated(250, long_name) }
   end), 16, 250, 18 },
}

-- What records tell of such chains; all tell the same.
local function chains(path)
   local told = { count = 0 }
   for batch in weir.open(path, { protocols = { "tls" } }):batches() do
      for i = 0, batch.tls_count - 1 do
         local list = batch.tls[i].certificates
         told.count = told.count + 1
         told.chain = { #list, list[1] and #list[1].sans, list[1] and #batch.tls[i].subject }
      end
   end
   return told
end

describe("a megabyte of certificates", function ()
   for what, expected in pairs(CHAINS) do
      it("that has " .. what .. " is read in bounded time and memory", function ()
         local chain, count, names, size = unpack(expected)
         local one = wire.with(try.file(connections(1, chain, 16000, 60000), ".pcap"), peak)
         for _, sizes in ipairs { { 16000, 1400 }, { 20, 60000 } } do
            local capture = connections(CONNECTIONS, chain, unpack(sizes))
            wire.with(try.file(capture, ".pcap"), function (path)
               local took, told = timed(chains, path)
               assert.same({ count = CONNECTIONS, chain = { count, names, size } }, told)
               assert(took < 1, took)
               assert(peak(path) < one + 24, peak(path))
            end)
         end
      end)
   end

   it("is read, and no more than that", function ()
      for size, count in pairs { [900000] = 1, [1100000] = 0 } do
         local chain = { certificate { subject = { { "CN", ("a"):rep(size) } } } }
         local capture = connections(1, chain, 16000, 60000)
         wire.with(try.file(capture, ".pcap"), function (path)
            assert.same({ count, 1 }, { chains(path).chain[1], chains(path).count })
         end)
      end
   end)
end)

-- ---- headers of HTTP/2 ------------------------------------------------------------------------

local SETTINGS, HEADERS, CONTINUATION, RESET = 4, 1, 9, 3
local ENDS, WHOLE = 1, 4                -- flags: of the stream, of its headers

local function h2(type, flags, stream, payload)
   return u32(#payload):sub(2) .. u8(type, flags) .. u32(stream) .. payload
end

local ASKS, OK = "\130\134\132", "\136" -- GET http /, and 200, in the static table
local LONG = "\64\1x\127\161\30" .. ("y"):rep(4000)        -- a header of 4000 bytes, remembered
local AGAIN = "\190"                    -- what was remembered last

local function streams(count, make)
   return table.concat(repeated(count, function (i) return make(2 * i - 1) end))
end

-- What a client says; how many requests are told of it, and of the first how many headers.
local HEADS = {
   ["one long header, again and again"] = {
      streams(20, function (stream)
         return h2(HEADERS, WHOLE + ENDS, stream, ASKS .. LONG .. AGAIN:rep(16000))
      end), 20, 131 },
   ["headers without end"] = {
      h2(HEADERS, ENDS, 1, ASKS) .. h2(CONTINUATION, 0, 1, ("\0\1x\1y"):rep(3000)):rep(200),
      0 },
   ["pieces of headers with nothing in them"] = {
      h2(HEADERS, ENDS, 1, ASKS) .. h2(CONTINUATION, 0, 1, ""):rep(200000), 0 },
   ["streams that are left open"] = {
      streams(20000, function (stream) return h2(HEADERS, WHOLE + ENDS, stream, ASKS) end),
      20000, 0 },
   ["streams that are broken off"] = {
      streams(20000, function (stream)
         return h2(HEADERS, WHOLE, stream, ASKS) .. h2(RESET, 0, stream, u32(8))
      end), 20000, 0 },
}

-- How many requests are told, the headers of the first, and whether each has its method.
local function requests(path)
   local found = { count = 0 }
   for batch in weir.open(path, { protocols = { "exchange" }, packets = false }):batches() do
      for i = 0, batch.exchange_count - 1 do
         local x = batch.exchange[i]
         if x.request_headers then
            found.count = found.count + 1
            found.headers = found.headers or #x.request_headers
            assert.equal("GET", x.method)
         else
            assert.equal(200, x.status)
         end
      end
   end
   return found
end

describe("a client of HTTP/2 that sends", function ()
   for what, expected in pairs(HEADS) do
      it(what .. " is heard in bounded time and memory", function ()
         local said, count, headers = unpack(expected)
         local say, frames = talk.tcp { port = 40200 }, {}
         local function add(way, text)
            for at = 1, #text, 1400 do
               frames[#frames + 1] = say(way .. "PA", { data = text:sub(at, at + 1399) })
            end
         end
         frames[1], frames[2] = say ">S", say "<SA"
         add(">", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" .. h2(SETTINGS, 0, 0, ""))
         add("<", h2(SETTINGS, 0, 0, ""))
         add(">", said)
         add("<", h2(HEADERS, WHOLE + ENDS, 1, OK))
         wire.with(try.file(file.pcap(frames), ".pcap"), function (path)
            local took, found = timed(requests, path)
            assert.same({ count = count, headers = headers }, found)
            assert(took < 2, took)
            assert(peak(path) < 200, peak(path))
         end)
      end)
   end
end)
