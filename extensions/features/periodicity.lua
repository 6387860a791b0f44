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

local STEP = math.log(1.1)
local BELOW = 1000        -- so that numbers of classes are negative: none is for a table's array

function periodicity:packet(packet)
   local gap = packet.gap
   if gap < self.options.least then return end
   if not self.counts then self.counts, self.seconds = {}, {} end       -- by class
   local counts, seconds = self.counts, self.seconds
   local class = math.floor(math.log(gap) / STEP) - BELOW
   counts[class] = (counts[class] or 0) + 1
   seconds[class] = (seconds[class] or 0) + gap
end

-- Of the three classes from `first` on.
local function sum(list, first)
   return (list[first] or 0) + (list[first + 1] or 0) + (list[first + 2] or 0)
end

function periodicity:finish(flow)
   if flow.duration == 0 then return end                -- one moment has no rhythm
   local best, period = 0, nil
   for class in pairs(self.counts or {}) do
      local count, seconds = sum(self.counts, class), sum(self.seconds, class)
      local score = seconds / flow.duration * (1 - 1 / count)
      if score > best then best, period = score, seconds / count end
   end
   return { periodicity = best, period = period }
end

return periodicity
