-- Whether a manifest makes sense; says at which line it does not.
--
--    manifest.check("feature", { about = "…", gives = { size = "number" } }, place)

local kinds   = require "weir.extension.kinds"
local nearest = require "weir.nearest"
local schema  = require "weir.schema"
local sorted  = require "weir.sorted"

local manifest = {}

local NAME = 48                           -- bytes of a field's name
local FIELDS = 200                        -- that one extension may give
local CELLS = 4096                        -- of an array in memory
local ROWS = 100000                       -- of an inference's batch, and its seconds

-- The line of a key: the first one from the manifest's line on that sets it.
local function line_of(place, key)
   local number = 0
   for line in (place.source .. "\n"):gmatch "(.-)\n" do
      number = number + 1
      if number == place.line then line = line:gsub("^.-{", "") end
      if number >= place.line then
         local at = line:find(key, 1, true)
         while at do
            local before, after = line:sub(1, at - 1), line:sub(at + #key)
            local is_key = not before:find "[%w_]$" and after:find "^[\"'%]]*%s*=[^=]"
            local is_text = before:find "[\"']$" and after:find "^[\"']"
            if is_key or is_text then return number end
            at = line:find(key, at + 1, true)
         end
      end
   end
   return place.line
end

local function refuse(place, key, text, ...)
   error(("%s:%d: %s"):format(place.path, line_of(place, tostring(key)), text:format(...)), 0)
end

-- "did you mean 'x'?", or the choices.
local function hint(word, choices)
   local near = nearest(word, choices)
   if near then return ("did you mean '%s'?"):format(near) end
   return "it can be " .. table.concat(choices, ", ")
end

local function check_keys(kind, m, place)
   local own = kinds.all[kind].keys
   for key in pairs(m) do
      if type(key) ~= "string" then
         refuse(place, key, "a manifest has named keys, not a value of its own (%s)",
            tostring(m[key]))
      elseif not kinds.keys[key] and not own[key] then
         local known = sorted(kinds.keys)
         for _, name in ipairs(sorted(own)) do known[#known + 1] = name end
         refuse(place, key, "'%s' is no key of a manifest: %s", key, hint(key, known))
      end
   end
end

local function is_list(value)
   local count = 0
   for key, item in pairs(value) do
      count = count + 1
      if type(key) ~= "number" or type(item) ~= "string" then return false end
   end
   return count == #value
end

local function check_types(kind, m, place)
   for key, value in pairs(m) do
      local want = kinds.keys[key] or kinds.all[kind].keys[key]
      if want == "string" and type(value) ~= "string" then
         refuse(place, key, "'%s' is a text, not a %s", key, type(value))
      elseif want ~= "string" and type(value) ~= "table" then
         refuse(place, key, "'%s' is a table, not a %s", key, type(value))
      elseif want == "list" and not is_list(value) then
         refuse(place, key, "'%s' is a list of texts, such as { \"a\", \"b\" }", key)
      end
   end
end

local function check_gives(m, place)
   local names = sorted(m.gives)
   if #names > FIELDS then refuse(place, "gives", "it gives more than %d fields", FIELDS) end
   for _, name in ipairs(names) do
      local kind = m.gives[name]
      if type(name) == "number" then
         refuse(place, "gives", "'gives' says what each field is: gives = { %s = \"number\" }",
            tostring(kind))
      elseif type(name) ~= "string" or not name:find "^[%a_][%w_]*$" or #name > NAME then
         refuse(place, name, "'%s' is no name for a field: letters, digits and _, at most %d",
            tostring(name), NAME)
      elseif name == "failed" or name == "generation" then
         refuse(place, name, "the field '%s' is Weir's own: choose another name", name)
      elseif not kinds.gives[kind] then
         refuse(place, name, "'%s' cannot be a %s: %s", name, tostring(kind),
            hint(tostring(kind), sorted(kinds.gives)))
      end
   end
end

-- How an inference wants its rows: { size, seconds }.
local function check_batch(m, place)
   for _, name in ipairs(sorted(m.batch)) do
      local value = m.batch[name]
      if not kinds.batch[name] then
         refuse(place, name, "'%s' is nothing of a batch: %s", tostring(name),
            hint(tostring(name), sorted(kinds.batch)))
      elseif type(value) ~= "number" or not (value > 0 and value <= ROWS) then
         refuse(place, name, "'%s' is a number, more than 0 and at most %d", name, ROWS)
      end
   end
end

-- Channels that an extension makes or reads: those of the core are the core's to make.
local function check_channels(m, place)
   for _, name in ipairs(m.publish or {}) do
      if not name:find "^[%a_][%w_.-]*$" or #name > NAME then
         refuse(place, "publish", "'%s' is no name for a channel: letters, digits, _, . and -, at "
            .. "most %d", name, NAME)
      elseif schema.is_kind(name) then
         refuse(place, "publish", "'%s' is a channel of the core's: choose another name", name)
      end
   end
   if m.on and m.subscribe then
      refuse(place, "subscribe", "either 'on' or 'subscribe' says what it reads, not both")
   elseif m.subscribe and not m.subscribe[1] then
      refuse(place, "subscribe", "'subscribe' names no channel: leave it out, or name one")
   end
end

local function check_memory(m, place)
   for _, name in ipairs(sorted(m.memory)) do
      local text = m.memory[name]
      local kind, count = tostring(text):match "^([%w_]+)%s*(.*)$"
      local cells = count ~= "" and tonumber((count or "?"):match "^%[(%d+)%]$") or 1
      if type(name) ~= "string" or not name:find "^[%a_][%w_]*$" or name:find "^weir" then
         refuse(place, name, "'%s' is no name for a member of memory", tostring(name))
      elseif type(text) == "string" and kind and text:find "64" then
         refuse(place, name, "'%s' cannot be %s: Lua boxes numbers of 64 bits; say \"double\"",
            name, text)
      elseif type(text) ~= "string" or not kinds.numbers[kind]
         or (count ~= "" and not count:find "^%[%d+%]$") or cells < 1 or cells > CELLS then
         refuse(place, name, "'%s' cannot be %s: say \"double\", \"uint32_t\", \"uint8_t[16]\" …",
            name, tostring(text))
      end
   end
   if next(m.memory) == nil then refuse(place, "memory", "'memory' declares nothing") end
end

-- "name?" among the wants is read where it is there, but nobody has to give it, and it is not
-- measured for that.  Returns a manifest without these marks, and the set of such names.
function manifest.unmarked(m)
   local made, set, wants = {}, {}, {}
   for key, value in pairs(m) do made[key] = value end
   for i, want in ipairs(m.wants or {}) do
      wants[i] = want:match "^(.*)%?$" or want
      set[wants[i]] = wants[i] ~= want or nil
   end
   made.wants = m.wants and wants
   return made, set
end

-- Raises "path:line: what is wrong".  `place`: path, line and source of the file.
function manifest.check(kind, m, place)
   if type(m) ~= "table" then
      error(("%s:%d: weir.%s takes a manifest: a table"):format(place.path, place.line, kind), 0)
   end
   check_keys(kind, m, place)
   check_types(kind, m, place)
   if m.gives then check_gives(m, place) end
   if m.memory then check_memory(m, place) end
   if m.batch then check_batch(m, place) end
   check_channels(m, place)
end

-- Raises it about a key that is well formed, but wrong for another reason.
manifest.refuse = refuse

return manifest
