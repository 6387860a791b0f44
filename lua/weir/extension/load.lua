-- Makes an extension of a file: reads, compiles and runs it, and checks what it says of itself.
--
--    local ext, why = load.file("extensions/features/burstiness.lua")
--    print(ext.name, ext.kind, ext.manifest.about, ext.moments.finish)

local class    = require "weir.extension.class"
local digest   = require "weir.digest"
local hints    = require "weir.extension.hints"
local host     = require "weir.host"
local kinds    = require "weir.extension.kinds"
local limit    = require "weir.extension.limit"
local log      = require "weir.log"
local manifest = require "weir.extension.manifest"
local merge    = require "weir.config.merge"
local nearest  = require "weir.nearest"
local sandbox  = require "weir.extension.sandbox"
local schema   = require "weir.schema"
local sorted   = require "weir.sorted"

local load = {}

local LARGEST = sandbox.LARGEST

-- Packages of Debian that are not called as their module is.
local PACKAGES = {
   cjson = "lua-cjson", lpeg = "lua-lpeg", lyaml = "lua-yaml", lfs = "lua-filesystem",
}

-- The file that stands for a path, itself or init.lua in a folder, and its text.  Nil and why.
function load.read(path)
   local inner = path:gsub("/+$", "") .. "/init.lua"
   local source = sandbox.read(inner)
   if source then return inner, source end
   source = sandbox.read(path)
   if source then return path, source end
   if host.is_folder(path) and not host.is_file(inner) then
      return nil, ("'%s' is a folder without an init.lua"):format(path)
   end
   local _, why = io.open(host.is_folder(path) and inner or path)
   return nil, ("cannot read extension %s"):format(why or path)
end

-- The name of an extension: "burstiness" of ".../burstiness.lua" and of ".../burstiness/init.lua".
function load.name(path)
   local folder = path:gsub("init%.lua$", ""):gsub("/+$", "")
   if folder == "" or folder == "." then path = os.getenv "PWD" or path end
   return path:gsub("/+$", ""):gsub("/init%.lua$", ""):gsub("%.lua$", ""):match "([^/]+)$"
end

-- Whether a module can be had; those installed for C are only looked for.
local function is_here(module, loading)
   return package.loaded[module] or package.preload[module] or loading.find(module)
      or package.searchpath(module, package.cpath)
end

local function check_requires(facts, loading)
   local m, declared = facts.manifest, {}
   for _, module in ipairs(m.requires or {}) do
      declared[module:match "^[^.]+"] = true
      if not is_here(module, loading) then
         local debian = PACKAGES[module]
         local how = debian and "sudo apt-get install " .. debian
            or "luarocks --lua-version=5.1 install --local " .. module
         manifest.refuse(facts.place, module, "it requires '%s', which is not here: %s", module,
            how)
      end
   end
   for _, need in ipairs(m.needs or {}) do declared[need] = declared[need] or need == "ffi" end
   for module, line in pairs(loading.required) do
      if not declared[module] then
         local key = module == "ffi" and "needs" or "requires"
         error(("%s:%d: it loads '%s': name that in the manifest, %s = { \"%s\" }"):format(
            loading.path, line, module, key, module), 0)
      end
   end
end

-- What was loaded that reaches out has to be among the needs.
local function check_reach(facts, loading)
   for _, module in ipairs(sorted(loading.reached)) do
      local at, is_named = loading.reached[module], false
      for _, need in ipairs(facts.manifest.needs or {}) do
         is_named = is_named or need == at.need
      end
      if not is_named then
         error(("%s:%d: it loads '%s': name that in the manifest, needs = { \"%s\" }"):format(
            loading.path, at.line, module, at.need), 0)
      end
   end
end

-- The functions of a class that are moments of its kind.
local function moments_of(of, facts)
   local kind, moments = kinds.all[facts.kind], {}
   for _, name in ipairs(kind.moments) do
      if of[name] ~= nil and type(of[name]) ~= "function" then
         manifest.refuse(facts.place, name, "the moment '%s' is a function, not a %s", name,
            type(of[name]))
      end
      moments[name] = of[name]
   end
   for _, name in ipairs(kind.must or {}) do
      if moments[name] then return moments end
   end
   if not kind.must then return moments end
   manifest.refuse(facts.place, "about", "%s needs a method '%s'", kinds.a(facts.kind),
      table.concat(kind.must, "' or '"))
