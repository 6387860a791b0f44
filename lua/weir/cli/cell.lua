-- A field of a record as a cell of a table shows it.

local bit   = require "bit"
local cells = require "weir.cells"
local flat  = require "weir.flat"
local stamp = require "weir.stamp"
local value = require "weir.ends".value

local function letters(names, flags)
   local found = ""
   for i = 0, #names do
      if bit.band(flags, bit.lshift(1, i)) ~= 0 then found = found .. names[i] end
   end
   return found
end

-- An address with its port, as it is written in a URL.
local function endpoint(ip, port)
   if not ip or port == nil then return ip end
   return (ip:find(":", 1, true) and "[%s]:%d" or "%s:%d"):format(ip, port)
end

local function tunnels(list)
   local found = {}
   for i, t in ipairs(list) do
      local id = t.id ~= 0 and " " .. t.id or ""
      found[i] = ("%s%s %s > %s"):format(t.type, id, t.src_ip, t.dest_ip)
   end
   return table.concat(found, ", ")
end

-- Where a flow or a second of it goes to: by name, with ? when it may be another's, or by address.
local function destination(record, kind)
   local name, port = record.dest_name, value(record, kind, "dest_port")
   if not name then return endpoint(record.dest_ip, port) end
   if not record.dest_name_sure then name = name .. "?" end
   return port and ("%s:%d"):format(name, port) or name
end

-- What an extension gave.
local function given(v)
   if type(v) == "number" then return tonumber(("%.6g"):format(v)) end
   if type(v) == "table" then
      local list = {}
      for i, item in ipairs(v) do list[i] = tostring(item) end
      return table.concat(list, ",")
   end
   return v ~= nil and tostring(v) or nil
end

local function named(r, field)
   local number = r[field.member]
   return field.names[number] or tostring(number)
end

-- By `as` of the field; the others show what Lua reads.
local show = {
   time     = function (r, field) return stamp.utc(r[field.member]) end,
   epoch    = function (r, field) return stamp.epoch(r[field.member]) end,
   constant = function (_, field) return field.names[0] end,
   name32   = function (r, field, sources) return sources[r[field.member]] end,
   flags    = function (r, field) return letters(field.names, r[field.member]) end,
   list16   = function (r, field) return table.concat(r[field.name], ",") end,
   rows     = function (r, field) return tunnels(r[field.name]) end,
   name8    = named,
   name16   = named,
   table    = function (r, field) return flat.rows(r[field.name], field.rows) end,
   series   = function (r, field) return table.concat(r[field.name], ",") end,
   number   = function (r, field) return tonumber(("%.6g"):format(r[field.name])) end,
   part     = function () return "…" end,               -- its fields can be named
   cell     = function (r, field) return given(cells.read(r, field.name)) end,
}

-- What may be cut: the others are numbers, or short.
local long = {
   address = true, text = true, name32 = true, community = true, list16 = true, rows = true,
   series = true, part = true, string = true, strings = true, table = true,
}

local numbers = { number = true, probability = true }

local function column_of_cell(field)
   if numbers[field.gives] then
      return { name = field.name, usual = 10, align = "right", spare = 1 }
   end
   return { name = field.name, usual = 10, min = 6, shrink = 1, spare = 1 }
end

-- Its column, for weir.sheet.
local function column(field)
   if long[field.as] then return { name = field.name, min = 12, shrink = 1 } end
   if field.as == "cell" then return column_of_cell(field) end
   local is_number = not show[field.as] or field.as == "number" or field.as == "epoch"
   return {
      name = field.name, min = "cells", shrink = 1, cut = "middle",
      align = is_number and field.as ~= "ether" and "right" or nil,
   }
end

-- `sources`: the names of the inputs, from 0.
return {
   column = column,
   of = function (record, field, sources)
      local there = field.as == "constant" or field.as == "cell"
         or value(record, field.kind, field.name) ~= nil
      local skips_zero = field.skip_zero and not field.beside
      if not there or (skips_zero and record[field.member] == 0) then return nil end
      if show[field.as] then return show[field.as](record, field, sources) end
      return flat.value(record[field.name])
   end,
   letters = letters, tunnels = tunnels, endpoint = endpoint, destination = destination,
   given = given,
   column_of_cell = column_of_cell,
}
