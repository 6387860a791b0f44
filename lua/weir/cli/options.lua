-- A declarative command line, in the manner of getopt_long.
--
--    local spec = { "Input", { "r", "read", value = "FILE", help = "read packets from FILE" } }
--    local values, rest = options.parse(spec, arg)   -- values.read; or nil and what is wrong

local nearest = require "weir.nearest"
local text    = require "weir.text"

-- A spec is an array in the order of the help: headings are strings, and an option is a table
-- { short or nil, long, … } with
--    help      what it does
--    value     the name of its value; without one the option is a flag
--    kind      "number" (whole and not negative, or any with real = true), "size" (64k, 8M, 1G),
--              "list" (comma-separated, an array)
--    choices   the values it takes
--    many      may be repeated: an array of all values, in order
--    count     a flag that counts how often it is given
--    complete  what a shell offers as its value: see weir.cli.completion
local options = {}

local function quote(s) return "'" .. text.safe(s) .. "'" end

-- All short (1) or long (2) names of a spec.
local function names(spec, which)
   local all = {}
   for _, entry in ipairs(spec) do
      if type(entry) == "table" then all[#all + 1] = entry[which] end
   end
   return all
end

local function guess(word, words, dashes)
   local name = nearest(word, words)
   return name and ": did you mean '" .. (dashes or "") .. name .. "'?" or ""
end

local function find(spec, which, name)
   for _, entry in ipairs(spec) do
      if type(entry) == "table" and entry[which] == name then return entry end
   end
end

-- Finds a long option by its name, or by a beginning that only it has.
local function find_long(spec, name)
   local exact, begun = find(spec, 2, name), {}
   if exact then return exact end
   for _, long in ipairs(names(spec, 2)) do
      if name ~= "" and long:sub(1, #name) == name then begun[#begun + 1] = long end
   end
   if #begun == 1 then return find(spec, 2, begun[1]) end
   local said = quote("--" .. name)
   if #begun > 1 then
      return nil, "option " .. said .. " could be '--" .. table.concat(begun, "' or '--") .. "'"
   end
   return nil, "unknown option " .. said .. guess(name, names(spec, 2), "--")
end

-- As in coreutils: k and KiB are 1024 bytes, kB is 1000.
local units = { [""] = 1, b = 1 }
for power, letter in ipairs { "k", "m", "g", "t" } do
   units[letter], units[letter .. "ib"] = 1024 ^ power, 1024 ^ power
   units[letter .. "b"] = 1000 ^ power
end

-- Each kind reads the text of a value, and returns nil or false when it cannot.
local kinds, wanted = {}, {
   number = "a number", real = "a number", size = "a size such as 64k, 8M or 1G",
   list = "values with commas between",
}

local most = 2 ^ 53   -- beyond it a double is no longer exact

function kinds.number(value)
   local number = value:find "^%d+$" and tonumber(value)
   return number and number <= most and number
end

function kinds.real(value)
   local number = not value:find "[^%d.eE+-]" and tonumber(value)
   return number and number - number == 0 and number   -- 1e999 is infinite
end

function kinds.size(value)
   local digits, unit = value:match "^([%d.]+)(%a*)$"
   local number, factor = tonumber(digits), units[unit and unit:lower()]
   local bytes = number and factor and math.floor(number * factor)
   return bytes and bytes <= most and bytes
end

function kinds.list(value)
   local all = {}
   for item in value:gmatch "[^,]+" do all[#all + 1] = item end
   return all[1] and all
end

local function items(result) return type(result) == "table" and result or { result } end

local function append(all, more)
   for _, item in ipairs(more) do all[#all + 1] = item end
   return all
end

-- The first of the items that is not among the choices.
local function stranger(all, choices)
   local known = {}
   for _, choice in ipairs(choices) do known[choice] = true end
   for _, item in ipairs(all) do
      if not known[item] then return item end
   end
end

-- What the text `value` means to `entry`; or nil and why it means nothing.  `name` is as given.
local function read(entry, name, value)
   local kind, result = entry.real and "real" or entry.kind, value
   if kind then result = kinds[kind](value) end
   if not result then
      return nil, ("option '%s' needs %s, not %s"):format(name, wanted[kind], quote(value))
   end
   local bad = entry.choices and stranger(items(result), entry.choices)
   if not bad then return result end
   local choices = table.concat(entry.choices, ", "):gsub(", ([^,]*)$", " or %1")
   return nil, ("option '%s' takes %s, not %s%s"):format(name, choices, quote(bad),
      guess(bad, entry.choices))
end

-- Puts an option, with or without the text of its value, into `values`; returns why it cannot.
local function accept(values, entry, name, value)
   local key = entry[2]:gsub("%-", "_")
   if not entry.value then
      values[key] = entry.count and (values[key] or 0) + 1 or true
      return
   end
   if not value then return ("option '%s' needs a value (%s)"):format(name, entry.value) end
   local result, why = read(entry, name, value)
   if not result then return why end
   values[key] = entry.many and append(values[key] or {}, items(result)) or result
end

-- Takes --name, --name=value or --name value; returns what is wrong.  `take` gives the next word.
local function take_long(spec, values, word, take)
   local name, equals, value = word:match "^%-%-([^=]*)(=?)(.*)$"
   local entry, why = find_long(spec, name)
   if not entry then return why end
   if equals == "" then
      value = entry.value and take()
   elseif not entry.value then
      return ("option '--%s' takes no value"):format(entry[2])
   end
   return accept(values, entry, "--" .. entry[2], value)
end

-- Takes -n, -nq, -c5 or -c 5; returns what is wrong.
local function take_short(spec, values, word, take)
   local letters = word:sub(2)
   while letters ~= "" do
      local letter, others = letters:sub(1, 1), letters:sub(2)
      local entry, value = find(spec, 1, letter), nil
      if not entry and #word == 2 then
         return "unknown option " .. quote(word) .. guess(letter, names(spec, 1), "-")
      elseif not entry then   -- perhaps a long option that lost a dash
         return ("unknown option %s in %s%s"):format(quote("-" .. letter), quote(word),
            guess(word:sub(2), names(spec, 2), "--"))
      end
      if entry.value then value, others = others ~= "" and others or take(), "" end
      local why = accept(values, entry, "-" .. letter, value)
      if why then return why end
      letters = others
   end
end

-- Reads the words of `argv` (from 1).  Returns the options by long name, with _ for -, and an array
-- of all other words; or nil and what is wrong.  Options and words may be mixed; "--" ends options.
function options.parse(spec, argv)
   local values, rest, at, ended = {}, {}, 0, false
   local function take()
      at = at + 1
      return argv[at]
   end
   for word in take do
      local why
      if ended or word == "-" or word:sub(1, 1) ~= "-" then
         rest[#rest + 1] = word
      elseif word == "--" then
         ended = true
      elseif word:sub(1, 2) == "--" then
         why = take_long(spec, values, word, take)
      else
         why = take_short(spec, values, word, take)
      end
      if why then return nil, why end
   end
   return values, rest
end

-- "-r, --read=FILE", the left column of the help.
local function synopsis(entry)
   local name = (entry[1] and "-" .. entry[1] .. ", " or "    ") .. "--" .. entry[2]
   return entry.value and name .. "=" .. entry.value or name
end

-- What an option does, with the values it takes.
function options.about(entry)
   local choices = entry.choices and " (" .. table.concat(entry.choices, ", ") .. ")" or ""
   return (entry.help or "") .. choices
end

-- Adds to `out` an option in two columns; a long left one has its line to itself.
local function describe(out, entry, left, width)
   local line = "  " .. synopsis(entry)
   local lines = text.wrap(options.about(entry), width - left)
   if text.width(line) + 2 > left then
      out[#out + 1], line = line, ""
   end
   for _, part in ipairs(lines) do
      local full = line .. (" "):rep(left - text.width(line)) .. part
      out[#out + 1], line = full:gsub(" +$", ""), ""
   end
end

-- The width of the left column: that of the longest option, but not more than a third.
local function indent(spec, width)
   local longest = 8
   for _, entry in ipairs(spec) do
      local own = type(entry) == "table" and text.width(synopsis(entry)) + 4 or 0
      if own <= math.max(width / 3, 24) then longest = math.max(longest, own) end
   end
   return longest
end

-- Adds to `out` the lines of `s`, each after `margin`.
local function add(out, s, margin, width)
   for _, line in ipairs(text.wrap(s, width - #margin)) do out[#out + 1] = margin .. line end
end

-- The help of a command { name, about, usage = "weir read [options] FILE", examples = { { "weir
-- read x.pcap", "what it does" }, … } }, `width` columns wide (80).  Only the name is needed.
function options.help(command, spec, width)
   width = width or 80
   local left = indent(spec, width)
   local out = { "usage: " .. (command.usage or "weir " .. command.name .. " [options]") }
   if command.about then add(out, "\n" .. command.about, "", width) end
   for i, entry in ipairs(spec) do
      if type(entry) == "string" then
         out[#out + 1] = "\n" .. entry
      else
         if i == 1 then out[#out + 1] = "\nOptions" end
         describe(out, entry, left, width)
      end
   end
   for i, example in ipairs(command.examples or {}) do
      if i == 1 then out[#out + 1] = "\nExamples" end
      out[#out + 1] = "  " .. example[1]
      add(out, example[2], "      ", width)
   end
   return table.concat(out, "\n") .. "\n"
end

return options
