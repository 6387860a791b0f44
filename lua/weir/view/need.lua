-- Which columns a step needs of the view before it, for those that are wanted behind it: sets of
-- names.  What nobody needs is not loaded.
--
--    need.where(step, { sni = true })                    --> { sni = true, dest_port = true }

local scopes = require "weir.view.scopes"
local where  = require "weir.view.where"

local need = {}

local function added(wanted, add)
   local names = {}
   for name in pairs(wanted) do names[name] = true end
   add(names)
   return names
end

function need.where(step, wanted)
   return added(wanted, function (names)
      for _, name in ipairs(step.names or {}) do names[name] = true end
      if step.node then
         where.each_column(step.node, function (column) names[column.name] = true end)
      end
   end)
end

function need.with(step, wanted)
   return added(wanted, function (names)
      if step.of then
         names[step.name] = nil
         for _, name in ipairs(step.names) do names[name] = true end
      end
      for i = #(step.made or {}), 1, -1 do
         local made = step.made[i]
         names[made.name] = nil
         scopes.uses(made, function (name) names[name] = true end)
      end
   end)
end

function need.select(step, wanted)
   local names = {}
   for _, made in ipairs(step.made) do
      if wanted[made.name] then scopes.uses(made, function (name) names[name] = true end) end
   end
   return names
end

function need.sort(step, wanted)
   return added(wanted, function (names)
      for _, key in ipairs(step.keys) do names[key.name] = true end
   end)
end

function need.head(_, wanted) return wanted end

function need.group(step)
   local names = {}
   for _, made in ipairs(step.made) do
      scopes.uses(made, function (name) names[name] = true end)
   end
   for _, sum in ipairs(step.sums) do
      scopes.uses(sum, function (name) names[name] = true end)
   end
   return names
end

-- Of the first view, and of the other one.
function need.join(step, wanted)
   local here, there = added(wanted, function () end), {}
   for _, pair in ipairs(step.on) do here[pair[1]], there[pair[2]] = true, true end
   for _, pair in ipairs(step.taken) do
      if wanted[pair[2]] then there[pair[1]] = true end
      here[pair[2]] = nil
   end
   return here, there
end

return need
