-- Messages of NTP: which clock a machine asks, and how good that is.

local said = require "weir.schema.said"

local MODES = {
   "symmetric-active", "symmetric-passive", "client", "server", "broadcast", "control", "private",
}

local CLOCK = { "NTP_CLOCK" }

return said {
   kind = "ntp", records = "ntp",
   about = {
      "NTPv{version} {mode}", " {opcode}",
      { ", stratum {stratum} by {reference_id}", ", stratum {stratum}", ", {reference_id}" },
   },

   { name = "version", doc = "of the protocol", aliases = { "ntp.flags.vn" } },
   { name = "mode", as = "name8", names = MODES, doc = "who speaks to whom",
     aliases = { "ntp.flags.mode" } },
   { name = "opcode", needs = { "NTP_OPCODE" }, doc = "of modes control and private" },
   { name = "leap", needs = CLOCK,
     doc = "1 or 2 when a second is to be added or left out, 3: no time",
     aliases = { "ntp.flags.li" } },
   { name = "stratum", needs = CLOCK, doc = "how far it is from a clock that others follow",
     aliases = { "ntp.stratum" } },
   { name = "poll", as = "s32", needs = CLOCK,
     doc = "seconds between questions, as a power of two", aliases = { "ntp.ppoll" } },
   { name = "precision", as = "s32", needs = CLOCK,
     doc = "of the clock in seconds, as a power of two", aliases = { "ntp.precision" } },
   { name = "root_delay", as = "number", needs = CLOCK,
     doc = "seconds to the first clock and back", aliases = { "ntp.rootdelay" } },
   { name = "root_dispersion", as = "number", needs = CLOCK,
     doc = "seconds that it may be wrong", aliases = { "root_disp", "ntp.rootdispersion" } },
   { name = "reference_id", needs = CLOCK, skip_zero = true,
     doc = "what it follows: the name of a clock, or an address",
     aliases = { "ref_id", "ntp.refid" } },
   { name = "reference_time", member = "reference_ns", as = "time", needs = { "NTP_REFERENCE" },
     doc = "when the clock was last set", aliases = { "ref_time", "ntp.reftime" } },
   { name = "originate_time", member = "originate_ns", as = "time", needs = { "NTP_ORIGINATE" },
     doc = "when the question was sent", aliases = { "org_time", "ntp.org" } },
   { name = "receive_time", member = "receive_ns", as = "time", needs = { "NTP_RECEIVE" },
     doc = "when it came", aliases = { "rec_time", "ntp.rec" } },
   { name = "transmit_time", member = "transmit_ns", as = "time", needs = { "NTP_TRANSMIT" },
     doc = "when this was sent", aliases = { "xmt_time", "ntp.xmt" } },

   hidden = { unused = true },
}
