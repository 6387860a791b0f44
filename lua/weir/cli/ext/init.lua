-- weir ext: what authors of extensions do with them.

return require "weir.cli.group" ({
   name  = "ext",
   about = "extensions: list, check, install, test, profile and write them",
   hint  = "First try: weir ext new hello",
}, { "list", "check", "test", "profile", "graph", "install", "remove", "new", "stubs" })
