-- weir sample: databases of exchanges, as Stratosphere records them.  'weir read' reads them.

return require "weir.cli.group" ({
   name  = "sample",
   about = "databases of exchanges: cut them, and see what is in them",
   hint  = "What is in one: weir read -r sample.db",
}, { "cut", "info" })
