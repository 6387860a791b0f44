-- dhcp.log: a row for each conversation of DHCPv4, the messages that share a transaction id.
--
-- It is written when nothing has been said in it for 5 seconds, or 30 after it began, as later
-- conversations tell; at the end; or when so many others have begun.

local convert = require "weir.profile.zeek.convert"

local SILENT, LONGEST = 5000000000LL, 30000000000LL       -- nanoseconds
local MOST, MOST_UIDS, MOST_TYPES = 1000, 10, 50
local NOBODY = { ["0.0.0.0"] = true, ["255.255.255.255"] = true }

local joiner = {}
joiner.__index = joiner

local function join(emit)
   return setmetatable({ emit = emit, list = {}, first = 1, last = 0, by_id = {} }, joiner)
end

local function write(self, row)
   row.is_written = true
   if self.by_id[row.id] == row then self.by_id[row.id] = nil end
   self.emit(row)
end

-- Writes those at the front that are over by `ns`.
local function trim(self, ns)
   while self.first <= self.last do
      local row = self.list[self.first]
      local is_over = row.is_written or ns - row.last > SILENT or ns - row.ts > LONGEST
         or self.last - self.first >= MOST
      if not is_over then return end
      if not row.is_written then write(self, row) end
      self.list[self.first], self.first = nil, self.first + 1
   end
end

-- The conversation that a message is part of.
local function row_of(self, r)
   local row = self.by_id[r.id]
   if row and r.ns - row.last <= SILENT then return row end
   if row then write(self, row) end
   row = { ts = r.ns, last = r.ns, id = r.id, uids = {}, msg_types = {} }
   self.last = self.last + 1
   self.list[self.last], self.by_id[r.id] = row, row
   return row
end

-- What a client says, and what a server does.
local function note_client(row, r, speaker)
   if speaker and not NOBODY[speaker] then row.client_addr = speaker end
   row.host_name, row.client_fqdn = r.hostname or row.host_name, r.fqdn or row.client_fqdn
   row.requested_addr = r.requested_ip or row.requested_addr
   row.client_message = r.message or row.client_message
end

local function note_server(row, r, speaker)
   local assigned = not NOBODY[r.assigned_ip] and r.assigned_ip
   if assigned then
      row.server_addr, row.assigned_addr = speaker, assigned
      row.client_addr = row.client_addr or assigned
   end
   row.domain, row.lease_time = r.domain or row.domain, r.lease_time or row.lease_time
   row.server_message = r.message or row.server_message
end

local function add_once(list, item)
   for _, known in ipairs(list) do
      if known == item then return end
   end
   list[#list + 1] = item
end

function joiner:add(r)
   if r.version ~= 4 then return end
   trim(self, r.ns)
   local row = row_of(self, r)
   row.last, row.duration = r.ns, tonumber(r.ns - row.ts) / 1e9
   row.mac = row.mac or r.client_mac
   add_once(row.uids, convert.uid(r))
   row.msg_types[#row.msg_types + 1] = r.dhcp_type and r.dhcp_type:upper()
   local note = r.type == "request" and note_client or note_server
   note(row, r, r.reverse == 0 and r.src_ip or r.dest_ip)
   if #row.uids >= MOST_UIDS or #row.msg_types >= MOST_TYPES then write(self, row) end
   trim(self, r.ns)
end

function joiner:finish()
   for i = self.first, self.last do
      if not self.list[i].is_written then write(self, self.list[i]) end
   end
   self.list, self.by_id, self.first, self.last = {}, {}, 1, 0
end

return {
   path = "dhcp", kinds = { "dhcp" }, join = join,
   { "ts", "time", "ts" }, { "uids", "set[string]", "uids" },
   { "client_addr", "addr", "client_addr" }, { "server_addr", "addr", "server_addr" },
   { "mac", "string", "mac" }, { "host_name", "string", "host_name" },
   { "client_fqdn", "string", "client_fqdn" }, { "domain", "string", "domain" },
   { "requested_addr", "addr", "requested_addr" }, { "assigned_addr", "addr", "assigned_addr" },
   { "lease_time", "interval", "lease_time" }, { "client_message", "string", "client_message" },
   { "server_message", "string", "server_message" },
   { "msg_types", "vector[string]", "msg_types" }, { "duration", "interval", "duration" },
}
