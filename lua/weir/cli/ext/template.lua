-- What new extensions and projects begin with.  In each text $NAME$ is the extension's name, $ID$
-- the same as a word of Lua, $PATH$ where it is, $PROJECT$ the project's name.

local template = {}

template.feature = [[
-- $NAME$: the longest silence of a flow.  Change it into what you want to know of flows.
--
-- A feature sees each flow begin, its packets, and its end, and adds fields to the flow.

local weir = require "weir"

local $ID$ = weir.feature {
   about   = "the longest silence of a flow, in seconds",      -- shown by 'weir ext list'
   version = "0.1",

   -- Fields it gives, and what they are: number, probability, label, text, address, flag or list.
   gives = { $ID$ = "number" },

   -- Fields it reads of flows; those of other extensions are made before.
   -- wants = { "bidirectional_mean_ps", "burstiness" },

   -- Read as self.options.least; --set $NAME$.least=0.5 changes it.
   options = { least = 0 },
}

-- A flow begins.  `self` is this flow's own table until it ends.  (Return false to leave the flow
-- alone: then nothing else is called for it.)
function $ID$:begin(flow)
   self.longest = 0
end

-- A packet of the flow: packet.gap is the seconds since the one before, packet.reverse is 1 when
-- it goes to who began the flow.  (Return false to end the flow here.)
--
-- Also to be had: new_flow(packet) with the first packet alone; and for each packet of a kind, with
-- a boolean `reverse`: ip4, ip6, icmp4, icmp6, tcp, udp, l4.  What is not there costs nothing.
function $ID$:packet(packet)
   if packet.gap > self.longest then self.longest = packet.gap end
end

-- The flow has ended: return what `gives` names, or nothing.  'weir read --list-fields' names what
-- can be asked of flows and packets.
function $ID$:finish(flow)
   if self.longest < self.options.least then return end
   return { $ID$ = self.longest }
end

return $ID$
]]

template.extractor = [[
-- $NAME$: who talks to whom.  Change it into what you want to know.
--
-- An extractor reads records, and tells what it learns to the knowledge base: things, and how they
-- are related.

local weir = require "weir"

local $ID$ = weir.extractor {
   about   = "who talks to whom, and over what",               -- shown by 'weir ext list'
   version = "0.1",

   -- The records it is shown: flow, packet, begin or second.
   on = "flow",
$WANTS$
   -- Read as self.options.packets; --set $NAME$.packets=3 changes it.
   options = { packets = 1 },
}

-- Before the first record.  `self` is there for the whole run.  stop() comes behind the last one.
function $ID$:start()
   self.seen = self.seen or 0              -- kept when the file changes and is loaded again
end

-- A flow has ended.  What is told again is counted, not doubled.
function $ID$:extract(flow, kb)
   if flow.pkts_toserver < self.options.packets then return end
   self.seen = self.seen + 1
   local device = kb:entity("device", flow.src_ip)
   local server = kb:entity("address", flow.dest_ip, { proto = flow.proto })
   kb:relate(device, "talks to", server)
$MORE$end

return $ID$
]]

-- What the extractor of a project does with the field of its feature.
template.wants = [[

   -- Fields it reads of flows that another extension gives: that one runs before.
   wants = { "$FIELD$" },
]]
template.more = [[
   if (flow.$FIELD$ or 0) > 1 then kb:relate(device, "waits for", server) end
]]

template.readme = [[
# $NAME$

An extension for Weir ($KIND$).

| | |
|---|---|
| `init.lua` | the extension |
| `sample.pcap` | a capture to try it on: put your own beside it |
| `sample.jsonl` | the records it should make of it |

```sh
weir ext check $PATH$             # what is wrong before it sees a packet
weir test $PATH$                  # does it make what is expected?
weir test --explain $PATH$        # how often was each function called, and why not
weir test --update $PATH$         # what it makes now is right
weir ext profile $PATH$           # what it costs
weir read -r x.pcap --ext $EXT$$FACTS$
```
]]

template.project = [[
# $PROJECT$

Extensions for Weir.

| | |
|---|---|
| `extensions/silence/` | a feature: gives each flow its longest silence |
| `extensions/talkers/` | an extractor: who talks to whom, and who waits for whom |
| `samples/hello.pcap` | a capture to play with |

```sh
weir test                                               # all of them, over their samples
weir read -r samples/hello.pcap --ext silence           # flows with one field more
weir read -r samples/hello.pcap --ext silence --ext talkers --facts
weir ext new feature NAME                               # the next one, in extensions/NAME
```

`weir ext --help` lists what else there is for authors.
]]

template.ignore = [[
# what editors and systems leave behind
*~
*.swp
.DS_Store
]]

-- What tells editors with LuaLS where the stubs are.
template.luarc = [[
{
   "runtime.version": "LuaJIT",
   "workspace.library": ["$STUBS$/library"],
   "workspace.checkThirdParty": false
}
]]

-- A text with these parts in it; those that are not given are empty.
function template.fill(text, parts)
   local function fill(name) return parts[name] or "" end
   return (text:gsub("%$([A-Z]+)%$", fill):gsub("%$([A-Z]+)%$", fill))
end

return template
