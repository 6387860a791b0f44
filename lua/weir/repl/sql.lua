-- sql "…": what the databases of a session say, as rows that print as a table.
--
--    local rows = sql.ask(base, "SELECT 1 AS one")    -- { { one = 1 }, columns = { "one" } }

local attach = require "weir.attach"
local db     = require "weir.db"
local sheet  = require "weir.sheet"
local text   = require "weir.text"

local sql = {}

local MOST = 100000                       -- rows that are kept
local SHOWN = 50                          -- and printed, unless the session wants all
local BYTES = 400                         -- of a cell

local rows = {}
rows.__index = rows

-- A connection with these databases, { name, path }, to read; nil and the reason.
function sql.open(databases)
   local base, why = db.open(":memory:", { mode = "create" })
   if not base then return nil, why end
   for _, one in ipairs(databases) do
      local ok
      ok, why = base:attach(one.path, one.name, attach.mode(one.path))
      if not ok then return nil, why end
   end
   return base
end

-- A connection with no database, for what SQL can say by itself.
function sql.none()
   local base, why = sql.open {}
   if base then base:guard() end
   return base, why
end

-- Where in a text SQLite stopped, as lines that show it.
local function place_of(base, query)
   local at = base:error_at()
   if not at then return "" end
   local line = query:sub(1, at - 1):match "[^\n]*$"
   local whole = line .. query:match("[^\n]*", at)
   return ("\n   %s\n   %s^"):format(text.safe(whole), (" "):rep(text.width(text.safe(line))))
end

-- The rows of a query whose parameters have these values, in order or as one table by name.
-- What makes no sense is an error that shows the place.
function sql.ask(base, query, ...)
   local made, why, is_several = base:single(query)
   if not made then
      error(attach.explain(why) .. (is_several and "" or place_of(base, query)), 2)
   end
   if select("#", ...) > 0 then
      local ok
      ok, why = made:bind(...)
      if not ok then error(why, 2) end
   end
   local list = setmetatable({}, rows)
   local names = made:columns()
   list.columns = names
   for row in made:rows() do
      if #list == MOST then
         list.is_cut = true
         break
      end
      list[#list + 1] = row
   end
   made:close()
   return list
end

local function cell(value)
   if type(value) == "cdata" then return (tostring(value):gsub("LL$", "")) end
   return type(value) == "string" and value:sub(1, BYTES) or value
end

-- The rows as a table of text: `most` of them, 50 unless told.
function rows:show(most)
   local columns, lines = {}, {}
   for i, name in ipairs(self.columns) do
      local is_number = type((self[1] or {})[name]) == "number"
      columns[i] = { name = name, shrink = 1, min = 6, align = is_number and "right" or nil }
   end
   local host = require "weir.host"
   local out = sheet.new {
      columns = columns, width = host.width "stdout" or math.huge, colour = host.colour "stdout",
      write = function (line) lines[#lines + 1] = line end,
   }
   for i = 1, math.min(#self, most or SHOWN) do
      local cells = {}
      for k, name in ipairs(self.columns) do cells[k] = cell(self[i][name]) end
      out:row(cells)
   end
   out:finish()
   local left = #self - math.min(#self, most or SHOWN)
   if left > 0 then
      lines[#lines + 1] = ("… %d%s more rows\n"):format(left, self.is_cut and " or" or "")
   end
   return table.concat(lines)
end

function rows:__tostring() return (self:show():gsub("\n$", "")) end

return sql
