-- What channels, groups, consumers and producers may be called.

local names = {}

-- Raises an error when `name`, of a `what`, is none; `level` says whose error it is.
function names.check(what, name, level)
   if type(name) == "string" and #name <= 200 and name:find "^[%w_][%w_.@/-]*$" then return end
   error(("'%s' is no name of a %s: letters, digits and _ . - @ / make one"):format(
      tostring(name), what), level + 1)
end

-- A name that nobody else has.
function names.token()
   local file = assert(io.open("/dev/urandom", "rb"))
   local bytes = file:read(12)
   file:close()
   return (bytes:gsub(".", function (c) return ("%02x"):format(c:byte()) end))
end

return names
