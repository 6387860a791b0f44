-- Indexes of a traffic.db that are made when the first large source has come: all entries at once
-- take a third of the time that they take one by one.
--
--    if later.suits(base, about) then later.put_off(base) end
--    …                                                   -- rows come
--    assert(later.make(base))
--
-- What is put off stands in the table `later` until then, so whoever writes next after a crash
-- makes it. Nothing needs these indexes to be right, only to be quick.

local later = {}

local LARGE = 2 ^ 24                      -- bytes of a source with which it is worth it

-- Those that writing looks things up in.
local NEEDED = { pair_src_ip = true, pair_dst_ip = true, talk_pair = true }

-- What an index of ours looks like: the table is in a file that somebody may have given to us.
local OURS = "^CREATE INDEX ([%w_]+) ON [%w_]+ %([%w_, ]+%)$"
local PARTIAL = "^CREATE INDEX ([%w_]+) ON [%w_]+ %([%w_, ]+%) WHERE [%w_]+ [=>] %d+$"

local function is_ours(sql) return sql and (sql:find(OURS) or sql:find(PARTIAL)) end

local function size_of(path)
   local file = io.open(path, "rb")
   local size = file and file:seek "end"
   if file then file:close() end
   return size or 0
end

-- Whether a source is the first of a file, and large enough.  `about` is that of weir.traffic;
-- about.large: from how many bytes on it is.
function later.suits(base, about)
   return about.hash and size_of(about.path) >= (about.large or LARGE)
      and base:first "SELECT count(*) FROM source" == 1
end

-- Returns nil and the reason when that fails.
function later.put_off(base)
   local list, why = base:all "SELECT name, sql FROM sqlite_schema WHERE type = 'index'"
   if not list then return nil, why end
   local function run(...)
      local ok, reason = base:run(...)
      if not ok then error({ reason = reason }, 0) end
   end
   local ok, done, reason = pcall(base.transaction, base, function ()
      run "CREATE TABLE IF NOT EXISTS later (sql TEXT NOT NULL) STRICT"
      for _, row in ipairs(list) do
         if is_ours(row.sql) and not NEEDED[row.name] then
            run("INSERT INTO later VALUES (?)", row.sql)
            run("DROP INDEX " .. row.name)
         end
      end
   end)
   if ok then return done, reason end
   return nil, type(done) == "table" and done.reason or done
end

-- Makes what has been put off, if anything has.  Returns nil and the reason when that fails.
function later.make(base)
   if not base:first "SELECT 1 FROM sqlite_schema WHERE name = 'later' AND type = 'table'" then
      return true
   end
   local list, why = base:all "SELECT sql FROM later"
   for _, row in ipairs(list or {}) do
      local ok = true
      if is_ours(row.sql) then
         ok, why = base:run((row.sql:gsub("^CREATE INDEX ", "%0IF NOT EXISTS ")))
      end
      if not ok then return nil, why end
   end
   if not list then return nil, why end
   return base:run "DROP TABLE IF EXISTS later"
end

return later
