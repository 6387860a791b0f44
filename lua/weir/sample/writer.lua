-- Writes databases of exchanges: Stratosphere's columns, and ours to the right of them.
--
--    local out = assert(writer.open("x.db", {}))
--    for batch in capture:batches() do assert(out:batch(batch, capture.paths)) end
--    assert(out:close())

local db     = require "weir.db"
local host   = require "weir.host"
local row    = require "weir.sample.row"
local sample = require "weir.sample"
local schema = require "weir.schema"

local writer = {}
writer.__index = writer

local EXCHANGE = schema.number "exchange"
local OFTEN = 1000                        -- rows of a transaction
local APPLICATION = 0x57656965            -- "Weie": see core/store/layout.c
local PART = ".part"                      -- behind the name of a file that is not whole yet

local function quoted(name) return '"' .. name .. '"' end

-- The table, as it is made.
local function table_sql()
   local lines = {}
   for i, column in ipairs(schema.of "exchange".columns) do
      lines[i] = ("   %s %s"):format(quoted(column.name), column.type)
   end
   return ("CREATE TABLE flows (\n%s,\n   PRIMARY KEY (flow_id)\n)"):format(
      table.concat(lines, ",\n"))
end

-- A view in which fields are called as everywhere: of each the column that says it exactly.
local function view_sql()
   local of, list = {}, {}
   for _, column in ipairs(schema.of "exchange".columns) do
      if column.field then of[column.field] = column.name end
   end
   for _, field in ipairs(schema.of "exchange") do
      if of[field.name] then
         list[#list + 1] = ("   %s AS %s"):format(quoted(of[field.name]), quoted(field.name))
      end
   end
   return ("CREATE VIEW exchange AS SELECT\n%s\nFROM flows"):format(table.concat(list, ",\n"))
end

local function insert_sql()
   local names, marks = {}, {}
   for i, column in ipairs(schema.of "exchange".columns) do
      names[i], marks[i] = quoted(column.name), "?"
   end
   return ("INSERT OR IGNORE INTO flows (%s) VALUES (%s)"):format(table.concat(names, ", "),
      table.concat(marks, ", "))
end

-- How such a file is made, for weir.db.
local function layout()
   return {
      name = "sample", application = APPLICATION,
      sql = ("-- version 1\n%s;\n%s;\n"):format(table_sql(), view_sql()),
   }
end

-- What is wrong with the place for a file; nil when nothing is.
local function objection(path, options)
   local is_there = host.is_file(path)
   if options.live then return nil end
   if is_there and not (options.add or options.force) then
      return ("'%s' is there: --add adds to it, --force writes over it"):format(path)
   elseif options.add and not is_there then
      return ("'%s' is not there: without --add it is made"):format(path)
   end
end

-- What is left of a file that is not whole.
local function remove(path)
   for _, beside in ipairs { "", "-wal", "-shm" } do os.remove(path .. beside) end
end

-- A database at that place, and the query that adds to it; nil and the reason.
local function make(at)
   local base, why = db.open(at, { mode = "create", layout = layout() })
   if not base then return nil, why end
   local insert
   insert, why = base:query(insert_sql())
   if insert then return base, insert end
   base:close()
   return nil, why
end

-- Opens a file for writing.  options: zone of times that say none ("utc" unless told), add (to one
-- that is there, which otherwise must not be), force (writes over it), live (in its place, made if
-- need be: others read and write it meanwhile).  Returns nil and the reason when that cannot be.
function writer.open(path, options)
   local east, is_local = sample.zone(options.zone or "utc")
   if not east then return nil, is_local end
   local why = objection(path, options)
   if why then return nil, why end
   local is_in_place = options.add or options.live
   local at = is_in_place and path or path .. PART
   if not is_in_place then remove(at) end
   local base, insert = make(at)
   if not base then
      if not is_in_place then remove(at) end
      return nil, insert
   end
   return setmetatable({
      base = base, insert = insert, path = path, at = at, live = options.live,
      count = 0, asked = 0, how = { east = east, is_local = is_local },
   }, writer)
end

-- Adds an exchange, unless it is there; `source` is what it is from.  Returns nil and the reason
-- when that fails.
function writer:add(exchange, source)
   self.how.source = source
   local values, ok, why = row.of(exchange, self.how), true, nil
   if not self.base:in_transaction() then ok, why = self.base:begin() end
   if ok then ok, why = self.insert:run(unpack(values, 1, row.count)) end
   if not ok then return nil, why end
   self.asked, self.count = self.asked + 1, self.count + self.base:changes()
   if self.asked % OFTEN > 0 then return true end
   return self:commit()
end

-- Adds the exchanges of a batch, with a filter (weir.filter) those that match, `most` of them;
-- `paths` says what sources are called.  Returns how many it asked to add; nil and the reason when
-- that fails.
function writer:batch(batch, paths, filter, most)
   local before, left = self.asked, most or math.huge
   for r = 0, batch.run_count - 1 do
      local run = batch.runs[r]
      local spans, n = { run.first, run.count }, run.kind == EXCHANGE and 2 or 0
      if filter and n > 0 then spans, n = filter.spans(batch, run.first, run.count) end
      for i = 1, n, 2 do
         for at = spans[i], spans[i] + math.min(spans[i + 1], left) - 1 do
            local record = batch.exchange[at]
            local ok, why = self:add(record, paths[record.source + 1])
            if not ok then return nil, why end
            left = left - 1
         end
      end
   end
   return self.asked - before
end

-- What has been added so far is there for others, too, who may write until more is added.
function writer:commit()
   if not self.base:in_transaction() then return true end
   return self.base:commit()
end

-- Ends it: what is left is one file that needs no others; with `drop`, nothing.  Returns nil and
-- the reason when that fails.
function writer:close(drop)
   if not self.base then return true end
   self.insert:close()
   local ok, why = true, nil
   if self.base:in_transaction() then ok, why = self.base:commit() end
   if ok and not self.live then ok, why = self.base:run "PRAGMA journal_mode = DELETE" end
   self.base:close()
   self.base = nil
   if self.at == self.path then return ok, why end
   if ok and not drop then return os.rename(self.at, self.path) end
   remove(self.at)
   return ok, why
end

return writer
