-- Runs views: as one query where SQL can do all of it; else what SQL can do as a query, and the
-- rest as loops over columns.
--
--    local rows = run.rows(view)             -- rows.next() --> { "www.example.org", 811 }, or nil

local columns = require "weir.columns"
local frame   = require "weir.view.frame"
local group   = require "weir.view.group"
local host    = require "weir.host"
local join    = require "weir.view.join"
local late    = require "weir.view.late"
local loops   = require "weir.view.loops"
local need    = require "weir.view.need"
local sorted  = require "weir.sorted"
local sql     = require "weir.view.sql"
local star    = require "weir.view.star"

local run = {}

-- Rows of a database that are brought into memory to be grouped; of more the database does it.
local GROUPED = 2e7

local function fail(reason) error({ reason = reason }, 0) end

-- Whether a view is best run as one query.  SQLite sorts rows to group them, which takes several
-- times as long as reading them.
local function is_query(view)
   local can, why = sql.can(view)
   local at = view
   while can and at.step and not view.source.in_sql do
      if at.step.op == "group" and (#at.step.keys > 0 or sql.has_quantile(at.step)) then
         return false, "it would sort all rows to group them"
      end
      at = at.parent
   end
   return can, why
end
run.is_query = is_query

-- ---- queries -----------------------------------------------------------------------------------

-- A query { text, values } that is ready to be read.
local function ready(base, made)
   local query, why = base:query(made.text)
   if not query then fail(why) end
   local ok, reason = query:bind(unpack(made.values, 1, #made.values))
   if not ok then fail(reason) end
   return query
end

local function asked(view, names, how) return ready(view:base(), sql.query(view, names, how)) end

local function next_rows(query)
   local rows, n = query:read()
   if not rows and n then fail(n) end
   return rows, n
end

-- The rows of a query as a frame of those columns; nil when there are more than `most`.
local function read_frame(query, scope, most)
   local list, room, n = {}, 1024, 0
   for i, column in ipairs(scope) do
      list[i] = frame.column(column.name, column.class, room, nil, nil, column.field)
      list[i].words = list[i].store == "id" and columns.dictionary() or nil
      list[column.name] = list[i]
   end
   for rows, count in function () return next_rows(query) end do
      if n + count > room then
         room = math.max(2 * room, n + count)
         for _, column in ipairs(list) do
            column.values = columns.grown(column.values, column.store, room)
         end
      end
      for i, column in ipairs(list) do
         columns.take(column.store, rows, i - 1, column.values, n, column.words)
      end
      n = n + count
      if n > (most or n) then
         query:close()
         return nil
      end
      if host.stopped() then fail "interrupted" end
   end
   query:close()
   for i = #list, 1, -1 do list[i] = nil end
   return frame.new(list, n)
end

-- The rows of a view that is one query.  With `most` in any order; nil when there are more.
local function frame_of_query(view, names, most)
   local scope = {}
   for i, name in ipairs(names) do
      scope[i] = view.scope[name] or { name = name, class = "number" }
   end
   return read_frame(asked(view, names, most and "unordered"), scope, most)
end

-- What f(...) returns, all of it read at one moment, whatever others write meanwhile.
local function at_once(base, f, ...)
   local began = not base:in_transaction() and base:run "BEGIN"
   local ok, made = pcall(f, ...)
   if began then base:run "COMMIT" end
   if not ok then error(made, 0) end
   return made
end

-- The same, with the columns that stand in dictionaries picked from these; nil, too, where they are
-- better joined.
local function frame_of_star(view, names, most, may_be_late)
   local facts, own = star.split(view, names)
   if not facts then return nil end
   local base = view:base()
   return at_once(base, function ()
      local f = frame_of_query(view, own, most)
      local is_made = f and star.add(view, f, facts, function (text, scope)
         return read_frame(ready(base, { text = text, values = {} }), scope)
      end, may_be_late)
      return is_made and f or nil
   end)
end

-- ---- loops -------------------------------------------------------------------------------------

local evaluate, unsettled

local step_of = {}

function step_of.where(view, wanted)
   local f = evaluate(view.parent, need.where(view.step, wanted))
   if view.step.holds then return loops.where_function(f, view.step.names, view.step.holds) end
   return loops.where(f, view.step.node)
end

function step_of.with(view, wanted)
   local f = evaluate(view.parent, need.with(view.step, wanted))
   if view.step.of then return loops.with_function(f, view.step) end
   for _, made in ipairs(view.step.made) do f = loops.with(f, made) end
   return f
end

-- The frame of those columns alone, each made of the frame before.
local function selected(f, list, wanted)
   local by_name = {}
   for _, made in ipairs(list) do
      if not wanted or wanted[made.name] then
         by_name[made.name] = loops.with(f, made).columns[made.name]
      end
   end
   return frame.of(f, by_name)
end

function step_of.select(view, wanted)
   return selected(evaluate(view.parent, need.select(view.step, wanted)), view.step.made, wanted)
end

function step_of.sort(view, wanted)
   return frame.sort(unsettled(view.parent, need.sort(view.step, wanted)), view.step.keys)
end

function step_of.head(view, wanted)
   local most = view.step.count + view.step.from
   local f = late.settled(unsettled(view.parent, wanted, most), most)
   return frame.head(f, view.step.count, view.step.from)
end

-- What a group is only told apart by.
local function only_keys(step)
   local names = {}
   for _, key in ipairs(step.made) do
      if key.is then names[key.is] = true end
   end
   local computed = {}
   for _, key in ipairs(step.made) do
      if not key.is then computed[#computed + 1] = key end
   end
   for name in pairs(need.group { made = computed, sums = step.sums }) do names[name] = nil end
   return names
end

function step_of.group(view, wanted)
   local step, f = view.step, nil
   if sql.can(view) then
      local names = sorted(need.group(step))
      f = frame_of_star(view.parent, names, GROUPED, only_keys(step))
         or frame_of_query(view.parent, names, GROUPED)
      if not f then return frame_of_query(view, sorted(wanted)) end
   end
   f = f or evaluate(view.parent, need.group(step))
   return group.frame(f, selected(f, step.made), step.keys, step.sums)
end

function step_of.join(view, wanted)
   local step = view.step
   local here, there = need.join(step, wanted)
   local taken = {}
   for _, pair in ipairs(step.taken) do
      if wanted[pair[2]] then taken[#taken + 1] = pair end
   end
   return join.frame(evaluate(view.parent, here), evaluate(step.other, there), step.on, taken,
      step.is_left)
end

-- Steps that leave each row where it is: no more rows need be read than are wanted behind them.
local KEEPS = { select = true, with = true }

-- The frame of a view with the columns that are wanted; `most`: no more rows than that are.  Texts
-- may be late in it (weir.view.late).
function unsettled(view, wanted, most)
   local can, why = is_query(view)
   if can then return frame_of_query(view, sorted(wanted)) end
   if not view.step then
      if view.source.base then fail(why) end
      local names, by_name = sorted(wanted), {}
      local found, count = view.source:need(names, most)
      for _, name in ipairs(names) do by_name[name] = found[name] end
      return frame.new(by_name, count)
   end
   if most and KEEPS[view.step.op] and not view.step.of then
      return frame.head(step_of[view.step.op](view, wanted, most), most, 0)
   end
   return step_of[view.step.op](view, wanted)
end

function evaluate(view, wanted, most) return late.settled(unsettled(view, wanted, most)) end

local function whole_frame(view)
   local wanted = {}
   for _, column in ipairs(view.scope) do wanted[column.name] = true end
   return frame.ordered(evaluate(view, wanted))
end

function run.frame(view)
   if not view.source.star then return whole_frame(view) end
   return at_once(view:base(), whole_frame, view)
end

-- ---- rows --------------------------------------------------------------------------------------

local raw = {}

function raw.number(value)
   return type(value) == "number" and value or type(value) == "cdata" and tonumber(value) or nil
end
function raw.time(value)
   return value ~= nil and type(value) ~= "string" and columns.whole(value) or nil
end
function raw.id(value)
   return type(value) == "number" and ("%.14g"):format(value) or value ~= nil and tostring(value)
      or nil
end

local function rows_of_query(view, names)
   local query, value_of = asked(view, names), require "weir.db".value_of
   local rows, n, at = nil, 0, 0
   return function ()
      if at == n then
         rows, n = next_rows(query)
         at = 0
         if not rows then
            n = 0
            return nil
         end
      end
      local row, base = {}, at * rows.column_count
      for i = 1, #names do
         row[i] = raw[view.scope[names[i]].store](value_of(rows, base + i - 1))
      end
      at = at + 1
      return row
   end
end

local function rows_of_frame(f, names)
   local k, list = -1, {}
   for i, name in ipairs(names) do list[i] = f.columns[name] end
   return function ()
      k = k + 1
      if k >= f.n then return nil end
      local row, i = {}, f.rows and f.rows[k] or k
      for c, column in ipairs(list) do row[c] = frame.raw(column, i) end
      return row
   end
end

-- The rows of a view, one after the other: arrays of values as they are kept (int64 of times and
-- spans, texts of lists), with nil where one is absent.
function run.rows(view)
   local names = {}
   for i, column in ipairs(view.scope) do names[i] = column.name end
   if is_query(view) then return rows_of_query(view, names) end
   return rows_of_frame(run.frame(view), names)
end

return run
