-- Makes probabilities of a model's sums.
--
--    link.apply("softmax", sums, count, width)

local abi = require "weir.abi"

local C = abi.C
local link = {}

local AS = {
   logistic = C.WEIR_LINK_LOGISTIC, softmax = C.WEIR_LINK_SOFTMAX, each = C.WEIR_LINK_EACH,
   alone = C.WEIR_LINK_ALONE,
}

function link.is(name) return AS[name] ~= nil end

-- In place, of `count` rows of `width` sums.  `single`: as in single precision.
function link.apply(name, sums, count, width, single)
   C.weir_link_apply(sums, count, width, AS[name], single and 1 or 0)
end

return link
