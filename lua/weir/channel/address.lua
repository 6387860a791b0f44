-- Where a Redis is: redis://user:password@host:port/database, or unix://user:password@/path?db=N.

local url = require "weir.url"

local address = {}

local PORT, LAST_PORT = 6379, 65535

-- A word of the URL with what stands behind its percents; nil when it is empty or absent.
local function word(text) return text and text ~= "" and url.unescape(text) or nil end

local function database_of(text)
   if text == nil or text == "" then return 0 end
   return tonumber(text:match "^%d%d?%d?%d?$")
end

-- What stands before the last '@', as a user and a password, and what is behind it.
local function login_of(text)
   local login, rest = text:match "^(.*)@([^@]*)$"
   local user, password = (login or ""):match "^([^:]*):?(.*)$"
   return word(user), word(password), rest or text
end

-- A path may have an '@' of its own; a '?' of its own is %3F.
local function socket(rest)
   local user, password
   if rest:sub(1, 1) ~= "/" then
      user, password, rest = login_of(rest)
   end
   local path, asked = rest:match "^([^?]*)%??(.*)$"
   local number = asked:match "^db=(.*)$"
   local database = (asked == "" or number) and database_of(number)
   path = word(path)
   if not path or path:sub(1, 1) ~= "/" or not database then
      return nil, "a socket's url is unix:///path, or unix://user:password@/path?db=N"
   end
   return { path = path, database = database, user = user, password = password, shown = path }
end

-- Options for weir.redis, and `shown`, which names the server without its password; or nil and the
-- reason.
function address.parse(text)
   if text:find "^unix://" then return socket(text:sub(8)) end
   if text:find "^rediss:" then
      return nil, "Redis over TLS is not supported: use a tunnel, or a socket"
   end
   local rest = text:match "^redis://(.*)$"
   if not rest then return nil, "a url is redis://host:port/database, or unix:///path" end
   local user, password, place = login_of(rest)
   local ends, number = place:match "^([^/]*)/?(.*)$"
   local host, port = ends:match "^%[?(.-)%]?:(%d+)$"
   host, port = word(host or ends:match "^%[?(.-)%]?$"), tonumber(port or PORT)
   local database = database_of(number)
   if not host or host:find "%s" or port < 1 or port > LAST_PORT or not database then
      return nil, "a url is redis://user:password@host:port/database"
   end
   return { host = host, port = port, database = database, user = user, password = password,
      shown = ("%s:%d"):format(host, port) }
end

return address
