-- Finding facts: by their id or a beginning of it, by TYPE:KEY, by a key alone, or by the three
-- that are a relationship.

local json = require "weir.json"

local ask = {}

local FEW = 10                            -- that a word may stand for, to be named
local SHORT = 4                           -- characters of an id that may stand for it

local SAYS = "(SELECT group_concat(name, ', ') FROM (SELECT DISTINCT x.name FROM evidence e "
   .. "JOIN witnesses w ON w.id = e.witness JOIN extensions x ON x.id = w.extension "
   .. "WHERE e.fact = %s ORDER BY x.name)) AS by"

ask.ENTITY = "SELECT f.id, f.type, f.key, f.data, f.count, f.first, f.last, f.confidence, f.ts, "
   .. SAYS:format "f.id" .. " FROM entities f "
ask.RELATION = "SELECT f.id, f.type AS verb, f.data, f.count, f.first, f.last, f.confidence, f.ts, "
   .. "f.src, a.type AS src_type, a.key AS src_key, f.dst, b.type AS dst_type, b.key AS dst_key, "
   .. SAYS:format "f.id" .. " FROM relationships f LEFT JOIN entities a ON a.id = f.src "
   .. "LEFT JOIN entities b ON b.id = f.dst "

-- A row of the queries above as a fact, for weir.kb.record; its data is a table, or a text when it
-- is no JSON.
function ask.fact(row)
   local data = row.data and (json.decode(row.data) or row.data) or nil
   local fact = {
      fact = row.verb and "relationship" or "entity", id = row.id, type = row.type, key = row.key,
      verb = row.verb, data = data, count = row.count, first = row.first, last = row.last,
      confidence = row.confidence, by = row.by,
   }
   if row.verb then
      fact.from = { id = row.src, type = row.src_type, key = row.src_key }
      fact.to = { id = row.dst, type = row.dst_type, key = row.dst_key }
   end
   return fact
end

-- Facts of a query's rows, those of entities or of relationships.
function ask.facts(base, query, ...)
   local rows, why = base.db:all(query, ...)
   if not rows then return nil, why end
   local list = {}
   for i, row in ipairs(rows) do list[i] = ask.fact(row) end
   return list
end

local function add(list, more)
   for _, fact in ipairs(more) do list[#list + 1] = fact end
   return list
end

-- ---- by a word ------------------------------------------------------------------------------

local function by_id(base, word, list)
   local id = word:gsub("-", ""):lower()
   if #id < SHORT or id:find "%X" then return end
   local range = " WHERE f.id >= ? AND f.id < ? LIMIT " .. FEW
   add(list, assert(ask.facts(base, ask.ENTITY .. range, id, id .. "g")))
   add(list, assert(ask.facts(base, ask.RELATION .. range, id, id .. "g")))
end

-- TYPE:KEY, where neither is known not to have a colon.
local function by_name(base, word, list)
   local at = 0
   while #list < FEW do
      at = word:find(":", at + 1, true)
      if not at then return end
      local id = base.ids.entity(word:sub(1, at - 1), word:sub(at + 1))
      add(list, assert(ask.facts(base, ask.ENTITY .. "WHERE f.id = ? AND f.type = ?", id,
         word:sub(1, at - 1))))
   end
end

local function by_key(base, word, list)
   add(list, assert(ask.facts(base, ask.ENTITY .. "WHERE f.key = ? LIMIT " .. FEW, word)))
end

-- What a fact is called: TYPE:KEY, or the three of a relationship.
function ask.name(fact)
   if fact.fact == "relationship" then
      return ("%s %s %s"):format(ask.name(fact.from), fact.verb, ask.name(fact.to))
   end
   return fact.key and ("%s:%s"):format(fact.type, fact.key) or fact.id
end

local function only(list, word)
   if #list == 1 then return list[1] end
   if #list == 0 then return nil, ("nothing is known of '%s'"):format(word) end
   local names = {}
   for i, fact in ipairs(list) do
      names[i] = ("%s (%s)"):format(ask.name(fact), fact.id:sub(1, 12))
   end
   return nil, ("'%s' could be %s"):format(word, table.concat(names, ", "))
end

-- The entity or relationship that a word stands for; nil and the reason.
function ask.word(base, word)
   for _, how in ipairs { by_name, by_id, by_key } do
      local list = {}
      how(base, word, list)
      if #list > 0 then return only(list, word) end
   end
   return only({}, word)
end

-- The fact that one word stands for, or three: FROM VERB TO.
function ask.find(base, words)
   if #words == 1 then return ask.word(base, words[1]) end
   local from, why = ask.word(base, words[1])
   if not from then return nil, why end
   local to
   to, why = ask.word(base, words[3])
   if not to then return nil, why end
   local list = assert(ask.facts(base, ask.RELATION
      .. "WHERE f.src = ? AND f.dst = ? AND f.type = ?", from.id, to.id, words[2]))
   return only(list, table.concat(words, " "))
end

-- The relationships of an entity: from it and to it.
function ask.around(base, id, most)
   return ask.facts(base, ask.RELATION .. "WHERE f.src = ?1 OR f.dst = ?1 "
      .. "ORDER BY f.count DESC, f.id LIMIT ?2", id, most or -1)
end

return ask
