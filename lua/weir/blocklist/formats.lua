-- The forms that lists come in.  Each has a `read(line, list)`: true when it added something,
-- "left" for what is right but of no use here, nil when the line makes no sense.  `list` has `set`,
-- and `allowed`, a set of exceptions.

local new_set = require "weir.blocklist.set".new
local trim    = require "weir.text".trim
local word    = require "weir.blocklist.word"

local formats = {}

-- Names that hosts files have of their own.
local OWN = {
   localhost = true, ["localhost.localdomain"] = true, ["local"] = true, broadcasthost = true,
   ["ip6-localhost"] = true, ["ip6-loopback"] = true, ["ip6-localnet"] = true,
   ["ip6-mcastprefix"] = true, ["ip6-allnodes"] = true, ["ip6-allrouters"] = true,
   ["ip6-allhosts"] = true, ["0.0.0.0"] = true,
}
local NOBODY = { ["0.0.0.0"] = true, ["127.0.0.1"] = true, ["::"] = true, ["::1"] = true }

-- ---- one entry a line -------------------------------------------------------------------------

formats.plain = {}

-- A line without a comment that stands behind something else (Spamhaus has "; SBL1").
local function before_comment(line)
   local at = line:find "%s[;#]"
   return at and trim(line:sub(1, at)) or line
end

-- Networks, names, hashes, URLs.
function formats.plain.read(line, list) return word.add(list.set, before_comment(line)) end

-- ---- hosts --------------------------------------------------------------------------------------

formats.hosts = {}

-- "0.0.0.0 one.example two.example".
function formats.hosts.read(line, list)
   local address, names = line:match "^(%S+)%s+([^#]+)"
   if not address or not (NOBODY[address] or word.number(address) or address:find "^fe80::"
      or address:find "^ff0%d::") then return nil end
   local result
   for name in names:gmatch "%S+" do
      if OWN[name:lower()] then
         result = result or "left"
      elseif name:find(".", 1, true) and word.add_name(list.set, name) then      -- no whole "com"
         result = true
      end
   end
   return result
end

-- ---- AdBlock ------------------------------------------------------------------------------------

formats.adblock = {}

-- What may be said behind a name that is meant as a whole.  Others mean some requests, as "image",
-- or none, as "removeparam=id", "generichide" and "badfilter".
local WHOLE = {
   important = true, ["third-party"] = true, ["3p"] = true, document = true, doc = true,
   popup = true, all = true, network = true,
}

local function is_whole(rest)
   if rest == "" or rest == "^" or rest == "^|" then return true end
   local said = rest:match "^%^?%$(.+)$"
   for one in (said or "part"):gmatch "[^,]+" do
      if not WHOLE[one] then return false end
   end
   return true
end

-- "||ads.example^" is a name with those below it, "@@||good.example^" an exception; what hides
-- parts of pages, or means parts of URLs, is of no use here.
function formats.adblock.read(line, list)
   if line:find "^%[" or line:find("##", 1, true) or line:find("#@#", 1, true)
      or line:find("#?#", 1, true) then return "left" end
   local except, name, rest = line:match "^(@?@?)||([^%^/$|]+)(.*)$"
   if not name then return word.add(list.set, line) or line:find "[|*/^]" and "left" or nil end
   if not is_whole(rest) or name:find "%*." then return "left" end
   return word.add_name(except == "@@" and list.allowed or list.set, name)
      or word.add(except == "@@" and list.allowed or list.set, name)
end

-- ---- response policy zones ----------------------------------------------------------------------

formats.rpz = {}

-- The network of "24.0.100.51.198.rpz-ip".
local function add_policy_address(set, text)
   local bits, d, c, b, a = text:match "^(%d+)%.(%d+)%.(%d+)%.(%d+)%.(%d+)$"
   if not bits then return "left" end                    -- IPv6 is written in a way of its own
   return word.add(set, ("%s.%s.%s.%s/%s"):format(a, b, c, d, bits))
end

-- "bad.example CNAME ." and "*.bad.example CNAME ."; rpz-passthru. is an exception.
function formats.rpz.read(line, list)
   local origin = line:match "^%$ORIGIN%s+(%S+)"
   if origin then list.origin = "." .. origin:gsub("%.$", ""):lower() end
   if line:find "^[$@]" or line:find "%f[%w]SOA%s" or line:find "%f[%w]NS%s" then
      return "left"
   end
   local words = {}
   for one in before_comment(line):gmatch "%S+" do words[#words + 1] = one end
   local name, kind, target = words[1], words[#words - 1], words[#words]
   if #words < 3 or not (kind == "CNAME" or kind == "A" or kind == "AAAA") then return nil end
   local zone = list.origin or ""
   if name:sub(-1) == "." then
      name = name:sub(1, -2)
      if name:sub(-#zone):lower() == zone then name = name:sub(1, -#zone - 1) end
   end
   local into = target:lower():find "^rpz%-passthru" and list.allowed or list.set
   local policy = name:match "^(.*)%.rpz%-ip$"
   if policy then return add_policy_address(into, policy) end
   if name:find "%.rpz%-" then return "left" end
   local is_below = name:find "^%*%."
   return word.add_name(into, name, is_below and word.BELOW or word.EXACT)
end

-- ---- tables ------------------------------------------------------------------------------------

formats.csv = {}

-- The fields of a line with commas between, quoted or not.
function formats.csv.fields(line)
   local list, at = {}, 1
   while at <= #line + 1 do
      local first = line:match('^%s*"()', at)
      local comma
      if first then
         local last = line:find('"', first, true)
         while last and line:byte(last + 1) == 34 do last = line:find('"', last + 2, true) end
         list[#list + 1] = line:sub(first, (last or 0) - 1)
         comma = last and line:find(",", last, true)
      else
         comma = line:find(",", at, true)
         list[#list + 1] = trim(line:sub(at, (comma or 0) - 1))
      end
      at = (comma or #line + 1) + 1
   end
   return list
end

-- The column that tells whom a table is about: the one in which most such things are, the first of
-- several.  Each thing counts once: links to the list's own pages are of one host.
function formats.csv.prepare(lines, list)
   local found, best = {}, nil
   for _, line in ipairs(lines) do
      for i, text in ipairs(formats.csv.fields(line)) do
         found[i] = found[i] or new_set()
         word.add(found[i], text)
      end
   end
   for i, things in ipairs(found) do
      if things.count > (best and found[best].count or 0) then best = i end
   end
   list.column = best
end

function formats.csv.read(line, list)
   if not line:find(",", 1, true) then return nil end
   local text, is_first = formats.csv.fields(line)[list.column or 0], not list.begun
   list.begun = true
   return text and word.add(list.set, text) or is_first and "left" or nil     -- columns' names
end

formats.order = { "plain", "adblock", "hosts", "rpz", "csv" }        -- of two that fit, the first

return formats
