-- What the comparisons with tshark beside this file find, for agree.lua: they run while it counts,
-- and what they print becomes counts.

local dissector = require "dissector"
local weir      = require "weir"

local asked = {}

local PROGRAM = os.getenv "WEIR_PROGRAM" or "build/weir"

-- A line of messages.lua: those of tshark that are equal, and those that it alone has.
local function messages(what)
   return function (out, add)
      local equal, all, alone = out:match "(%d+) messages of (%d+) are equal.-alone has (%d+)"
      add(what, all - alone, all, equal)
   end
end

local function http(out, add)
   local both, all = out:match "that weir has: [%d.]+ %((%d+)/(%d+)%)"
   add("messages of HTTP/1", both, all)
end

local function tls(out, add)
   for _, field in ipairs { { "sni", "SNI" }, { "ja3", "JA3" }, { "ja3s", "JA3S" } } do
      local both, agree, rest = out:match("\n" .. field[1] .. " +(%d+) +(%d+)([^\n]*)")
      local alone = rest:match "(%d+) +%d+$"
      add(field[2] .. " in TLS", both, both + alone, agree)
   end
end

local function quic(out, add)
   local names = { { "sni", "SNI" }, { "ja3_string", "JA3" }, { "ja3s_string", "JA3S" } }
   for _, field in ipairs(names) do
      local equal, both, alone = out:match(
         "\n? +" .. field[1] .. " +(%d+) of +(%d+) equal; tshark alone has (%d+)")
      add(field[2] .. " in QUIC", both, both + alone, equal)
   end
end

-- The comparison and its arguments; what is compared; what reads its answer.
local COMPARISONS = {
   { "messages.lua dns", { "messages of DNS" }, messages "messages of DNS" },
   { "messages.lua dhcp", { "messages of DHCP" }, messages "messages of DHCP" },
   { "http.lua", { "messages of HTTP/1" }, http },
   { "tls.lua", { "SNI in TLS", "JA3 in TLS", "JA3S in TLS" }, tls },
   { "quic.lua", { "SNI in QUIC", "JA3 in QUIC", "JA3S in QUIC" }, quic },
}

-- Every nth capture, as arguments.
local function sample(corpus, every)
   local list, n = {}, 0
   for _, folder in ipairs { "/ndpi/pcap", "/arkime", "/ja4/pcap" } do
      local capture = weir.open(corpus .. folder)
      for _, path in ipairs(capture and capture.paths or {}) do
         n = n + 1
         if n % every == 0 then list[#list + 1] = dissector.quote(path) end
      end
   end
   return list
end

-- Sets them off; returns what is for finish, and how many captures they read.
function asked.begin(corpus, every)
   local list, answers = sample(corpus, every), {}
   local captures = table.concat(list, " ")
   for i, comparison in ipairs(COMPARISONS) do
      answers[i] = assert(io.popen(("%s lua tests/peers/%s %s 2>/dev/null"):format(PROGRAM,
         comparison[1], captures)))
   end
   return answers, #list
end

-- Waits for them; an array of { what, found, known, equal, both }, or { what, why } where there is
-- no answer.
function asked.finish(answers)
   local list = {}
   local function add(what, both, known, equal)
      list[#list + 1] = {
         what = what, found = tonumber(both), known = tonumber(known), equal = tonumber(equal),
         both = equal and tonumber(both),
      }
   end
   for i, comparison in ipairs(COMPARISONS) do
      local _, names, take = unpack(comparison)
      local out = answers[i]:read "*a"
      answers[i]:close()
      local why = out == "" and "failed" or out:match "^not measured"
      for _, what in ipairs(why and names or {}) do list[#list + 1] = { what = what, why = why } end
      if not why then take(out, add) end
   end
   return list
end

return asked
