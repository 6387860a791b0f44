-- A beacon is silent for the same time again and again, give or take some jitter.  Silences are
-- counted in classes, each a tenth longer than the one before.  Three classes side by side are
-- the period's when they fill most of the flow's life; one silence alone proves nothing, two
-- prove half.  A flow has two hundred classes at most, and most flows very few.

local weir = require "weir"

local periodicity = weir.feature {
   about   = "does a flow repeat itself, and how often?",
   gives   = { periodicity = "number", period = "number" },
   options = { least = 0.01 },                          -- seconds: what is shorter is no silence
}

local STEP, SPAN = math.log(1.1), 2

function periodicity:begin()
   self.counts, self.seconds = {}, {}                   -- by class
end

function periodicity:packet(packet)
   if packet.gap < self.options.least then return end
   local class = math.floor(math.log(packet.gap) / STEP)
   self.counts[class] = (self.counts[class] or 0) + 1
   self.seconds[class] = (self.seconds[class] or 0) + packet.gap
end

-- How many silences are in the classes from `first` on, and how long they are together.
local function gather(self, first)
   local count, seconds = 0, 0
   for class = first, first + SPAN do
      count = count + (self.counts[class] or 0)
      seconds = seconds + (self.seconds[class] or 0)
   end
   return count, seconds
end

function periodicity:finish(flow)
   if flow.duration == 0 then return end                -- one moment has no rhythm
   local best, period = 0, nil
   for class in pairs(self.counts) do
      local count, seconds = gather(self, class)
      local score = seconds / flow.duration * (1 - 1 / count)
      if score > best then best, period = score, seconds / count end
   end
   return { periodicity = best, period = period }
end

return periodicity
