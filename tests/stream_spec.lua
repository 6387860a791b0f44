-- The bytes of TCP connections in order, whatever became of their segments on the way.

package.path = "samples/?.lua;" .. package.path

local talk = require "talk"
local file = require "file"
local try  = require "try"
local weir = require "weir"

local LAST = 2 ^ 32

-- The records of a capture's streams: { bytes, missing, reverse }, in batches of at most `most`.
local function records(frames, most)
   local path = try.file(file.pcap(frames, {}), ".pcap")
   local capture, list = assert(weir.open(path, { protocols = { "stream" } })), {}
   for batch in function () return capture:read(most) end do
      for i = 0, batch.stream_count - 1 do
         local s = batch.stream[i]
         list[#list + 1] = {
            s.bytes and s.bytes:string() or "", s.missing, s.reverse, tonumber(s.ordinal),
         }
      end
   end
   capture:close()
   os.remove(path)
   return list
end

-- What one end said: all bytes, with a dot for each one that is missing; and whether it ended.
local function told(frames, reverse, most)
   local text, ended = "", false
   for _, r in ipairs(records(frames, most)) do
      if r[3] == (reverse or 0) then
         assert(not ended, "nothing comes after the end")
         text = text .. r[1] .. ("."):rep(r[2])
         ended = r[1] == "" and r[2] == 0
      end
   end
   return text, ended
end

-- A conversation of which the client's segments are { offset, bytes, flags }; its first byte has
-- the sequence number `first`.
local function segments(list, first)
   local say, frames = talk.tcp {}, {}
   frames[1] = say(">S", { seq = (first - 1) % LAST })
   frames[2] = say("<SA", { seq = 7, ack = first % LAST })
   for _, s in ipairs(list) do
      frames[#frames + 1] = say(s[4] or ">" .. (s[3] or "A"),
         { seq = s[4] and 8 or (first + s[1]) % LAST, data = s[2],
           ack = s[4] and (first + s[1]) % LAST or 8 })
   end
   return frames
end