end

local function check_feature(facts, moments)
   local m = facts.manifest
   if next(moments) == nil then
      manifest.refuse(facts.place, "about", "a feature needs a method: 'finish', 'packet' …")
   end
   if moments.finish and not m.gives then
      manifest.refuse(facts.place, "about",
         "it has 'finish' but gives nothing: name its fields in 'gives'")
   end
end

-- The channels that an extension reads: what its instance says, its manifest, or what its kind
-- reads otherwise.  Nil for features, which see captures.
local function channels_of(facts, how)
   local m, kind = facts.manifest, kinds.all[facts.kind]
   if not kind.on then return nil end
   if m.on and not schema.is_kind(m.on) then
      manifest.refuse(facts.place, "on", "there is no channel '%s': 'on' can be %s; 'subscribe' "
         .. "names those of extensions", m.on, table.concat(schema.kinds, ", "))
   end
   return how.subscribe or m.subscribe or { m.on or kind.on }
end

local function check_inference(facts, reads, publish)
   local m = facts.manifest
   local is_on_flows = #reads == 1 and reads[1] == "flow"
   if not m.gives then
      manifest.refuse(facts.place, "about", "it infers nothing: name its fields in 'gives'")
   elseif not m.wants then
      manifest.refuse(facts.place, "about",
         "it has nothing to infer from: name the fields that it wants in 'wants'")
   elseif (" " .. table.concat(m.wants, " ") .. " "):find(" n ", 1, true) then
      manifest.refuse(facts.place, "wants", "a field 'n' cannot be wanted: batch.n says how many "
         .. "rows there are")
   elseif not is_on_flows and not publish then
      manifest.refuse(facts.place, "subscribe", "it reads '%s': only flows take more fields, so it "
         .. "has to name a channel for its rows in 'publish'", table.concat(reads, "', '"))
   end
end

