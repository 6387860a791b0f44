-- Views: how people ask records.  Nothing is read until a view is printed, gone through or written.
--
--    local flows = weir.open("x.pcap").flows
--    print(flows:where "dest_port == 443":group "dest_name":sum "bytes_toclient"
--       :sort "-bytes_toclient":head(10))
--
-- A view is a source and steps.  It never changes: each method makes a new one.  Where the source
-- is a database its steps run as SQL, else as loops over columns; what comes of them is the same.

local fields = require "weir.view.fields"
local scopes = require "weir.view.scopes"
local steps  = require "weir.view.steps"

local view = {}
view.__index = view

-- ---- what views are of -------------------------------------------------------------------------

local function new(parent, step, scope)
   return setmetatable({ parent = parent, step = step, scope = scope, source = parent.source },
      view)
end

-- A view of all rows of a source: `columns` are { name, class, field }.
local function root(source, columns, kind)
   local scope = scopes.new(columns, kind)
   scope.is_record = kind ~= nil
   return setmetatable({ source = source, scope = scope }, view)
end

-- The records of a kind in a capture (weir.capture).
function view.of_capture(capture, kind)
   return root(require "weir.view.load".new(kind, capture), fields.of(kind), kind)
end

-- Columns that are in memory (weir.view.frame), by name: those of `list`, with `count` rows.
function view.of_columns(by_name, list, count, kind)
   local source = {}
   function source.need() return by_name, count end
   function source.about() return ("%d rows"):format(count) end
   return root(source, list, kind)
end

local function quoted(name) return '"' .. name:gsub('"', '""') .. '"' end

-- Fields that outputs leave out when they are 0 are stored so, too; asked they are 0.
local function of_zero(column)
   local field = column.field
   local is_zero = field and field.skip_zero and field.mask == 0
      and (column.class == "number" or column.class == "flag")
   return is_zero and ("coalesce(%s, 0)"):format(quoted(column.name)) or nil
end

-- Bytes that are no text are stored as a blob, which for SQLite is behind all texts and equal to
-- none.  Names of hosts are always text; their index is of use as long as they are left alone.
local function of_bytes(column)
   local field = column.field
   return field and field.as == "string" and field.asked ~= "names"
      and ("CAST(%s AS TEXT)"):format(quoted(column.name)) or nil
end

