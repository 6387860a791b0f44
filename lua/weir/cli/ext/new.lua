-- weir ext new: a new extension that works, to be changed into another one.

local find     = require "weir.extension.find"
local host     = require "weir.host"
local kinds    = require "weir.extension.kinds"
local nearest  = require "weir.nearest"
local options  = require "weir.cli.options"
local report   = require "weir.cli.report"
local skeleton = require "weir.cli.ext.skeleton"
local stubs    = require "weir.cli.ext.stubs"

local exit = report.exit

local new = {
   name  = "ext new",
   about = "write a new extension that works, with a sample",
   usage = "weir ext new [feature|inference|reporting|extractor] NAME [--into DIR]",
   rest  = "kinds",
   examples = {
      { "weir ext new talkers", "an extractor in the folder talkers/, or extensions/talkers/" },
      { "weir ext new feature silence", "a feature: it adds fields to flows" },
      { "weir ext new inference beacon", "an inference: it judges many flows at once" },
      { "weir ext new reporting suspects", "a reporting extension: it writes what it is shown" },
      { "weir ext new feature silence --into drafts", "in drafts/silence/" },
   },
}

new.options = {
   { nil, "into", value = "DIR", complete = "directory",
     help = "the folder for it; ./extensions unless told, where that is there, else this one" },
   { "h", "help", help = "show this help" },
}

-- The kind and the name that the words say; nil and what is wrong.
local function meant(words)
   if #words == 0 then return nil, "what is it to be called? weir ext new NAME" end
   if #words > 2 then return nil, ("what is '%s'? weir ext new KIND NAME"):format(words[3]) end
   local kind, name = words[2] and words[1] or "extractor", words[2] or words[1]
   if not kinds.all[kind] then
      local near = nearest(kind, kinds.names)
      return nil, ("no kind of extension '%s': %s"):format(kind,
         near and ("did you mean '%s'?"):format(near) or table.concat(kinds.names, ", "))
   elseif kinds.all[name] and not words[2] then
      return nil, ("what is it to be called? weir ext new %s NAME"):format(name)
   end
   local why = skeleton.objection(name)
   if why then return nil, why end
   return kind, name
end

-- Writes everything; returns how --ext names it.  Nil and the reason when it cannot.
local function write(kind, name, folder)
   local is_named = folder == "extensions/" .. name
   local ext = is_named and name or (folder:find "/" and "" or "./") .. folder
   local ok, why = skeleton.write { kind = kind, name = name, folder = folder, ext = ext }
   if ok then ok, why = skeleton.luarc(folder) end
   if ok then ok, why = skeleton.expect { folder } end
   return ok and ext, why
end

-- How other commands name it: by its name, unless that is another one's.
local function shown(name, folder, ext)
   return find.path(name) == folder .. "/init.lua" and name or find.path(name) == name and name
      or ext
end

-- Editors miss something without them, and nothing else does.
function new.write_stubs()
   local ok, why = true, "HOME is not set"
   if stubs.folder() then ok, why = stubs.write(stubs.folder()) end
   if not ok then report.warning("no stubs for editors: " .. why) end
end

local NEXT = [[
wrote %s/

  %-46s  runs it over its sample
  %-46s  runs it over a capture of yours
  %-46s  once what it makes is what you want

Change %s/init.lua: it says what there is.
]]

function new.run(argv)
   local values, rest = options.parse(new.options, argv)
   if not values then return report.usage("ext new", rest) end
   if values.help then return report.page(options.help(new, new.options, host.width "stdout")) end
   local kind, name = meant(rest)
   if not kind then return report.usage("ext new", name) end
   local into = values.into or (host.is_folder "extensions" and "extensions")
   local folder = into and into:gsub("(.)/+$", "%1") .. "/" .. name or name
   local taken = skeleton.taken(folder)
   if taken then
      report.error(taken)
      return exit.usage
   end
   local ext, why = write(kind, name, folder)
   if not ext then
      report.error(why)
      return exit.unreadable
   end
   new.write_stubs()
   local named = shown(name, folder, ext)
   return report.page(NEXT:format(folder, "weir ext test " .. named,
      ("weir read -r x.pcap --ext %s%s"):format(ext, kind == "extractor" and " --facts" or ""),
      "weir ext test --update " .. named, folder))
end

return new
