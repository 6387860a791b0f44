-- dns.log: a row for each question with its answer, which are joined by flow and id.
--
-- A question without an answer has its row when its flow ends, or so many messages later; an
-- answer that nobody has asked for has one of its own.

local bit     = require "bit"
local convert = require "weir.profile.zeek.convert"
local names   = require "weir.schema.names"

local MOST = 10000                        -- questions that wait; then the oldest is given up
local INTERNET = 1
local CLASSES = {
   "C_INTERNET", "C_CSNET", "C_CHAOS", "C_HESIOD", [254] = "C_NONE", [255] = "C_ANY",
}

-- ---- rows --------------------------------------------------------------------------------

-- What Zeek shows of the data of an answer.
local ANSWERS = {
   MX  = function (rdata) return rdata:match "^%d+ (.*)$" end,
   SRV = function (rdata) return rdata:match "^%d+ %d+ %d+ (.*)$" end,
   SOA = function (rdata) return rdata:match "^%S+" end,
}

local function strings(rr)
   local list = {}
   for i, s in ipairs(rr.strings and rr.strings[1] and rr.strings or { rr.rdata }) do
      list[i] = ("%s %d %s"):format(rr.rrtype, #s, s)
   end
   return table.concat(list, " ")
end
local WITH_SIZE = { TXT = true, SPF = true }

local function answer_of(rr)
   if WITH_SIZE[rr.rrtype] then return strings(rr) end
   local short = ANSWERS[rr.rrtype]
   return short and short(rr.rdata) or rr.rdata
end

-- The first question of a message: its class and type are numbers in the batch's row, which has
-- no class where it is the Internet's.
local function ask(row, d)
   local list = d.raw_queries
   if list.count == 0 or list.first >= d.home.rrs_count then return end
   local question = d.home.rrs[list.first]
   row.query = d.rrname or ""
   row.qclass, row.qtype = question.rrclass == 0 and INTERNET or question.rrclass, question.rrtype
   row.qclass_name = CLASSES[row.qclass] or ("qclass-%d"):format(row.qclass)
   row.qtype_name = row.qtype == 255 and "*" or names.rrtypes[row.qtype]
      or ("query-%d"):format(row.qtype)
end

local function row_of(d)
   local row = {
      ts = d.ns, uid = convert.uid(d), flow = d.flow_id, orig_h = d.src_ip, resp_h = d.dest_ip,
      orig_p = convert.orig_p(d), resp_p = convert.resp_p(d), proto = convert.proto(d),
      trans_id = d.id, AA = false, RA = false, rejected = false,
      TC = d.tc, RD = d.rd, Z = bit.band(bit.rshift(d.flags, 4), 7),
   }
   ask(row, d)
   return row
end

-- Adds to a row what an answer says.
local function fill(row, d)
   local rcode = bit.band(d.flags, 15)
   row.rcode, row.rcode_name = rcode, names.rcodes[rcode] or ("unassigned-%d"):format(rcode)
   row.AA, row.RA, row.TC = d.aa, d.ra, row.TC or d.tc
   local answers, ttls = {}, {}
   for _, rr in ipairs(d.answers) do
      if rr.rdata then
         answers[#answers + 1], ttls[#ttls + 1] = answer_of(rr), rr.ttl
      end
   end
   if answers[1] then row.answers, row.ttls = answers, ttls end
   local others = d.raw_answers.count + d.raw_authorities.count + d.raw_additionals.count
   row.rejected = others == 0 and (d.udp_size or 0) == 0
end

-- ---- joining -----------------------------------------------------------------------------

local joiner = {}
joiner.__index = joiner

-- Those that wait are in the order in which they came, and by their flow and id.
local function join(emit)
   return setmetatable({ emit = emit, list = {}, first = 1, last = 0, by_flow = {} }, joiner)
end

local function emit(self, row)
   row.is_written = true
   self.emit(row)
end

-- Takes a row from those that wait for an answer.
local function take(self, flow, id)
   local rows = self.by_flow[flow]
   local queue = rows and rows[id]
   if not queue then return nil end
   local row = table.remove(queue, 1)
   if not queue[1] then rows[id] = nil end
   if next(rows) == nil then self.by_flow[flow] = nil end
   return row
end

-- Forgets those at the front that are written, or too many: these are written now.
local function trim(self)
   while self.first <= self.last do
      local row = self.list[self.first]
      local is_over = self.last - self.first >= MOST
      if not row.is_written and not is_over then return end
      if not row.is_written then emit(self, take(self, row.flow, row.trans_id)) end
      self.list[self.first], self.first = nil, self.first + 1
   end
end

local function wait(self, row)
   local rows = self.by_flow[row.flow] or {}
   self.by_flow[row.flow] = rows
   rows[row.trans_id] = rows[row.trans_id] or {}
   table.insert(rows[row.trans_id], row)
   self.last = self.last + 1
   self.list[self.last] = row
   trim(self)
end

function joiner:add(d)
   if d.opcode ~= 0 then return end                      -- Zeek follows questions alone
   if not d.qr then return wait(self, row_of(d)) end
   local row = take(self, d.flow_id, d.id)
   if row then
      row.rtt = tonumber(d.ns - row.ts) / 1e9
   else
      row = row_of(d)
   end
   fill(row, d)
   emit(self, row)
   trim(self)
end

-- A flow has ended: nobody answers in it any more.
function joiner:ended(flow)
   local rows, list = self.by_flow[flow], {}
   if not rows then return end
   for _, queue in pairs(rows) do
      for _, row in ipairs(queue) do list[#list + 1] = row end
   end
   table.sort(list, function (a, b) return a.ts < b.ts end)
   self.by_flow[flow] = nil
   for _, row in ipairs(list) do emit(self, row) end
   trim(self)
end

function joiner:finish()
   for i = self.first, self.last do
      if not self.list[i].is_written then emit(self, self.list[i]) end
   end
   self.list, self.by_flow, self.first, self.last = {}, {}, 1, 0
end

return {
   path = "dns", kinds = { "dns", "mdns", "llmnr" }, join = join,
   { "ts", "time", "ts" }, { "uid", "string", "uid" },
   { "id.orig_h", "addr", "orig_h" }, { "id.orig_p", "port", "orig_p" },
   { "id.resp_h", "addr", "resp_h" }, { "id.resp_p", "port", "resp_p" },
   { "proto", "enum", "proto" }, { "trans_id", "count", "trans_id" },
   { "rtt", "interval", "rtt" }, { "query", "string", "query" },
   { "qclass", "count", "qclass" }, { "qclass_name", "string", "qclass_name" },
   { "qtype", "count", "qtype" }, { "qtype_name", "string", "qtype_name" },
   { "rcode", "count", "rcode" }, { "rcode_name", "string", "rcode_name" },
   { "AA", "bool", "AA" }, { "TC", "bool", "TC" }, { "RD", "bool", "RD" }, { "RA", "bool", "RA" },
   { "Z", "count", "Z" }, { "answers", "vector[string]", "answers" },
   { "TTLs", "vector[interval]", "ttls" }, { "rejected", "bool", "rejected" },
}
