-- What rows come to, in bounded memory: who carried most, which names were asked for, what
-- extensions found, when there was how much.  weir.report.summary makes a page of it.
--
--    local all = overview.new()
--    all:add("flow", row)

local cells  = require "weir.cells"
local row    = require "weir.row"
local schema = require "weir.schema"
local span   = require "weir.report.span"
local tally  = require "weir.report.tally"

local overview = {}
overview.__index = overview

local ROWS = 500                          -- of a channel that are kept
local BEST = 20                           -- flows that have most of something
local FIELDS = 40                         -- of extensions that are looked at
local CHANNELS = 20
local COLUMNS = 12                        -- of a channel's rows

function overview.new()
   local self = {
      flows = 0, packets = 0, bytes = 0, counts = {}, traffic = span.new(), found = {},
      channels = {}, fields = {},
   }
   for _, name in ipairs { "talkers", "targets", "apps", "ports", "asked", "failed", "sites" } do
      self[name] = tally.new()
   end
   return setmetatable(self, overview)
end

-- ---- what extensions gave to flows -------------------------------------------------------------

local function place(one) return one.dest_name or one.dest_ip end

-- Keeps the flows that have most of a field.
local function keep_best(list, value, flow)
   if #list == BEST and list[BEST].value >= value then return end
   local at = #list + 1
   while at > 1 and list[at - 1].value < value do at = at - 1 end
   table.insert(list, at, {
      value = value, start = flow.start, src_ip = flow.src_ip, target = place(flow),
      port = flow.dest_port,
   })
   list[BEST + 1] = nil
end

local function add_given(self, name, kind, value, flow)
   if value == nil then return end
   local one = self.found[name]
   if not one then
      if #self.fields >= FIELDS then return end
      one = { name = name, kind = kind, count = 0, best = {}, by_value = tally.new(1000) }
      self.found[name], self.fields[#self.fields + 1] = one, one
   end
   one.count = one.count + 1
   if type(value) == "number" then
      if value == value then keep_best(one.best, value, flow) end
   else
      one.by_value:add(type(value) == "table" and table.concat(value, ", ") or tostring(value), 1)
   end
end

-- What was given to a flow: that of the cells of a record, in a plain row what is no field.
local function add_all_given(self, flow)
   if row.is_record(flow) then
      for _, field in ipairs(cells.about(flow).fields or {}) do
         add_given(self, field.name, field.gives, (cells.read(flow, field.name)), flow)
      end
      return
   end
   local names = schema.of "flow".names
   for name, value in pairs(flow) do
      if not names[name] and name ~= "row_id" and name ~= "time" then
         add_given(self, name, type(value), value, flow)
      end
   end
end

-- ---- rows of the core --------------------------------------------------------------------------

local kinds = {}

function kinds.flow(self, flow)
   local out, back = flow.bytes_toserver or 0, flow.bytes_toclient or 0
   local start, stop = flow.start, flow["end"]
   self.flows, self.bytes = self.flows + 1, self.bytes + out + back
   self.packets = self.packets + (flow.pkts_toserver or 0) + (flow.pkts_toclient or 0)
   self.first = start and math.min(self.first or start, start) or self.first
   self.last = stop and math.max(self.last or stop, stop) or self.last
   self.traffic:add(start, stop, out + back)
   local one = self.talkers:add(flow.src_ip, out + back)
   if one then one.out, one.back = (one.out or 0) + out, (one.back or 0) + back end
   one = self.targets:add(place(flow), out + back)
   if one then one.ip = flow.dest_ip end
   self.apps:add(flow.app or flow.app_proto or flow.proto, out + back)
   local port = flow.dest_port
   if port and port ~= 0 then
      self.ports:add(("%s %d"):format(flow.proto or "?", port), out + back)
   end
   add_all_given(self, flow)
end

function kinds.dns(self, dns)
   local question = dns.queries and dns.queries[1]
   local name = question and question.rrname
   if not name then return end
   if dns.type == "request" then self.asked:add(name, 1) end
   if dns.type == "response" and dns.rcode and dns.rcode ~= "NOERROR" then
      local one = self.failed:add(name, 1)
      one.rcode = dns.rcode
   end
end

function kinds.tls(self, tls) self.sites:add(tls.sni, 1) end
function kinds.quic(self, quic) self.sites:add(quic.sni, 1) end
function kinds.http(self, http) self.sites:add(http.hostname, 1) end

-- ---- rows of other channels --------------------------------------------------------------------

local FIRST = { "time", "start", "src_ip", "dest_ip", "dest_name", "dest_port", "app" }
local LEFT_OUT = { row_id = true, flow_id = true, event_type = true }

-- The columns that rows such as this one are shown in.
local function columns_of(one)
   local list, known = {}, {}
   for _, name in ipairs(FIRST) do
      if one[name] ~= nil then list[#list + 1], known[name] = name, true end
   end
   local more = {}
   for name in pairs(one) do
      if not known[name] and not LEFT_OUT[name] then more[#more + 1] = tostring(name) end
   end
   table.sort(more)
   for _, name in ipairs(more) do list[#list + 1] = #list < COLUMNS and name or nil end
   return list
end

local function add_row(self, name, one)
   local channel = self.channels[name]
   if not channel then
      if #self.channels >= CHANNELS then return end
      channel = { name = name, count = 0, columns = columns_of(one), rows = {} }
      self.channels[name], self.channels[#self.channels + 1] = channel, channel
   end
   channel.count = channel.count + 1
   if #channel.rows == ROWS then return end
   local kept = {}
   for i, column in ipairs(channel.columns) do kept[i] = one[column] end
   channel.rows[#channel.rows + 1] = kept
end

-- Adds a row of a channel.
function overview:add(channel, one)
   self.counts[channel] = (self.counts[channel] or 0) + 1
   if kinds[channel] then return kinds[channel](self, one) end
   if not schema.is_kind(channel) then add_row(self, channel, one) end
end

return overview
