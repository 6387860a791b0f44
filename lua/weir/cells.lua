-- What extensions give to flows: a row of cells beside each flow of a batch.
--
--    local rows = assert(cells.new(capture, { "burstiness" }))
--    rows.write.number(flow.row * rows.count + rows.columns.burstiness, 0.5)
--    print(cells.read(flow, "burstiness"))

local ffi     = require "ffi"
local abi     = require "weir.abi"
local address = require "weir.address"
local json    = require "weir.json"

local C = abi.C
local cells = {}
local rows = {}
rows.__index = rows

local LONGEST = 65536                     -- bytes of a text; a longer one is cut
local OWN = { "failed", "generation" }    -- who failed with the flow; whose code made the row
local layouts = setmetatable({}, { __mode = "v" })
local last = 0

-- The column of each field, counted from 0, and how many there are: Weir's own come first.
function cells.columns(names)
   local columns, count = {}, 0
   for _, list in ipairs { OWN, names } do
      for _, name in ipairs(list) do columns[name], count = count, count + 1 end
   end
   return columns, count
end

local sixteen = ffi.typeof "uint8_t[16]"

local function item_text(item, name)
   local kind = type(item)
   if kind == "string" or kind == "boolean" or kind == "number" and item - item == 0 then
      return json.encode(item)
   end
   error(("it gives in the list '%s' a %s: numbers, texts and flags can be there"):format(
      name, kind), 0)
end

-- What writes into cells, by kind of value: function (at, value), `at` being the place of a cell:
-- row * count + column.  The pointer to them is no field of a table, which each call would look up.
local function writers(self, cells_at)
   local write, capture = {}, self.capture

   function write.number(at, value)
      local cell = cells_at[at]
      cell.number, cell.kind = value, C.WEIR_CELL_NUMBER
   end

   function write.flag(at, value)
      local cell = cells_at[at]
      cell.number, cell.kind = value and 1 or 0, C.WEIR_CELL_FLAG
   end

   -- The same of the number 0 or 1, which does not take compiled code another way for each of them.
   function write.bit(at, value)
      local cell = cells_at[at]
      cell.number, cell.kind = value, C.WEIR_CELL_FLAG
   end

   local function write_text(at, value, kind)
      local cell = cells_at[at]
      cell.text = capture:note(value)
      if cell.text ~= 0 or #value == 0 then cell.number, cell.kind = #value, kind end
   end

   function write.text(at, value)
      if #value > LONGEST then value = value:sub(1, LONGEST) end
      write_text(at, value, C.WEIR_CELL_TEXT)
   end

   function write.list(at, value, name)
      local parts, copy = {}, {}                         -- whose list it is may use it again
      for i, item in ipairs(value) do parts[i], copy[i] = item_text(item, name), item end
      write_text(at, "[" .. table.concat(parts, ",") .. "]", C.WEIR_CELL_JSON)
      self.lists[at] = copy
   end

   -- An address of the flow, or of the same IP version, as records have it: src_addr and such.  It
   -- becomes text when somebody asks for it, which most do not.  Returns whether it is one.
   function write.address(at, value, flow)
      if not ffi.istype(sixteen, value) then return false end
      local cell = cells_at[at]
      cell.text = capture:note(value, 16)
      if cell.text ~= 0 then cell.number, cell.kind = flow.ip_version, C.WEIR_CELL_ADDRESS end
      return true
   end

   -- Notes in the row that begins there who wrote it: the newest of several.
   function write.sign(at, generation)
      local cell = cells_at[at + 1]
      if cell.number < generation then cell.number, cell.kind = generation, C.WEIR_CELL_NUMBER end
   end

   return write
end

-- Rows of cells for the flows of a capture, from its next batch on: `names` are their fields.
-- `about`: what those who have a record may ask of where it is from (cells.about).
function cells.new(capture, names, about)
   local self = setmetatable({ capture = capture, lists = {}, about = about or {} }, rows)
   self.columns, self.count = cells.columns(names)
   last = last + 1
   local at, why = capture:cells(self.count, last)
   if not at then return nil, why end
   self.number_of, self.write = last, writers(self, at)
   layouts[last] = self
   return self
end

-- Before a batch: nothing has been given to its flows yet.
function rows:clear()
   if next(self.lists) ~= nil then self.lists = {} end
end
jit.off(rows.clear)                       -- once a batch: not worth a trace

local read = {
   [tonumber(C.WEIR_CELL_NUMBER)] = function (cell) return cell.number end,
   [tonumber(C.WEIR_CELL_FLAG)] = function (cell) return cell.number ~= 0 end,
   [tonumber(C.WEIR_CELL_TEXT)] = function (cell, home)
      return ffi.string(home.notes + cell.text, cell.number)
   end,
   [tonumber(C.WEIR_CELL_ADDRESS)] = function (cell, home)
      return address.ip(home.notes + cell.text, cell.number)
   end,
   [tonumber(C.WEIR_CELL_JSON)] = function (_, _, layout, at) return layout.lists[at] end,
}

local NOTHING = {}

-- What is known of the run that a record is from: `fields` that extensions give to flows
-- (engine:fields), `source`, its name in the ids of rows.  It is the same table until one of these
-- changes.
function cells.about(record)
   local layout = record.home ~= nil and layouts[record.home.layout]
   return layout and layout.about or NOTHING
end

-- What an extension gave to a flow under that name: nil when it gave nothing; and whether there is
-- such a field at all.
function cells.read(flow, name)
   local home = flow.home
   local layout = home ~= nil and layouts[home.layout]
   local column = layout and layout.columns[name]
   if not column then return nil, false end
   local at = flow.row * layout.count + column
   if home.cells == nil or flow.row >= home.flow_count then return nil, true end
   local cell = home.cells[at]
   local how = read[cell.kind]
   return how and how(cell, home, layout, at), true
end

return cells
