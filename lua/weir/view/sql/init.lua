-- A view as one query of SQL, where its data is in a database (weir.db).
--
--    local query = sql.query(view, names)                -- { text, values }
--
-- A relation is a SELECT that is not yet written: { from, where, columns (by name: SQL), order,
-- group, limit }.  Steps add to it, or, where SQL's order of doing things is another, make it the
-- FROM of the next.  Identifiers are those of schemas and of views, in quotes; values are bound.

local expression = require "weir.view.expression"
local need       = require "weir.view.need"
local sorted     = require "weir.sorted"
local sums       = require "weir.view.sql.sums"
local tests      = require "weir.view.sql.tests"

local sql = {}

local LONG = 2000                         -- bytes of a column's SQL that is not repeated any more

local builder = {}
builder.__index = builder

local function quote(name) return '"' .. name:gsub('"', '""') .. '"' end

-- A value's place in the text until all of this is known: some columns are not wanted in the end.
function builder:bind(value)
   self.values[#self.values + 1] = value
   return ("\1%d\1"):format(#self.values)
end

-- The text with places as SQLite has them, and the values that it still has.
function builder:bound(text)
   local numbers, values = {}, {}
   text = text:gsub("\1(%d+)\1", function (digits)
      local i = tonumber(digits)
      if not numbers[i] then
         values[#values + 1] = self.values[i]
         numbers[i] = "?" .. #values
      end
      return numbers[i]
   end)
   return { text = text, values = values }
end

function builder:binder() return function (value) return self:bind(value) end end

-- ---- relations ---------------------------------------------------------------------------------

-- By name alone ORDER BY takes what is shown, which may be something else by now; with a plus it is
-- the column that was sorted by.
local function order_by(order, shown)
   if #order == 0 then return "" end
   local list, other = {}, {}
   for _, column in ipairs(shown) do
      local name = quote(column[1])
      other[name] = name ~= column[2]
   end
   for i, key in ipairs(order) do
      list[i] = (other[key[1]] and "+" or "") .. key[1] .. (key[2] and " DESC" or "")
   end
   return " ORDER BY " .. table.concat(list, ", ")
end

-- A relation as SELECT: columns are { name, SQL }.
local function written(r, list, is_ordered)
   local shown, parts = {}, {}
   for i, column in ipairs(list) do
      shown[i] = ("%s AS %s"):format(column[2], quote(column[1]))
   end
   if r.group and #r.group == 0 then
      shown[#shown + 1] = 'count(*) AS " "'              -- else it is not known for one row
   end
   if #shown == 0 then shown[1] = "1" end
   parts[1] = ("SELECT %s FROM %s"):format(table.concat(shown, ", "), r.from)
   if #r.where > 0 then parts[2] = "WHERE " .. table.concat(r.where, " AND ") end
   if r.group and #r.group > 0 then
      parts[#parts + 1] = "GROUP BY " .. table.concat(r.group, ", ")
   end
   local text = table.concat(parts, " ")
   if is_ordered then text = text .. order_by(r.order, list) end
   if r.limit then text = ("%s LIMIT %s OFFSET %s"):format(text, r.limit[1], r.limit[2]) end
   return text
end

-- The same relation as the FROM of another; what it is ordered by comes with it.
function builder:wrap(r)
   self.nested = self.nested + 1
   local alias, list, columns, order = "t" .. self.nested, {}, {}, {}
   local names = sorted(r.columns)
   for i, name in ipairs(names) do
      list[i] = { name, r.columns[name] }
      columns[name] = alias .. "." .. quote(name)
   end
   for i, key in ipairs(r.order) do
      local name = "by " .. i
      list[#list + 1] = { name, key[1] }
      order[i] = { alias .. "." .. quote(name), key[2] }
   end
   return {
      from = ("(%s) AS %s"):format(written(r, list, r.limit ~= nil), alias), where = {},
      columns = columns, order = order,
   }
end

-- ---- what is computed --------------------------------------------------------------------------

local function double(r, scope, name)
   local column = r.columns[name]
   if scope[name].store == "time" then return ("(CAST(%s AS REAL) / 1e9)"):format(column) end
   return ("CAST(%s AS REAL)"):format(column)
end

-- The SQL of something computed (weir.view.scopes) from the columns of a relation.
function builder:made(r, scope, made)
   if made.is then return r.columns[made.is] end
   if made.tree then
      return expression.sql(made.tree, function (name, as_kept)
         return as_kept and r.columns[name] or double(r, scope, name)
      end, self:binder())
   end
   local column = r.columns[made.of]
   if scope[made.of].store == "time" then
      return ("(%s - %s %% %s)"):format(column, column, made.step)
   end
   local step = ("%.17g"):format(made.step)
   return ("(floor(CAST(%s AS REAL) / %s) * %s)"):format(column, step, step)
end

-- ---- quantiles ---------------------------------------------------------------------------------

-- The relation with, for each quantile, its values' places in their groups, and how many there are.
function builder:numbered(r, scope, step)
   local inner, keys = { from = r.from, where = r.where, columns = {}, order = {} }, {}
   for i, made in ipairs(step.made) do
      inner.columns["key " .. i] = self:made(r, scope, made)
      keys[i] = inner.columns["key " .. i]
   end
   local by = #keys > 0 and "PARTITION BY " .. table.concat(keys, ", ") or ""
   for i, sum in ipairs(step.sums) do
      local x = (sum.is or sum.tree) and self:made(r, scope, sum) or nil
      if sum.seconds then x = double(r, scope, sum.is) end
      inner.columns["value " .. i] = x
      if sum.fn == "quantile" then
         if sum.class ~= "time" then x = ("CAST(%s AS REAL)"):format(x) end
         inner.columns["value " .. i] = x
         inner.columns["at " .. i] =
            ("(row_number() OVER (%s ORDER BY %s IS NULL, %s) - 1)"):format(by, x, x)
         inner.columns["of " .. i] = ("count(%s) OVER (%s)"):format(x, by)
      end
   end
   return self:wrap(inner)
end

function sql.has_quantile(step)
   for _, sum in ipairs(step.sums) do
      if sum.fn == "quantile" then return true end
   end
   return false
end

-- ---- steps -------------------------------------------------------------------------------------

local step_of = {}

local relation

function step_of.where(self, view, wanted)
   local r = relation(self, view.parent, need.where(view.step, wanted))
   if r.limit or r.group then r = self:wrap(r) end
   r.where[#r.where + 1] = tests.write(self, r, view.step.node)
   return r
end

function step_of.with(self, view, wanted)
   local r, scope = relation(self, view.parent, need.with(view.step, wanted)), view.parent.scope
   for _, made in ipairs(view.step.made) do
      local text = self:made(r, scope, made)
      r.columns[made.name] = text
      if #text > LONG then r = self:wrap(r) end
      scope = setmetatable({ [made.name] = view.scope[made.name] }, { __index = scope })
   end
   return r
end

function step_of.select(self, view, wanted)
   local r = relation(self, view.parent, need.select(view.step, wanted))
   local columns = {}
   for _, made in ipairs(view.step.made) do
      if wanted[made.name] then columns[made.name] = self:made(r, view.parent.scope, made) end
   end
   r.columns = columns
   return r
end

function step_of.sort(self, view, wanted)
   local r = relation(self, view.parent, need.sort(view.step, wanted))
   if r.limit then r = self:wrap(r) end
   local order = {}
   for i, key in ipairs(view.step.keys) do order[i] = { r.columns[key.name], key.down } end
   for _, key in ipairs(r.order) do order[#order + 1] = key end
   r.order = order
   return r
end

function step_of.head(self, view, wanted)
   local r = relation(self, view.parent, wanted)
   if r.limit then r = self:wrap(r) end
   r.limit = { self:bind(view.step.count), self:bind(view.step.from) }
   return r
end

function step_of.group(self, view)
   local step, scope = view.step, view.parent.scope
   local r = relation(self, view.parent, need.group(step))
   if r.limit or r.group then r = self:wrap(r) end
   local is_numbered = sql.has_quantile(step)
   local inner = is_numbered and self:numbered(r, scope, step) or r
   local made = { from = inner.from, where = inner.where, columns = {}, order = {}, group = {} }
   for i, key in ipairs(step.made) do
      local text = is_numbered and inner.columns["key " .. i] or self:made(r, scope, key)
      made.group[i], made.order[i], made.columns[key.name] = text, { text, false }, text
   end
   for i, sum in ipairs(step.sums) do
      local x
      if is_numbered then
         x = inner.columns["value " .. i]
      elseif sum.is or sum.tree then
         x = self:made(r, scope, sum)
      end
      made.columns[sum.name] = sums[sum.fn](x, sum, i, self:binder())
   end
   return made
end

function step_of.join(self, view, wanted)
   local step = view.step
   local here, there = need.join(step, wanted)
   local a = self:wrap(relation(self, view.parent, here))
   local b = self:wrap(relation(self, step.other, there))
   local on = {}
   for i, pair in ipairs(step.on) do
      on[i] = ("%s = %s"):format(a.columns[pair[1]], b.columns[pair[2]])
   end
   local r = { columns = a.columns, where = {}, order = a.order,
      from = ("%s %s %s ON %s"):format(a.from, step.is_left and "LEFT JOIN" or "JOIN", b.from,
         table.concat(on, " AND ")) }
   for _, pair in ipairs(step.taken) do r.columns[pair[2]] = b.columns[pair[1]] end
   for _, key in ipairs(b.order) do r.order[#r.order + 1] = key end
   return r
end

function relation(self, view, wanted)
   if view.step then return step_of[view.step.op](self, view, wanted) end
   local source, names = view.source, {}
   local r = { from = source.from, where = {}, columns = {}, order = {} }
   for name in pairs(wanted) do
      names[#names + 1] = name
      r.columns[name] = source.columns[name].sql or quote(name)
   end
   for i, text in ipairs(source.order or {}) do
      r.order[i] = { source.select and quote(text) or text, false }
      if source.select and not wanted[text] then names[#names + 1] = text end
   end
   if source.select then
      table.sort(names)
      self.nested = self.nested + 1
      r.from = ("(%s) AS s%d"):format(source.select(names[1] and names or { source.first }),
         self.nested)
   end
   return r
end

-- ---- what SQL can do ---------------------------------------------------------------------------

-- Whether a view is one query; or false, and what of it is not.
function sql.can(view)
   if not view.step then
      return view.source.base ~= nil, "its data is not in a database"
   end
   local step = view.step
   if step.holds or step.of then return false, "a function of Lua" end
   if step.op == "where" and not tests.says(step.node) then
      return false, ("where \"%s\""):format(step.text)
   elseif step.op == "join" then
      local ok, why = sql.can(step.other)
      if not ok then return false, why end
      if step.other:base() ~= view.parent:base() then return false, "a join with other data" end
   end
   return sql.can(view.parent)
end

-- The query of a view, with these columns in order: its text and its values.  how: "unordered" when
-- it does not matter which row comes first.
function sql.query(view, names, how)
   local self = setmetatable({ values = {}, nested = 0 }, builder)
   local wanted, list = {}, {}
   for _, name in ipairs(names) do wanted[name] = true end
   local r = relation(self, view, wanted)
   for i, name in ipairs(names) do list[i] = { name, r.columns[name] } end
   return self:bound(written(r, list, how ~= "unordered" or r.limit ~= nil))
end

return sql
