-- Scopes: the columns that a view has at some step, and what names and expressions mean there.
--
-- A scope has columns { name, class, store, field } in order and by name; `kind`, as long as rows
-- are records; `quiet`, those that are only there for who names them.

local expression = require "weir.view.expression"
local fields     = require "weir.view.fields"
local nearest    = require "weir.nearest"
local shown      = require "weir.filter.shown"

local scopes = {}

-- What makes no sense is the fault of who calls a method of a view.
function scopes.fail(message, ...) error({ misuse = message:format(...) }, 0) end

-- A scope of these columns.  Of those that are `quiet` nobody hears who does not name them.
function scopes.new(list, kind, quiet)
   local scope = { kind = kind, quiet = quiet or {} }
   for _, column in ipairs(list) do
      column.store = fields.store[column.class]
      scope[column.name] = column
      local among = column.quiet and not quiet and scope.quiet or scope
      among[#among + 1] = column
   end
   for _, column in ipairs(scope.quiet) do
      scope[column.name] = scope[column.name] or column
   end
   return scope
end

-- The names of all columns, those that are quiet last.
function scopes.names(scope)
   local names = {}
   for _, column in ipairs(scope) do names[#names + 1] = column.name end
   for _, column in ipairs(scope.quiet) do names[#names + 1] = column.name end
   return names
end

function scopes.renamed(column, name)
   return { name = name, class = column.class, field = column.field }
end

-- The column of a name, which can be an alias of its field.
function scopes.find(scope, name)
   if type(name) ~= "string" then scopes.fail("a field is a name, not a %s", type(name)) end
   if scope[name] then return scope[name] end
   local schema = scope.kind and require "weir.schema".of(scope.kind)
   local field = schema and schema.names[name]
   local column = field and scope[field.name]
   if column and column.field == field then return column end
   local names = scopes.names(scope)
   local near = nearest(name, names)
   scopes.fail("no field '%s'%s%s", name,
      scope.kind and (" in %s"):format(scopes.called(scope.kind)) or " here",
      near and (": did you mean '%s'?"):format(near)
      or #names <= 12 and (": there %s %s"):format(#names == 1 and "is" or "are",
         table.concat(names, ", ")) or "; view:columns() lists them")
end

-- What a class is called in words.
function scopes.called(class)
   local name = class == "id" and "number" or class == "mac" and "Ethernet address" or class
   return (name:find "^[aeiouE]" and "an " or "a ") .. name
end

-- ---- what is computed --------------------------------------------------------------------------

scopes.DOUBLE = { number = true, id = true, flag = true, seconds = true, time = true, span = true }

-- A text as { name, class } with `is` (a column) or `tree` (an expression of some).
function scopes.made(scope, text)
   if type(text) ~= "string" then
      scopes.fail("a field or an expression is a text, not a %s", type(text))
   end
   if scope[text] then return { name = text, class = scope[text].class, is = text } end
   local made, problem = expression.parse(text)
   if not made then scopes.fail("%s\n%s", shown(text, problem)) end
   local tree = made.tree
   if tree.op == "field" then
      local column = scopes.find(scope, tree.name)
      return { name = made.name or column.name, class = column.class, is = column.name,
         field = column.field, is_named = made.name ~= nil }
   end
   expression.each_field(tree, function (node)
      local column = scopes.find(scope, node.name)
      node.name = column.name
      if not scopes.DOUBLE[column.class] then
         scopes.fail("'%s' is no number: it is %s", node.name, scopes.called(column.class))
      end
   end)
   local is_span = expression.is_span(tree, function (name)
      local class = scope[name].class
      return class == "seconds" and "span" or class
   end)
   return { name = made.name or text:gsub("%s+", ""), class = is_span and "seconds" or "number",
      tree = tree,
      is_named = made.name ~= nil }
end

-- The columns that something computed is made of.
function scopes.uses(made, see)
   if made.is then see(made.is) end
   if made.of then see(made.of) end
   if made.tree then expression.each_field(made.tree, function (node) see(node.name) end) end
end

function scopes.column_for(scope, made)
   if made.is then return scopes.renamed(scope[made.is], made.name) end
   return { name = made.name, class = made.class }
end

-- The columns of a scope with this one, in place of one that has its name.
function scopes.with(scope, column)
   local list, is_there = {}, false
   for i, known in ipairs(scope) do
      list[i] = known.name == column.name and column or known
      is_there = is_there or known.name == column.name
   end
   if not is_there then list[#list + 1] = column end
   return scopes.new(list, scope.kind, scope.quiet)
end

return scopes
