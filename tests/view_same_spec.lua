-- Views mean the same whichever way they are run: as loops over columns, and as SQL.

local fields    = require "weir.view.fields"
local pipelines = require "pipelines"
local slow      = require "slow"
local sql       = require "weir.view.sql"
local try       = require "try"
local view      = require "weir.view"
local viewing   = require "viewing"
local weir      = require "weir"

local SIZES = { 0, 1, 7, 60, 300 }
local list = pipelines.columns

-- Two views of the same random rows, in memory and in a database.
local function both(base, name, rows, in_sql)
   viewing.fill(base, name, list, rows)
   return viewing.memory(list, rows, "flow"), view.of_table(base, { table = name, kind = "flow",
      columns = list, order = { "rowid" }, in_sql = in_sql })
end

describe("views in memory and in SQL", function ()
   it("are the same after any steps", function ()
      local random, seen, in_sql = pipelines.new(11), 0, 0
      for round = 1, 40 do
         local base = viewing.base {}
         local a, b = both(base, "t", random:rows(SIZES[round % #SIZES + 1]),
            round % 3 > 0)
         for _ = 1, 8 do
            local log = {}
            local x, y = random:steps(a, b, log)
            local what = ("round %d: %s"):format(round, table.concat(log, " | "))
            if viewing.same(x, y, what) > 0 then seen = seen + 1 end
            if sql.can(y) then in_sql = in_sql + 1 end
         end
         base:close()
      end
      assert(seen > 150 and in_sql > 280, seen .. " with rows, in SQL " .. in_sql)
   end)

   it("are the same for each filter, alone, turned round and beside others", function ()
      local random = pipelines.new(5)
      local base = viewing.base {}
      local a, b = both(base, "t", random:rows(400), true)
      local function check(filter)
         viewing.same(a:where(filter), b:where(filter), filter)
      end
      for i, filter in ipairs(pipelines.filters) do
         local other = pipelines.filters[i % #pipelines.filters + 1]
         check(filter)
         check(("not (%s)"):format(filter))
         check(("(%s) and (%s)"):format(filter, other))
         check(("(%s) or not (%s)"):format(filter, other))
      end
      base:close()
   end)

   it("are the same when they are joined", function ()
      local random = pipelines.new(3)
      for round = 1, 12 do
         local base = viewing.base {}
         local a, b = both(base, "t", random:rows(40))
         local c, d = both(base, "other", random:rows(30))
         local on = ({ "m", "s", "src_ip = dest_ip", "t", { "m", "proto" }, { "s = u", "b" } })[
            round % 6 + 1]
         local how = round % 2 == 0 and "left" or nil
         viewing.same(a:select("n", "m", "s", "t", "src_ip", "proto", "b"):join(
            c:select("m", "u", "s", "dest_ip", "d", "t", "proto", "b"), on, how), b:select("n", "m",
            "s", "t", "src_ip", "proto", "b"):join(d:select("m", "u", "s", "dest_ip", "d", "t",
            "proto", "b"), on, how), "join by " .. tostring(on))
         viewing.same(
            a:sort("-n", "s"):head(9):join(c:group "m":count(), "m", how):where "count > 2",
            b:sort("-n", "s"):head(9):join(d:group "m":count(), "m", how):where "count > 2",
            "joined")
         base:close()
      end
   end)

   it("are the same where a name that was sorted by is something else later", function ()
      local base = viewing.base {}
      local a, b = both(base, "t", pipelines.new(4):rows(50), true)
      for _, steps in ipairs {
         function (v) return v:sort("-m", "n"):bucket("m", 10) end,
         function (v) return v:sort "m":with "m = n":head(20) end,
         function (v) return v:sort "m":rename { m = "n", n = "m" }:head(20):sum "n" end,
         function (v) return v:sort "-m":select("m = 0 - m", "n"):head(9, 3) end,
         function (v) return v:group("m", "proto"):count():bucket("m", 10) end,
      } do
         assert(viewing.same(steps(a), steps(b), "sorted") > 0)
      end
      base:close()
   end)

   it("are the same with functions of Lua among them", function ()
      local random = pipelines.new(8)
      local base = viewing.base {}
      local a, b = both(base, "t", random:rows(200))
      local function is_odd(row) return row.m and row.m % 2 == 1 end
      local function length(row) return row.s and #row.s end
      for _, pair in ipairs { { a, b }, { a:sort "-n":head(50), b:sort "-n":head(50) } } do
         viewing.same(pair[1]:where(is_odd), pair[2]:where(is_odd), "odd")
         local x = pair[1]:with("size", length):where "size > 0 and n":group "size":sum "n"
         local y = pair[2]:with("size", length):where "size > 0 and n":group "size":sum "n"
         assert(viewing.same(x, y, "length") > 2)
      end
      base:close()
   end)
end)

-- The columns that capture and database are compared by: all that are no parts and need no option.
local function plain_columns(kind)
   local names = {}
   for _, column in ipairs(fields.of(kind)) do
      if not column.quiet then names[#names + 1] = column end
   end
   return names
end

local HOW = {
   flows = true, seconds = true, begins = true, stats = true, tcp = true, splt = 8, offsets = true,
}
local FILTERS = 100

local function of_samples() return assert(weir.open(try.samples(), HOW)) end

-- Calls see(kind, record) with each record of the samples, as one capture.
local function each_record(see)
   for batch in of_samples():batches() do
      for i = 0, batch.packet_count - 1 do see("packet", batch.packets[i]) end
      for i = 0, batch.flow_count - 1 do see("flow", batch.flows[i]) end
      for i = 0, batch.second_count - 1 do see("second", batch.seconds[i]) end
      for i = 0, batch.begin_count - 1 do see("begin", batch.begins[i]) end
   end
end

-- All that records have, also what is measured on request, in a table of a database.
local function in_base(of, kind)
   local columns, names = fields.of(kind), {}
   for i, column in ipairs(columns) do names[i] = column.name end
   local base = viewing.base {
      [kind] = { columns = columns, rows = viewing.rows(of:select(unpack(names))) },
   }
   return view.of_table(base, { table = kind, kind = kind, order = { "rowid" } }), base
end

describe("a view of a capture", function ()
   it("is the same as one of its rows in a database", function ()
      local compared = 0
      for _, path in ipairs { "samples/web.pcap", "samples/tunnels.pcap", "samples/dns.pcap" } do
         local capture = assert(weir.open(path))
         for _, name in ipairs { "packets", "flows", "seconds", "dns", "http", "tls" } do
            local kind = require "weir.views".kind(name)
            local columns = plain_columns(kind)
            local of = capture[name]
            local base = viewing.base { [kind] = { columns = columns, rows = viewing.rows(of) } }
            local stored = view.of_table(base, { table = kind, kind = kind, columns = columns,
               order = { "rowid" } })
            viewing.same(of.view or of, stored, path .. " " .. name)
            local number = of.scope.size and "size" or of.scope.bytes_toserver and "bytes_toserver"
               or "src_port"
            compared = compared + viewing.same(of:group("src_ip", "proto"):sum(number):max(
               "last = timestamp"):sort("-" .. number), stored:group("src_ip", "proto"):sum(number)
               :max "last = timestamp":sort("-" .. number), path .. " grouped " .. name)
            base:close()
         end
      end
      assert(compared > 15, compared)
   end)

   it("has the rows for which filters hold of the records", function ()
      local random, pool, made = try.random(31), {}, {}
      local records = of_samples()
      each_record(function (kind, record) slow.gather(pool, kind, record) end)
      for kind in pairs(slow.fields) do
         made[kind] = {}
         for i = 1, FILTERS do
            local text = slow.filter(random, kind, pool).text
            made[kind][i] = { text = text, test = weir.filter(text):of(kind).test, held = 0 }
         end
      end
      each_record(function (kind, record)
         for _, one in ipairs(made[kind]) do
            if one.test(record) then one.held = one.held + 1 end
         end
      end)
      for kind, filters in pairs(made) do
         local of = records[kind .. "s"]
         local stored, base = in_base(of, kind)
         for _, one in ipairs(filters) do
            local count = of:where(one.text):count():value()
            assert(count == one.held, ("%s, %s: %d rows, %d records"):format(kind, one.text, count,
               one.held))
            count = stored:where(one.text):count():value()
            assert(count == one.held, ("%s in SQL, %s: %d rows, %d records"):format(kind, one.text,
               count, one.held))
         end
         base:close()
      end
   end)
end)
