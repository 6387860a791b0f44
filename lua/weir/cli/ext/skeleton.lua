-- Writes new extensions: a folder with code, a sample, what is expected of it, and a README.
--
--    assert(skeleton.write { kind = "feature", name = "silence", folder = "extensions/silence" })
--    assert(skeleton.expect { "extensions/silence" })

local company  = require "weir.cli.ext.company"
local gather   = require "weir.cli.ext.gather"
local golden   = require "weir.extension.golden"
local hello    = require "weir.cli.ext.hello"
local host     = require "weir.host"
local sample   = require "weir.cli.ext.sample"
local schema   = require "weir.schema"
local stubs    = require "weir.cli.ext.stubs"
local template = require "weir.cli.ext.template"
local written  = require "weir.cli.ext.written"

local skeleton = {}

-- The word of Lua that stands for a name: "my_idea" of "my-idea".
local function word_of(name) return (name:gsub("-", "_")) end

-- Why a name is none for an extension; nil when it is one.
function skeleton.objection(name)
   local word = word_of(name)
   if not name:find "^%l[%l%d_-]*$" or #name > 40 then
      return ("'%s' is no name for an extension: small letters, digits, _ and -, a letter first")
         :format(name)
   elseif not loadstring(("local %s"):format(word)) or word == "weir" then
      return ("'%s' is a word of Lua or Weir: choose another name"):format(name)
   elseif schema.of "flow".names[word] or word == "failed" or word == "generation" then
      return ("'%s' is a field of every flow: choose another name"):format(name)
   end
end

-- Where the stubs are, as .luarc.json can say it for every machine.
local function place_of_stubs()
   local folder, home = stubs.folder() or "lua-meta", os.getenv "HOME"
   if home and home ~= "" and folder:sub(1, #home + 1) == home .. "/" then
      return "${env:HOME}" .. folder:sub(#home + 1)
   end
   return folder
end

-- Writes .luarc.json into a folder.
function skeleton.luarc(folder)
   return written.file(folder .. "/.luarc.json",
      template.fill(template.luarc, { STUBS = place_of_stubs() }))
end

-- Why nothing can be written there; nil when it can.
function skeleton.taken(folder)
   if host.is_folder(folder) or host.is_file(folder) then
      return ("'%s' is there already, and stays as it is: choose another name"):format(folder)
   end
end

-- Writes an extension.  o: kind, name, folder; field (of an extractor: what it wants); ext and
-- shown (how --ext and other commands name it, where that is not the folder's path).
-- Nil and the reason when it cannot.
function skeleton.write(o)
   local parts = {
      NAME = o.name, ID = word_of(o.name), KIND = o.kind, PATH = o.shown or o.folder,
      FIELD = o.field, WANTS = o.field and template.wants, MORE = o.field and template.more,
      EXT = o.ext or o.folder, FACTS = o.kind == "extractor" and " --facts" or nil,
   }
   for file, text in pairs {
      ["init.lua"] = template.fill(template[o.kind], parts),
      ["README.md"] = template.fill(template.readme, parts),
      ["sample.pcap"] = hello.pcap(),
   } do
      local ok, why = written.file(o.folder .. "/" .. file, text)
      if not ok then return nil, why end
   end
   return true
end

-- Runs the extensions in these folders over their samples, and writes what they make as what is
-- expected.  Nil and the reason when it cannot.
function skeleton.expect(folders)
   local list, why = gather.named(folders)
   if not list then return nil, why end
   local around = company.new(gather.load(list))
   for _, found in ipairs(list) do
      if not found.ext then return nil, found.why end
      for _, paths in ipairs(golden.samples(found.ext)) do
         local result = sample.run(around, found, paths, true)
         if result.state ~= "ok" and result.state ~= "written" then return nil, result.why end
      end
   end
   return true
end

return skeleton
