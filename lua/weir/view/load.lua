-- Columns of the records of a capture: read from its files once for all that want them, and kept
-- as long as the capture's views are.
--
--    local records = load.new("flow", capture)
--    records:need { "src_ip", "dest_port" }              -- records.columns.src_ip, records.count

local address  = require "weir.address"
local capture  = require "weir.capture"
local columns  = require "weir.columns"
local fields   = require "weir.view.fields"
local host     = require "weir.host"
local json     = require "weir.json"
local packed   = require "weir.packed"
local reads    = require "weir.filter.reads"
local schema   = require "weir.schema"
local values   = require "weir.view.values"

local load = {}
load.__index = load

local FIRST = 4096                        -- rows that there is room for at first

-- Records of a kind of a capture (weir.capture), which is not read from itself.
function load.new(kind, of)
   local self = setmetatable({ kind = kind, capture = of, columns = {}, problems = {} }, load)
   -- What views of it say they are of.
   function self.about()
      return of.paths[2] and ("%d captures"):format(#of.paths) or of.paths[1]
   end
   return self
end

-- ---- what each class of column keeps -----------------------------------------------------------

-- Lines that put the value of record `r` into out[n]; `value` is its expression.
local keep = {
   number = "out[n] = %s", id = "out[n] = %s", time = "out[n] = %s", span = "out[n] = %s",
   flag = "out[n] = %s and 1 or 0", text = "out[n] = words:add(%s)",
   name = "out[n] = name_id(%s)", flags = "out[n] = name_id(%s)",
   mac = "out[n] = bytes_id(%s, 6, 0)",
   address = "out[n] = bytes_id(%s, version == 4 and 4 or 16, version)",
   list = "out[n] = list_id(%s)",
}

local CODE = [[
local words, name_id, bytes_id, list_id, is_empty, NONE, band, sources = ...
return function (records, first, count, out, n)
   for i = first, first + count - 1 do
      local r = records[i]
      %s
      if %s then %s else out[n] = NONE end
      n = n + 1
   end
end
]]

-- Ids of numbers that stand for a text each.
local function by_number(words, text_of)
   local ids = {}
   return function (number)
      local id = ids[number]
      if not id then
         id = words:add(text_of(number))
         ids[number] = id
      end
      return id
   end
end

-- Ids of addresses: their bytes are looked up, and are made a text when they are new.
local function by_bytes(words)
   local raw, known = columns.dictionary(), 0
   return function (bytes, size, version)
      local id = raw:add_bytes(bytes, size)
      if id > known then
         known = id
         words:add(version == 0 and address.mac(bytes) or address.ip(bytes, version))
      end
      return id
   end
end

local function is_empty(list) return next(list) == nil end

-- What outputs leave out of a row.
local function is_nothing(field, value)
   return value == nil or field.skip_zero and (value == 0 or value == false or value == ""
      or type(value) == "table" and is_empty(value))
end

-- Rows as outputs have them: members in the order of the schema, without what is nothing, and bytes
-- that are no text in base64.
local function rows_of(list, fields_of)
   local rows = {}
   for i, row in ipairs(list) do
      local members = {}
      for _, field in ipairs(fields_of) do
         local value = row[field.name]
         if not is_nothing(field, value) then
            members[#members + 1] = { next(packed.pack { [field.name] = value }) }
         end
      end
      rows[i] = json.record(members)
   end
   return "[" .. table.concat(rows, ",") .. "]"
end

local function by_json(words, field)
   if field.as ~= "table" and field.as ~= "rows" then
      return function (list) return words:add(json.encode(packed.pack(list))) end
   end
   return function (list) return words:add(rows_of(list, field.rows)) end
end

-- The text that a number of a field stands for.
local function text_of(field)
   local names = field.names
   if field.as == "flags" then
      return function (bits) return values.letters(names, bits) end
   end
   return function (number) return names[number] or tostring(number) end
end

-- How a field is read (weir.filter.reads).  A list is what the record says, as a table; of bytes
-- that are shown and not copied a copy is kept.
local function read_of(column)
   if column.class ~= "list" then
      local read = reads.of(column.field, "r", "v", {})
      if column.field.slice then read.value = read.value .. ":string()" end
      return read
   end
   return { let = { ("local v = r[%q]"):format(column.name) }, value = "v",
      there = "v ~= nil and not is_empty(v)" }
end

-- A function that fills a column from records.
local function filler(column, sources)
   local read = read_of(column)
   local lines = { unpack(read.let or {}) }
   if read.version then lines[#lines + 1] = "local version = " .. read.version end
   local code = CODE:format(table.concat(lines, "\n"), read.there or "true",
      keep[column.class]:format(read.value))
   local words, field = column.words, column.field
   return assert(loadstring(code, "=column " .. column.name))(words,
      field.names and words and by_number(words, text_of(field)),
      (column.class == "address" or column.class == "mac") and by_bytes(words),
      words and by_json(words, field), is_empty, columns.none[column.store],
      require "bit".band, sources)
end

-- ---- reading -----------------------------------------------------------------------------------

-- Options that are measured with others.
local WITH = { apps = { "names", "labels" } }

-- The options that measure what columns show.  Who asks for one protocol has all of them looked
-- for: whose bytes these are depends on who else is there to know them.
local function options_for(self, list)
   local kind, options = self.kind, {}
   for name, value in pairs(self.capture.options) do options[name] = value end
   for _, name in ipairs { "packets", "flows", "seconds", "begins" } do options[name] = false end
   if not schema.of(kind).said then options[schema.of(kind).records] = true end
   for _, column in ipairs(list) do
      local asked = column.field.asked
      for _, name in ipairs(asked and (WITH[asked] or { asked }) or {}) do
         options[name] = name ~= "splt" or options.splt or schema.FIRST_PACKETS
      end
   end
   options.protocols = nil
   if schema.of(kind).said or options.names or options.labels then
      options.protocols = schema.spoken()
      if schema.of(kind).quiet then table.insert(options.protocols, kind) end
   end
   return options
end

local function blank(column)
   return {
      name = column.name, class = column.class, store = fields.store[column.class],
      field = column.field, room = FIRST,
      values = columns.array(fields.store[column.class], FIRST),
      words = fields.store[column.class] == "id" and columns.dictionary() or nil,
   }
end

local function make_room(column, count)
   if count <= column.room then return end
   column.room = math.max(count, 2 * column.room)
   column.values = columns.grown(column.values, column.store, column.room)
end

-- The pieces of a batch that are records of the kind.
local function take(batch, number, records, list, fill, n)
   for k = 0, batch.run_count - 1 do
      local run = batch.runs[k]
      if run.kind == number then
         for i, column in ipairs(list) do
            make_room(column, n + run.count)
            fill[i](batch[records], run.first, run.count, column.values, n)
         end
         n = n + run.count
      end
   end
   return n
end

-- Reads the records once; returns the columns and how many rows there are, at most `most`.
local function read(self, list, most)
   local options = options_for(self, list)
   local source, why = capture.open(self.capture.paths, options)
   if not source then error({ reason = why }, 0) end
   local made, fill, sources, n = {}, {}, {}, 0
   for i, path in ipairs(source.paths) do sources[i - 1] = path end
   for i, column in ipairs(list) do
      made[i] = blank(column)
      fill[i] = filler(made[i], sources)
   end
   local number, records = schema.number(self.kind), schema.of(self.kind).records
   local names_apps = self.kind == "flow" and options.names and options.labels
   for batch in source:batches() do
      if names_apps then source:apps(batch) end
      n = take(batch, number, records, made, fill, n)
      if host.stopped() then error({ reason = "interrupted" }, 0) end
      if n >= most then break end
   end
   source:close()
   for _, problem in ipairs(source.problems) do
      local text = ("%s: %s"):format(problem.source, problem.text)
      if not self.problems[text] then
         self.problems[#self.problems + 1], self.problems[text] = text, true
      end
   end
   return made, math.min(n, most)
end

local function check(self)
   local of = self.capture
   if of.options.interface then
      error({ reason = "a view needs a file: an interface cannot be read again" }, 0)
   end
   for _, path in ipairs(of.paths) do
      if path == "-" then
         error({ reason = "a view needs a file: standard input cannot be read again" }, 0)
      end
   end
end

-- Sees to it that these columns are there; with `most`, no more rows than that are wanted.
function load:need(names, most)
   local list, known = {}, fields.of(self.kind)
   for _, name in ipairs(names) do
      if not self.columns[name] then list[#list + 1] = known[name] end
   end
   if #list == 0 and self.count then return self.columns, self.count end
   check(self)
   local made, count = read(self, list, most or math.huge)
   local found = most and setmetatable({}, { __index = self.columns }) or self.columns
   for _, column in ipairs(made) do found[column.name] = column end
   if most then return found, count end
   if self.count and self.count ~= count then
      error({ reason = "the capture has changed since its first columns were read: open it anew" },
         0)
   end
   self.count = count
   return self.columns, count
end


return load
