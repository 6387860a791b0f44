-- One line that says how far a long job is, rewritten in place; for a terminal only.
--
--    local bar = progress.new { label = "x.pcap", total = size, write = write, clock = os.time }
--    bar:update(done, packets)         -- as often as you like; at the end bar:finish()

local sheet = require "weir.sheet"
local text  = require "weir.text"

local progress = {}
progress.__index = progress

local PAUSE = 0.1   -- seconds between two lines

-- Starts the clock.  Options: `label`; `total` bytes, when known, or of what `unit` says
-- ("exchanges"); `write`, a function that takes text; `clock`, one that returns seconds; `width` of
-- the terminal (80), `ascii` (true: no UTF-8).
function progress.new(options)
   local self = {
      label = text.safe(options.label or "", options.ascii), total = options.total,
      unit = options.unit,
      write = options.write, clock = options.clock, width = options.width or 80,
      ascii = options.ascii, start = options.clock(), shown = false,
   }
   self.last = self.start   -- so a job that is done at once shows nothing
   return setmetatable(self, progress)
end

-- The line without the label: "42 %  1.2 GB/2.9 GB  5 681 828 packets  310 MB/s  6 s left".
local function numbers(self, done, packets, elapsed)
   local parts, total, rate = {}, self.total, done / elapsed
   local known = total and total > 0
   if known then parts[1] = ("%d %%"):format(math.min(100, math.floor(100 * done / total))) end
   local amount = self.unit and sheet.count or sheet.size
   parts[#parts + 1] = amount(done) .. (known and "/" .. amount(total) or "")
      .. (self.unit and " " .. self.unit or "")
   if packets and not self.unit then parts[#parts + 1] = sheet.count(packets) .. " packets" end
   parts[#parts + 1] = amount(rate) .. "/s"
   if known and rate > 0 and done < total then
      parts[#parts + 1] = sheet.duration(math.ceil((total - done) / rate)) .. " left"
   end
   return table.concat(parts, "  ")
end

-- Shows that `done` bytes, and `packets` when given, are behind us; at most ten times a second.
function progress:update(done, packets)
   local now = self.clock()
   if now - self.last < PAUSE then return end
   self.last, self.shown = now, true
   local mark = self.ascii and "~" or "…"
   local rest = text.safe(numbers(self, done, packets, now - self.start), self.ascii)
   local label = text.cut(self.label, self.width - 3 - text.width(rest), mark)
   if label ~= "" then rest = label .. "  " .. rest end
   -- The last column stays free: a full line would wrap, and could not be rewritten.
   self.write("\r" .. text.cut(rest, self.width - 1, mark) .. "\27[K")
end

-- Erases the line, if there is one.
function progress:finish()
   if self.shown then self.write "\r\27[K" end
   self.shown = false
end

return progress
