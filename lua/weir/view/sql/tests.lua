-- Tests (weir.view.where) in SQL, for a relation (weir.view.sql).

local tests = {}

local test = {}

-- Whether SQL can say a test.
function tests.says(node)
   if node.op == "leaf" then return node.sql ~= nil end
   for _, inner in ipairs(node) do
      if not tests.says(inner) then return false end
   end
   return true
end

-- `is_exact`: what is absent has to be false, not unknown, because something turns it round.
local function tested(self, r, node, is_exact) return test[node.op](self, r, node, is_exact) end
tests.write = tested

local function chained(self, r, node, is_exact)
   local list = {}
   for i, inner in ipairs(node) do list[i] = tested(self, r, inner, is_exact) end
   if #list < 2 then return list[1] or node.op == "and" and "1" or "0" end
   return "(" .. table.concat(list, node.op == "and" and " AND " or " OR ") .. ")"
end
test["and"], test["or"] = chained, chained

test["not"] = function (self, r, node) return "NOT " .. tested(self, r, node[1], true) end
function test.always() return "1" end

function test.has(_, r, node) return ("(%s IS NOT NULL)"):format(r.columns[node.column.name]) end

local function exact(text, is_exact)
   return is_exact and ("((%s) IS TRUE)"):format(text) or "(" .. text .. ")"
end

function test.leaf(self, r, node, is_exact)
   return exact(node.sql(r.columns[node.column.name], self:binder()), is_exact)
end

local RELATIONS = { ["=="] = "=", ["~="] = "<>" }

function test.both(_, r, node, is_exact)
   return exact(("%s %s %s"):format(r.columns[node.column.name],
      RELATIONS[node.relation] or node.relation, r.columns[node.other.name]), is_exact)
end

return tests
