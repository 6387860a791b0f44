-- URLs: taken apart, joined, made comparable; their queries; who registered their hosts.
--
--    url.parse("http://Example.org:80/a/../b?x=1").host    --> "example.org"
--    url.normal "HTTP://Example.org:80/a/../b"             --> "http://example.org/b"
--    url.site "www.example.co.uk"                          --> "example.co.uk"
--
-- They are read as browsers read them: blanks around them and line breaks inside do not count, "\"
-- is "/" on the web, hosts are in lower case.

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C

local url, parts = {}, {}                 -- the module; what all that is taken apart has

local LONGEST = 65536                     -- bytes of a URL
local PAIRS = 1000                        -- of a query
local HOST = 254
local room = ffi.new("char[?]", HOST + 1)

-- Schemes of the web, whose URLs have a host, and the ports they need not say.
local WEB = { http = 80, https = 443, ws = 80, wss = 443, ftp = 21 }

-- ---- percents --------------------------------------------------------------------------

local function byte_of(digits) return string.char(tonumber(digits, 16)) end

-- What stands for itself behind "%"; with `plus`, as in queries, "+" is a blank.
function url.unescape(text, plus)
   if plus then text = text:gsub("%+", " ") end
   return (text:gsub("%%(%x%x)", byte_of))
end

local function percent(c) return ("%%%02X"):format(c:byte()) end

-- A text such that it is one word of a path or of a query.
function url.escape(text) return (text:gsub("[^%w%-._~]", percent)) end

-- One form of what can be written in several: what needs no percent has none, digits are capital.
local function plain(part)
   part = part:gsub("%%(%x%x)", function (digits)
      local c = byte_of(digits)
      return c:find "[%w%-._~]" and c or "%" .. digits:upper()
   end)
   return (part:gsub("[%z\1-\32\"<>\127-\255]", percent))
end

-- ---- names of hosts ----------------------------------------------------------------------

-- What a function of C makes of a host: a text; nil when there is none, or with a reason.
local function ask(f, host)
   if #host >= HOST or host:find "%z" then return nil end
   local size = f(host, room, HOST)
   if size < 0 then return nil, abi.reason() end
   return size > 0 and ffi.string(room, size) or nil
end

-- A name as DNS has it, in ASCII and lower case: "bücher.example" is "xn--bcher-kva.example".  nil
-- when it cannot be one, or with the reason when the library for it is not there.
function url.ascii(host)
   if not host:find "[\128-\255]" then return host:lower() end
   return ask(C.weir_url_ascii, host)
end

-- The same as people read it.
function url.unicode(host)
   if not host:lower():find "xn%-%-" then return host:lower() end
   return ask(C.weir_url_unicode, host:lower())
end

local function is_address(host) return host:find "^%[" or host:find "^[%d.]+$" or host:find ":" end

-- The domain under which a host was registered: nil for an address, and for a suffix that is
-- everybody's, such as "co.uk"; and with the reason when the library for it is not there.
function url.site(host)
   if type(host) ~= "string" then error("a host is a text, not a " .. type(host), 2) end
   host = url.ascii((host:gsub("%.$", ""))) or host
   if host == "" or is_address(host) then return nil end
   return ask(C.weir_url_site, host)
end

-- ---- parts -------------------------------------------------------------------------------

-- The user, host and port of what stands behind "//"; nil and why when it is none.
local function authority(self, text)
   local user, rest = text:match "^(.*)@([^@]*)$"
   if user then self.user, self.password = user:match "^([^:]*):?(.*)$" end
   if self.password == "" then self.password = nil end
   local host, port = (rest or text):match "^(%[[%x:.]+%]):?(%d*)$"
   if not host then host, port = (rest or text):match "^([^:]*):?(%d*)$" end
   if not host then return nil, "its host makes no sense" end
   local name, why = url.ascii(url.unescape(host))
   local is_name = name and not name:find "[%z\1-\32#/<>?@\\^|%%]"
   if not is_name then return nil, why or "its host is no name" end
   self.host = name
   self.port = tonumber(port)
   if self.port and self.port > 65535 then return nil, "its port is none" end
   if self.port == WEB[self.scheme] then self.port = nil end
   return self
end

