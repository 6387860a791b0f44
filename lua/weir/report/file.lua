-- The text file of a reporting extension: behind what is in it already, which is nothing lost when
-- an extension is reloaded, or a run goes on.
--
--    function ndjson:start() self.out = file.open(self, { lines = lines.new {} }) end
--    function ndjson:rows(rows) self.out:rows(rows) end
--    function ndjson:flush() self.out:flush() end
--
-- What fails is an error, with the reason: it is the extension's own, whose file it is.

local host   = require "weir.host"
local output = require "weir.output"

local file = {}
file.__index = file

local LONGEST = 65536                     -- bytes of a header

-- A file has `lines`, what makes lines of rows: write(out, row), and where the file has a header
-- header(row), of the first row, and adopt(line), of a header that is there.

-- Where a file of an instance is: relative ones in the folder of its log, if it has one.
function file.path(instance, name)
   local dir = instance.log and instance.log.dir
   if not dir or name == "-" or name:sub(1, 1) == "/" then return name end
   return dir:gsub("(.)/*$", "%1/") .. name
end

-- Of a file that is there: its first line, and its last byte.
local function look(path)
   local f = host.same_file(path, path) and io.open(path, "rb")       -- nothing of a pipe's
   if not f then return nil end
   local size, first = f:seek "end" or 0, nil
   local last = size > 0 and f:seek("set", size - 1) and f:read(1)
   if last and f:seek "set" then first = f:read(LONGEST) or "" end
   f:close()
   return first and first:match "^[^\n]*", last
end

-- Opens the file that the instance's option `file` names.  With the option append = false it begins
-- anew; not when it is opened again, by a reload.
function file.open(instance, options)
   local path = file.path(instance, instance.options.file)
   local append = instance.options.append ~= false or instance.has_begun
   local first, last
   if append then first, last = look(path) end
   local out, why = output.open(path, append)
   if not out then error(why, 0) end
   instance.has_begun = true
   local lines = options and options.lines
   local self = setmetatable({ out = out, path = path, lines = lines }, file)
   self.is_empty = first == nil
   if first and lines and lines.adopt then lines:adopt(first) end
   if last and last ~= "\n" then
      instance.log:warning("'%s' ends within a line: what comes now begins the next", path)
      self:write "\n"
   end
   return self
end

local function check(ok, why)
   if not ok then error(why, 0) end
end

-- Writes text.
function file:write(text) check(self.out:write(text)) end

-- Writes rows, as the lines that it was opened with make of them.
function file:rows(rows)
   local lines, out = self.lines, self.out
   if self.is_empty and lines.header and rows[1] then self:write(lines:header(rows[1])) end
   self.is_empty = false
   for i = 1, #rows do check(lines:write(out, rows[i])) end
end

-- Hands all to the system.
function file:flush() check(self.out:flush()) end

function file:close() check(self.out:close()) end

return file
