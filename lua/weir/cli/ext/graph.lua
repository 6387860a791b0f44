-- weir ext graph: what goes where in a pipeline.

local company  = require "weir.cli.ext.company"
local differ   = require "weir.cli.ext.differ"
local draw     = require "weir.cli.ext.draw"
local gather   = require "weir.cli.ext.gather"
local graph    = require "weir.pipeline.graph"
local host     = require "weir.host"
local options  = require "weir.cli.options"
local pipeline = require "weir.pipeline"
local report   = require "weir.cli.report"
local sort     = require "weir.extension.graph".sort

local exit = report.exit
local FILE = "weir.yaml"

local command = {
   name  = "ext graph",
   about = "what goes where in a pipeline",
   usage = "weir ext graph [OPTION…] [weir.yaml | NAME…]",
   rest  = "extensions",
   examples = {
      { "weir ext graph", "of the weir.yaml here: inputs, extensions, channels" },
      { "weir ext graph burstiness talkers", "of these, and of those that give what they want" },
      { "weir ext graph --dot weir.yaml | dot -Tsvg > weir.svg", "as a picture, by Graphviz" },
   },
}

command.options = {
   { nil, "dot", help = "write it for Graphviz" },
   { "h", "help", help = "show this help" },
}

local function nobody() end

-- The graph of a weir.yaml; nil when it is wrong, which is said.
local function of_file(path)
   local all, faults = pipeline.read(path, nobody, true)
   local order, why
   if all then order, why = sort(all.extensions) end
   if order then return graph.of(order, all.jobs) end
   for _, fault in ipairs(faults or { why }) do report.error(fault) end
end

-- The graph of extensions that are named; nil when they do not go together, which is said.
local function of_names(words)
   local founds, why = gather.named(words)
   if not founds then return nil, report.usage("ext graph", why) end
   local order
   order, why = company.new(gather.load(founds)):together(founds)
   if order then return graph.of(order, {}) end
   report.error(why)
end

function command.run(argv)
   local values, rest = options.parse(command.options, argv)
   if not values then return report.usage("ext graph", rest) end
   if values.help then
      return report.page(options.help(command, command.options, host.width "stdout"))
   end
   if not rest[1] and host.is_file(FILE) then rest[1] = FILE end
   local is_file = rest[1] and rest[1]:find "%.ya?ml$"
   if is_file and rest[2] then
      return report.usage("ext graph",
         ("one weir.yaml at a time: '%s' is too much"):format(rest[2]))
   end
   local made, code
   if is_file then made = of_file(rest[1]) else made, code = of_names(rest) end
   if not made then return code or exit.script end
   return report.page(values.dot and draw.dot(made) or draw.tree(made, differ.paint))
end

return command
