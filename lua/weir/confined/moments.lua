-- How a confined process calls the moments of its extension: one row after the other, or a batch.

local infer    = require "weir.extension.infer"
local kinds    = require "weir.extension.kinds"
local limit    = require "weir.extension.limit"
local recorder = require "weir.confined.recorder"

local moments = {}

-- The moments that a kind of extension has, in order.
function moments.order(kind) return kinds.all[kind].moments end

local function fail(result, row, why)
   table.insert(result.errors, { row = row, why = why })
   if why:find("not enough memory", 1, true) then
      result.is_short = true
      collectgarbage()
   end
end

-- Calls a moment for each row; those that fail are told, and the others go on, unless time is up.
local function each(state, moment, rows, result, kb)
   local f, describe = state.ext.moments[moment], state.describe
   for i, row in ipairs(rows) do
      result.at = i
      if kb then kb.row = row end
      state.row = i
      local ok, why = xpcall(f, describe, state.self, row, kb)
      if limit.over() then return end
      if not ok then fail(result, i, why) end
   end
end

-- Time was up: tells so of the row at which it was, and of those behind it.
function moments.give_up(rows, result, why)
   local at = result.at
   fail(result, at, why)
   for i = (at or #rows) + 1, #rows do
      fail(result, i, ("it was not called: row %d took all the time"):format(at))
   end
end

-- Calls a moment once.
local function once(state, moment, result, ...)
   local ok, why = xpcall(state.ext.moments[moment], state.describe, state.self, ...)
   if not ok and not limit.over() then fail(result, nil, why) end
end

local calls = {}

function calls.extract(state, rows, result)
   local kb = recorder.new(rows)
   result.told = kb.told
   each(state, "extract", rows, result, kb)
end

function calls.extract_rows(state, rows, result)
   local kb = recorder.new(rows)
   result.told = kb.told
   once(state, "extract_rows", result, rows, kb)
end

function calls.row(state, rows, result) each(state, "row", rows, result) end
function calls.rows(state, rows, result) once(state, "rows", result, rows) end

function calls.infer(state, rows, result)
   state.columns = state.columns or infer.columns(state.ext)
   local columns, given = state.columns, {}
   columns:of_rows(rows, #rows)
   once(state, "infer", result, columns.given, columns.out)
   if #result.errors > 0 then return end
   for i = 1, #rows do given[i] = {} end
   columns:each(function (i, name, value) given[i][name] = value end)
   result.given = given
end

-- Calls a moment with rows, or with the time for `tick`; what becomes of it goes into the result.
function moments.call(state, moment, rows, result)
   local published = {}
   state.row, result.published = nil, published
   function state.self.publish(_, row)
      published[#published + 1] = { from = state.row, row = row }
   end
   local f = calls[moment]
   if f then f(state, rows, result) else once(state, moment, result, rows) end
end

return moments
