-- weir ext stubs: what editors are told is what the library has.

local capture = require "weir.capture"
local desk    = require "desk"
local kinds   = require "weir.extension.kinds"
local meta    = require "weir.cli.ext.meta"
local schema  = require "weir.schema"
local slice   = require "weir.slice"
local try     = require "try"
local weir    = require "weir"

local files = meta.files()
local records, library = files["library/weir/records.lua"], files["library/weir.lua"]

-- The types of the fields of a class, by name.
local function fields_of(text, class)
   local head = "%-%-%-@class " .. class:gsub("%.", "%%.") .. "%f[^%w.]"
   local body, fields = text:match(head .. "([^\n]*\n.-)\n\n"), nil
   for name, kind in (body or ""):gmatch "%-%-%-@field ([^%s?]+)%?? (%S+)" do
      fields = fields or {}
      fields[name:match '^%["(.*)"%]$' or name] = kind
   end
   return assert(fields, class)
end

-- Whether a value is of a type of LuaLS.
local function is_of(value, kind)
   if value == nil then return kind:find "%?$" ~= nil end
   kind = kind:gsub("%?$", "")
   local lua = type(value)
   if kind == "integer" then return lua == "number" and value % 1 == 0 end
   if kind == "number" or kind == "string" then return lua == kind end
   if kind:find "%[%]$" then return lua == "table" end
   return lua == "cdata"
end

describe("the stubs", function ()
   it("are Lua, and begin as LuaLS wants them", function ()
      for path, text in pairs(files) do
         if path:find "%.lua$" then
            assert(loadstring(text, path))
            assert(text:find "^%-%-%-@meta\n", path)
         end
      end
      assert(files["config.json"]:find '"settings"')
   end)

   it("have every field of every record", function ()
      for _, kind in ipairs(schema.kinds) do
         local fields = fields_of(records .. "\n", "weir." .. kind)
         for _, field in ipairs(schema.spread(schema.of(kind))) do
            assert(fields[field.name], kind .. "." .. field.name)
         end
      end
   end)

   it("say of each field what Lua reads", function ()
      local options = {
         flows = true, begins = true, seconds = true, stats = true, splt = 3, tcp = true,
         offsets = true, protocols = true,
      }
      for _, path in ipairs { "web.pcap", "icmp.pcap", "tunnels.pcap", "vlan.pcap" } do
         for batch in assert(weir.open("samples/" .. path, options)):batches() do
            for r = 0, batch.run_count - 1 do
               local run = batch.runs[r]
               local kind = schema.kinds[run.kind + 1]
               local fields = fields_of(records .. "\n", "weir." .. kind)
               for i = run.first, run.first + run.count - 1 do
                  local record = batch[schema.of(kind).records][i]
                  for name, of in pairs(fields) do
                     if of:find "^weir%." == nil and not of:find "^table" and not of:find "^fun"
                        and of ~= "boolean" then
                        assert(is_of(record[name], of), ("%s.%s is no %s"):format(kind, name, of))
                     end
                  end
               end
            end
         end
      end
   end)

   it("have every key, moment, option and method", function ()
      for kind, own in pairs(kinds.all) do
         local manifest = fields_of(library, ("weir.%s.manifest"):format(kind))
         local class = fields_of(library, "weir." .. kind)
         for key in pairs(kinds.keys) do assert(manifest[key] and meta.KEYS[key], key) end
         for key in pairs(own.keys) do assert(manifest[key] and meta.KEYS[key], key) end
         for _, moment in ipairs(own.moments) do assert(class[moment], moment) end
      end
      local options = fields_of(library, "weir.open.options")
      for name in pairs(capture.OPTIONS) do assert(options[name], name) end
      local methods = fields_of(library, "weir.slice")
      for name in pairs(methods) do assert(slice.new(nil, 0)[name], name) end
      for name in pairs(weir) do
         assert(library:find("function weir." .. name, 1, true)
            or library:find("@field " .. name, 1, true), name)
      end
   end)

   it("have what the modules for the web have, and nothing else", function ()
      for _, name in ipairs { "html", "http", "url", "json" } do
         local stub, module = files["library/weir/" .. name .. ".lua"], weir[name]
         for member, value in pairs(module) do
            local is_shown = type(value) ~= "function" or name == "json" and member == "record"
            assert(is_shown or stub:find(("function %s.%s("):format(name, member), 1, true), member)
         end
      end
      local page = weir.html.parse "<p>x"
      for object, method in files["library/weir/html.lua"]:gmatch "function (%l+):(%l+)" do
         local one = object == "page" and page or page:one "p"
         assert.is_function(one[method])
      end
      for _, name in ipairs { "url", "json", "text" } do
         for member in files["library/weir/" .. name .. ".lua"]:gmatch "function %l+%.([%w_]+)" do
            assert.is_function(weir[name][member])
         end
      end
   end)

   it("are written as an addon, with what extensions here give", function ()
      desk.with({ ["extensions/gaps.lua"] = desk.gaps }, function (run, root)
         local _, err, code = run "ext stubs"
         assert.equal(0, code, err)
         local folder = root .. "/data/weir/lua-meta/"
         assert.equal(library, try.contents(folder .. "library/weir.lua"))
         assert(try.contents(folder .. "library/weir/extensions.lua"):find(
            "@field gap number? a number, given by gaps", 1, true))
         assert.equal(0, select(3, run "ext stubs here"))
         assert.equal(files["config.json"], try.contents(root .. "/here/config.json"))
         assert.equal(3, select(3, run "ext stubs /proc/nowhere"))
      end)
   end)
end)
