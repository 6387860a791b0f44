-- The text of what is loaded: of files, of modules that the program carries, of what was typed.
-- Comments above functions and at the beginning of modules are what `help` says of them.
--
--    local about = source.of_function(weir.open)      -- { head = "open(source, options)", text }

local host = require "weir.host"

local source = {}

local texts = {}                          -- of chunks, by their name

local function carried(name)
   local ok, sources = pcall(require, "weir.carried")
   return ok and sources(name) or nil
end

-- The text of a chunk by its `source`, as debug.getinfo has it; nil when nobody has it.
local function text_of(name, typed)
   local kind, path = name:sub(1, 1), name:sub(2)
   if kind == "=" and typed and typed[path] then return typed[path] end
   if texts[name] == nil then
      texts[name] = kind == "@" and host.contents(path) or kind == "=" and carried(path) or false
   end
   return texts[name] or nil
end

-- What was read may have changed: modules are loaded again.
function source.forget() texts = {} end

local function lines_of(text)
   local lines = {}
   for line in (text .. "\n"):gmatch "(.-)\n" do lines[#lines + 1] = line end
   return lines
end

-- The comment that ends above line `at`, without its dashes; "" when there is none.
local function comment_above(lines, at)
   local list = {}
   if at > 1 and lines[at - 1]:find "^for .* do$" then at = at - 1 end    -- several in a loop
   while at > 1 and lines[at - 1]:find "^%s*%-%-" and not lines[at - 1]:find "^%s*%-%- %-%-%-" do
      at = at - 1
      table.insert(list, 1, (lines[at]:gsub("^%s*%-%-+ ?", "")))
   end
   return table.concat(list, "\n")
end

-- The module that a chunk is, as far as its name tells: "weir.capture" of "lua/weir/capture.lua".
local function module_of(name)
   local inside = name:match "lua/(weir/.*)%.lua$" or name:match "lua/(weir)%.lua$"
   return inside and inside:gsub("/init$", ""):gsub("/", ".") or name
end

-- What a function's source says of it: { head, text, place }; `typed` are texts by their name.
-- Nil for what is built in, or where nobody has the source.
function source.of_function(f, typed)
   local about = debug.getinfo(f, "S")
   local text = about.what ~= "C" and text_of(about.source, typed)
   if not text then return nil end
   local lines = lines_of(text)
   local line = lines[about.linedefined] or ""
   local head = line:match "function%s+([%w_.:]*%b())" or line:match "function%s*(%b())"
   return {
      head = head or line:gsub("^%s+", ""), text = comment_above(lines, about.linedefined),
      place = module_of(about.short_src),
   }
end

-- Whether a function is one of an object's methods, as far as its source tells.
function source.is_method(f)
   local about = source.of_function(f)
   return not about or about.head:find "^[%w_.]*:" ~= nil or about.head:find "^%(self" ~= nil
end

-- The comment at the beginning of a module; nil when nobody has it.
function source.of_module(name)
   local path = package.searchpath(name, package.path)
   local text = carried(name) or path and host.contents(path)
   if path and not carried(name) then text = host.contents(path) end
   if not text then return nil end
   local lines = lines_of(text)
   local last = 1
   while lines[last + 1] and lines[last + 1]:find "^%-%-" do last = last + 1 end
   return comment_above(lines, last + 1)
end

return source
