-- weir read as its users meet it: formats, exit codes, words.

local cjson = require "cjson"
local try   = require "try"

describe("weir read", function ()
   it("writes a JSON object a packet into a pipe", function ()
      local out, err, code = try.weir "read -r samples/web.pcap --only packet"
      assert.equal(0, code)
      local list = try.lines(out)
      assert.equal(16, #list)
      local third = cjson.decode(list[3])
      assert.equal("192.0.2.10", third.src_ip)
      assert.equal("UDP", third.proto)
      assert.equal(75, third.packet.size)
      assert.truthy(err:find "^16 packets, 1.35 kB over 15 ms; read in ")
   end)

   it("writes chosen fields, with header, separator and quotes as asked", function ()
      local function first(options)
         return (try.weir("read -r samples/web.pcap -c 1 -q " .. options))
      end
      assert.equal("192.0.2.10\t42\n", first "-T fields -e src_ip -e size")
      assert.equal("src_ip,size\n192.0.2.10,42\n", first "-T csv -e ip.src -e frame.len")
      assert.equal("src_ip;size\n192.0.2.10;42\n",
         first "-T fields -E 'header=y,separator=;' -e src_ip -e size")
   end)

   it("quotes what CSV needs quoted", function ()
      local out = try.weir "read -r samples/vlan.pcap -T csv -e vlan -e size -q"
      assert.truthy(out:find '"%d+,%d+",%d+\n')
   end)

   it("shows a table of a header, and a row a packet", function ()
      local out = try.weir "read -r samples/tunnels.pcap -T table --only packet -q"
      assert.truthy(try.lines(out)[1]:find "^no +time +from +to +proto +size +about")
      assert.equal(15, #try.lines(out))
   end)

   it("says of checksums whether they are right, when asked", function ()
      local command = "read -r samples/bad-checksums.pcap -q -T fields -e ip_checksum -e checksum"
      local out = try.weir(command .. " -k all")
      assert.same({ "right\tright", "wrong\tright", "right\twrong", "right\t" },
         { unpack(try.lines(out), 1, 4) })
      assert.equal(("\t\n"):rep(8), (try.weir(command)))
   end)

   it("names the field that was probably meant, exit 2", function ()
      local _, err, code = try.weir "read -r samples/web.pcap -T fields -e src_pi"
      assert.equal(2, code)
      assert.truthy(err:find "did you mean 'src_ip'")
   end)

   it("refuses options that make no sense, exit 2", function ()
      for arguments, reason in pairs {
         ["reed"]                  = "did you mean 'read'",
         ["read"]                  = "nothing to read",
         ["read -r a -i b"]        = "not both",
         ["read -c x -r x"]        = "needs a number",
         ["read --tyep json -r x"] = "unknown option '%-%-tyep': did you mean '%-%-type'",
         ["read -r samples/web.pcap -T fields"]       = "name them with %-e",
         ["read -r samples/web.pcap nonsense filter"] = "filter 'nonsense filter'",
         ["read -r samples/web.pcap --only flaw"]     = "did you mean 'flow'",
         ["read -r x --sort size"]                    = "takes start, %-start, bytes",
         ["read -r x --seconds -T csv"]               = "one kind of record",
         ["read -r x --only packet,flow -T tsv"]      = "one kind of record",
         ["read -r x -s 5000000000"]                  = "'%-%-snaplen' takes 4294967295 at most",
         ["read -r x -B 2G"]                          = "'%-%-buffer%-size' takes 2147483647 at",
         ["read -r x --idle 0"]                       = "'%-%-idle' takes more than 0",
         ["read -r x --active -1"]                    = "'%-%-active' takes more than 0",
         ["read -r x --max-flows 0"]                  = "'%-%-max%-flows' takes more than 0",
         ["read -r x --flow-end fin"]                 = "takes tcp or nfstream",
      } do
         local _, err, code = try.weir(arguments)
         assert.equal(2, code, arguments)
         assert.truthy(err:find(reason), err)
      end
   end)

   it("says why a file cannot be read, exit 3", function ()
      for arguments, reason in pairs {
         ["-r /nonexistent"] = "No such file",
         ["-r README.md"]    = "is not a capture",
         ["-r docs"]         = "no captures in or below",
      } do
         local _, err, code = try.weir("read " .. arguments)
         assert.equal(3, code)
         assert.truthy(err:find(reason), err)
      end
   end)

   it("warns of a truncated file, exit 0; with --strict exit 3", function ()
      local out, err, code = try.weir "read -r samples/truncated.pcap --only packet"
      assert.equal(0, code)
      assert.equal(6, #try.lines(out))
      assert.truthy(err:find "warning: 'samples/truncated.pcap' is damaged at offset %d+")
      out, err, code = try.weir "read -r samples/truncated.pcap --strict --only packet"
      assert.equal(3, code)
      assert.equal(6, #try.lines(out))
      assert.truthy(err:find "weir: 'samples/truncated.pcap' is damaged")
   end)

   it("names the file whose compressed data cannot be unpacked", function ()
      local path = try.file(try.contents("samples/web.pcap.zst"):sub(1, 40))
      local _, err, code = try.weir("read -r samples/icmp.pcap -T none -r " .. path)
      os.remove(path)
      assert.equal(3, code)
      assert.truthy(err:find("weir: '" .. path .. "': zstd: ends in the middle", 1, true), err)
   end)

   it("goes on with the other sources when one cannot be read, exit 3", function ()
      local out, err, code = try.weir "read -r /nonexistent -r samples/icmp.pcap --only packet"
      assert.equal(3, code)
      assert.equal(6, #try.lines(out))
      assert.truthy(err:find "/nonexistent")
   end)

   it("writes a capture also when there is no packet for it", function ()
      for name, size in pairs { [".pcap"] = 24, [".pcapng"] = 28 } do
         local path = try.path(name)
         assert.equal(0, select(3, try.weir("read -r samples/web.pcap 'port 9' -w " .. path)))
         assert.equal(size, #try.contents(path))
         local _, err, code = try.weir("read -r " .. path)
         os.remove(path)
         assert.truthy(code == 0 and err:find "^0 packets", err)
      end
   end)

   it("says errors as JSON when asked", function ()
      local _, err = try.weir "read -r /nonexistent --json"
      assert.truthy(cjson.decode(err).error:find "No such file")
   end)

   it("reads standard input and FIFOs", function ()
      assert.equal(16, #try.lines((try.weir "read -r - -q --only packet < samples/web.pcap.gz")))
      local fifo = try.path()
      local out = try.run(([[
         mkfifo %s
         cat samples/web.pcap > %s &
         %s read -r %s -q --only packet]]):format(fifo, fifo, try.program, fifo))
      assert.equal(16, #try.lines(out))
      os.remove(fifo)
   end)

   it("ends quietly when nobody reads its output any more, exit 141", function ()
      local sources = ("-r samples/web.pcap "):rep(200)
      local command = "bash -c '%s read %s | head -1; exit ${PIPESTATUS[0]}'"
      local out, err, code = try.run(command:format(try.program, sources))
      assert.equal(1, #try.lines(out))
      assert.equal("", err)
      assert.equal(141, code)
   end)

   it("does not write over a file that it reads, exit 2", function ()
      local folder = try.path()
      local path, link = folder .. "/a.pcap", folder .. "/b.pcap"
      try.run(("mkdir %s && cp samples/web.pcap %s && ln -s a.pcap %s"):format(folder, path, link))
      for _, source in ipairs { path, link, folder, "samples/icmp.pcap -r " .. path,
                                "- < " .. path } do
         local _, err, code = try.weir(("read -w %s -r %s"):format(path, source))
         assert.equal(2, code, source)
         assert.truthy(err:find "would be written over", err)
         assert.equal(try.contents "samples/web.pcap", try.contents(path))
      end
      assert.equal(0, select(3, try.weir(("read -r %s -w /dev/null"):format(path))))
      try.run("rm -r " .. folder)
   end)

   it("says that help and lists cannot be written, exit 3; to nobody, 141", function ()
      for _, command in ipairs { "read --help", "read --list-fields", "doctor", "-V",
                                 "completion bash" } do
         local _, err, code = try.weir(command .. " > /dev/full")
         assert.equal(3, code, command)
         assert.equal("weir: cannot write 'standard output': No space left on device\n", err)
      end
      local _, err, code = try.run(("LUA_CPATH=/nonexistent/?.so %s doctor > /dev/full"):format(
         try.program))
      assert.equal(3, code, err)          -- not 1, that something is missing
      local command = "bash -c '(sleep 0.1; %s read --help) | true; exit ${PIPESTATUS[0]}'"
      _, err, code = try.run(command:format(try.program))
      assert.equal(141, code)
      assert.equal("", err)
   end)

   it("says that the disk is full, exit 3", function ()
      local _, err, code = try.weir "read -r samples -T json > /dev/full"
      assert.equal(3, code)
      assert.truthy(err:find "cannot write 'standard output': No space left on device")
   end)

   it("cleans up and exits 130 on SIGINT", function ()
      local fifo = try.path()
      local out, err, code = try.run(([[
         mkfifo %s
         (cat samples/web.pcap; exec sleep 20) > %s & p=$!
         %s read -l --only packet -r %s & %s; wait $!
         c=$?; kill $p; exit $c]]):format(fifo, fifo, try.program, fifo, try.interrupt))
      assert.equal(16, #try.lines(out))
      assert.truthy(err:find "16 packets")
      assert.equal(130, code)
      os.remove(fifo)
   end)

   it("writes what a filter lets through to a capture file, to the byte", function ()
      local path = try.file("", ".pcap")
      local _, err, code = try.weir(("read -r samples/web.pcap -w %s"):format(path))
      assert.equal(0, code, err)
      assert(try.contents "samples/web.pcap":sub(25) == try.contents(path):sub(25))
      try.weir(("read -r samples/web.pcap -w %s 'udp port 53'"):format(path))
      assert.equal(2, #try.lines((try.weir(("read -q --only packet -r %s"):format(path)))))
      os.remove(path)
   end)

   it("keeps nanoseconds, link types, comments and secrets in a pcapng file", function ()
      local path = try.file("", ".pcapng")
      local fields = "-T fields -e timestamp -e in_iface -e link_type -e comment -e size -e kept -q"
      for _, name in ipairs { "many.pcapng", "bigendian-ns.pcap" } do
         local _, err, code = try.weir(("read -r samples/%s -w %s"):format(name, path))
         assert.equal(0, code, err)
         local want = try.weir(("read -r samples/%s %s"):format(name, fields))
         assert.equal(want, (try.weir(("read -r %s %s"):format(path, fields))))
      end
      os.remove(path)
   end)

   it("keeps the secrets of each of several captures", function ()
      local path = try.file("", ".pcapng")
      local _, err, code = try.weir(("read -r %s -r %s -w %s"):format(
         "samples/many.pcapng", "samples/many.pcapng", path))
      assert.equal(0, code, err)
      assert.equal(2, select(2, try.contents(path, true):gsub("CLIENT_RANDOM", "")))
   end)

   it("refuses a second link type in a pcap file, and says what to do", function ()
      local _, err, code = try.weir "read -r samples/many.pcapng -w /dev/null"
      assert.equal(3, code)
      assert.truthy(err:find "write to a name that ends in .pcapng")
   end)

   it("writes packets to standard output", function ()
      local out = try.weir "read -r samples/icmp.pcap -w - -q"
      assert(try.contents "samples/icmp.pcap":sub(25) == out:sub(25))
   end)

   it("gives the same records for batches cut anywhere", function ()
      local once = try.weir "read -r samples -q --only packet,flow,second"
      assert.equal(once, (try.weir "read -r samples -q -l --only packet,flow,second"))
      assert(#try.lines(once) > 100)
   end)

   it("lists fields and interfaces", function ()
      local list = try.weir "read --list-fields"
      for _, kind in ipairs { "packet", "flow", "second" } do
         assert.truthy(list:find("\n" .. kind .. " +src_ip +who sent it.- +ip.src"), kind)
      end
      assert(not (try.weir "read --list-fields --only packet"):find "bytes_toserver")
      assert.truthy((try.weir "read -D"):find "\nlo +")
   end)

   it("lists the fields that are meant", function ()
      local dns = try.weir "read --list-fields dns"
      assert.truthy(dns:find "\ndns +rrname +the first name asked for" and not dns:find "\npacket ")
      local all = try.weir "read --list-fields"
      assert.truthy(all:find "\nany protocol +timestamp " and all:find "\ndns mdns .-rrname ")
      local ttl = try.weir "read --list-fields TTL"
      assert.truthy(ttl:find "\npacket +ttl " and ttl:find "\nflow +min_ttl_ts ")
      assert.equal(8, #try.lines(ttl))
      assert.equal(2, #try.lines((try.weir "read --list-fields flow community")))
      local _, err, code = try.weir "read --list-fields dsn"
      assert.truthy(code == 2 and err:find "did you mean 'dns'%?")
   end)

   it("shows help, on standard output, with examples", function ()
      for _, arguments in ipairs {
         "", "--help", "help",
         "read --help", "lua --help", "doctor --help", "completion --help",
      } do
         local out, err, code = try.weir(arguments)
         assert.equal(0, code)
         assert.equal("", err)
         assert(#out > 100)
      end
      assert.truthy((try.weir "read --help"):find "Examples")
      assert.truthy((try.weir "--version"):find "^weir %d")
   end)
end)

describe("weir read -w", function ()
   it("writes the packets beside records of flows", function ()
      local path = try.path ".pcap"
      local out = try.weir("read -q -r samples/web.pcap -T json -w " .. path)
      local _, flows = out:gsub('"event_type":"flow"', "")
      assert.equal(3, flows)
      assert.truthy(select(2, try.weir("read -T none -r " .. path)):find "16 packets")
      os.remove(path)
   end)

   it("keeps records and packets apart, which cannot both go to standard output", function ()
      local _, err, code = try.weir "read -r samples/web.pcap -T json -w -"
      assert.equal(2, code)
      assert.truthy(err:find "^weir: '%-w %-' writes packets to standard output")
      local out = try.weir "read -q -r samples/web.pcap -T none -w -"
      assert.equal(1633, #out)
   end)
end)

describe("weir lua", function ()
   it("runs a script with the library and its arguments", function ()
      local path = try.file 'print(require "weir".open(...):packets()().src_ip, arg[1])'
      local out = try.weir(("lua %s samples/web.pcap"):format(path))
      assert.equal("192.0.2.10\tsamples/web.pcap\n", out)
      os.remove(path)
   end)

   it("names the line of a script's error, exit 4", function ()
      local path = try.file 'local x = nil\nprint(x.y)'
      local _, err, code = try.weir("lua " .. path)
      assert.equal(4, code)
      assert.truthy(err:find(":2: attempt to index", 1, true))
      os.remove(path)
   end)
end)
