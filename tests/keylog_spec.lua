-- What is inside TLS, when its secrets are known: from a file, and from the capture itself.

local cjson = require "cjson"
local try   = require "try"
local weir  = require "weir"

local SEALED, KEYS = "samples/sealed.pcapng", "samples/sealed.keys"
local CIPHERS = "tests/captures/ciphers.pcapng"         -- a connection for each way to seal

-- ---- captures in other shapes ------------------------------------------------------------------

local function u32(text, at)
   local a, b, c, d = text:byte(at, at + 3)
   return a + b * 256 + c * 65536 + d * 16777216
end

local SECRETS, PACKET = 10, 6

-- The blocks of a capture, as { kind, bytes }.
local function blocks(path)
   local text, list, at = try.contents(path), {}, 1
   while at < #text do
      local size = u32(text, at + 4)
      list[#list + 1] = { u32(text, at), text:sub(at, at + size - 1) }
      at = at + size
   end
   return list
end

-- A capture of the blocks for which `keep` returns 1 (here) or 2 (behind all others).
local function rewritten(path, keep)
   local parts = { {}, {} }
   local count = 0
   for _, block in ipairs(blocks(path)) do
      count = count + (block[1] == PACKET and 1 or 0)
      local part = parts[keep(block[1], count)]
      if part then part[#part + 1] = block[2] end
   end
   return try.file(table.concat(parts[1]) .. table.concat(parts[2]), ".pcapng")
end

local function bare() return rewritten(SEALED, function (kind) return kind ~= SECRETS and 1 end) end

-- Calls `see` with the path of something temporary.
local function with(path, see)
   see(path)
   os.remove(path)
end

-- ---- what is told -------------------------------------------------------------------------------

local function records(kind, path, options)
   local out, why, code = try.weir(("read -q -r %s -T json --only %s %s"):format(path, kind,
      options or ""))
   assert.equal(0, code, why)
   local found = {}
   for i, line in ipairs(try.lines(out)) do found[i] = cjson.decode(line) end
   return found
end

local function told(kind, path, options)
   local found = records(kind, path, options)
   for i, record in ipairs(found) do found[i] = record[kind] end
   return found
end

local function urls(path, options)
   local list = {}
   for i, http in ipairs(told("http", path, options)) do list[i] = http.hostname .. http.url end
   return list
end

-- What exchanges say when a capture is read in batches of at most `most` packets.
local function in_batches(path, most, options)
   local from = assert(weir.open(path, options))
   local list = {}
   for batch in function () return from:read(most) end do
      for i = 0, batch.exchange_count - 1 do
         local x = batch.exchange[i]
         list[#list + 1] = table.concat({
            x.url, x.status or 0, x.response_body or "", x.time,
         }, " ")
      end
   end
   from:close()
   return list
end

-- The key log with something done to each of its secrets.
local function keys(change)
   local lines = {}
   for i, line in ipairs(try.lines(try.contents(KEYS))) do
      lines[i] = line:gsub("%x+$", change)
   end
   return try.file(table.concat(lines, "\n") .. "\n", ".keys")
end

describe("secrets of TLS", function ()
   it("open each way to seal", function ()
      local found = told("exchange", CIPHERS)
      assert.equal(16, #found)
      for _, x in ipairs(found) do
         assert.equal(200, x.status)
         assert.equal("https://" .. x.hostname .. "/page.txt", x.url)
         local is_long = x.hostname == "pieces.example.org"
         assert.equal(is_long and 1200 or 15, #x.response_body)
         assert.truthy(x.response_body:find(is_long and "line 059" or "what is sealed"))
      end
   end)

   it("open each way to seal, however the secret was agreed on", function ()
      assert.same({
         "psk-aes128-gcm-sha256.example.org/page.txt",
         "dhe-psk-aes256-gcm-sha384.example.org/page.txt",
         "rsa-psk-aes128-cbc-sha256.example.org/page.txt",
         "ecdhe-psk-aes256-cbc-sha384.example.org/page.txt",
         "ecdhe-psk-chacha20-poly1305.example.org/page.txt",
         "psk-aes256-ccm.example.org/page.txt", "dhe-rsa-aes256-ccm8.example.org/page.txt",
      }, urls "tests/captures/shared.pcapng")
   end)

   it("open a retry, an update of keys, resumption, early data, HTTP/2", function ()
      assert.same({
         "aes128-gcm.example.org/page.txt", "chacha20.example.org/page.txt",
         "retry.example.org/page.txt", "update.example.org/page.txt",
         "resumed.example.org/page.txt", "early.example.org/early",
         "refused.example.org/page.txt", "poly.example.org/page.txt",
         "cbc-sha256.example.org/page.txt", "cbc-sha256-mte.example.org/page.txt",
         "nil.example.org/page.txt", "h2.example.org/two",
      }, urls(SEALED))
   end)

   it("leave no credentials in records", function ()
      local headers = told("exchange", SEALED)[1].request_headers
      assert.same({ name = "Authorization", value = "Basic ***" }, headers[2])
      assert.same({ name = "Cookie", value = "id=***" }, headers[3])
   end)

   it("say the same from a file as from the capture", function ()
      with(bare(), function (path)
         assert.same(urls(SEALED), urls(path, "--keylog " .. KEYS))
         local options = { protocols = { "exchange" }, packets = false, keylog = KEYS }
         assert.same(in_batches(SEALED, nil, options), in_batches(path, nil, options))
      end)
   end)

   it("are needed: without them there is TLS and no more", function ()
      with(bare(), function (path)
         assert.equal(0, #told("http,exchange", path))
         assert.equal(12, #told("tls", path))
         assert.equal(0, #urls(path, "--keylog tests/try.lua"))         -- not a line of it
      end)
   end)

   it("that are wrong open nothing", function ()
      local function flipped(secret)
         return secret:sub(1, -2) .. (secret:sub(-1) == "0" and "1" or "0")
      end
      for _, change in ipairs { flipped, function () return "00" end, "", "xx",
            function (s) return s .. s .. s end, function (s) return s:sub(1, 62) end } do
         with(keys(change), function (log)
            with(bare(), function (path)
               assert.equal(0, #urls(path, "--keylog " .. log))
               assert.equal(12, #told("tls", path, "--keylog " .. log))
            end)
         end)
      end
   end)

   it("may have other ends of lines, and other lines between", function ()
      local text = "# a word\r\nEXPORTER_SECRET 00 00\r\n" .. ("x"):rep(70000) .. "\n"
         .. try.contents(KEYS):gsub("\n", "\r\n")
      with(try.file(text, ".keys"), function (log)
         with(bare(), function (path) assert.equal(12, #urls(path, "--keylog " .. log)) end)
      end)
   end)

   it("may stand in a last line without an end, when they are whole", function ()
      local text = try.contents(KEYS)
      for cut, count in pairs { [-2] = 12, [-4] = 11 } do
         with(try.file(text:sub(1, cut), ".keys"), function (log)
            with(bare(), function (path)
               assert.equal(count, #urls(path, "--keylog " .. log))
            end)
         end)
      end
   end)

   it("must be in a file that can be read", function ()
      for _, path in ipairs { "/nonexistent", "samples" } do
         local _, why, code = try.weir(("read -q -r %s --keylog %s"):format(SEALED, path))
         assert(code ~= 0)
         assert.truthy(why:find("key log '" .. path .. "'", 1, true))
      end
   end)

   it("may be written while the capture is read", function ()
      local log, text = try.file("", ".keys"), try.contents(KEYS)
      with(bare(), function (path)
         local from = assert(weir.open(path, { protocols = { "http" }, keylog = log }))
         local count, done = 0, 0
         for batch in function () return from:read(1) end do
            count, done = count + batch.http_count, done + 1
            local file = assert(io.open(log, "ab"))     -- some bytes with each packet
            file:write(text:sub((done - 1) * 120 + 1, done * 120))
            file:close()
         end
         assert(count >= 8, count)
      end)
      os.remove(log)
   end)

   -- As it is when a client writes them as soon as it knows: behind what the server sealed.
   it("may come behind the server's first records", function ()
      local log, text = try.file("", ".keys"), try.contents(KEYS)
      with(bare(), function (path)
         local from = assert(weir.open(path, { protocols = { "http" }, keylog = log }))
         local count, done = 0, 0
         for batch in function () return from:read(1) end do
            count, done = count + batch.http_count, done + 1
            if done == 5 then                           -- SYN SYN ACK, hello, the server's flight
               local file = assert(io.open(log, "ab"))
               file:write(text)
               file:close()
            end
         end
         assert.equal(12, count)
      end)
      os.remove(log)
   end)

   it("that stand behind the packets are not known before, however it is read", function ()
      local late = rewritten(SEALED, function (kind) return kind == SECRETS and 2 or 1 end)
      local options = { protocols = { "exchange" }, packets = false }
      local expected = in_batches(SEALED, nil, options)
      assert.equal(12, #expected)
      for _, most in ipairs { 1, 7, 1024 } do
         assert.same({}, in_batches(late, most, options))
         assert.same(expected, in_batches(SEALED, most, options))
      end
      for _, jobs in ipairs { 1, 2 } do
         assert.same({}, urls(late, "-j " .. jobs))
         assert.same(urls(SEALED), urls(SEALED, "-j " .. jobs))
      end
      os.remove(late)
   end)

   -- The server need not wait for the rest of the client's handshake.
   it("show early data before its answer, when that comes at once", function ()
      local list, packets = blocks(SEALED), {}
      for i, block in ipairs(list) do
         if block[1] == PACKET then packets[#packets + 1] = i end
      end
      local rest, answer = packets[67], packets[68]
      list[rest], list[answer] = list[answer], list[rest]
      for i, block in ipairs(list) do list[i] = block[2] end
      with(try.file(table.concat(list), ".pcapng"), function (path)
         local x = told("exchange", path)[6]
         assert.equal("https://early.example.org/early", x.url)
         assert.equal("what is sealed\n", x.response_body)
      end)
   end)

   it("open nothing behind bytes that are lost", function ()
      for lost = 1, 60 do
         with(rewritten(CIPHERS, function (kind, count)
            return (kind ~= PACKET or count ~= lost) and 1
         end), function (path)
            for _, x in ipairs(told("exchange", path)) do
               local body = not x.response_truncated and x.response_body
               assert.truthy(not body or body == "what is sealed\n" or #body == 1200, lost)
            end
         end)
      end
   end)

   it("do not hide that bytes are missing", function ()
      with(rewritten(CIPHERS, function (kind, count)
         return (kind ~= PACKET or count ~= 9) and 1            -- 78 bytes of a client's
      end), function (path)
         local from = assert(weir.open(path, { protocols = { "http" } }))
         for _ in from:batches() do end
         assert.equal(78, (select(2, from:counts())).bytes_missing)
         from:close()
      end)
   end)

   it("show what tshark shows", function ()
      if not try.has "tshark" then return end
      local shown, list = try.run(("tshark -r %s -Y http.request -T fields -e http.host "
         .. "-e http.request.uri"):format(CIPHERS)), {}
      for i, line in ipairs(try.lines(shown)) do list[i] = line:gsub("\t", "") end
      assert.same(list, urls(CIPHERS))
   end)
end)
