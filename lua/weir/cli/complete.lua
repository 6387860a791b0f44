-- weir completion: the script that completes weir's command line in a shell.

local weir       = require "weir"
local completion = require "weir.cli.completion"
local report     = require "weir.cli.report"
local schema     = require "weir.schema"

local command = {
   name  = "completion",
   about = "completion for bash, zsh or fish",
   rest  = "shells",
   options = {},
}

command.help = [[
usage: weir completion bash|zsh|fish

Prints a script that completes weir's commands, options, fields, extensions and interfaces.

  bash   source <(weir completion bash)                in ~/.bashrc
  zsh    weir completion zsh > "${fpath[1]}/_weir"
  fish   weir completion fish > ~/.config/fish/completions/weir.fish
]]

-- What the scripts ask for while one types.
local words = {}

function words.fields()
   local seen = {}
   for _, kind in ipairs(schema.kinds) do
      for _, field in ipairs(schema.spread(schema.of(kind))) do
         if not seen[field.name] then print(field.name) end
         seen[field.name] = true
      end
   end
end

-- What stands for a field in an expression, too.
function words.names()
   for _, name in ipairs(require "weir.filter.names".all()) do print(name) end
end

function words.extensions()
   for _, found in ipairs(require "weir.extension.find".all()) do print(found.name) end
end

function words.kinds()
   for _, kind in ipairs(require "weir.extension.kinds".names) do print(kind) end
end

function words.interfaces()
   for _, face in ipairs(weir.interfaces() or {}) do print(face.name) end
end

function words.shells()
   for _, shell in ipairs(completion.shells) do print(shell) end
end

function words.commands(commands)
   for _, one in ipairs(commands) do print(one.name) end
end

function command.run(argv, commands)
   if argv[1] == "--words" then
      if words[argv[2]] then words[argv[2]](commands) end
      return report.exit.ok
   end
   local is_asked = not argv[1] or argv[1] == "-h" or argv[1] == "--help"
   if is_asked then return report.page(command.help) end
   local script, why = completion.script(argv[1], commands)
   if not script then return report.usage("completion", why) end
   return report.page(script)
end

return command
