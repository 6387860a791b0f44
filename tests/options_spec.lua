-- The command line, as people type it.

local options = require "weir.cli.options"
local text    = require "weir.text"

local spec = {
   "Input",
   { "r", "read", value = "FILE", many = true, help = "read packets from FILE, '-' for standard " ..
      "input" },
   { "c", "count", value = "N", kind = "number", help = "stop after N packets" },
   { "B", "buffer", value = "SIZE", kind = "size", help = "keep SIZE bytes of packets in memory" },
   { nil, "above", value = "X", kind = "number", real = true, help = "only scores above X" },
   "Output",
   { "n", "no-names", help = "print addresses, not names" },
   { "q", "quiet", help = "print no summary" },
   { "v", "verbose", count = true, help = "say more; twice says all" },
   { nil, "only", value = "KIND,…", kind = "list", help = "only these kinds of records" },
   { "e", "field", value = "NAME,…", kind = "list", many = true, help = "print this field" },
   { "T", "type", value = "FORMAT", choices = { "table", "json", "csv" },
      help = "print as FORMAT" },
   { nil, "kinds", value = "KIND,…", kind = "list", choices = { "dns", "tls" },
      help = "only these" },
   { nil, "stats", help = "add statistics" },
   { nil, "status", help = "add the state" },
}

local function parse(...) return options.parse(spec, { ... }) end

local function refuses(reason, ...)
   local values, why = parse(...)
   assert.is_nil(values)
   assert.equal(reason, why)
end

describe("options.parse", function ()
   it("takes short options in every shape", function ()
      assert.same({ count = 5 }, (parse "-c5"))
      assert.same({ count = 5 }, (parse("-c", "5")))
      assert.same({ no_names = true, quiet = true }, (parse "-nq"))
      assert.same({ no_names = true, count = 5 }, (parse "-nc5"))
      assert.same({ no_names = true, count = 5 }, (parse("-nc", "5")))
   end)

   it("takes long options in every shape", function ()
      assert.same({ count = 5 }, (parse "--count=5"))
      assert.same({ count = 5 }, (parse("--count", "5")))
      assert.same({ no_names = true }, (parse "--no-names"))
      assert.same({ read = { "a=b" } }, (parse "--read=a=b"))
      assert.same({ read = { "" } }, (parse "--read="))
   end)

   it("takes a beginning that only one option has", function ()
      assert.same({ count = 5 }, (parse "--co=5"))
      assert.same({ stats = true }, (parse "--stats"))
      refuses("option '--stat' could be '--stats' or '--status'", "--stat")
   end)

   it("returns other words, wherever they stand", function ()
      local values, rest = parse("tcp", "-n", "-", "-c", "5", "port", "--", "-q", "--", "80")
      assert.same({ no_names = true, count = 5 }, values)
      assert.same({ "tcp", "-", "port", "-q", "--", "80" }, rest)
   end)

   it("takes any word as the value it waits for", function ()
      assert.same({ read = { "-" } }, (parse("-r", "-")))
      assert.same({ read = { "--" } }, (parse("-r", "--")))
      assert.same({ above = -0.5 }, (parse("--above", "-0.5")))
   end)

   it("collects what may be repeated, counts what is counted, else the last wins", function ()
      assert.same({ read = { "a", "b", "c" } }, (parse("-r", "a", "-rb", "--read=c")))
      assert.same({ field = { "a", "b", "c" } }, (parse("-e", "a,b", "-e", "c")))
      assert.same({ verbose = 3 }, (parse("-vv", "--verbose")))
      assert.same({ count = 2, only = { "y" } }, (parse("-c1", "-c2", "--only=x", "--only=y")))
   end)

   it("reads sizes in powers of 1024, and of 1000 with B", function ()
      local want = {
         ["0"] = 0, ["17"] = 17, ["17B"] = 17, ["64k"] = 65536, ["8M"] = 8388608,
         ["1G"] = 1073741824, ["1.5K"] = 1536, ["2MiB"] = 2097152, ["2MB"] = 2000000,
         ["1T"] = 2 ^ 40,
      }
      for size, bytes in pairs(want) do assert.equal(bytes, parse("-B", size).buffer) end
   end)

   it("refuses values that are not what they should be", function ()
      refuses("option '-c' needs a number, not 'x'", "-cx")
      refuses("option '-c' needs a number, not '-1'", "-c", "-1")
      refuses("option '--count' needs a number, not '0x10'", "--co=0x10")
      refuses("option '-c' needs a number, not '99999999999999999999'", "-c99999999999999999999")
      refuses("option '--above' needs a number, not 'inf'", "--above=inf")
      refuses("option '--above' needs a number, not '1e999'", "--above=1e999")
      for _, size in ipairs { "", "k", "1.2.3k", "-1", "64kk", "1e3", "9999T" } do
         refuses("option '-B' needs a size such as 64k, 8M or 1G, not '" .. size .. "'", "-B", size)
      end
      refuses("option '--only' needs values with commas between, not ','", "--only=,")
   end)

   it("refuses a choice that does not exist, and says which is near", function ()
      assert.same({ type = "json", kinds = { "tls", "dns" } }, (parse("-Tjson", "--kinds=tls,dns")))
      refuses("option '-T' takes table, json or csv, not 'jsn': did you mean 'json'?", "-T", "jsn")
      refuses("option '--kinds' takes dns or tls, not 'http'", "--kinds=dns,http")
   end)

   it("refuses options that do not exist, and says which is near", function ()
      refuses("unknown option '--statz': did you mean '--stats'?", "--statz")
      refuses("unknown option '--xyzzy'", "--xyzzy=1")
      refuses("unknown option '--'", "--=1")
      refuses("unknown option '-x'", "-x")
      refuses("unknown option '-R': did you mean '-r'?", "-R")
      refuses("unknown option '-s' in '-stats': did you mean '--stats'?", "-stats")
   end)

   it("refuses a missing value, and one too many", function ()
      refuses("option '-r' needs a value (FILE)", "-nr")
      refuses("option '--read' needs a value (FILE)", "--read")
      refuses("option '--quiet' takes no value", "--quiet=1")
   end)

   it("does not repeat bytes that drive a terminal", function ()
      refuses("unknown option '--\\x1B[2J'", "--\27[2J")
      refuses("unknown option '-\\xC3' in '-\\xC3('", "-\195(")
   end)
end)

