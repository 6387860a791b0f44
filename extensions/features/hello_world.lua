-- The smallest extension there is: it says who spoke first, and to whom.

local weir = require "weir"

local hello_world = weir.feature {
   about = "source and destination of a flow",
   gives = { source = "address", destination = "address" },
}

function hello_world:finish(flow)
   return { source = flow.src_addr, destination = flow.dest_addr }
end

return hello_world
