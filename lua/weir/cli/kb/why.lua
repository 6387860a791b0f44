-- weir kb why: who says a fact, and which packets show it.

local ask    = require "weir.kb.ask"
local common = require "weir.cli.kb.common"
local json   = require "weir.json"
local kb     = require "weir.kb"
local report = require "weir.cli.report"
local text   = require "weir.text"
local trail  = require "weir.trail"
local why    = require "weir.kb.why"

local command = {
   name  = "kb why",
   about = "who says a fact, and which packets show it",
   usage = "weir kb why [OPTION…] FACT  (or FROM VERB TO)",
   examples = {
      { "weir kb why name:www.example.org", "who says so, of which records" },
      { "weir kb why device:02:00:5e:00:53:0a 'asked for' name:www.example.org",
        "the same of a relationship" },
      { "weir kb why name:www.example.org --pcap why.pcap", "and the packets, in a file" },
   },
}

command.options = {
   { nil, "pcap", value = "FILE", complete = "file",
     help = "write the packets that show it to FILE" },
   { nil, "from", value = "FILE", many = true, complete = "file",
     help = "a capture that is not where it was" },
   common.WORKSPACE, common.JSON, common.HELP,
}

local NAMED = 6                           -- offsets of a record that the text shows

local function say(line) report.page(text.safe(line) .. "\n") end

local function speaker(claim)
   if claim.person then return claim.extension end
   local version = claim.version ~= "" and "@" .. claim.version or ""
   local code = claim.code ~= "" and ("  code %s"):format(claim.code:sub(1, 12)) or ""
   return ("extension '%s%s'%s"):format(claim.extension, version, code)
end

-- A record: its kind, when, of which flow, and where its packets are.
local function line_of(proof)
   local parts = { proof.kind, (kb.utc(proof.time) or ""):sub(1, 26) }
   if proof.flow_id > 0 then parts[#parts + 1] = ("flow %.0f"):format(proof.flow_id) end
   if proof.ordinal > 0 then parts[#parts + 1] = ("packet %.0f"):format(proof.ordinal) end
   local offsets = {}
   for i, place in ipairs(proof.places) do
      if i > NAMED then break end
      offsets[i] = ("%.0f"):format(place.offset)
   end
   if #offsets > 0 then
      parts[#parts + 1] = ("%.0f packet%s at %s%s"):format(proof.packets,
         proof.packets == 1 and "" or "s", table.concat(offsets, " "),
         proof.packets > #offsets and " …" or "")
   end
   return table.concat(parts, "  ")
end

local function show_claim(claim)
   say(("  %s: %d time%s"):format(speaker(claim), claim.count, claim.count == 1 and "" or "s"))
   if claim.source ~= "" then
      say(("    of %s  %s"):format(claim.path or "?", claim.source:sub(1, 19)))
   end
   say(("    in run %s%s%s"):format(claim.run:sub(1, 12),
      claim.started and claim.started > 0 and ", " .. kb.utc(claim.started) or "",
      claim.command and ": " .. claim.command or ""))
   for _, proof in ipairs(claim.proofs) do say("      " .. line_of(proof)) end
   if claim.left_out > 0 then
      say(("      and %.0f more record%s in between"):format(claim.left_out,
         claim.left_out == 1 and "" or "s"))
   end
   if claim.damage then report.warning(claim.damage) end
end

local function record_of(claim)
   local proofs = {}
   for i, proof in ipairs(claim.proofs) do
      local offsets = {}
      for k, place in ipairs(proof.places) do offsets[k] = place.offset end
      proofs[i] = { kind = proof.kind, time = kb.utc(proof.time), flow_id = proof.flow_id,
         pcap_cnt = proof.ordinal > 0 and proof.ordinal or nil, packets = proof.packets,
         source = proof.source and proof.source.id, offsets = offsets }
   end
   return {
      { "extension", claim.extension }, { "version", claim.version }, { "code", claim.code },
      { "person", claim.person or nil }, { "run", claim.run }, { "command", claim.command },
      { "source", claim.source }, { "path", claim.path }, { "count", claim.count },
      { "first", kb.utc(claim.first) }, { "last", kb.utc(claim.last) },
      { "confidence", claim.confidence }, { "records", proofs }, { "left_out", claim.left_out },
   }
end

local function show(fact, claims, as_json)
   if as_json then
      report.page(json.record(kb.record(fact)) .. "\n")
      for _, claim in ipairs(claims) do report.page(json.record(record_of(claim)) .. "\n") end
      return
   end
   say(("%s  %s"):format(ask.name(fact), fact.id))
   if #claims == 0 then say "  nobody that is known: another tool wrote it" end
   for _, claim in ipairs(claims) do show_claim(claim) end
end

local function write_packets(claims, values)
   local done, reason = trail.write(claims, values.pcap, values.from)
   if not done then return common.fail(reason) end
   for _, missing in ipairs(done.missing) do report.warning(missing) end
   report.say(("%d packet%s in '%s'"):format(done.packets, done.packets == 1 and "" or "s",
      values.pcap))
   return #done.missing == 0 and report.exit.ok or report.exit.different
end

function command.run(argv)
   local values, rest = common.parse(command, argv)
   if not values then return rest end
   local base, code = common.open(values)
   if not base then return code end
   local fact
   fact, code = common.find(base, command, rest)
   local claims, reason
   if fact then claims, reason = why.claims(base, fact.id) end
   base:close()
   if not fact then return code end
   if not claims then return common.fail(reason) end
   if values.pcap ~= "-" then show(fact, claims, values.json) end
   return values.pcap and write_packets(claims, values) or report.exit.ok
end

return command