-- A table or view of a database (weir.db): options are
--    table    its name; schema  that of the file it is in, when several are attached
--    select   instead of a table: a function of names of columns, which returns a SELECT of those
--    kind     the kind of record; its columns have the fields' names (weir.view.fields)
--    columns  those that are there: an array of { name, class, sql } (or names, of a kind's)
--    order    SQL expressions that tell the order of rows ("rowid"); of a SELECT names of columns
--    about    what it is called in words
--    star     how columns that stand in dictionaries are read without joins (weir.view.star)
--    in_sql   true: groups are made in SQL, too, which takes longer and less memory
function view.of_table(base, options)
   local known, list, by_name = options.kind and fields.of(options.kind) or {}, {}, {}
   for i, column in ipairs(options.columns or known) do
      if type(column) == "string" then column = known[column] end
      list[i] = { name = column.name, class = column.class, field = column.field,
         quiet = column.quiet, sql = column.sql or of_zero(column) or of_bytes(column) }
      by_name[column.name] = list[i]
   end
   if options.star then by_name[options.star.key] = { name = options.star.key } end
   local from = options.table and (options.schema and quoted(options.schema) .. "." or "")
      .. quoted(options.table)
   return root({ base = base, from = from, select = options.select, columns = by_name,
      order = options.order, in_sql = options.in_sql, star = options.star,
      first = list[1] and list[1].name,
      about = function () return options.about or options.table end }, list, options.kind)
end

-- The database that a view's source is in, nil when it is in none.
function view:base() return self.source.base end

-- ---- steps -------------------------------------------------------------------------------------

-- Calls f, whose misuse is the fault of who called the method.
local function checked(name, f, ...)
   local ok, a, b = pcall(f, ...)
   if ok then return a, b end
   if type(a) == "table" and a.misuse then error(name .. ": " .. a.misuse, 3) end
   error(a, 0)
end

for _, name in ipairs { "with", "rename", "select", "sort", "head", "distinct", "bucket" } do
   view[name] = function (self, ...)
      local step, scope = checked(name, steps[name], self.scope, ...)
      return new(self, step, scope)
   end
end

-- The rows for which a filter (docs/filters.md) holds, or a function of rows.  What of a filter SQL
-- cannot say is a step of its own behind the rest.
function view:where(test, ...)
   local step, scope = checked("where", steps.where, self.scope, test, ...)
   if not self:base() or not step.node or step.node.op ~= "and" then
      return new(self, step, scope)
   end
   local says, rest = require "weir.view.sql.tests".says, { op = "and" }
   local said = { op = "and" }
   for _, node in ipairs(step.node) do
      local list = says(node) and said or rest
      list[#list + 1] = node
   end
   local made = self
   for _, node in ipairs { said, rest } do
      if node[1] then made = new(made, { op = "where", node = node, text = step.text }, scope) end
   end
   return made
end

function view:group(...)
   local step, scope = checked("group", steps.group, self.scope, ...)
   return new(self, step, scope)
end

-- A sum of the groups at hand, or of all rows.
local function add_sum(self, name, ...)
   local parent, step = self.parent, self.step
   local behind = self.scope
   if not step or not step.is_group then
      parent, step, behind = self, { op = "group", keys = {}, made = {}, sums = {} },
         scopes.new {}
   end
   local sum, scope = checked(name, steps.sum, name, parent.scope, behind, ...)
   local sums = { unpack(step.sums) }
   sums[#sums + 1] = sum
   return new(parent, { op = "group", keys = step.keys, made = step.made, sums = sums,
      is_group = true }, scope)
end

-- Told of each group, or of all rows: the sum, the mean, the least, the greatest of a field or an
-- expression, how many rows there are.
for _, name in ipairs { "sum", "mean", "min", "max", "count" } do
   view[name] = function (self, text) return add_sum(self, name, text) end
end

-- The value that so much of the others (0 to 1) is below, as NumPy has it: between two values what
-- lies there.
function view:quantile(q, text)
   if type(q) ~= "number" or not (q >= 0 and q <= 1) then
      error("quantile: a number from 0 to 1 comes first, such as 0.5", 2)
   end
   return add_sum(self, "quantile", text, q)
end

-- The `count` rows that have most of something.
function view:top(count, text)
   local step, scope = checked("top", steps.sort, self.scope, "-" .. tostring(text))
   local sorted = new(self, step, scope)
   step, scope = checked("top", steps.head, scope, count)
   return new(sorted, step, scope)
end

-- Rows of this view and of another one beside each other where columns ("name", "here = there", or
-- an array of these) are equal.  how: "left" keeps rows that have no other.
function view:join(other, on, how)
   if type(other) ~= "table" or not other.scope then
      error("join: another view comes first", 2)
   end
   local step, scope = checked("join", steps.join, self.scope, other, on, how)
   return new(self, step, scope)
end

-- Only different values of a field in each group are counted; of a view the different rows.
local distinct = view.distinct
function view:distinct(...)
   if self.step and self.step.is_group then return add_sum(self, "distinct", ...) end
   return distinct(self, ...)
end

-- ---- what comes of it --------------------------------------------------------------------------

-- The names of its columns.
function view:columns()
   local names = {}
   for i, column in ipairs(self.scope) do names[i] = column.name end
   return names
end

-- Calls f; what fails in the world is nil and the reason.
local function tried(f, ...)
   local ok, a = pcall(f, ...)
   if ok then return a end
   if type(a) == "table" and a.reason then return nil, a.reason end
   error(type(a) == "table" and a.misuse or a, 0)
end
view.tried = tried

-- A value as Lua has it: times and spans are seconds, lists are tables.
local function told(column, value)
   if value == nil then return nil end
   if column.store == "time" then return tonumber(value) / 1e9 end
   if column.class == "flag" then return value ~= 0 end
   if column.class == "list" then return require "weir.packed".read(value) or value end
   return value
end

-- A function that returns one row after the other.
local function reader(self)
   local scope, read = self.scope, require "weir.view.run".rows(self)
   return function ()
      local values, row = read(), {}
      if not values then return nil end
      for i, column in ipairs(scope) do row[column.name] = told(column, values[i]) end
      return row
   end
end

-- Iterates over rows: a new table each, by the names of columns.
function view:rows()
   local read, why = tried(reader, self)
   if not read then error(why, 2) end
   return function ()
      local row, reason = tried(read)
      if reason then error(reason, 2) end
      return row
   end
end

-- Calls f with each row.
function view:each(f)
   for row in self:rows() do f(row) end
end

-- The rows as an array of tables; or nil and the reason.
function view:table()
   return tried(function ()
      local list = {}
      for row in reader(self) do list[#list + 1] = row end
      return list
   end)
end

-- The first row; nil when there is none, and the reason when that is not known.
function view:first()
   return tried(function () return reader(self:head(1))() end)
end

-- The value in the first column of the first row: of `flows:count()` the number.
function view:value()
   local row, why = self:first()
   if not row then return nil, why end
   return row[self.scope[1].name]
end

-- The table of its first rows, as text; or nil and the reason.  options: rows, width, colour,
-- ascii.
function view:show(options)
   return tried(require "weir.view.show", self, options or {})
end

function view:__tostring()
   local text, why = self:show()
   return text and text:gsub("\n$", "") or "no view: " .. why
end

-- What is asked as a file, or as text without a path; true or the text, else nil and the reason.
for _, name in ipairs { "csv", "ndjson", "html" } do
   view[name] = function (self, path)
      return tried(require "weir.view.export"[name], self, path)
   end
end

-- Its plot (weir.view.plot): text when it is printed, plot:svg(path) elsewhere.
function view:plot(options)
   local ok, made = pcall(require "weir.view.plot".new, self, options or {})
   if ok then return made end
   if type(made) == "table" and made.misuse then error("plot: " .. made.misuse, 2) end
   if type(made) == "table" and made.reason then return nil, made.reason end
   error(made, 0)
end

-- What of its source could not be read, as far as it has been: an array of texts.
function view:problems() return self.source.problems or {} end

-- How it is run, in words.
function view:plan() return require "weir.view.plan"(self) end

-- A view can be called in a loop: for row in capture.flows() do … end, capture:flows() the same.
function view:__call() return self:rows() end

return view
