rockspec_format = "3.0"
package = "weir"
version = "scm-1"
source = { url = "git+https://example.org/weir.git" }
description = {
   summary = "Measures what flows through a network",
   detailed = "A C core that captures and decodes at the speed of the disk, and LuaJIT scripts on top.",
   license = "MIT",
}
supported_platforms = { "linux" }
dependencies = { "lua >= 5.1, < 5.2", "lua-cjson" }
external_dependencies = {
   EDIT = { header = "histedit.h", library = "edit" },
   PCAP = { header = "pcap/pcap.h", library = "pcap" },
   SQLITE3 = { header = "sqlite3.h", library = "sqlite3" },
   ZSTD = { header = "zstd.h", library = "zstd" },
   OPENSSL = { header = "openssl/evp.h", library = "crypto" },
   EVENT = { header = "event2/event.h", library = "event_core" },
   HIREDIS = { header = "hiredis/hiredis.h", library = "hiredis" },
   ZLIB = { header = "zlib.h", library = "z" },
}
build = {
   type = "make",
   build_target = "build/libweir.so",
   install_target = "rock",
   install_variables = { LUADIR = "$(LUADIR)", LIBDIR = "$(LIBDIR)" },
}
test = { type = "command", command = "make test" }