-- "a/b/../c/./d" is "a/c/d"; a path never leads out of its root.
local function without_dots(path)
   if not path:find "/[.%%]" then return path end
   local kept = {}
   for part in path:gmatch "/([^/]*)" do
      local name = part:gsub("%%2[eE]", ".")
      if name == ".." then
         kept[#kept] = nil
      elseif name ~= "." then
         kept[#kept + 1] = part
      end
   end
   if path:find "/%.%.?$" then kept[#kept + 1] = "" end
   return "/" .. table.concat(kept, "/")
end

local function cleaned(text)
   if text:find "[\t\r\n]" then text = text:gsub("[\t\r\n]", "") end
   local first, last = text:find "[^%z\1-\32]", #text
   if not first then return "" end
   while text:find("^[%z\1-\32]", last) do last = last - 1 end
   return text:sub(first, last)
end

-- What is behind the first such byte, and what is before it.
local function cut(text, mark)
   local at = text:find(mark, 1, true)
   if not at then return text, nil end
   return text:sub(1, at - 1), text:sub(at + 1)
end

-- The parts of a reference: scheme, slashes before an authority, the rest.
local function split(text, base_scheme)
   local self = setmetatable({}, parts)
   text, self.fragment = cut(text, "#")
   local scheme, rest = text:match "^(%a[%w+.-]*):(.*)$"
   if scheme then self.scheme, text = scheme:lower(), rest end
   local is_web = WEB[self.scheme or base_scheme]
   text, self.query = cut(text, "?")
   if is_web then text = text:gsub("\\", "/") end
   local named = text:match "^//(.*)$"
   if self.scheme and is_web then named = text:gsub("^/*", "") end
   if named then
      local slash = named:find "/"
      self.authority, text = named:sub(1, (slash or 0) - 1), slash and named:sub(slash) or ""
   end
   self.path = text
   return self
end

local function finish(self)
   if self.authority then
      local ok, why = authority(self, self.authority)
      if not ok then return nil, why end
      self.authority = nil
   end
   if WEB[self.scheme] then
      if not self.host or self.host == "" then return nil, "it has no host" end
      if self.path == "" then self.path = "/" end
   end
   if self.path:sub(1, 1) == "/" then self.path = without_dots(self.path) end
   return self
end

-- A URL as a table of its parts, each as it is written: scheme, user, password, host, port (only
-- one that is not the scheme's own), path, query, fragment.  nil and the reason when it is none.
function url.parse(text)
   if type(text) ~= "string" then error("a URL is a text, not a " .. type(text), 2) end
   if #text > LONGEST then return nil, ("it has more than %d bytes"):format(LONGEST) end
   local self = split(cleaned(text))
   if not self.scheme then return nil, "it has no scheme" end
   return finish(self)
end

function parts:__tostring()
   local user = self.user and (self.user .. (self.password and ":" .. self.password or "") .. "@")
   local port = self.port and ":" .. self.port or ""
   return ("%s:%s%s%s%s"):format(self.scheme,
      self.host and "//" .. (user or "") .. self.host .. port or "", self.path,
      self.query and "?" .. self.query or "", self.fragment and "#" .. self.fragment or "")
end

local function parsed(value)
   if type(value) == "table" then return value end
   return url.parse(value)
end

-- What a reference means on a page: a URL as a text; nil and the reason when it is none.  The page
-- is a URL, or what url.parse made of one.
function url.join(page, reference)
   local base, why = parsed(page)
   if not base then return nil, why end
   if #reference > LONGEST then return nil, ("it has more than %d bytes"):format(LONGEST) end
   local self = split(cleaned(reference), base.scheme)
   if self.scheme then
      local whole, reason = finish(self)
      return whole and tostring(whole), reason
   end
   self.scheme = base.scheme
   if not self.authority then
      for _, part in ipairs { "user", "password", "host", "port" } do self[part] = base[part] end
      if self.path == "" then
         self.path, self.query = base.path, self.query or base.query
      elseif self.path:sub(1, 1) ~= "/" then
         self.path = (base.path:match "^.*/" or "/") .. self.path
      end
   end
   local whole, reason = finish(self)
   return whole and tostring(whole), reason
end

-- The form of a URL in which equal ones are the same text: without the fragment, and without what
-- the scheme implies.
function url.normal(text)
   local self, why = parsed(text)
   if not self then return nil, why end
   return tostring(setmetatable({
      scheme = self.scheme, user = self.user, password = self.password, host = self.host,
      port = self.port, path = plain(self.path), query = self.query and plain(self.query),
   }, parts))
end

-- ---- queries -----------------------------------------------------------------------------

-- What a query says: a table of the values by name, of which the first counts; and all of it, as an
-- array of { name =, value = }.  `text`: a URL, what url.parse made of one, or "a=1&b=2".
function url.query(text)
   local query = text
   if type(text) == "table" then
      query = text.query or ""
   elseif text:find "^%a[%w+.-]*://" then
      query = select(2, cut((cut(text, "#")), "?")) or ""
   end
   local map, list = {}, {}
   for pair in query:gmatch "[^&]+" do
      local name, value = cut(pair, "=")
      name, value = url.unescape(name, true), url.unescape(value or "", true)
      list[#list + 1] = { name = name, value = value }
      if map[name] == nil then map[name] = value end
      if #list == PAIRS then break end
   end
   return map, list
end

return url
