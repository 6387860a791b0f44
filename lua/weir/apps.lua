-- What a flow is for: by what is spoken in it, by the name of its destination, by its port.
--
--    apps.add { "Example", names = { "example.org" }, ports = { "tcp/7777" } }
--    print(apps.of("www.example.org", nil, 6, 443))        -- "Example", "name"
--
-- A name stands for itself and for all below it; the longest that fits counts.  What is spoken
-- counts first where it says what the flow is for (DNS, SSH), and behind the name where it only
-- carries something (TLS, HTTP).  Rules that are added later count before those here.

local names = require "weir.schema.names"

local apps = {
   names = {},                            -- by number, from 1; numbers stand in records
   by    = { "parser", "name", "port" },  -- enum weir_app_by
}

local PARSER, NAME, PORT = 1, 2, 3
local MOST = 65535                        -- apps
local LONGEST = 48                        -- bytes of what one is called
local KNOWN = 16384                       -- names that are remembered with what they are for

-- What is spoken that only carries something else.
local carriers = { tls = true, dtls = true, quic = true, http = true, http2 = true }

-- What is spoken, where it is not called by its capitals.
local called = { mdns = "mDNS", http2 = "HTTP/2", websocket = "WebSocket" }

local numbers, suffixes, ports = {}, {}, {}
local known, known_count = {}, 0          -- numbers by the whole name; 0: no rule fits

local function number_of(app)
   if not numbers[app] then
      assert(#apps.names < MOST, "there are too many apps")
      apps.names[#apps.names + 1] = app
      numbers[app] = #apps.names
   end
   return numbers[app]
end

local TRANSPORTS = { tcp = 6, udp = 17 }

-- Adds a rule: what it is called, and any of `names` and `ports` ("tcp/22").
function apps.add(rule)
   local app = rule[1]
   if type(app) ~= "string" or #app > LONGEST or not app:find "^[%w][%w /.+()_-]*$" then
      error("an app is called by letters, digits, blanks and a few signs: " .. tostring(app), 2)
   end
   local number = number_of(app)
   for _, name in ipairs(rule.names or {}) do suffixes[name:lower()] = number end
   for _, text in ipairs(rule.ports or {}) do
      local transport, port = text:match "^(%l+)/(%d+)$"
      if not TRANSPORTS[transport] then error(("'%s' is no port: tcp/22"):format(text), 2) end
      ports[TRANSPORTS[transport] * 65536 + tonumber(port)] = number
   end
   known, known_count = {}, 0
end

for _, rule in ipairs(require "weir.schema.apps") do apps.add(rule) end

local function look_up(name)
   local rest = name
   while rest do
      if suffixes[rest] then return suffixes[rest] end
      rest = rest:match "^[^.]*%.(.+)$"
   end
   return 0
end

-- The number of the rule for a name; 0 when there is none.
local function by_name(name)
   local number = known[name]
   if not number then
      if known_count >= KNOWN then known, known_count = {}, 0 end
      number = look_up(name)
      known[name], known_count = number, known_count + 1
   end
   return number
end

local spoken = {}                         -- numbers by label

local function by_label(label)
   local number = spoken[label]
   if not number then
      number = number_of(called[label] or label:upper())
      spoken[label] = number
   end
   return number
end

for _, label in ipairs(names.apps) do by_label(label) end     -- plans are made of these names

-- What a flow is for, as a number, and by what that is known; 0 and 0 when nobody knows.  `label`
-- is what is spoken (flow.app_proto), `protocol` and `port` are those of the destination.
function apps.number(name, label, protocol, port)
   if label and not carriers[label] then return by_label(label), PARSER end
   local number = name and by_name(name) or 0
   if number ~= 0 then return number, NAME end
   if label then return by_label(label), PARSER end
   number = ports[protocol * 65536 + port]
   if number then return number, PORT end
   return 0, 0
end

-- The same by its name, and "parser", "name" or "port".
function apps.of(name, label, protocol, port)
   local number, by = apps.number(name, label, protocol, port)
   return apps.names[number], apps.by[by]
end

-- Of a flow's record.
function apps.of_flow(f)
   return apps.number(f.dest_name, names.apps[f.label], f.protocol, f.dest_port)
end

return apps
