-- Weir's decoder against tshark's, packet by packet and field by field.
--
--    build/weir lua tests/peers/tshark.lua [--show N] [--least FRACTION] CAPTURE|FOLDER…
--
-- Prints for each field how many packets have it in both, how many of these agree, and how many
-- have it in one of them alone; then what was left out, and why.  --show prints the first N
-- differences of each field.  Exit 1 when less than FRACTION (0.9999) of any field agrees.

local design    = require "tshark_design"
local dissector = require "dissector"
local weir      = require "weir"

local command = dissector.asked(arg, 0.9999)

-- ---- what tshark says -------------------------------------------------------------------

-- The fields to ask for, each once.
local names, asked, is_asked = { "size", "kept", "time", "vlan" }, {}, {}

local function ask(field)
   if is_asked[field] then return end
   asked[#asked + 1] = field
   is_asked[field] = true
end

ask "frame.protocols"
for _, field in ipairs(design.judgements) do ask(field) end
for _, field in pairs(design.frames) do ask(field) end
for _, field in pairs(design.tags) do ask(field) end
for _, group in ipairs { design.links, design.inner } do
   for _, row in ipairs(group) do
      names[#names + 1] = row[1]
      for layer, field in pairs(row) do
         if layer ~= 1 then ask(field) end
      end
   end
end

-- A block without encapsulation is no packet.
local HOW = {
   filter = "frame.encap_type",
   options = "-o tcp.desegment_tcp_streams:FALSE -o ipv6.exthdr_under_root_protocol_tree:TRUE" ..
      " -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE",
}

-- A number when it is one, in whatever base.
local function plain(s)
   if not s or s == "" then return nil end
   return (s:find "^0x%x+$" or s:find "^%d+$") and tonumber(s) or s
end

-- The layers up to where Weir stops, and which of them is the innermost network layer.
local function layers_of(stack)
   local layers, network = {}, nil
   for _, layer in ipairs(dissector.split(stack, ":")) do
      layers[#layers + 1] = layer
      if design.networks[layer] then network = #layers end
      if design.stops[layer] then break end
   end
   return layers, network
end

-- The value that `field` has in layer number `i`: tshark tells those of all layers in a row.
local function value_of(cells, layers, i, field)
   local nth = 0
   for k = 1, i do nth = nth + (layers[k] == layers[i] and 1 or 0) end
   return plain(dissector.split(cells[field], "|")[nth])
end

local function last(cells, layers, row, from, to)
   for i = to, from, -1 do
      if row[layers[i]] then return value_of(cells, layers, i, row[layers[i]]) end
   end
end

local function vlans(cells, layers, to)
   local found = {}
   for i = 1, to do
      local tag = design.tags[layers[i]]
      if tag then found[#found + 1] = value_of(cells, layers, i, tag) end
   end
   return found[1] and table.concat(found, ",")
end

-- What tshark says of a packet as a table by the names of Weir's fields.
local function said_in(cells)
   local layers, network = layers_of(cells["frame.protocols"])
   local said = { layers = layers, vlan = vlans(cells, layers, network or #layers) }
   for _, field in ipairs(design.judgements) do said[field] = plain(cells[field]) end
   for name, field in pairs(design.frames) do said[name] = plain(cells[field]) end
   for _, row in ipairs(design.links) do
      said[row[1]] = last(cells, layers, row, 1, network or #layers)
   end
   for _, row in ipairs(network and design.inner or {}) do
      said[row[1]] = last(cells, layers, row, network, #layers)
   end
   for _, name in ipairs { "ip_checksum", "checksum" } do
      if said[name] and said[name] > 1 then said[name] = nil end        -- not checked
   end
   return said
end

-- ---- comparing --------------------------------------------------------------------------

local counts, broken = {}, false
for _, name in ipairs(names) do
   counts[name] = { both = 0, agree = 0, tshark = 0, weir = 0, shown = 0 }
end

local function is_excused(packet, said, name)
   for _, row in ipairs(design.excused) do
      if (" " .. row[2] .. " "):find(" " .. name .. " ", 1, true) and row[3](packet, said) then
         row.count = (row.count or 0) + 1
         return true
      end
   end
end

local function tell(path, packet, said, name, mine)
   local count = counts[name]
   count.shown = count.shown + 1
   if count.shown > command.show then return end
   print(("%s %d: %s: tshark %s, weir %s (%s)"):format(path, packet.ordinal, name,
      tostring(said[name]), tostring(mine), table.concat(said.layers, ":")))
end

local function compare(path, packet, said)
   for _, name in ipairs(names) do
      local mine = (design.ours[name] or design.value)(packet, name)
      local count, same = counts[name], tostring(said[name]) == tostring(mine)
      if not same and not is_excused(packet, said, name) then
         local where = (mine == nil and "tshark") or (said[name] == nil and "weir") or "both"
         count[where] = count[where] + 1
         tell(path, packet, said, name, mine)
      elseif same and mine ~= nil then
         count.both, count.agree = count.both + 1, count.agree + 1
      end
   end
end

local function run(path)
   local capture = assert(weir.open(path, { checksums = true }))
   local tshark = dissector.packets(path, asked, HOW)
   for packet in capture:packets() do
      local cells = tshark()
      if not cells then
         print(("%s: tshark says nothing of packet %d"):format(path, packet.ordinal))
         broken = true
         break
      end
      compare(path, packet, said_in(cells))
   end
   if tshark() then print(path .. ": tshark has more packets") end
   capture:close()
end

-- ---- the whole --------------------------------------------------------------------------

for _, path in ipairs(command.paths) do run(path) end

local row = "%-16s %9s %9s %9s %12s %10s"
print(row:format("field", "both", "agree", "percent", "only tshark", "only weir"))
for _, name in ipairs(names) do
   local c = counts[name]
   local percent = c.both > 0 and ("%.3f"):format(100 * c.agree / c.both) or ""
   print(row:format(name, c.both, c.agree, percent, c.tshark, c.weir))
   broken = broken or c.agree < command.least * (c.both + c.tshark + c.weir)
end
for _, reason in ipairs(design.excused) do
   if reason.count then print(("left out %6d: %s"):format(reason.count, reason[1])) end
end
os.exit(broken and 1 or 0, true)
