-- weir ext install: fetches extensions, for a weir.yaml or for the user.

local find     = require "weir.extension.find"
local host     = require "weir.host"
local install  = require "weir.install"
local instance = require "weir.pipeline.instance"
local kinds    = require "weir.extension.kinds"
local load     = require "weir.extension.load"
local memo     = require "weir.install.memo"
local options  = require "weir.cli.options"
local pipeline = require "weir.pipeline"
local report   = require "weir.cli.report"

local exit = report.exit
local FILE = "weir.yaml"

local command = {
   name  = "ext install",
   about = "fetch extensions, for a weir.yaml or for yourself",
   usage = "weir ext install [OPTION…] [weir.yaml [ID]… | SOURCE]",
   rest  = "file",
   examples = {
      { "weir ext install", "what the weir.yaml here names and is not here yet" },
      { "weir ext install https://example.org/hello.git --branch main", "for yourself: with git" },
      { "weir ext install rock:weir-hello@1.0", "the same from LuaRocks" },
      { "weir ext install drafts/hello", "a copy of a folder, for all your work" },
   },
}

command.options = {
   { nil, "branch", value = "NAME", help = "of a SOURCE of git: this branch, or this tag" },
   { nil, "token", value = "VARIABLE",
     help = "of a SOURCE of git: log in with what this variable of the environment has" },
   { nil, "name", value = "NAME", help = "call the extension of a SOURCE so" },
   { nil, "replace", help = "replace those that are installed already" },
   { nil, "keep", help = "keep those that are installed already" },
   { "h", "help", help = "show this help" },
}

-- ---- what is there already ----------------------------------------------------------------------

local function ask(question)
   io.stderr:write(question, " [y/N] ")
   local answer = io.read "*l" or ""
   return answer:lower():find "^%s*y" ~= nil
end

-- Whether what is at a place gives way: by what the command line, or the weir.yaml, or else
-- whoever sits there says.
local function gives_way(values, name, at, said)
   if values.replace then return true end
   if values.keep then return false end
   if said ~= nil then return said end
   if not host.is_terminal() or not host.width "stderr" then return false end
   return ask(("'%s' is there already, in '%s': replace it?"):format(name, at))
end

local function tell(word, name, at, facts)
   report.page(("%-9s  %s  %s%s\n"):format(word, name, at,
      facts and ("  (%s)"):format(memo.describe(facts)) or ""))
end

-- Keeps what is there; says so, and when it is not what `shown` and `branch` say.
local function keep(name, at, shown, branch)
   local facts = memo.read(at)
   tell("kept", name, at, facts)
   if facts and (facts.source ~= shown or branch and facts.branch ~= branch) then
      report.warning(("'%s' is from elsewhere than is said now: '--replace' fetches it anew")
         :format(name))
   end
   return exit.ok
end

local function fail(why, code)
   report.error(why)
   return code or exit.unreadable
end

-- ---- a weir.yaml --------------------------------------------------------------------------------

local function nobody() end

-- Installs an instance, if that is what it takes.  Returns the exit code.
local function install_instance(all, one, values)
   local at, source = instance.installed(all, one), one.source
   local is_far = install.is_remote(source) or install.is_rock(source)
   if not is_far and not one.copy_folder then
      tell("in place", one.id, instance.path(all, source))
      return exit.ok
   end
   local said = (all.config.metadata or {}).replace_existing
   local shown = all.config.secrets:hide(source)
   if shown:find "^https?://[^/]*%${[^/]*@" then
      return fail(("%s: others would read '%s': say 'token: ${NAME}'"):format(one.id, shown))
   end
   if host.is_folder(at) and not gives_way(values, one.id, at, said) then
      return keep(one.id, at, shown, one.branch)
   end
   local is_wrong
   local facts, why = install.one {
      name = one.id, source = is_far and source or instance.path(all, source), shown = shown,
      branch = one.branch, token = one.token, folder = at:match "^(.*)/",
      check = function (folder)
         local ext, reason, about = instance.load(all, one, nobody, folder)
         is_wrong = not ext
         return ext, reason and pipeline.fault(all, one, reason, about)
      end,
   }
   if facts then
      tell("installed", one.id, at, facts)
      return exit.ok
   end
   return fail(("%s: %s"):format(one.id, all.config.secrets:hide(why)),
      is_wrong and exit.script or exit.unreadable)
