-- Random views: rows of every class of column, absent values and ties among them, and steps that
-- mean the same for any view with such columns.
--
--    local random = pipelines.new(seed)
--    local rows, log = random:rows(100), {}
--    local a, b = random:steps(view_in_memory, view_in_sql, log)

local fields = require "weir.view.fields"

local flow = fields.of "flow"
local pipelines = {}
pipelines.__index = pipelines

-- Sums are taken of `n`, `m`, `d` and what is made of them exactly: the order in which fractions
-- are added shows in their last digits.  What is not exact is called q… or r….
pipelines.columns = {
   { name = "n", class = "number" }, { name = "m", class = "number" },
   { name = "q", class = "number" }, { name = "t", class = "time" }, { name = "d", class = "span" },
   { name = "b", class = "flag" }, { name = "s", class = "text" }, { name = "u", class = "text" },
   flow.src_ip, flow.dest_ip, flow.proto, flow.dest_port, flow.tcp_flags_ts, flow.src_mac,
   flow.src_port, { name = "e", class = "time" },
}

local TEXTS = { "", "a", "A", "ab", "b", "é", "z\0q", "10", "9", "two words", "%", "_", "'", '"' }
local ADDRESSES = {
   "10.0.0.1", "10.0.0.2", "10.0.0.10", "10.1.0.1", "172.16.5.4", "172.32.0.1", "192.168.1.1",
   "fe80::1", "2001:db8::5", "::ffff:10.0.0.1", "255.255.255.255",
}

function pipelines.new(seed)
   return setmetatable({ random = require "try".random(seed) }, pipelines)
end

