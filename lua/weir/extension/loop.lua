-- Writes the loops that call extensions: one function for each set of them, without lists of
-- functions and without calls to moments that nobody has.

local bit    = require "bit"
local clear  = require "table.clear"
local new    = require "table.new"
local schema = require "weir.schema"
local steps  = require "weir.extension.steps"

local loop = {}

-- LuaJIT's limits are for small programs: one iteration of this loop is all that extensions do with
-- a flow, and a path that is given up is interpreted for ever.
require("jit.opt").start("maxrecord=20000", "maxirconst=8000", "maxsnap=4000", "maxside=1000",
   "maxtrace=8000", "sizemcode=256", "maxmcode=8192")

local UPVALUES = 48                       -- that one function may have; LuaJIT takes 60

-- Names of a unit that its lines use, with # for its number, each once.
local function uses(list, found)
   for _, line in ipairs(list) do
      for name in line:gmatch "([%w_]+)_#" do
         if not found[name] then
            found[name] = true
            found[#found + 1] = name
         end
      end
   end
   return found
end

local KINDS = schema.kinds

-- What each unit does with each kind: { kind, unit = its number, lines }.
local function plan(members)
   local list, names = {}, {}
   for k, unit in ipairs(members) do
      names[k] = {}
      for _, kind in ipairs(KINDS) do
         local lines = steps.lines(unit, kind)
         if lines then
            list[#list + 1] = { kind = kind, unit = k, lines = lines }
            uses(lines, names[k])
         end
      end
   end
   return list, names
end

-- Writes a text line by line, and knows at which it is.
local function writer()
   local out = { at = 0 }
   function out.add(line)
      out[#out + 1] = line
      out.at = #out
   end
   return out
end

local function add_head(out, names)
   out.add "local up, setmetatable, bit, table_new, table_clear, cut, columns = ..."
   out.add "local band, tobit = bit.band, bit.tobit"
   for k, list in ipairs(names) do
      for _, name in ipairs(list) do
         out.add(("local %s_%d = up[%d].%s"):format(name, k, k, name))
      end
   end
end

-- Adds the lines of a step; notes which step a line is of.
local function add_step(out, step, where)
   out.add "do"
   for _, line in ipairs(step.lines) do
      out.add((line:gsub("#", tostring(step.unit))))
      where[out.at] = step
   end
   out.add "end"
end

-- One loop over the records of all runs.  Loops inside it would be short, and a short loop that
-- LuaJIT fails to compile a few times is never compiled again, nor what is around it.  It is left
-- at its head alone: where compiled code ends, LuaJIT tries in vain to go on.
local HEAD = [[
return function (batch, r, from)
local runs, packets, begins = batch.runs, batch.packets, batch.begins
local flows, seconds, run_count = batch.flows, batch.seconds, tobit(batch.run_count)
local kind, i, last, turn = -1, 0, -1, 0
r = r - 1
while r < run_count do
if i > last then
r = r + 1
if r < run_count then
local run = runs[r]
kind, i = tobit(run.kind), tobit(run.first)
last = i + tobit(run.count) - 1
if from > i then i = from end
from = -1
end]]

-- Adds the steps of a kind of record, all in one turn of the loop.
local function add_together(out, steps_of_kind, where)
   for _, step in ipairs(steps_of_kind) do add_step(out, step, where) end
   out.add "i = i + 1"
end

-- Adds them with a turn of the loop for each.  What extensions do with a flow that ends branches
-- much, and compiled code never joins again before the loop's head: each way through the first
-- would have its own copy of all the others.
local function add_by_turns(out, steps_of_kind, where)
   for turn, step in ipairs(steps_of_kind) do
      out.add(("%s turn == %d then"):format(turn == 1 and "if" or "elseif", turn - 1))
      add_step(out, step, where)
   end
   out.add "end"
   out.add "turn = turn + 1"
   out.add(("if turn == %d then turn, i = 0, i + 1 end"):format(#steps_of_kind))
end

-- The text of a group's function, and which step each of its lines is of.
local function write(list, names, members)
   local out, where = writer(), {}
   add_head(out, names)
   for line in HEAD:gmatch "[^\n]+" do out.add(line) end
   for _, kind in ipairs(KINDS) do
      local own = {}
      for _, step in ipairs(list) do own[#own + 1] = step.kind == kind and step or nil end
      if #own > 0 then
         out.add(("elseif kind == %d then"):format(schema.number(kind)))
         for _, line in ipairs(steps.prelude(kind, members)) do out.add(line) end
         local add = kind == "flow" and #own > 1 and add_by_turns or add_together
         add(out, own, where)
      end
   end
   out.add "else i = last + 1 end end end"
   return table.concat(out, "\n"), where
end

-- The text of a function that does one step alone, for one record.
local function write_step(step, names, members)
   local out = writer()
   add_head(out, names)
   out.add "return function (batch, i)"
   out.add "local packets, begins, flows = batch.packets, batch.begins, batch.flows"
   out.add "local seconds = batch.seconds"
   for _, line in ipairs(steps.prelude(step.kind, members)) do out.add(line) end
   add_step(out, step, {})
   out.add "end"
   return table.concat(out, "\n")
end

local compiled = setmetatable({}, { __mode = "v" })      -- by text: the same set, the same code

local function compile(text)
   local chunk = compiled[text]
   if not chunk then
      chunk = assert(loadstring(text, "=weir.extension.loop"))
      compiled[text] = chunk
   end
   return chunk
end

-- The function for these units: { units, run(batch, from_run, from), where, steps, alone }.
-- `cut(packet, flow)` ends a flow; `columns`: the cells of a flow's row.
function loop.group(members, cut, columns)
   local list, names = plan(members)
   local text, where = write(list, names, members)
   local function bind(chunk)
      return chunk(members, setmetatable, bit, new, clear, cut, columns)
   end
   local made = { units = members, where = where, run = bind(compile(text)), steps = {} }
   for _, kind in ipairs(KINDS) do made.steps[schema.number(kind)] = {} end
   for _, step in ipairs(list) do
      local of_kind = made.steps[schema.number(step.kind)]
      of_kind[#of_kind + 1], step.place = step, #of_kind + 1
   end
   -- Only after an error is a step done alone: until then its function is not made.
   function made.alone(step)
      step.run = step.run or bind(compile(write_step(step, names, members)))
      return step.run
   end
   return made
end

local NOTHING = { run_count = 0 }         -- a batch
local CALLS = 200                         -- more than it takes for LuaJIT to compile a function

-- Has the function's beginning compiled for a batch of nothing.  LuaJIT would try again and again
-- to compile it together with its loop, which cannot be; at the end of what it has compiled it
-- gives up after a few times.
function loop.settle(group)
   for _ = 1, CALLS do group.run(NOTHING, 0, -1) end
end
jit.off(loop.settle)

-- How many upvalues the lines of a unit take.
local function weight(unit)
   local found = {}
   for _, kind in ipairs(KINDS) do uses(steps.lines(unit, kind) or {}, found) end
   return #found
end

-- Divides units into groups of which each is one function's: an array of arrays.
function loop.split(members)
   local groups, sum = {}, 0
   for _, unit in ipairs(members) do
      local own = weight(unit)
      if #groups == 0 or sum + own > UPVALUES then
         groups[#groups + 1] = {}
         sum = 0
      end
      local current = groups[#groups]
      current[#current + 1], sum = unit, sum + own
   end
   return groups
end

local DONE = {}                           -- what a stack yields when a batch is done

-- A stack for a group's function: it runs there for a batch at a time.  After an error it still
-- shows where that was, which a handler could not always: there is no room for one when an
-- extension's recursion has filled the stack, and none is called when memory is used up.
local function new_stack(group)
   local function body(batch, r, i)
      while true do
         group.run(batch, r, i)
         batch, r, i = coroutine.yield(DONE)
      end
   end
   jit.off(body)
   return coroutine.create(body)
end

-- Runs the group over a batch, from a record of a run on.  Returns true; or nil, what was raised,
-- and the stack.
function loop.run(group, batch, r, i)
   local stack = group.stack or new_stack(group)
   group.stack = stack
   local ok, why = coroutine.resume(stack, batch, r, i)
   if ok and why == DONE then return true end
   group.stack = nil
   return nil, ok and "attempt to yield from a moment" or why, stack
end
jit.off(loop.run)

-- How many levels a stack has: counted one by one, many take long.
local function depth(stack)
   local low, high = 0, 64
   while debug.getinfo(stack, high, "f") do low, high = high, high * 2 end
   while high - low > 1 do
      local middle = math.floor((low + high) / 2)
      if debug.getinfo(stack, middle, "f") then low = middle else high = middle end
   end
   return low
end

-- Where in a group's function an error came: the step, the run and the record.  The function's own
-- variables still say it, so it has nothing to note on its way.
function loop.locate(group, stack)
   for level = depth(stack), 0, -1 do
      local info = debug.getinfo(stack, level, "fl")
      if info and info.func == group.run then
         local found = { step = group.where[info.currentline] }
         for i = 1, 40 do
            local name, value = debug.getlocal(stack, level, i)
            if not name then break end
            if name == "r" or name == "i" then found[name] = value end
         end
         return found
      end
   end
end

return loop