end

-- The instances of these ids, all without any; nil and the first id that is none.
local function chosen(all, ids)
   local by, list = {}, {}
   for _, one in ipairs(all.config.instances) do by[one.id] = one end
   for i, id in ipairs(ids) do
      if not by[id] then return nil, id end
      list[i] = by[id]
   end
   return ids[1] and list or all.config.instances
end

local function install_file(path, ids, values)
   local all, faults = pipeline.file(path, true)
   for _, fault in ipairs(faults or {}) do report.error(fault) end
   if not all then return exit.script end
   local list, stranger = chosen(all, ids)
   if not list then
      return report.usage("ext install", ("no instance '%s' in '%s'"):format(stranger, path))
   end
   local code = exit.ok
   for _, one in ipairs(list) do
      if host.stopped() then break end
      local own = install_instance(all, one, values)
      code = own ~= exit.ok and own or code
   end
   return code
end

-- ---- a source ----------------------------------------------------------------------------------

-- Where an extension of that name is installed for the user; nil when it is not.
local function place_of(home, name)
   for _, found in ipairs(find.within(home)) do
      local folder = found.path:match "^(.*)/init%.lua$"
      if found.name == name and folder then return folder end
   end
end

-- The token in a variable of the environment; nil and why there is none.
local function token_of(values)
   if not values.token then return nil end
   local token = os.getenv(values.token)
   if token and token ~= "" then return token end
   return nil, ("the environment has no '%s': set it before the start"):format(values.token)
end

-- A path as it is understood from everywhere.
local function absolute(path)
   local here = os.getenv "PWD"
   return path:sub(1, 1) == "/" and path or here and here .. "/" .. path:gsub("^%./", "") or path
end

local function install_source(source, values)
   local is_far = install.is_remote(source) or install.is_rock(source)
   if not is_far and not host.is_file(source) and not host.is_folder(source) then
      return fail(("'%s' is no file, no folder and no address of git"):format(source))
   end
   local home = find.home()
   if not home then return fail "nobody says where your extensions are: set XDG_DATA_HOME" end
   local name = values.name or is_far and install.name(source) or load.name(source)
   if not name:find "^[%w_][%w_.@-]*$" then
      return report.usage("ext install", ("'%s' is no name: say '--name NAME'"):format(name))
   end
   local token, why = token_of(values)
   if why then return report.usage("ext install", why) end
   local shown = is_far and source or absolute(source)
   home = home .. "/weir/extensions"
   local before = place_of(home, name)
   if before and not gives_way(values, name, before) then
      return keep(name, before, shown, values.branch)
   end
   local is_wrong
   local facts, at = install.one {
      name = name, source = source, shown = shown, branch = values.branch, token = token,
      folder = home,
      at = function (ext)
         return before or ("%s/%s/%s"):format(home, kinds.room(ext.kind), name)
      end,
      check = function (folder)
         local ext, reason = load.file(folder, { name = name })
         is_wrong = not ext
         return ext, reason
      end,
   }
   if not facts then return fail(at, is_wrong and exit.script or exit.unreadable) end
   tell("installed", name, at, facts)
   return exit.ok
end

function command.run(argv)
   local values, rest = options.parse(command.options, argv)
   if not values then return report.usage("ext install", rest) end
   if values.help then
      return report.page(options.help(command, command.options, host.width "stdout"))
   end
   if values.replace and values.keep then
      return report.usage("ext install", "either '--replace' or '--keep', not both")
   end
   local first = table.remove(rest, 1) or host.is_file(FILE) and FILE
   if not first then return report.usage("ext install", "nothing to install: name a SOURCE") end
   host.watch()                           -- who stops us leaves nothing half done
   if first:find "%.ya?ml$" then
      local code = install_file(first, rest, values)
      return host.stopped() == 2 and exit.interrupted or code
   end
   if rest[1] then
      return report.usage("ext install",
         ("one SOURCE at a time: '%s' is too much"):format(rest[1]))
   end
   local code = install_source(first, values)
   return host.stopped() == 2 and exit.interrupted or code
end

return command
