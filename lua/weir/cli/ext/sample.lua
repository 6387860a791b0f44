-- One sample of an extension: what it makes of the capture, and whether that is what is expected.

local differ  = require "weir.cli.ext.differ"
local golden  = require "weir.extension.golden"
local host    = require "weir.host"
local weir    = require "weir"
local written = require "weir.cli.ext.written"

local sample = {}

-- The lines of a file that are not empty; nil when there is none.
local function lines_of(path)
   if not host.is_file(path) then return nil end
   local lines = {}
   for line in (host.contents(path) or ""):gmatch "[^\r\n]+" do lines[#lines + 1] = line end
   return lines
end

-- Writes the expected records anew, when they are others.
local function update(result)
   if result.expected and result.differences and #result.differences == 0 then
      result.state = "ok"
      return result
   end
   local lines = #result.made > 0 and table.concat(result.made, "\n") .. "\n" or ""
   local ok, why = written.file(result.paths.expected, lines)
   result.state, result.why = ok and "written" or "unreadable", why
   return result
end

-- Runs an extension over a sample of golden.samples.  Returns a table:
--    state        "ok", "differs", "new" (nothing is expected yet), "written", or why there is
--                 none: "failed" (the extension's error), "unreadable"
--    made, expected, differences (differ.compare), why, paths (the sample), kind (the extension's)
function sample.run(around, found, paths, is_update)
   local result = { paths = paths, differences = {}, found = found }
   local ext, extensions = around:of(found)
   if not ext then
      result.state, result.why = "failed", extensions
      return result
   end
   result.kind = ext.kind
   local opened, why = weir.open(paths.capture)
   if not opened then
      result.state, result.why = "unreadable", why
      return result
   end
   opened:close()
   result.expected = lines_of(paths.expected)
   result.made, result.why = golden.records(ext, extensions, paths.capture)
   if not result.made then
      result.state = "failed"
      return result
   end
   if result.expected then
      result.differences, why = differ.compare(result.expected, result.made)
   end
   if why and not is_update then result.why = ("%s, %s"):format(paths.expected, why) end
   if is_update then return update(result) end
   local is_same = result.differences and #result.differences == 0
   result.state = not result.expected and "new" or is_same and "ok" or "differs"
   result.differences = result.differences or {}
   return result
end

return sample
