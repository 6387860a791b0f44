-- The facts of a flow's IP and TCP headers, on request; core/flow/tcp.c defines what they count.
-- The names of their parts begin with WEIR_FACTS_.

local facts = {
   kind = "facts", struct = "weir_facts", records = "facts", has = "has", parts = "WEIR_FACTS_",
   hidden = { has = true, unused = true },
}

local function add(name, part, doc, as, span)
   facts[#facts + 1] = { name = name, needs = part and { part }, doc = doc, as = as, span = span }
end

-- A fact of each direction.
local function add_both(name, part, doc, as)
   add(name .. "_ts", part and part .. "_TS", doc .. ", from the source", as)
   add(name .. "_tc", part and part .. "_TC", doc .. ", to the source", as)
end

add_both("min_ttl", "TTL", "smallest time to live, or hop limit")
add_both("max_ttl", "TTL", "largest time to live, or hop limit")
add_both("payload_bytes", nil, "bytes that the transport carries")
add_both("ip_bytes", nil, "bytes of IP packets, headers and all")
add_both("entropy", "ENTROPY", "bits a byte, of the first 256 bytes of payload", "number")
add("rtt_server", "RTT_SERVER", "seconds from SYN to SYN+ACK", "number", true)
add("rtt_client", "RTT_CLIENT", "seconds from SYN+ACK to ACK", "number", true)
add_both("mss", "MSS", "maximum segment size that SYN names")
add_both("window_scale", "SCALE", "window scale that SYN names, a power of two")
add_both("min_window", "WINDOW", "smallest TCP window, not scaled")
add_both("max_window", "WINDOW", "largest TCP window, not scaled")
add_both("zero_windows", "TCP", "packets with window 0")
add_both("retransmissions", "TCP", "packets whose payload was seen before")
add_both("out_of_order", "TCP", "packets whose payload came late")
add_both("duplicate_acks", "TCP", "acknowledgements that say nothing new")

return facts
