-- The options of weir read.

local flows   = require "weir.cli.flows"
local profile = require "weir.cli.profile"
local schema  = require "weir.schema"
local sink    = require "weir.cli.sink"
local stamp   = require "weir.stamp"
local wanted  = require "weir.cli.wanted"

return {
   "Input",
   { "r", "read", value = "FILE", many = true, complete = "file",
     help = "a capture, a database of exchanges (such as Stratosphere's), a folder of these, or "
         .. "'-' for standard input; may be repeated" },
   { "i", "interface", value = "IF", complete = "interfaces", help = "listen to an interface" },
   { "D", "list-interfaces", help = "list the interfaces and end" },
   { "f", "filter", value = "BPF",
     help = "keep what this capture filter lets through; the words after the options are one too" },
   { "F", "filter-file", value = "FILE", complete = "file",
     help = "read a capture filter from a file" },
   { "c", "count", value = "N", kind = "number", help = "end after N packets" },
   { "s", "snaplen", value = "N", kind = "number",
     help = "look at no more than N bytes of a packet" },
   { "k", "checksums", value = "WHICH", choices = { "none", "all" },
     help = "check these checksums; none unless told" },
   { nil, "follow", help = "at the end of the file, or database, wait for it to grow" },
   { nil, "keylog", value = "FILE", complete = "file",
     help = "open TLS with the secrets in this file (SSLKEYLOGFILE), which may grow; those that a "
         .. "pcapng file has are used anyway" },
   { nil, "zone", value = "ZONE",
     help = "of times in databases that do not say theirs: utc (unless told), local, or as "
         .. "+02:00" },
   { "B", "buffer-size", value = "SIZE", kind = "size",
     help = "the kernel's buffer for an interface; 8M unless told" },
   { "p", "no-promiscuous", help = "do not put the interface into promiscuous mode" },
   { "Z", "user", value = "USER", help = "become USER once the input is open" },
   "Output",
   { "T", "type", value = "FORMAT", choices = sink.shapes,
     help = "how to write the records; unless told a table on a terminal, else json; "
         .. "none only counts" },
   { "e", "field", value = "FIELD", many = true, complete = "fields",
     help = "write this field, and measure what it takes; may be repeated "
         .. "(--list-fields names them)" },
   { "E", "format", value = "K=V,…", many = true,
     help = wanted.FORMAT .. " for csv, tsv and fields" },
   { "Y", "where", value = "EXPR", complete = "names",
     help = "write only the records for which EXPR holds, such as "
         .. "'dest_port == 443 and not tunnel'; with -w, only such packets" },
   { "w", "write", value = "FILE", complete = "file",
     help = "write the packets to a capture file: pcapng if its name ends so, else pcap" },
   { "t", "time-format", value = "LETTER", choices = stamp.letters,
     help = "times in the table: r since the first (unless told), d since the one before, a local, "
         .. "ad with the date, u UTC, ud with the date, e since 1970" },
   { nil, "only", value = "KIND,…", kind = "list", choices = schema.kinds,
     help = "show these kinds of records; unless told flows, in JSON with what protocols say; "
         .. "several in a table as one line each" },
   { nil, "profile", value = "NAME", choices = profile.names,
     help = "whose names and shapes the records have: those of Suricata's eve.json (unless told), "
         .. "or of Zeek's logs, as JSON" },
   { nil, "log-dir", value = "DIR", complete = "directory",
     help = "with --profile zeek, write its logs into files of this folder: conn.log, dns.log, …; "
         .. "with -T json as JSON" },
   { nil, "sort", value = "BY", choices = flows.sorts,
     help = "the order of a table of flows; by start unless told, '-' turns it round" },
   { nil, "top", value = "N", kind = "number",
     help = "only the first N flows of the table; by bytes unless --sort says otherwise" },
   { "n", "no-names", help = "numbers instead of names; addresses of packets always are" },
   { "l", "line-buffered", help = "hand on each line at once" },
   { "U", "packet-buffered", help = "with -w, hand on packets as they come" },
   { "q", "quiet", help = "no last words on standard error" },
   { "v", "verbose", count = true, help = "say more of the input" },
   "Flows",
   { nil, "seconds",
     help = "also a record for each second of each flow; in a table of flows, bars over time" },
   { nil, "stats", help = "add NFStream's statistics: columns, in JSON the object 'stats'" },
   { nil, "splt", value = "N", kind = "number",
     help = "add direction, size and gap of the first N packets to the statistics; "
         .. wanted.SPLT .. " when -e names one of them" },
   { nil, "tcp", help = "add facts of IP and TCP: columns, in JSON the object 'facts'" },
   { nil, "names",
     help = "add the names of destinations and what is spoken: columns; unless --only chooses "
         .. "kinds, so it is in JSON and tables" },
   { nil, "offsets", help = "add where in the file the packets of the flow are" },
   { nil, "idle", value = "S", kind = "number", real = true,
     help = "a flow without packets for S seconds ends; 120 unless told" },
   { nil, "active", value = "S", kind = "number", real = true,
     help = "a flow lasts S seconds at most; 1800 unless told" },
   { nil, "flow-end", value = "HOW", choices = { "tcp", "nfstream" },
     help = "tcp: also when TCP ends it (unless told); nfstream: by time-outs alone" },
   { nil, "max-flows", value = "N", kind = "number",
     help = "remember N flows at once, then end those due first; 4194304 unless told" },
   { nil, "community-seed", value = "N", kind = "number", help = "the seed of Community IDs" },
   "Extensions",
   { nil, "ext", value = "NAME|PATH", many = true, complete = "extensions",
     help = "run this extension; what it gives appears under 'ext'; may be repeated "
         .. "('weir ext list' names them); its file is read again when it changes" },
   { nil, "set", value = "NAME.OPTION=V", many = true,
     help = "give an extension another value for one of its options" },
   { nil, "facts", help = "write what extractors learnt, in place of records, at the end" },
   "Other",
   { "j", "jobs", value = "N", kind = "number",
     help = "with 2, read and decode files in a thread of its own, but for -c and -w; "
         .. "more are not used" },
   { nil, "strict",
     help = "a damaged file is a failure (exit 3), and so is an error of an extension (exit 4)" },
   { nil, "json", help = "say errors and warnings as JSON objects" },
   { nil, "plan",
     help = "say who wants what of the core, and what is off, and end; with -T json as JSON" },
   { nil, "list-fields",
     help = "list the fields and what they mean; of a kind of record, or those that are about "
         .. "something, when words follow" },
   { "h", "help", help = "show this help" },
}
