-- weir new: a folder for extensions, ready to be used.

local host     = require "weir.host"
local new      = require "weir.cli.ext.new"
local options  = require "weir.cli.options"
local report   = require "weir.cli.report"
local skeleton = require "weir.cli.ext.skeleton"
local hello    = require "weir.cli.ext.hello"
local template = require "weir.cli.ext.template"
local written  = require "weir.cli.ext.written"

local exit = report.exit

local project = {
   name  = "new",
   about = "write a project: a folder for extensions, with two that work and a pipeline",
   usage = "weir new PROJECT",
   rest  = "directory",
   options = { { "h", "help", help = "show this help" } },
   examples = {
      { "weir new mine && cd mine && weir test", "a project, and its extensions at work" },
   },
}

-- Writes everything; nil and the reason when it cannot.
local function write(folder)
   local extensions = folder .. "/extensions/"
   local ok, why = skeleton.write {
      kind = "feature", name = "silence", folder = extensions .. "silence", ext = "silence",
      shown = "silence",
   }
   if ok then
      ok, why = skeleton.write {
         kind = "extractor", name = "talkers", folder = extensions .. "talkers", field = "silence",
         ext = "silence --ext talkers", shown = "talkers",
      }
   end
   local name = folder:match "[^/]+$"
   for path, text in pairs {
      ["README.md"] = template.fill(template.project, { PROJECT = name }),
      ["weir.yaml"] = template.pipeline, [".gitignore"] = template.ignore,
      ["samples/hello.pcap"] = hello.pcap(),
   } do
      if ok then ok, why = written.file(folder .. "/" .. path, text) end
   end
   if ok then ok, why = skeleton.luarc(folder) end
   if ok then ok, why = skeleton.expect { folder .. "/extensions" } end
   return ok, why
end

local NEXT = [[
wrote %s/: two extensions that work, and a capture to try them on

  cd %s
  weir test
  weir read -r samples/hello.pcap --ext silence
  weir run

README.md says more.
]]

function project.run(argv)
   local values, rest = options.parse(project.options, argv)
   if not values then return report.usage("new", rest) end
   if values.help then
      return report.page(options.help(project, project.options, host.width "stdout"))
   end
   if #rest ~= 1 then return report.usage("new", "what is it to be called? weir new PROJECT") end
   local folder = rest[1]:gsub("(.)/+$", "%1")
   local taken = skeleton.taken(folder)
   if taken then
      report.error(taken)
      return exit.usage
   end
   local ok, why = write(folder)
   if not ok then
      report.error(why)
      return exit.unreadable
   end
   new.write_stubs()
   return report.page(NEXT:format(folder, folder))
end

return project
