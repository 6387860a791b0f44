-- Which extensions have seen a source to its end, and with which code: who has need not see it
-- again, and what older code said of it is taken back before newer code sees it.

local fold    = require "weir.kb.fold"
local retract = require "weir.kb.retract"

local cursor = {}

local function id_of(hash) return "sha256:" .. hash end

-- Whether an extension (as it was loaded) has yet to see a source, by its hash.
function cursor.is_due(base, ext, hash)
   local code = base.db:first("SELECT code FROM cursors WHERE source = ? AND extension = ?",
      id_of(hash), ext.name)
   return code ~= ext.code
end

-- Before an extension sees a source: what it said of it before goes, whatever code that was, and
-- also when nobody came to note that it had seen all of it.  Nil and the reason.
function cursor.begin(base, ext, hash)
   local n, why = retract.of_source(base, ext.name, id_of(hash))
   if not n then return nil, why end
   local is_known = base.db:first("SELECT 1 FROM cursors WHERE source = ? AND extension = ?",
      id_of(hash), ext.name)
   if not is_known then return true end                  -- a write would have to wait for others
   return base.db:run("DELETE FROM cursors WHERE source = ? AND extension = ?", id_of(hash),
      ext.name)
end

-- It has seen all of it, and that is stored: within a transaction, which an error ends.
function cursor.done(base, ext, hash)
   fold.must(base.db:run("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?, ?, "
      .. "(julianday('now') - 2440587.5) * 86400)", id_of(hash), ext.name,
      tostring(ext.manifest.version or ""), ext.code))
end

return cursor
