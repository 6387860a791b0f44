-- Programs that are run to their end, and folders with all that is in them.

local command = require "weir.job.command"
local host    = require "weir.host"
local tree    = require "weir.tree"
local try     = require "try"

local function sh(script, how) return command.run({ "sh", "-c", script }, how or {}) end

describe("a command", function ()
   it("tells its exit code, or its signal, and what it printed", function ()
      assert.same({ 3, "a\nb\n" }, { sh "echo a; echo b >&2; exit 3" })
      assert.same({ 256 + 15, "" }, { sh "kill $$" })
      assert.same({ 0, "x y;$HOME\n" }, { command.run({ "echo", "x y;$HOME" }, {}) })
   end)

   it("has no terminal, nothing to read, and no environment but what it is given", function ()
      assert.same({ 0, "" }, { sh "cat; tty -s && echo yes; exit 0" })
      local _, out = sh("env | sort", { environment = { X = "1" } })
      local known = { X = true, LC_ALL = true, PWD = true, _ = true, OLDPWD = true, SHLVL = true }
      for _, name in ipairs(command.PLAIN) do known[name] = true end
      for name in out:gmatch "([%w_]+)=" do assert.truthy(known[name], name) end
      assert.truthy(out:find "X=1\n")
      assert.same({ 0, "/\n" }, { sh("pwd", { folder = "/" }) })
   end)

   it("is killed with all that it started, once its time is up", function ()
      local path = try.path()
      local before = host.clock()
      local code, why, is_stopped = sh("(sleep 1; touch " .. path .. ") & sleep 60",
         { seconds = 0.1 })
      assert.is_nil(code)
      assert.equal("'sh' takes longer than 0.1 seconds", why)
      assert.is_true(is_stopped)
      assert.truthy(host.clock() - before < 1)
      os.execute "sleep 1"
      assert.is_false(host.is_file(path))
   end)

   it("may print more than there is room for", function ()
      local code, out = sh "head -c 1000000 /dev/zero"
      assert.same({ 0, 65536 }, { code, #out })
   end)

   it("says what cannot be started", function ()
      local code, why = command.run({ "weir-no-such-program" }, {})
      assert.is_nil(code)
      assert.equal("cannot start 'weir-no-such-program': No such file or directory", why)
      assert.is_false(pcall(command.run, { "echo", "a\0b" }, {}))
   end)
end)

describe("a tree", function ()
   local root

   before_each(function ()
      root = try.path()
      os.execute(("mkdir -p %s/from/.git %s/from/a/b && cd %s && echo 1 > from/a/b/c && "
         .. "echo 2 > from/.git/x && mkdir far && echo 3 > far/kept"):format(root, root, root))
   end)
   after_each(function () os.execute("rm -rf " .. root) end)

   it("is copied without .git, and not with links in it", function ()
      assert(tree.copy(root .. "/from", root .. "/to"))
      assert.equal("a/\na/b/\na/b/c\n", (try.run(("cd %s/to && find * -type d -printf '%%p/\n' -o "
         .. "-print"):format(root))))
      assert.equal("1\n", try.contents(root .. "/to/a/b/c"))
      os.execute(("ln -s ../far %s/from/z"):format(root))
      local ok, why = tree.copy(root .. "/from", root .. "/again")
      assert.is_nil(ok)
      assert.truthy(why:find "from/z': it is a link, or no plain file")
   end)

   it("is removed, and nothing that a link in it leads to", function ()
      os.execute(("ln -s ../far %s/from/z && ln -s far %s/link"):format(root, root))
      assert(tree.remove(root .. "/from"))
      assert(tree.remove(root .. "/link"))
      assert(tree.remove(root .. "/nothing"))
      assert.equal("far\nfar/kept\n", (try.run(("cd %s && find * | sort"):format(root))))
   end)

   it("is put in place of another, in one step", function ()
      assert(tree.place(root .. "/from", root .. "/at"))
      assert.is_false(host.is_folder(root .. "/from"))
      assert(tree.place(root .. "/far", root .. "/at"))
      assert.equal("at\nat/kept\n", (try.run(("cd %s && find * | sort"):format(root))))
      local ok, why = tree.place(root .. "/nothing", root .. "/at")
      assert.is_nil(ok)
      assert.truthy(why:find "cannot put '.*/at' in place: No such file or directory")
   end)
end)
