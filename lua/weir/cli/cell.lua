-- A field of a packet as a cell of a table shows it.

local bit   = require "bit"
local stamp = require "weir.cli.stamp"
local value = require "weir.packet".value

local utc, epoch = stamp.new "ud", stamp.new "e"

local function letters(names, flags)
   local found = ""
   for i = 0, #names do
      if bit.band(flags, bit.lshift(1, i)) ~= 0 then found = found .. names[i] end
   end
   return found
end

local function tunnels(list)
   local found = {}
   for i, t in ipairs(list) do
      local id = t.id ~= 0 and " " .. t.id or ""
      found[i] = ("%s%s %s > %s"):format(t.type, id, t.src_ip, t.dest_ip)
   end
   return table.concat(found, ", ")
end

-- By `as` of the field; the others show what Lua reads.
local show = {
   time     = utc,
   epoch    = epoch,
   constant = function (_, field) return field.names[0] end,
   name32   = function (p, field, sources) return sources[p[field.member]] end,
   flags    = function (p, field) return letters(field.names, p[field.member]) end,
   list16   = function (p, field) return table.concat(p[field.name], ",") end,
   rows     = function (p, field) return tunnels(p[field.name]) end,
   name8    = function (p, field)
      local number = p[field.member]
      return field.names[number] or tostring(number)
   end,
}

-- `sources`: the names of the inputs, from 0.
return {
   of = function (p, field, sources)
      local there = field.as == "constant" or value(p, field.name) ~= nil
      if not there or (field.skip_zero and p[field.member] == 0) then return nil end
      if show[field.as] then return show[field.as](p, field, sources) end
      return p[field.name]
   end,
   letters = letters, tunnels = tunnels,
}