function pipelines:number(most) return self.random(most) + 1 end
function pipelines:pick(list) return list[self:number(#list)] end

function pipelines:value(i)
   local n = self.random
   local makers = {
      function () return self:pick { 0, 1, 2, 3, -1, 0.5, -0.0, n(100), n(64) / 64 } end,
      function () return n(5) end,
      function () return self:pick { 2 ^ 53, -2 ^ 53, 2 ^ 52 + 1, 1e300, 5e-324, 0.1, 1 / 3 } end,
      function () return 1767225600000000000LL + n(4) + 1000000000LL * n(200) end,
      function () return self:pick { 0LL, 1LL, 999999999LL, 60000000000LL * n(5) } end,
      function () return n(2) end,
      function () return self:pick(TEXTS) end,
      function () return self:pick(TEXTS) end,
      function () return self:pick(ADDRESSES) end,
      function () return self:pick(ADDRESSES) end,
      function () return self:pick { "TCP", "UDP", "ICMP", "IPv6-ICMP", "200" } end,
      function () return 100 * n(4) end,
      function () return self:pick { "S", "SA", "FA", "R", "FSRPAUEC" } end,
      function () return self:pick { "02:00:5e:00:53:01", "02:00:5e:00:53:0a" } end,
      function () return 100 * n(3) end,
      function () return 1767225600000000000LL + n(3) + 1000000000LL * n(100) end,
   }
   return makers[i]()
end

function pipelines:rows(count)
   local rows = {}
   for k = 1, count do
      rows[k] = {}
      for i in ipairs(pipelines.columns) do
         if self.random(6) > 0 then rows[k][i] = self:value(i) end
      end
   end
   return rows
end

-- ---- steps -------------------------------------------------------------------------------------

pipelines.filters = {
   "n > 1", "n != 1", "not n != 1", "q == 9007199254740992", "q < 0.1", "m in {1 3..4}",
   "not m in {1 3..4}", "t > 2026-01-01T00:01:00Z", "t != 2026-01-01T00:00:01Z",
   "not (t < 2026-01-01T00:01:00Z or s)", "t == 2026-01-01T00:00:07.000000001Z", "e > t", "d > 1m",
   "d == 1ns", "not d >= 1s", "s == ab", 's == ""', "s > a", "s <= a", "s contains a",
   's contains "\\x00"', "not s contains a", 's matches "^a"', 'not (s matches "^a" or m == 2)',
   "s == u", "s != u", "s < u", "n < m", "n != m", "m > n and b", "src_ip == 10.0.0.0/8",
   "src_ip != 10.0.0.0/8", "src_ip == 172.16.0.0/12", "not src_ip == 172.16.0.0/12",
   "ip == 10.0.0.1", "ip != 10.0.0.1", "all ip != 10.0.0.1", "src_ip == dest_ip",
   "src_ip == fe80::/10", "src_ip != fe80::/10", "src_ip > 10.0.0.2", "src_ip == 0.0.0.0/0",
   "src_ip in {10.0.0.1..10.0.0.9 fe80::1}", "src_ip == 10.0.0.1/31", "any ip == 10.0.0.0/8",
   "src_ip contains 10", 'dest_ip matches "::"', "proto == tcp", "proto != tcp", "proto > 6",
   "proto == 200", "tcp", "udp or icmp", "proto contains C", 'proto matches "^i"',
   "tcp_flags_ts == SA", "tcp_flags_ts != SA", "tcp_flags_ts contains S", "tcp_flags_ts",
   "src_mac == 02005e005301", "eth.src != 02:00:5e:00:53:01", "b", "b == false", "not b == true",
   "m & 1 == 1", "m & 2", "dest_port", "tcp.dstport == 100", "port == 100", "n", "not n", "s",
   "m in {1 2 3 10 11 12 13 14 15 20..30}", "not s in {a b ab c d e f g h i}",
   "src_ip in {10.0.0.1 10.0.0.2 172.16.0.0/12}", "port in {100 200 300 1 2 3 4 5 6 7}",
   "proto in {tcp 17}", "t in {2026-01-01T00:00:01Z 2026-01-01T00:01:00Z..2026-01-01T00:02:00Z}",
   "m == 1 and s matches a", "m == 1 and (s == ab or src_ip == fe80::/10)", "ipv6.src",
}

local function names_of(scope, is)
   local list = {}
   for _, column in ipairs(scope) do
      if not is or is(column) then list[#list + 1] = column.name end
   end
   return list
end

local function is_number(column) return column.class == "number" or column.class == "seconds" end
local function is_double(column)
   return is_number(column) or column.class == "span" or column.class == "flag"
end
local function is_exact(column) return is_double(column) and not column.name:find "^[qr]" end

local steps = {}

function steps:where() return "where", self:pick(pipelines.filters) end

function steps:select(scope)
   local names, list, seen = names_of(scope), {}, {}
   for _ = 1, self:number(#names) do
      local name = self:pick(names)
      if not seen[name] then list[#list + 1], seen[name] = name, true end
   end
   return "select", unpack(list)
end

function steps:with(scope)
   local names = names_of(scope, is_double)
   if #names == 0 then return nil end
   local a, b = self:pick(names), self:pick(names)
   return "with", self:pick {
      "q1 = a + b", "q2 = a * 2 - b", "q3 = a / b", "q4 = sqrt(a)", "q5 = either(a, b)",
      "q6 = -a", "q7 = floor(a) + ceil(b)", "q8 = most(a, 2) - least(b, a)", "q9 = abs(a) / 3e0",
      "q3 = e - t", "q9 = (e - t) * 2 + d",
   }:gsub("%f[%w][ab]%f[%W]", { a = a, b = b })
end

function steps:rename(scope)
   return "rename", ("r%d = %s"):format(self.random(99), self:pick(names_of(scope)))
end

function steps:sort(scope)
   local list, names = {}, names_of(scope)
   for i = 1, self:number(2) do list[i] = self:pick { "", "-" } .. self:pick(names) end
   return "sort", unpack(list)
end

function steps:head() return "head", self.random(30), self:pick { 0, 0, 3 } end
function steps:distinct(scope) return "distinct", self:pick(names_of(scope)) end

function steps:bucket(scope)
   local names = names_of(scope, function (c) return is_number(c) or c.store == "time" end)
   if #names == 0 then return nil end
   local name = self:pick(names)
   return "bucket", self:pick { name, "q = " .. name },
      scope[name].store == "time" and self:pick { "1m", "10s" } or self:pick { 2, 10, 0.5 }
end

-- What is told of groups; it is called what it is, so that exact sums are known by their names.
local function sum_of(self, scope, i)
   local exact, all = names_of(scope, is_exact), names_of(scope)
   local name = exact[1] and self:pick(exact)
   local ways = {
      { "count" }, { "count", ("k%d = %s"):format(i, self:pick(all)) },
      { "min", ("r%d = %s"):format(i, self:pick(all)) },
      { "max", ("r%d = %s"):format(i, self:pick(all)) },
   }
   if name then
      ways[#ways + 1] = { "sum", ("k%d = %s"):format(i, name) }
      ways[#ways + 1] = { "mean", ("q%d = %s"):format(i, name) }
      ways[#ways + 1] = { "quantile", self:pick { 0, 0.25, 0.5, 0.9, 1 },
         ("q%d = %s"):format(i, name) }
      ways[#ways + 1] = { "max", ("r%d = %s * 2 + 1"):format(i, name) }
   end
   if scope.t then ways[#ways + 1] = { "quantile", 0.5, ("r%d = t"):format(i) } end
   return self:pick(ways)
end

-- Applies a step to both views, if it makes sense for the first.
local function apply(log, a, b, name, ...)
   local ok, made = pcall(a[name], a, ...)
   if not ok then return a, b, false end
   local words = { name }
   for i = 1, select("#", ...) do words[i + 1] = tostring((select(i, ...))) end
   log[#log + 1] = table.concat(words, " ")
   return made, b[name](b, ...), true
end

local function grouped(self, a, b, log)
   local names, scope, keys = names_of(a.scope), a.scope, {}
   for _ = 1, self.random(3) do
      local name = self:pick(names)
      if name ~= keys[1] then keys[#keys + 1] = name end
   end
   if keys[1] then a, b = apply(log, a, b, "group", unpack(keys)) end
   for i = 1, self:number(3) do
      if keys[1] and self.random(5) == 0 then
         a, b = apply(log, a, b, "distinct", ("k%d = %s"):format(i, self:pick(names)))
      else
         a, b = apply(log, a, b, unpack(sum_of(self, scope, i)))
      end
   end
   return a, b
end

local KINDS = { "where", "select", "with", "rename", "sort", "head", "distinct", "bucket" }

-- Some random steps on two views of the same rows, whose words are put into `log`.
function pipelines:steps(a, b, log)
   for _ = 1, self:number(5) do
      if self.random(4) == 0 then
         a, b = grouped(self, a, b, log)
      else
         local step = { steps[self:pick(KINDS)](self, a.scope) }
         if step[1] then a, b = apply(log, a, b, unpack(step, 1, 6)) end
      end
   end
   return a, b
end

return pipelines
