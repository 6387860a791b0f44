-- ntp.log: a row for each message.

local convert = require "weir.profile.zeek.convert"

local MODES = {
   ["symmetric-active"] = 1, ["symmetric-passive"] = 2, client = 3, server = 4, broadcast = 5,
   control = 6, private = 7,
}

-- A field that is a power of two, in seconds.
local function power(name)
   return function (r) return r[name] and 2 ^ r[name] end
end

return convert.log({ path = "ntp", kinds = { "ntp" } }, convert.columns(), {
   { "version", "count", "version" }, { "mode", "count", function (r) return MODES[r.mode] end },
   { "stratum", "count", "stratum" }, { "poll", "interval", power "poll" },
   { "precision", "interval", power "precision" }, { "root_delay", "interval", "root_delay" },
   { "root_disp", "interval", "root_dispersion" }, { "ref_id", "string", "reference_id" },
   { "ref_time", "time", "reference_time" }, { "org_time", "time", "originate_time" },
   { "rec_time", "time", "receive_time" }, { "xmt_time", "time", "transmit_time" },
   { "num_exts", "count" },
})
