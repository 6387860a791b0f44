-- SSH: the fields of Weir and tshark.  Weir has one record for a connection, tshark a field in
-- each packet; so those of a connection are compared, told apart by its ends.

local function side(name)
   return function (record, add)
      add(record["client_" .. name])
      add(record["server_" .. name])
   end
end

local function key(from, from_port, to, to_port)
   local ends = { from .. " " .. from_port, to .. " " .. to_port }
   table.sort(ends)
   return table.concat(ends, " ")
end

-- The innermost address of a packet.
local function last(message, name)
   local list = message["ip." .. name]
   if #list == 0 then list = message["ipv6." .. name] end
   return list[#list]
end

return {
   kinds = { "ssh" }, records = "ssh", filter = "ssh",
   also = { "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport" },
   by = function (message)
      return key(last(message, "src"), message["tcp.srcport"][1], last(message, "dst"),
         message["tcp.dstport"][1])
   end,
   key = function (record)
      return key(record.src_ip, record.src_port, record.dest_ip, record.dest_port)
   end,
   fields = {
      { name = "banners", tshark = "ssh.protocol", is_set = true,
        ours = function (record, add)
           for _, end_of in ipairs { "client", "server" } do
              local version = record[end_of .. "_proto_version"]
              local comments = record[end_of .. "_comments"]
              if version then
                 add(("SSH-%s-%s%s"):format(version, record[end_of .. "_software_version"] or "",
                    comments and " " .. comments or ""))
              end
           end
        end },
      { name = "hassh", tshark = "ssh.kex.hassh",
        ours = function (record, add) add(record.client_hassh) end },
      { name = "hassh server", tshark = "ssh.kex.hasshserver",
        ours = function (record, add) add(record.server_hassh) end },
      { name = "hassh string", tshark = "ssh.kex.hassh_algorithms",
        ours = function (record, add) add(record.client_hassh_string) end },
      { name = "host keys", tshark = "ssh.server_host_key_algorithms", is_set = true,
        ours = side "host_keys" },
   },
   excused = {
      { why = "tshark does not put the server's segments in order, or has lines before its banner",
        when = function (_, mine, path) return mine and path:find "samples/ssh%.pcap$" end },
   },
}
