-- What the specs of workspaces share: filling one, asking it with SQLite's own program.

local try = require "try"

local workspace = {}

-- What SQLite's own program says to queries on a workspace's traffic.db, or on another one's.
function workspace.ask(folder, query, name)
   local path = try.file(query)
   local out, err, code = try.run(("sqlite3 -cmd 'PRAGMA query_only = 1' %s/%s.db < %s"):format(
      folder, name or "traffic", path))
   os.remove(path)
   assert(code == 0 and err == "", err)
   return (out:gsub("\n$", ""))
end

-- Calls look(folder) with a path where a workspace may be made, and removes what is there then.
function workspace.with(look)
   local folder = try.path()
   local ok, why = pcall(look, folder)
   os.execute("chmod -R u+w " .. folder .. " 2>/dev/null; rm -rf " .. folder)
   if not ok then error(why, 0) end
end

-- Takes captures into a workspace: paths, and options, as words of a command line.
function workspace.run(folder, words)
   return try.weir(("run -W %s %s"):format(folder, words))
end

-- All that is in a traffic.db, as lines of SQL in order, but when sources were begun.
function workspace.dump(folder)
   local out, err, code = try.run(("sqlite3 %s/traffic.db .dump"):format(folder))
   assert(code == 0 and err == "", err)
   local lines = try.lines((out:gsub("'%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ'", "''")))
   table.sort(lines)
   return table.concat(lines, "\n")
end

return workspace
