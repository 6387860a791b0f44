-- The options of weir batch.

local workspace = require "weir.workspace"

return {
   "Extensions",
   { nil, "ext", value = "NAME|PATH", many = true, complete = "extensions",
     help = "run this extension; may be repeated ('weir ext list' names them)" },
   { nil, "set", value = "NAME.OPTION=V", many = true,
     help = "give an extension another value for one of its options" },
   { nil, "reprocess",
     help = "let extractors see again what they have seen: what they said of it before goes" },
   "Input",
   { "f", "filter", value = "BPF", help = "of captures, keep what this filter lets through" },
   { nil, "keylog", value = "FILE", complete = "file",
     help = "open TLS with the secrets in this file (SSLKEYLOGFILE)" },
   "Output",
   { "W", "workspace", value = "DIR", complete = "directory",
     help = "the folder whose knowledge base (kb.db) takes the facts; "
         .. workspace.DIRECTORY .. " unless told" },
   { nil, "apart",
     help = "a knowledge base for each input, in the folder 'inputs' of the workspace, and all of "
         .. "them merged at the end" },
   { "T", "type", value = "FORMAT", choices = { "table", "json" },
     help = "how to write the summary: table (unless told), or a JSON object for each input" },
   "Other",
   { "j", "jobs", value = "N", kind = "number",
     help = "work on N inputs at a time, in processes of their own; as many as there are "
         .. "processors unless told" },
   { "q", "quiet", help = "only inputs that failed in the summary, and no progress" },
   { nil, "strict",
     help = "a damaged file is a failure (exit 3), and so is an error of an extension (exit 4)" },
   { nil, "json", help = "say errors and warnings as JSON objects" },
   { "h", "help", help = "show this help" },
}
