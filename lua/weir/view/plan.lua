-- How a view is run, in words: what is read of its source, the SQL, and what runs as loops.

local need   = require "weir.view.need"
local run    = require "weir.view.run"
local sorted = require "weir.sorted"
local sql    = require "weir.view.sql"

local told = {}

function told.where(step)
   return step.holds and "where, a function of rows" or ('where "%s"'):format(step.text)
end

function told.with(step)
   if step.of then return ("with %s, a function of rows"):format(step.name) end
   local names = {}
   for i, made in ipairs(step.made) do names[i] = made.name end
   return "with " .. table.concat(names, ", ")
end

function told.select(step)
   local names = {}
   for i, made in ipairs(step.made) do names[i] = made.name end
   return "select " .. table.concat(names, ", ")
end

function told.sort(step)
   local names = {}
   for i, key in ipairs(step.keys) do names[i] = (key.down and "-" or "") .. key.name end
   return "sort " .. table.concat(names, ", ")
end

function told.head(step)
   return step.from == 0 and ("head %d"):format(step.count)
      or ("head %d behind %d"):format(step.count, step.from)
end

function told.group(step)
   local sums = {}
   for i, sum in ipairs(step.sums) do sums[i] = ("%s %s"):format(sum.fn, sum.name) end
   local keys = #step.keys > 0 and "group " .. table.concat(step.keys, ", ") or "all rows"
   return keys .. (sums[1] and ": " .. table.concat(sums, ", ") or "")
end

function told.join(step)
   local names = {}
   for i, pair in ipairs(step.on) do
      names[i] = pair[1] == pair[2] and pair[1] or pair[1] .. " = " .. pair[2]
   end
   return ("%sjoin by %s"):format(step.is_left and "left " or "", table.concat(names, ", "))
end

local function value_of(value)
   return type(value) == "string" and ("'%s'"):format(value) or tostring(value):gsub("LL$", "")
end

-- The lines for a query.
local function add_query(lines, view, wanted)
   local names, values = {}, {}
   for _, column in ipairs(view.scope) do
      if wanted[column.name] then names[#names + 1] = column.name end
   end
   for _, column in ipairs(view.scope.quiet) do
      if wanted[column.name] then names[#names + 1] = column.name end
   end
   local query = sql.query(view, names)
   for i, value in ipairs(query.values) do values[i] = ("?%d = %s"):format(i, value_of(value)) end
   lines[#lines + 1] = ("SQL on %s: %s"):format(view.source.about(), query.text)
   if values[1] then lines[#lines + 1] = "   with " .. table.concat(values, ", ") end
end

local function add(lines, view, wanted)
   local can, why = run.is_query(view)
   if can then return add_query(lines, view, wanted) end
   local step = view.step
   if not step then
      lines[#lines + 1] = ("read %s: %s"):format(view.source.about(),
         table.concat(sorted(wanted), ", "))
      return
   end
   local here, there = need[step.op](step, wanted)
   add(lines, view.parent, here)
   if there then add(lines, step.other, there) end
   local is_first = view:base() and run.is_query(view.parent)
   lines[#lines + 1] = ("loop: %s%s"):format(told[step.op](step),
      is_first and (" (not SQL: %s)"):format(why) or "")
end

return function (view)
   local lines, wanted = {}, {}
   for _, column in ipairs(view.scope) do wanted[column.name] = true end
   add(lines, view, wanted)
   return table.concat(lines, "\n")
end
