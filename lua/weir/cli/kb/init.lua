-- weir kb: what is known, and why.

return require "weir.cli.group" ({
   name  = "kb",
   about = "the knowledge base: show, search, why, merge, retract, export",
   hint  = "First try: weir kb show",
}, { "show", "search", "why", "merge", "retract", "export", "stats" })
