-- What is told of groups, in SQL: of `x`, an expression; `sum` as in weir.view.group.

local sums = {}

function sums.count(x) return x and ("count(%s)"):format(x) or "count(*)" end
function sums.distinct(x) return ("count(DISTINCT %s)"):format(x) end
function sums.min(x) return ("min(%s)"):format(x) end
function sums.max(x) return ("max(%s)"):format(x) end

local function scaled(sum, text) return sum.scale and ("(%s / 1e9)"):format(text) or text end

function sums.sum(x, sum) return scaled(sum, ("sum(CAST(%s AS REAL))"):format(x)) end
function sums.mean(x, sum)
   return scaled(sum, ("(sum(CAST(%s AS REAL)) / count(%s))"):format(x, x))
end

-- Of a relation that numbers the values of each group from 0 on (sql.numbered).
function sums.quantile(x, sum, i, bind)
   local q = ("CAST(%s AS REAL)"):format(bind(sum.q))
   local at, n = ('"at %d"'):format(i), ('"of %d"'):format(i)
   local low = ("CAST((%s - 1) * %s AS INTEGER)"):format(n, q)
   local a = ("max(CASE WHEN %s = %s THEN %s END)"):format(at, low, x)
   local b = ("coalesce(max(CASE WHEN %s = %s + 1 AND %s < %s THEN %s END), %s)"):format(at, low,
      at, n, x, a)
   local rest = ("((max(%s) - 1) * %s - CAST((max(%s) - 1) * %s AS INTEGER))"):format(n, q, n, q)
   if sum.class == "time" then
      return ("(%s + CAST((%s - %s) * %s AS INTEGER))"):format(a, b, a, rest)
   end
   return ("(%s + %s * (%s - %s))"):format(a, rest, b, a)
end

return sums
