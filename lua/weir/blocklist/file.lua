-- One list: a file in whichever form, read whole, line by line.
--
--    local list = assert(file.read { name = "feodo", path = "feodo.csv" })
--    print(list.set.count, list.form, list.broken)

local formats = require "weir.blocklist.formats"
local set     = require "weir.blocklist.set"
local trim    = require "weir.text".trim

local file = {}

local LINE = 4096                         -- bytes; what is longer makes no sense
local FIRST = 200                         -- lines by which a file's form is told
local MOST = 5000000                      -- entries of a list
local LITTLE = 1 / 1024                   -- what a line counts that is of no use
local CHUNK = 65536

local function is_comment(line)
   local first = line:byte()
   return first == 35 or first == 33 or first == 59      -- # ! ;
      or first == 47 and line:byte(2) == 47
end

-- Calls see(line) for all that are not empty and no comments, until it returns false.
local function each_line(from, see)
   local rest = ""
   local function go(text)
      for line in text:gmatch "[^\r\n]+" do
         if line:byte() <= 32 or line:byte(-1) <= 32 then line = trim(line) end
         if line ~= "" and not is_comment(line) and see(line) == false then return false end
      end
   end
   while true do
      local chunk = from:read(CHUNK)
      if not chunk then return go(rest) end
      local text = rest .. chunk
      local at = text:find "[\r\n][^\r\n]*$"
      rest = text:sub((at or 0) + 1)
      if at and go(text:sub(1, at)) == false then return end
      if #rest > LINE then rest = rest:sub(1, LINE + 1) end          -- it is too long anyway
   end
end

-- The form of which most of the first lines are.
local function form_of(lines, list)
   local best, most
   for _, name in ipairs(formats.order) do
      local form, count = formats[name], 0
      local trial = { set = set.new(), allowed = set.new() }
      if form.prepare then form.prepare(lines, trial) end
      for _, line in ipairs(lines) do
         local result = form.read(line, trial)
         count = count + (result == "left" and LITTLE or result and 1 or 0)
      end
      if not best or count > most then best, most, list.column = name, count, trial.column end
   end
   return best
end

local function add_line(list, form, line)
   local result = nil
   if #line <= LINE then
      result = form.read(line, list)
      if result == nil and form ~= formats.csv then result = formats.plain.read(line, list) end
   end
   if result == nil then
      list.broken = list.broken + 1
   elseif result == "left" then
      list.left = list.left + 1
   end
   if list.set.count < MOST then return true end
   list.is_cut = true
   return false
end

-- Reads a list: { name, category, path }, to which set, allowed, form, broken (lines that make no
-- sense) and left (lines of no use here) are added.  Nil and the reason when it cannot be read.
function file.read(about)
   local from, why = io.open(about.path, "rb")
   if not from then return nil, ("cannot read the list %s"):format(why) end
   local list = {
      name = about.name, category = about.category, path = about.path, set = set.new(),
      allowed = set.new(), broken = 0, left = 0,
   }
   local lines = {}
   each_line(from, function (line)
      if #line <= LINE then lines[#lines + 1] = line end
      return #lines < FIRST
   end)
   list.form = form_of(lines, list)
   local form = formats[list.form]
   from:seek "set"
   each_line(from, function (line) return add_line(list, form, line) end)
   from:close()
   return list
end

return file
