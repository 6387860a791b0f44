-- What reporting extensions write while their samples are tried: into a folder of its own, and as
-- lines of JSON: the lines of a text, the rows of a database, the packets of a capture.
--
--    for _, line in ipairs(files.lines "/tmp/x/rows.csv") do print(line) end      -- {"line":"a,b"}

local capture = require "weir.capture"
local db      = require "weir.db"
local host    = require "weir.host"
local json    = require "weir.json"
local stamp   = require "weir.stamp"

local files = {}

local function add_text(path, add)
   for line in (host.contents(path) or ""):gmatch "([^\n]*)\n?" do
      if line ~= "" then add { { "line", line } } end
   end
end

local function add_rows(path, add)
   local base = assert(db.open(path))
   local tables = assert(base:all "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
   for _, one in ipairs(tables) do
      for row in base:rows("SELECT * FROM " .. db.quote(one.name)) do
         add { { "table", one.name }, { "row", row } }
      end
   end
   base:close()
end

local function add_packets(path, add)
   local source = assert(capture.open(path))
   for packet in source:packets() do
      add {
         { "packet", packet.ordinal }, { "time", stamp.date(packet.time) }, { "size", packet.size },
         { "proto", packet.proto }, { "src_ip", packet.src_ip }, { "dest_ip", packet.dest_ip },
      }
   end
   source:close()
end

-- What files begin with, and what reads them.
local READERS = {
   { "^SQLite format 3%z", add_rows }, { "^\10\13\13\10", add_packets },
   { "^[\212\77]\195\178\161", add_packets }, { "^\161\178[\195\60][\212\77]", add_packets },
}

local function reader_of(path)
   local file = io.open(path, "rb")
   local head = file and file:read(16) or ""
   if file then file:close() end
   for _, known in ipairs(READERS) do
      if head:find(known[1]) then return known[2] end
   end
   return add_text
end

-- The lines of one file; `name`, when several are shown, is what it is called there.
function files.lines(path, name)
   local lines = {}
   reader_of(path)(path, function (record)
      if name then table.insert(record, 1, { "file", name }) end
      lines[#lines + 1] = json.record(record)
   end)
   return lines
end

-- Makes a reporting extension write into a new folder: its options `file` and `dir`.  Returns the
-- folder, and what puts the options back and the folder away; nil where it has no such option.
function files.aside(ext)
   local options = ext.kind == "reporting" and ext.class.options or {}
   local file, dir = options.file, options.dir
   if not file and not dir then return nil, function () end end
   local folder = os.tmpname()
   os.remove(folder)
   assert(host.make_folder(folder))
   if file then options.file = folder .. "/" .. (file:match "[^/]*$":gsub("^%-?$", "output")) end
   if dir then options.dir = folder end
   return folder, function ()
      options.file, options.dir = file, dir
      for _, entry in ipairs(host.entries(folder) or {}) do os.remove(folder .. "/" .. entry) end
      os.remove(folder)
   end
end

return files