describe("a stream", function ()
   it("is in order though its segments are not", function ()
      assert.equal("abcdefghi", (told(segments({
         { 3, "def" }, { 6, "ghi" }, { 0, "abc" },
      }, 1000))))
   end)

   it("has each byte once: what came first stays", function ()
      assert.equal("abcdefghij", (told(segments({
         { 0, "abc" }, { 0, "XYZ" }, { 1, "YZdef" }, { 8, "ij" }, { 5, "Fgh!!" },
      }, 1000))))
   end)

   it("keeps what waited before what overlaps it later", function ()
      assert.equal("ABcdEF", (told(segments({ { 2, "cd" }, { 0, "ABCDEF" } }, 1000))))
   end)

   it("misses nothing that a SYN claims and does not have", function ()
      local say = talk.tcp {}
      local answer = say("<SA", { seq = 7, ack = 1001 })
      answer = answer:sub(1, 16) .. "\16\52" .. answer:sub(19)       -- 4148 bytes, as IP has it
      assert.equal("hello", (told({ say ">S", answer, say("<A", { seq = 8, data = "hello" }) }, 1)))
   end)

   it("goes on when the numbers go round", function ()
      assert.equal("abcdefgh", (told(segments({
         { 0, "ab" }, { 4, "ef" }, { 2, "cd" }, { 6, "gh" },
      }, LAST - 3))))
   end)

   it("does not take what keeps a connection alive for data", function ()
      assert.equal("abcd", (told(segments({ { 0, "abc" }, { 2, "x" }, { 3, "d" } }, 1000))))
   end)

   it("may begin in its middle", function ()
      local say = talk.tcp {}
      local frames = { say(">A", { seq = 5000, data = "middle" }), say(">A", { data = "?" }) }
      frames[2] = say(">A", { seq = 5006, data = " way" })
      assert.equal("middle way", (told(frames)))
   end)

   it("marks what the other end has and nobody saw, and goes on", function ()
      assert.equal("abc...ghi", (told(segments({
         { 0, "abc" }, { 6, "ghi" }, { 9, nil, nil, "<A" },
      }, 1000))))
      assert.equal("abc...ghi", (told(segments({
         { 0, "abc" }, { 9, nil, nil, "<A" }, { 6, "ghi" },
      }, 1000))))
   end)

   it("marks what never came, at its end", function ()
      assert.equal("abc...ghi", (told(segments({ { 0, "abc" }, { 6, "ghi" } }, 1000))))
   end)

   it("marks what the capture cut off", function ()
      local whole = segments({ { 0, "abcdef" }, { 6, "ghi" } }, 1000)
      whole[3] = { whole[3]:sub(1, -4), size = #whole[3] }
      assert.equal("abc...ghi", (told(whole)))
   end)

   it("ends with FIN, once all before it has come", function ()
      local text, ended = told(segments({ { 3, "def", "FA" }, { 0, "abc" } }, 1000))
      assert.same({ "abcdef", true }, { text, ended })
      text, ended = told(segments({ { 0, "abc" } }, 1000))
      assert.same({ "abc", false }, { text, ended })
   end)

   it("has two directions", function ()
      local say = talk.tcp {}
      local frames = {
         say ">S", say "<SA", say(">A", { data = "question" }), say("<A", { data = "answer" }),
      }
      assert.equal("question", (told(frames)))
      assert.equal("answer", (told(frames, 1)))
   end)

   it("gives up waiting when too much has come behind what is missing", function ()
      local list = { { 0, "abc" } }
      for i = 0, 600 do list[#list + 1] = { 6 + i, "x" } end
      list[#list + 1] = { 3, "late" }
      local all = records(segments(list, 1000))
      local gap
      for i, r in ipairs(all) do gap = gap or r[2] == 3 and i end
      assert(gap and gap < #all, "the gap is told before the end")
   end)

   it("does not believe a segment from far off, until there are more of them", function ()
      assert.equal("abcdef", (told(segments({
         { 0, "abc" }, { 2 ^ 30, "far" }, { 3, "def" },
      }, 1000))))
      local text = told(segments({
         { 0, "abc" }, { 2 ^ 30, "1" }, { 2 ^ 30 + 1, "2" }, { 2 ^ 30 + 2, "3" },
         { 2 ^ 30 + 3, "4" }, { 2 ^ 30 + 4, "5" },
      }, 1000))
      assert(text:find "^abc.*45$", text)
   end)

   it("is the same wherever batches are cut", function ()
      local list = {}
      for i = 0, 40 do list[#list + 1] = { i % 2 == 0 and 3 * i + 3 or 3 * i - 3, "abc" } end
      local frames = segments(list, LAST - 20)
      local one = records(frames, 1)
      assert.same(one, records(frames, 7))
      assert.same(one, records(frames, 1024))
   end)

   -- Text cut at random, its pieces sent twice, overlapping, out of order within a window.
   it("is what was sent, however it was cut, repeated and mixed", function ()
      for seed = 1, 60 do
         local random, text, list = try.random(seed), {}, {}
         for i = 1, 400 do text[i] = string.char(97 + random(26)) end
         text = table.concat(text)
         local at = 0
         while at < #text do
            local size = 1 + random(30)
            list[#list + 1] = { math.max(0, at - random(4)), nil, at + size }
            at = at + size
         end
         for _, s in ipairs(list) do s[2], s[3] = text:sub(s[1] + 1, s[3]), nil end
         for i = #list, 2, -1 do
            local j = math.max(1, i - random(4))
            list[i], list[j] = list[j], list[i]
            if random(5) == 0 then table.insert(list, i, list[j]) end
         end
         assert.equal(text, (told(segments(list, LAST - random(300)))), "seed " .. seed)
      end
   end)
end)
