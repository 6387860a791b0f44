-- What channels, groups, consumers and producers may be called.

local names = {}

-- Raises an error when `name`, of a `what`, is none; `level` says whose error it is.
function names.check(what, name, level)
   if type(name) == "string" and #name <= 200 and name:find "^[%w_][%w_.@/-]*$" then return end
   error(("'%s' is no name of a %s: letters, digits and _ . - @ / are"):format(tostring(name), what),
      level + 1)
end

return names
