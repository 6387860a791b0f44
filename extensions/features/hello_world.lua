-- The smallest extension there is: it says who spoke first, and to whom.

local weir = require "weir"

local hello_world = weir.feature {
   about = "source and destination of a flow",
   gives = { source = "text", destination = "text" },
}

function hello_world:finish(flow)
   return { source = flow.src_ip, destination = flow.dest_ip }
end

return hello_world
