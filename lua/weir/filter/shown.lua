-- How a problem with an expression is shown: the line of it, with a mark under the place.

local text = require "weir.text"

local WIDTH = 76                          -- columns of an expression that are shown with a problem

-- Returns the message of a problem (weir.filter.lex), and lines that show where in the expression.
return function (expression, problem)
   local from, to = problem.from, math.max(problem.from, problem.to)
   local line_begin = #(expression:sub(1, from - 1):match "^.*\n" or "")
   local line = expression:sub(line_begin + 1):match "^[^\n]*"
   local before = text.safe(line:sub(1, from - line_begin - 1))
   local marked = text.safe(line:sub(from - line_begin, to - line_begin))
   local after = text.safe(line:sub(to - line_begin + 1))
   if text.width(before) > WIDTH / 2 then before = "…" .. before:sub(-WIDTH / 2) end
   marked = text.cut(marked, WIDTH / 2)
   local mark = (" "):rep(text.width(before)) .. "^" .. ("~"):rep(text.width(marked) - 1)
   local shown = text.cut(before .. marked .. after, WIDTH)
   return problem.message, ("  %s\n  %s"):format(shown, mark)
end