describe("options.help", function ()
   local command = {
      name = "read", usage = "weir read [options] [FILE…] [FILTER…]",
      about = "Reads captures and prints what they hold.\n\nA FILTER is a BPF expression.",
      examples = { { "weir read -r x.pcap", "all records of x.pcap" } },
   }

   it("says usage, what the command does, its options in two columns, examples", function ()
      assert.equal([[
usage: weir read [options] [FILE…] [FILTER…]

Reads captures and prints what they hold.

A FILTER is a BPF expression.

Input
  -r, --read=FILE     read packets from FILE, '-' for
                      standard input
  -c, --count=N       stop after N packets
  -B, --buffer=SIZE   keep SIZE bytes of packets in memory
      --above=X       only scores above X

Output
  -n, --no-names      print addresses, not names
  -q, --quiet         print no summary
  -v, --verbose       say more; twice says all
      --only=KIND,…   only these kinds of records
  -e, --field=NAME,…  print this field
  -T, --type=FORMAT   print as FORMAT (table, json, csv)
      --kinds=KIND,…  only these (dns, tls)
      --stats         add statistics
      --status        add the state

Examples
  weir read -r x.pcap
      all records of x.pcap
]], options.help(command, spec, 60))
   end)

   it("fits the width", function ()
      for width = 48, 120 do
         for line in options.help(command, spec, width):gmatch "[^\n]+" do
            assert(text.width(line) <= width, line)
         end
      end
   end)

   it("gives a very long option its own line", function ()
      local long = { { nil, "rotate", value = "size=…,secs=…,keep=…", help = "new files" } }
      assert.equal("usage: weir live [options]\n\nOptions\n" ..
         "      --rotate=size=…,secs=…,keep=…\n" .. (" "):rep(8) .. "new files\n",
         options.help({ name = "live" }, long, 60))
   end)
end)
