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

template.inference = [[
-- $NAME$: does a flow say more than it is told?  Change it into what you want to infer.
--
-- An inference sees many flows at once, as columns: what it wants of them, and what it gives.

local weir = require "weir"

local $ID$ = weir.inference {
   about   = "how much of a flow goes to the server",          -- shown by 'weir ext list'
   version = "0.1",

   -- Fields it reads of flows, of the core's or of other extensions, which are made before.
   wants = { "bytes_toserver", "bytes_toclient" },

   -- Fields it gives, and what they are: number, probability, label, text, address, flag or list.
   -- With publish = { "CHANNEL" } they are rows of that channel instead; subscribe = { "CHANNEL" }
   -- reads rows of another one.
   gives = { $ID$ = "probability" },

   -- Read as self.options.least; --set $NAME$.least=100 changes it.
   options = { least = 0 },
}

-- batch.n flows: batch.bytes_toserver[i] is what flow i has, or nil; out.$ID$[i] what it gets.
-- Also to be had: start() before the first flow and stop() behind the last one.
function $ID$:infer(batch, out)
   for i = 1, batch.n do
      local all = batch.bytes_toserver[i] + batch.bytes_toclient[i]
      if all > self.options.least then out.$ID$[i] = batch.bytes_toserver[i] / all end
   end
end

return $ID$
]]

template.reporting = [[
-- $NAME$: a line for each flow that carried much.  Change it into what you want to be told.
--
-- A reporting extension sees rows and writes them where it likes.

local weir = require "weir"
local file = require "weir.report.file"

local $ID$ = weir.reporting {
   about   = "a line for each flow that carried much",         -- shown by 'weir ext list'
   version = "0.1",

   -- The records it is shown; subscribe = { "CHANNEL" } names channels of other extensions.
   on = "flow",

   -- Read as self.options.file; --set $NAME$.file=x.txt changes it.  'weir ext test' sets it, too.
   options = { file = "$NAME$.txt", least = 100 },

   needs = { "write:." },
}

-- Before the first row.  `self` is there for the whole run.
function $ID$:start() self.out = file.open(self) end

-- A row: of the core a record, whose fields 'weir read --list-fields' names; of other channels a
-- table.  (rows(rows) instead gets an array of them.)
function $ID$:row(row)
   if row.bytes_toserver + row.bytes_toclient < self.options.least then return end
   self.out:write(("%s > %s: %d bytes\n"):format(row.src_ip, row.dest_ip,
      row.bytes_toserver + row.bytes_toclient))
end

-- About once a second, and at the end: make safe what came so far.  Also to be had: tick(now).
function $ID$:flush() self.out:flush() end

-- Behind the last row.
function $ID$:stop() self.out:close() end

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
| `weir.yaml` | a pipeline: these two, and three that come with Weir and hand rows on |
| `samples/hello.pcap` | a capture to play with |

```sh
weir test                                               # all of them, over their samples
weir ext graph weir.yaml                                # who hands what to whom in the pipeline
weir run                                                # the pipeline; then see weir kb show
weir read -r samples/hello.pcap --ext silence           # flows with one field more
weir read -r samples/hello.pcap --ext silence --ext talkers --facts
weir ext new feature NAME                               # the next one, in extensions/NAME
```

`weir ext --help` lists what else there is for authors.
]]

template.pipeline = [[
# What is read, which extensions see it, and what goes from one to the next.

inputs: { files: samples/hello.pcap }

extensions:
  - { id: silence, source: extensions/silence }
  - { id: talkers, source: extensions/talkers }

  # Who speaks to whom, what a reputation service knows of them (none is asked without an option
  # 'url'), and a line for each.
  - id: hello
    source: hello_world
    channels: { publish: hellos }
  - id: lookup
    source: lookup
    channels: { subscribe: hellos, publish: verdicts }
  - id: log
    source: text_log
    channels: { subscribe: verdicts }
    options: { file: verdicts.log }
]]

template.ignore = [[
# what runs leave behind
weir-data/
*.log

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
