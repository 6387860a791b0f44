-- Names of destinations against what nDPI recorded: a host that a flow itself says it wants.
--    WEIR_CORPUS=DIR weir lua tests/peers/names.lua [-v]
-- One line for each way in which we learnt a name; exit code 1 when less than BARS are the same.

package.path = "tests/peers/?.lua;" .. package.path

local recorded = require "flows_recorded"
local weir     = require "weir"

-- What of those that we named has to be the same.  DNS says what the client asked for, which need
-- not be what it then wants of a server with many names.
local BARS = { sni = 0.99, quic = 0.99, http = 0.97, dns = 0.7, mdns = 0, ptr = 0 }

local CARRIERS = { ["7"] = true, ["91"] = true, ["188"] = true, ["30"] = true }
local CUT = 79                            -- bytes after which nDPI cuts names

-- The name that nDPI has for a flow of HTTP, TLS, DTLS or QUIC; nil where it is none of a host.
local function wanted(flow)
   local first = flow.protocols and flow.protocols:match "^%d+"
   local name = CARRIERS[first] and flow.hostname and flow.hostname:lower():gsub("%.$", "")
   if name and name:find "^[%w_.-]+$" and not name:find "^[%d.]+$" then return name end
end

local function is_same(ours, theirs)
   return ours == theirs or #theirs >= CUT and ours:sub(1, #theirs) == theirs
end

-- Our names by key: { name, by }; of several records the first that has one.
local function measured(path)
   local found = {}
   local capture = weir.open(path, { flows = true, names = true, packets = false })
   for batch in capture:batches() do
      for i = 0, batch.flow_count - 1 do
         local f = batch.flows[i]
         if f.dest_name and f.src_ip and (f.protocol == 6 or f.protocol == 17) then
            local key = recorded.key(f.proto, recorded.final(f.src_ip, f.src_port),
               recorded.final(f.dest_ip, f.dest_port))
            found[key] = found[key] or { f.dest_name, f.dest_name_by }
         end
      end
   end
   return found
end

local corpus, is_verbose = os.getenv "WEIR_CORPUS", arg and arg[1] == "-v"
local sums, all, missed = {}, 0, 0

local function compare(capture, key, theirs, ours)
   all = all + 1
   if not ours then
      missed = missed + 1
      return
   end
   local sum = sums[ours[2]] or { same = 0, all = 0 }
   sums[ours[2]] = sum
   sum.all = sum.all + 1
   if is_same(ours[1], theirs) then
      sum.same = sum.same + 1
   elseif is_verbose then
      print(("%s %s: %s by %s, nDPI has %s"):format(capture, key, ours[1], ours[2], theirs))
   end
end

for capture, path, flows in recorded.ndpi(corpus) do
   local ours
   for key, flow in pairs(flows) do
      local theirs = wanted(flow)
      if theirs then
         ours = ours or measured(path)
         compare(capture, key, theirs, ours[key])
      end
   end
end

local code = 0
print(("%d flows with a host's name, %d of them without one here"):format(all, missed))
for by, bar in pairs(BARS) do
   local sum = sums[by]
   if sum then
      local share = sum.same / sum.all
      print(("%-5s %d of %d the same, %.3f"):format(by, sum.same, sum.all, share))
      if share < bar then code = 1 end
   end
end
os.exit(code, true)
