-- Full-text search over what facts are called and what is known of them.
--
-- The index is brought up to date when somebody searches: whoever writes facts does not pay for it.

local ask  = require "weir.kb.ask"
local fold = require "weir.kb.fold"

local search = {}

local DIGITS = 13                         -- of an id that make its row: a double is exact for them

-- The text of a fact, for the index: types, keys, and values of its data with their names.
local NEWS = {
   [[SELECT id, type || ' ' || ifnull(key, '') || ' ' || ifnull(data, '') AS text FROM entities
WHERE changed > ? AND changed <= ?]],
   [[SELECT id, type || ' ' || data AS text FROM relationships
WHERE data IS NOT NULL AND changed > ? AND changed <= ?]],
}

local function update(base)
   local file = base.db
   local upto = file:first "SELECT value FROM settings WHERE name = 'indexed'"
   local now = file:first "SELECT value FROM settings WHERE name = 'clock'"
   for _, query in ipairs(NEWS) do
      for row in file:rows(query, upto, now) do
         fold.must(file:run("INSERT OR REPLACE INTO words (rowid, fact, text) VALUES (?, ?, ?)",
            tonumber(row.id:sub(1, DIGITS), 16) or 0, row.id, row.text))
      end
   end
   fold.must(file:run("UPDATE settings SET value = ? WHERE name = 'indexed'", now))
end

-- Brings the index of a base, which is open for writing, up to date.  Nil and the reason.
function search.update(base)
   local indexed, clock = base.db:first("SELECT a.value, b.value FROM settings a, settings b "
      .. "WHERE a.name = 'indexed' AND b.name = 'clock'")
   if indexed == clock then return true end
   return base.db:transaction(update, base)
end

-- Words as SQLite's FTS5 has them: all of them, each as it is; with a star, what begins so.
local function expression(text)
   local list = {}
   for word in text:gmatch "%S+" do
      local begins = word:match "^(.+)%*$"
      list[#list + 1] = '"' .. (begins or word):gsub('"', '""') .. '"' .. (begins and " *" or "")
   end
   return table.concat(list, " ")
end

local MATCHES = "JOIN words x ON x.fact = f.id WHERE x.text MATCH ? ORDER BY x.rank LIMIT ?"

-- The facts that match, the best first, at most `most`; nil and the reason.
function search.find(base, text, most)
   local query = expression(text)
   if query == "" then return {} end
   local list, why = ask.facts(base, ask.ENTITY .. MATCHES, query, most)
   if not list then return nil, why end
   local more
   more, why = ask.facts(base, ask.RELATION .. MATCHES, query, most)
   if not more then return nil, why end
   for _, fact in ipairs(more) do
      if #list < most then list[#list + 1] = fact end
   end
   return list
end

return search
