-- Captures in which machines ask for names: DNS, and what homes have in its place.

local frame = require "frame"
local talk  = require "talk"

local u8, u16, u32, hex, address = frame.u8, frame.u16, frame.u32, frame.hex, frame.address

local name = {}

local A, NS, CNAME, PTR, HINFO, MX, TXT, AAAA, LOC = 1, 2, 5, 12, 13, 15, 16, 28, 29
local SRV, NAPTR, OPT, DS, SSHFP, RRSIG, NSEC, DNSKEY, NSEC3 = 33, 35, 41, 43, 44, 46, 47, 48, 50
local TLSA, HTTPS, ANY, CAA, SOA = 52, 65, 255, 257, 6

-- ---- messages --------------------------------------------------------------------------

-- Behind its size; labels that hold a dot are given as a list.
local function string(text) return u8(#text) .. text end

local function labels(list)
   local out = {}
   for i, label in ipairs(list) do out[i] = string(label) end
   return table.concat(out) .. "\0"
end

local function domain(text)
   local list = {}
   for label in text:gmatch "[^.]+" do list[#list + 1] = label end
   return labels(list)
end

local AGAIN = u16(0xc00c)                       -- the name of the question

-- A question; a record, whose owner is the question's name unless told.
local function question(owner, type, class) return owner .. u16(type, class or 1) end

local function record(type, data, o)
   o = o or {}
   return (o.owner or AGAIN) .. u16(type, o.class or 1) .. u32(o.ttl or 300) .. u16(#data) .. data
end

-- Sections are lists: questions, answers, authorities, additionals.
local function message(id, flags, ...)
   local counts, rows = {}, {}
   for i = 1, 4 do
      local section = select(i, ...) or {}
      counts[i] = #section
      for _, row in ipairs(section) do rows[#rows + 1] = row end
   end
   return u16(id, flags, counts[1], counts[2], counts[3], counts[4]) .. table.concat(rows)
end

local function edns(flags, options, size)
   return record(OPT, options, { owner = "\0", class = size or 1232, ttl = flags })
end

local function option(code, data) return u16(code, #data) .. data end

-- ---- DNS ---------------------------------------------------------------------------------

local WWW, HERE = domain "www.example.org", domain "example.org"

-- Two questions of a client and their answers: an alias with its addresses; how to connect.
local function addresses(say)
   local subnet = option(8, u16(1) .. u8(24, 0) .. hex "c0 00 02")
   local server = option(3, "ns1") .. option(15, u16(3) .. "stale")
   local parameters = u16(1) .. "\0" .. u16(1, 6) .. string "h2" .. string "h3" ..
      u16(3, 2, 8443) .. u16(4, 4) .. address "198.51.100.80" .. u16(5, 4) .. hex "fe0d 0000" ..
      u16(6, 16) .. address "2001:db8:80::80"
   return {
      say(">", { data = message(1, 0x0120, { question(WWW, A) }, nil, nil,
         { edns(0x8000, subnet) }) }),
      say("<", { data = message(1, 0x81a0, { question(WWW, A) }, {
         record(CNAME, string "web" .. u16(0xc010)),
         record(A, address "198.51.100.80", { owner = string "web" .. u16(0xc010) }),
         record(A, address "198.51.100.81", { owner = string "web" .. u16(0xc010) }),
      }, nil, { edns(0x8000, server) }) }),
      say(">", { data = message(2, 0x0100, { question(WWW, HTTPS) }) }),
      say("<", { data = message(2, 0x8180, { question(WWW, HTTPS) },
         { record(HTTPS, parameters) }) }),
      say(">", { data = message(3, 0x0100, { question(domain "no.example.org", AAAA) }) }),
      say("<", { data = message(3, 0x8183, { question(domain "no.example.org", AAAA) }, nil,
         { record(SOA, domain "ns.example.org" .. domain "admin.example.org" ..
            u32(2026010100, 7200, 3600, 1209600, 300), { owner = u16(0xc00f) }) }) }),
   }
end

-- One record of each type that has a form of its own.
local function zone()
   local key = hex "00112233 44556677"
   return {
      record(A, address "198.51.100.80"), record(AAAA, address "2001:db8:80::80"),
      record(NS, domain "ns.example.org"), record(MX, u16(10) .. domain "mail.example.org"),
      record(TXT, string "v=spf1 ip4:192.0.2.0/24 " .. string "-all"),
      record(HINFO, string "PDP-10" .. string "ITS"),
      record(SRV, u16(5, 10, 5060) .. domain "sip.example.org"),
      record(NAPTR, u16(100, 10) .. string "u" .. string "E2U+sip" ..
         string "!^.*$!sip:info@example.org!" .. "\0"),
      record(LOC, u8(0, 0x12, 0x16, 0x13) .. u32(2 ^ 31 + 185412748, 2 ^ 31 - 459611, 10001000)),
      record(DS, u16(60485) .. u8(13, 2) .. key), record(SSHFP, u8(4, 2) .. key),
      record(RRSIG, u16(A) .. u8(13, 2) .. u32(300, 1769904000, 1767225600) .. u16(60485) ..
         domain "example.org" .. key),
      record(NSEC, domain "a.example.org" .. u8(0, 6) .. hex "40 00 00 08 00 03"),
      record(DNSKEY, u16(257) .. u8(3, 13) .. key),
      record(NSEC3, u8(1, 0) .. u16(5) .. string(hex "aabb") .. string(key) .. u8(0, 1) ..
         hex "40"),
      record(TLSA, u8(3, 1, 1) .. key), record(CAA, u8(0) .. string "issue" .. "ca.example.net"),
      record(65280, key),
   }
end

-- Over TCP: a question in two pieces, then the answer and one more message in one.
local function stream()
   local say = talk.tcp { port = 40053, to = 53 }
   local ask = message(4, 0x0100, { question(HERE, ANY) })
   local answer = message(4, 0x8580, { question(HERE, ANY) }, zone())
   local closing = message(5, 0x8185, { question(HERE, A) })
   ask = u16(#ask) .. ask
   return {
      say ">S", say "<SA", say ">A", say(">PA", { data = ask:sub(1, 9) }),
      say(">PA", { data = ask:sub(10) }),
      say("<PA", { data = u16(#answer) .. answer .. u16(#closing) .. closing }),
      say ">FA", say "<FA", say ">A",
   }
end

-- An update: the zone, what must be so, what is to change, in classes that have no data.
local function update(say)
   return {
      say(">", { data = message(6, 0x2800, { question(HERE, SOA) },
         { record(A, "", { owner = domain "old.example.org", class = 255, ttl = 0 }) },
         { record(A, "", { owner = domain "old.example.org", class = 255, ttl = 0 }),
           record(A, address "192.0.2.77", { owner = domain "new.example.org" }) }) }),
      say("<", { data = message(6, 0xa800, { question(HERE, SOA) }) }),
   }
end

local function all(...)
   local frames = {}
   for _, list in ipairs { ... } do
      for _, one in ipairs(list) do frames[#frames + 1] = one end
   end
   return frames
end

name["dns.pcap"] = function ()
   local say = talk.udp { port = 40053, to = 53 }
   local odd = talk.udp { port = 40054, to = 5300 }
   local loop = u16(7, 0x0100, 1, 0, 0, 0) .. u16(0xc00c, 1, 1)
   return all(addresses(say), stream(), update(say), {
      say(">", { data = loop }),                                -- a name that leads to itself
      say(">", { data = message(8, 0x0100, { question(WWW, A) }):sub(1, 20) }),
      odd(">", { data = message(9, 0x0100, { question(WWW, A) }) }),
      odd("<", { data = message(9, 0x8180, { question(WWW, A) },
         { record(A, address "198.51.100.80") }) }),
   })
end

-- ---- names at home ------------------------------------------------------------------------

local function to(ip4, ip6, ether)
   return { frame.client, { ip4 = ip4, ip6 = ip6, ether = ether } }
end

local MDNS = to("224.0.0.251", "ff02::fb", "01:00:5e:00:00:fb")
local LLMNR = to("224.0.0.252", "ff02::1:3", "01:00:5e:00:00:fc")
local ALL = to("192.0.2.255", nil, "ff:ff:ff:ff:ff:ff")

local IPP = domain "_ipp._tcp.local"
local PRINTER = labels { "Büro 2.OG", "_ipp", "_tcp", "local" }

-- A question to which an answer is known already; a printer that says what it is, and one that
-- asks whether its name is free.
local function mdns()
   local say = talk.udp { port = 5353, to = 5353, ends = MDNS, ip = { ttl = 255 } }
   local known = record(PTR, labels { "Known", "_ipp", "_tcp", "local" }, { ttl = 4500 })
   return {
      say(">", { data = message(0, 0, { question(IPP, PTR, 0x8001) }, { known }) }),
      say(">", { data = message(0, 0x8400, nil, {
         record(PTR, PRINTER, { owner = IPP, ttl = 4500 }),
         record(SRV, u16(0, 0, 631) .. domain "printer.local",
            { owner = PRINTER, class = 0x8001, ttl = 120 }),
         record(TXT, string "txtvers=1" .. string "ty=Sample 2000",
            { owner = PRINTER, class = 0x8001, ttl = 4500 }),
      }, nil, {
         record(A, address "192.0.2.10", { owner = domain "printer.local", class = 0x8001 }),
      }) }),
      say(">", { data = message(0, 0, { question(domain "printer.local", ANY, 0x8001) }, nil,
         { record(A, address "192.0.2.10", { ttl = 120 }) }), v = 6 }),
   }
end

local function llmnr()
   local ask = talk.udp { port = 50000, to = 5355, ends = LLMNR }
   local answer = talk.udp { port = 50000, to = 5355, ends = { frame.client, frame.router } }
   local asked = { question(domain "fileserver", A) }
   return {
      ask(">", { data = message(0x1111, 0, asked) }),
      answer("<", { data = message(0x1111, 0x8000, asked,
         { record(A, address "192.0.2.1", { owner = domain "fileserver", ttl = 30 }) }) }),
   }
end

-- A name of NetBIOS: sixteen bytes, the last of which tells what it is the name of.
local function spelt(text, suffix)
   local padded = text .. (" "):rep(15 - #text) .. u8(suffix)
   return string((padded:gsub(".", function (c)
      return u8(65 + math.floor(c:byte() / 16), 65 + c:byte() % 16)
   end))) .. "\0"
end

local function nbns()
   local say = talk.udp { port = 137, to = 137, ends = ALL }
   local one = talk.udp { port = 137, to = 137, ends = { frame.client, frame.router } }
   local server = spelt("FILESERVER", 0x20)
   local function entry(text, suffix, flags)
      return text .. (" "):rep(15 - #text) .. u8(suffix) .. u16(flags)
   end
   local mine = record(32, u16(0x0000) .. address "192.0.2.10", { ttl = 300000 })
   return {
      say(">", { data = message(0x2222, 0x0110, { question(server, 32) }) }),
      one("<", { data = message(0x2222, 0x8500, nil, { record(32, u16(0x6000) ..
         address "192.0.2.1" .. u16(0x6000) .. address "192.0.2.2", { owner = server }) }) }),
      say(">", { data = message(0x3333, 0x2910, { question(spelt("DESK", 0), 32) }, nil, nil,
         { mine }) }),
      one("<", { data = message(0x4444, 0x8400, nil, { record(33, u8(3) ..
         entry("FILESERVER", 0, 0x0400) .. entry("FILESERVER", 0x20, 0x0400) ..
         entry("WORKGROUP", 0, 0x8400) .. hex "02 00 5e 00 53 01" .. ("\0"):rep(40),
         { owner = spelt("*" .. ("\0"):rep(14), 0), ttl = 0 }) }) }),
   }
end

name["home.pcap"] = function () return all(mdns(), llmnr(), nbns()) end

return name
