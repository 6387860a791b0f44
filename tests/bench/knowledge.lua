-- Facts a second of CPU time, with evidence, into a base in a file: knowledge.lua [COUNT]
-- Prints those of new entities, of an extractor's mix (two entities and how they are related, nine
-- in twenty facts new), and of the same mix when all of it is known.

package.path = "tests/?.lua;" .. package.path
local host      = require "weir.host"
local knowledge = require "knowledge"
local weir      = require "weir"

local COUNT = tonumber(arg[1]) or 300000

local capture = assert(weir.open("samples/dns.pcap",
   { packets = false, offsets = true, protocols = { "dns" } }))
local batch = capture:read()

local function open()
   local path = knowledge.path()
   local base = knowledge.open(path)
   assert(base:run {})
   assert(base:source { path = "bench" })
   return base, base:handle("bench", "dns"), path
end

local function close(base, path)
   base:close()
   knowledge.remove(path)
end

local function measure(name, base, facts, tell)
   collectgarbage()
   local begun = host.cpu()
   for i = 1, facts do tell(i) end
   assert(base:commit())
   print(("%s %.0f"):format(name, facts / (host.cpu() - begun)))
end

local base, book, path = open()
measure("new", base, COUNT, function (i)
   book.row, book.proof = batch.dns[i % 10], nil
   book:entity("name", "host" .. i .. ".example.org")
end)
close(base, path)

local turn, device, name = 0, nil, nil
local function mix(i)
   turn = turn + 1
   if turn == 1 then
      book.row, book.proof = batch.dns[i % 10], nil
      device = book:entity("device", ("02:00:00:00:%02x:%02x"):format(i / 256 % 4, i % 256))
   elseif turn == 2 then
      name = book:entity("name", "host" .. i * 7919 % COUNT .. ".example.org")
   else
      book:relate(device, "asked for", name)
      turn = 0
   end
end
base, book, path = open()
measure("mix", base, COUNT, mix)
measure("again", base, COUNT, mix)
close(base, path)