-- "4,5,x" as a list, of numbers where they are some.
local function list_of(text)
   local list = {}
   for item in text:gmatch "[^,]+" do list[#list + 1] = tonumber(item) or item end
   return list
end

-- A value that was given as an option's default is; nil when it cannot be.
local function like(default, given)
   local want = type(default)
   if type(given) == want then return want == "table" and merge(default, given) or given end
   if want == "number" then return tonumber(given) end
   if want == "string" and type(given) ~= "table" then return tostring(given) end
   if want == "boolean" then return given == "true" or (given ~= "false" and nil) end
   return want == "table" and type(given) == "string" and list_of(given) or nil
end

local function refuse_option(facts, options, name, given)
   local default = options[name]
   local near = default == nil and nearest(name, sorted(options))
   local what = type(default) == "boolean" and "true or false" or "a " .. type(default)
   local shown = type(given) == "table" and "a table" or ("'%s'"):format(tostring(given))
   error(("option '%s.%s': %s"):format(facts.name, name, default ~= nil
      and ("it is %s, not %s"):format(what, shown)
      or near and ("there is none, did you mean '%s'?"):format(near) or "there is none"), 0)
end

-- The options of a manifest, with those that the user set.  `model`, the address that Sonic
-- Engine's `models` name, is for those who have an option `url`.
local function options_of(facts, loading, set, model)
   local options = {}
   for name, value in pairs(facts.manifest.options or {}) do options[name] = value end
   if model and type(options.url) == "string" then options.url = model end
   for _, name in ipairs(sorted(set or {})) do
      local given = set[name]
      local value = options[name] ~= nil and like(options[name], given)
      loading.option = name
      if value == nil or options[name] == nil then refuse_option(facts, options, name, given) end
      options[name] = value
   end
   loading.option = nil
   return options
end

-- What tells this code from all other: a digest of all files that make it.
function load.code(sources)
   local sized = {}
   for i, source in ipairs(sources) do sized[i] = ("%d:%s"):format(#source, source) end
   return digest.sha256(table.concat(sized))
end

-- What went wrong, with the place.
local function located(loading, why)
   local is_located = type(why) == "string" and why:find(loading.path, 1, true)
   return is_located and why or ("%s: %s"):format(loading.path, tostring(why))
end

-- Runs the file; the class that it returns.  Raises what is wrong.
local function run(loading)
   local chunk, why = sandbox.compile(loading.source, loading.path, sandbox.world(loading))
   if not chunk then error(why, 0) end
   class.loading = loading
   local ok, made = limit.run(chunk, loading.name)
   class.loading = nil
   if not ok then error(located(loading, made), 0) end
   if not class.facts(made) then
      error(("%s: it returns %s: the last line of an extension returns what weir.feature, "
         .. "weir.extractor … made"):format(loading.path, type(made)), 0)
   end
   return made
end

-- An inference may say by its options what it wants and gives, in a method `fields`, and which
-- files that is from; from here on its manifest says so.
local function ask_fields(made, facts, loading)
   if facts.kind ~= "inference" or type(made.fields) ~= "function" then return end
   local ok, told = pcall(made.fields, made)
   if not ok then error(located(loading, told), 0) end
   if type(told) ~= "table" then
      manifest.refuse(facts.place, "fields", "'fields' returns { wants = …, gives = … }")
   end
   facts.manifest.wants = told.wants or facts.manifest.wants
   facts.manifest.gives = told.gives or facts.manifest.gives
   manifest.check(facts.kind, facts.manifest, facts.place)
   for _, file in ipairs(told.files or {}) do
      table.insert(loading.files, file)
      table.insert(loading.sources, assert(digest.file(file)))
   end
end

-- Checks a class and says what is known of it; raises what is wrong.
local function describe(made, loading, how)
   local facts = class.facts(made)
   loading.needs, loading.needs_known, facts.name = facts.manifest.needs, true, loading.name
   made.options = options_of(facts, loading, how.set, how.model)
   made.log, made.folder = how.log or log.of(loading.say or function () end), loading.folder
   ask_fields(made, facts, loading)
   local moments = moments_of(made, facts)
   if facts.kind == "feature" then check_feature(facts, moments) end
   local reads, publish = channels_of(facts, how), how.publish or facts.manifest.publish
   if facts.kind == "inference" then check_inference(facts, reads, publish) end
   local unmarked, optional = manifest.unmarked(facts.manifest)
   return {
      name = loading.name, path = loading.path, folder = loading.folder, class = made,
      kind = facts.kind, manifest = unmarked, place = facts.place, moments = moments,
      files = loading.files, sources = loading.sources, code = load.code(loading.sources),
      reads = reads, publish = publish, how = how, optional = optional,
   }
end

local function build(loading, how)
   local made = run(loading)
   local ext = describe(made, loading, how)
   check_requires(class.facts(made), loading)
   check_reach(class.facts(made), loading)
   ext.warnings = hints(made, ext.kind, ext.moments, ext.manifest, loading.path)
   return ext
end

-- The extension of a class that was made elsewhere, of the same files: `files` and their `sources`,
-- the first of which is the extension's own.  Raises what is wrong.
function load.described(made, files, sources, how)
   local path = files[1]
   return describe(made, {
      name = how.name or load.name(path), path = path, folder = path:match "^(.*)/" or ".",
      files = files, sources = sources,
   }, how)
end

-- Loads the extension of a file or folder.  `how` is what an instance says of it: `name` (that of
-- the file unless told), `set` (options, by name), `say` (prints for it), `log` (a weir.log),
-- `subscribe` and `publish` (channels in place of its manifest's).
-- Returns nil and the reason when it cannot; behind that the option that it is about, if it is one.
function load.file(path, how)
   if how and how.confined then return require "weir.confined.proxy".load(path, how) end
   local file, source = load.read(path)
   if not file then return nil, source end
   return load.text(file, source, how)
end

-- The same of a text, which is that of the file `path`.  `find` gives it modules, as sandbox.find
-- does, which it is unless told.
function load.text(path, source, how, find)
   if #source > LARGEST then return nil, ("'%s' has more than %d bytes"):format(path, LARGEST) end
   local folder = path:match "^(.*)/" or "."
   how = how or {}
   local loading = {
      name = how.name or load.name(path), path = path, folder = folder, source = source,
      files = { path }, sources = { source }, required = {}, reached = {},
      say = how.say or function () end,
      find = find or function (name) return sandbox.find(folder, name) end,
   }
   local ok, ext = pcall(build, loading, how)
   if ok then return ext end
   class.loading = nil
   return nil, tostring(ext), loading.option
end

return load
