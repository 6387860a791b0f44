-- How generated code reads a field of a record: the one place that knows what each `as` of the
-- schemas is.  A kind of field that is not named here is asked of the record's metatype.
--
--    reads.of(field, "r")  --> { class = "number", value = "r.dest_port", there = "band(…) == 8" }
--
-- class: of weir.filter.classes.  value: an expression of Lua; `version` beside it, of addresses.
-- there: when there is a value.  let: lines before both.  loop: there are several, one a turn;
-- its head and its `for`, in which `let` stands.  is: what a bare name asks, unless it is `there`.

local abi    = require "weir.abi"
local schema = require "weir.schema"

local reads = {}

-- Whether a record, or a row inside it, has the parts that a field needs.
local function has(field, record, member)
   if not field.mask or field.mask == 0 then return nil end
   return ("band(%s.%s, %d) == %d"):format(record, member or "has", field.mask, field.mask)
end

local function plain(class)
   return function (field, r)
      local value = ("%s.%s"):format(r, field.member)
      local is = field.skip_zero and value .. " ~= 0" or nil
      return { class = class, value = value, there = has(field, r), is = is }
   end
end

-- The same of what is no value when it is 0.
local function numbered(class)
   return function (field, r)
      local read = plain(class)(field, r)
      if field.skip_zero then
         read.there = (read.there and read.there .. " and " or "") .. read.is
      end
      return read
   end
end

-- What the metatype returns: nil when there is none.
local function asked(class, expression)
   return function (field, r, v)
      local get = expression and expression(field, r) or ("%s[%q]"):format(r, field.name)
      return { class = class, let = { ("local %s = %s"):format(v, get) }, value = v,
         there = v .. " ~= nil" }
   end
end

-- Each of an array that the metatype returns.
local function each(class, get)
   return function (field, r, v)
      return {
         class = class, value = v, there = class == "number" and v .. " ~= -1" or nil,
         let = { ("local %s = list[i]"):format(v) },
         loop = {
            head = ("local list = %s"):format(get and get(field, r)
               or ("%s[%q]"):format(r, field.name)),
            turn = "for i = 1, list and #list or 0 do",
         },
      }
   end
end

local function cell(field, r) return ("given(%s, %q)"):format(r, field.member) end

local GIVEN = {                                          -- by what an extension says it gives
   number = { "number", "number" }, probability = { "number", "number" },
   label = { "text", "string" }, text = { "text", "string" }, flag = { "flag", "boolean" },
}

local how = {
   u8 = plain "number", u16 = plain "number", u32 = plain "number", s32 = plain "number",
   count = plain "number", number = plain "number", id = plain "id", time = plain "time",
   epoch = plain "time", ether = plain "mac", flags = numbered "flags",
   text = asked "text", string = asked "text", community = asked "text", boolean = asked "flag",
   series = each "number", numbers = each "number", strings = each "text",
}

function how.address(field, r)
   local read = plain "address"(field, r)
   read.version = ("%s.%s"):format(r, field.beside)
   return read
end

function how.name8(field, r)
   return numbered "name"(field, r)
end

-- The names of the inputs are known when they are open.
function how.name32(field, r, v)
   if field.names then return how.name8(field, r) end
   return asked("text", function () return ("sources[%s.%s]"):format(r, field.member) end)(
      field, r, v)
end

function how.constant(field)
   return { class = "text", value = ("%q"):format(field.names[0]) }
end

function how.list16(field, r, v)
   local most = tonumber(abi.C.WEIR_VLANS)
   return {
      class = "number", value = v, let = { ("local %s = list[i]"):format(v) },
      loop = {
         head = ("local list, n = %s.%s, %s.%s"):format(r, field.member, r, field.beside),
         turn = ("for i = 0, (n < %d and n or %d) - 1 do"):format(most, most),
      },
   }
end

-- What has fields of its own, and can only be there or not.
function how.part(field, r)
   return { class = "part", there = ("%s[%q] ~= nil"):format(r, field.name) }
end

function how.rows(field, r)
   return { class = "part", there = ("%s.%s > 0"):format(r, field.beside) }
end

function how.table(field, r)
   return { class = "part", there = ("#(%s[%q] or {}) > 0"):format(r, field.name) }
end

function how.cell(field, r, v)
   if field.gives == "list" then return each("any", cell)(field, r, v) end
   local class, kind = unpack(GIVEN[field.gives])
   local read = asked(class, cell)(field, r, v)
   read.there = ("type(%s) == %q"):format(v, kind)
   return read
end

-- What is inside a part of a record.
local function inside(field, r, v)
   if field.as == "series" then return how.series(field, r, v) end
   local row = v .. "_row"
   local read = how[field.as](field, row, v)
   local there = field.mask ~= 0 and " and " .. has(field, row, field.part.rows.has) or ""
   read.let = { ("local %s = %s[%q]"):format(row, r, field.part.name) }
   read.there, read.is = row .. there, nil
   return read
end

-- `r` is what the record is called, `v` what a value may be called; options: seed, of Community
-- IDs.
function reads.of(field, r, v, options)
   if field.as == "community" and options.seed and field.kind == "flow" then
      return asked("text", function () return ("community(%s, %d)"):format(r, options.seed) end)(
         field, r, v)
   end
   local part = field.part
   if part and part.as == "part" and field.as ~= "cell" then return inside(field, r, v) end
   local read = (how[field.as] or asked "any")(field, r, v)
   if read.class == "time" and field.span then read.class = "span" end
   return read
end

-- The rows that a field has, and a field of each of them.
function reads.rows(field, inner, r, v)
   local read
   if field.as == "rows" then
      read = (how[inner.as] or asked "any")(inner, "t", v)
      if inner.skip_zero and not read.let then read.there = read.is end
      read.loop = {
         head = ("local home, n, first = %s.home, %s.%s, %s.%s\n"):format(r, r, field.beside, r,
            field.member) .. ("if home == nil or first + n > home.%s_total then n = 0 end"):format(
            field.rows.kind),
         turn = "for i = first, first + n - 1 do",
      }
      read.let = { ("local t = home.%s[i]"):format(field.rows.records), unpack(read.let or {}) }
      return read
   end
   local class = how[inner.as] and how[inner.as](inner, "t", v).class or "any"
   read = asked(class == "name" and "called" or class)(inner, "t", v)   -- Lua has names in words
   read.loop = each("any")(field, r, "t").loop
   read.let = { "local t = list[i]", unpack(read.let) }
   return read
end

-- The members that tell a protocol and a version apart.
function reads.guards(kind, meaning, r)
   local members, list = schema.of(kind).members, {}
   if meaning.protocol and members.protocol then
      list[#list + 1] = ("%s.protocol == %d"):format(r, meaning.protocol)
   end
   if meaning.version and members.ip_version then
      list[#list + 1] = ("%s.ip_version == %d"):format(r, meaning.version)
   end
   return list
end

return reads
