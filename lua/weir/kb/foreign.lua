-- Stratosphere's knowledge bases, as claims: each row is what one witness says, the file.  They are
-- read as what they are, files of others: nothing in them is believed to be well formed.

local digest = require "weir.digest"
local ids    = require "weir.kb.ids"
local json   = require "weir.json"
local parts  = require "weir.kb.parts"

local foreign = {}

local LARGEST = 1048576                   -- bytes of `data`, or of a blob

local COLUMNS = {
   entities = { "id", "type", "data", "blob", "ts" },
   relationships = { "id", "type", "src", "dst", "data", "blob", "ts" },
}

local function has_columns(file, name, wanted)
   local there = {}
   for row in file:rows("SELECT name FROM pragma_table_info(?)", name) do there[row.name] = true end
   for _, column in ipairs(wanted) do
      if not there[column] then return false end
   end
   return true
end

-- Whether a database (of weir.db) has the tables of a knowledge base.
function foreign.is(file)
   for name, columns in pairs(COLUMNS) do
      if not has_columns(file, name, columns) then return false end
   end
   return true
end

-- Days from 1970 to a day of the Gregorian calendar: years begin in March, so that leap days end
-- them.
local function days(year, month, day)
   if month <= 2 then year, month = year - 1, month + 12 end
   local of_year = math.floor((153 * (month - 3) + 2) / 5) + day - 1
   return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
      + of_year - 719468
end

-- Seconds since 1970 of "YYYY-MM-DD HH:MM:SS.ffffff", which is taken as UTC; nil of what is none.
function foreign.time(ts)
   local year, month, day, hour, minute, second =
      tostring(ts):match "^(%d%d%d%d)-(%d%d)-(%d%d)[ T](%d%d):(%d%d):(%d%d%.?%d*)"
   if not year then return nil end
   year, month, day = tonumber(year), tonumber(month), tonumber(day)
   if month < 1 or month > 12 then return nil end
   return days(year, month, day) * 86400 + hour * 3600 + minute * 60 + tonumber(second)
end

-- What a row's data says, with when: an object of JSON by its names, anything else as one text.
local function told_of(data, is_json, stamp)
   if not data then return nil end
   local members = is_json and parts.object(data) or { { "data", json.encode(data) } }
   local last, names, list = {}, {}, {}
   for _, member in ipairs(members) do
      if last[member[1]] == nil then names[#names + 1] = member[1] end
      last[member[1]] = member[2]
   end
   table.sort(names)
   for i, name in ipairs(names) do
      list[i] = ("%s:[%.0f,%s]"):format(json.encode(name), stamp, last[name])
   end
   return #list > 0 and "{" .. table.concat(list, ",") .. "}" or nil
end

-- The witness that such a file is.
function foreign.witness(path)
   local hash, why = digest.file(path)
   if not hash then return nil, why end
   return {
      run = "import:" .. hash:sub(1, 32), source = "sha256:" .. hash, path = path,
      name = "stratosphere", version = "", code = "", person = 0,
   }
end

local QUERY = [[
SELECT CAST(id AS TEXT) AS id, CAST(ifnull(type, 'null') AS TEXT) AS type, %s
   CAST(data AS TEXT) AS data, json_valid(CAST(data AS TEXT)) AS is_json,
   CAST(blob AS BLOB) AS blob, CAST(ts AS TEXT) AS ts, rowid AS place
FROM %s WHERE rowid > ? AND ifnull(length(data), 0) <= ? AND ifnull(length(blob), 0) <= ?
ORDER BY rowid LIMIT ?]]
local QUERIES = {
   entities = QUERY:format("", "entities"),
   relationships = QUERY:format("CAST(src AS TEXT) AS src, CAST(dst AS TEXT) AS dst,",
      "relationships"),
}

-- The next rows of a table behind `place`, at most `most`, as facts with one claim each of
-- `witness`; and the place of the last.  Rows that Stratosphere writes into every file are left
-- out.
function foreign.facts(file, name, place, most, witness)
   local rows, why = file:all(QUERIES[name], place, LARGEST, LARGEST, most)
   if not rows then return nil, why end
   local list = {}
   for _, row in ipairs(rows) do
      place = row.place
      local time = foreign.time(row.ts)
      local fact = {
         id = ids.normal(row.id or ""), type = row.type, blob = row.blob, ts = row.ts,
         src = row.src and ids.normal(row.src), dst = row.dst and ids.normal(row.dst),
      }
      fact.claims = { {
         witness = witness, count = 1, first = time, last = time,
         told = told_of(row.data, row.is_json == 1, time and math.floor(time * 1000) or 0),
      } }
      if fact.id ~= ids.NIL then list[#list + 1] = fact end
   end
   return list, place, #rows
end

return foreign
