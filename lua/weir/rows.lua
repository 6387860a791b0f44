-- Rows of a query as text: JSON lines, or fields with separators.
--
--    local form = rows.form(names, { shape = "separated", separator = ",", quote = '"' })
--    for some in query:batches() do assert(form:write(some, out)) end

local ffi = require "ffi"
local abi = require "weir.abi"

local C, result = abi.C, abi.result
local rows = {}

local form = {}
form.__index = form

-- Names that are there before get a number: an object has each once.
local function distinct(names)
   local seen, list = {}, {}
   for i, name in ipairs(names) do
      local unique, n = name, 1
      while seen[unique] do
         n = n + 1
         unique = name .. "_" .. n
      end
      seen[unique], list[i] = true, unique
   end
   return list
end

-- How rows with columns of these names are written: `shape` "json", `listed` if in one array,
-- or "separated" with `separator`, `quote` ("" for none) and `null`, what is shown for nothing.
function rows.form(names, options)
   names = distinct(names)
   local self = { names = names, null = options.null or "" }
   self.array = ffi.new("const char *[?]", math.max(1, #names), names)
   self.form = ffi.new("struct weir_row_form", {
      names = self.array, null = self.null,
      shape = options.shape == "json" and C.WEIR_JSON or C.WEIR_SEPARATED,
      separator = (options.separator or "\t"):byte(), quote = (options.quote or ""):byte() or 0,
      listed = options.listed and 1 or 0,
   })
   return setmetatable(self, form)
end

-- Writes a batch.  Returns nil, the reason, and whether nobody reads it any more.
function form:write(batch, out)
   local status = C.weir_rows_write(batch, self.form, out.handle)
   if self.form.listed == 1 then self.form.listed = 2 end
   return result(status)
end

return rows
