-- weir ext install and remove: real repositories, over files and http, and what goes wrong.

local cjson = require "cjson"
local desk  = require "desk"
local git   = require "weir.install.git"
local try   = require "try"

local COMMIT = "git -c user.name=a -c user.email=a@example.org commit -q -m x"
local TOKEN  = "t0p-$ecret'\"%"

local BEACON = [[
local weir = require "weir"
local beacon = weir.feature { about = "beacon", gives = { beacon = "number" } }
function beacon:finish() return { beacon = require "part" } end
return beacon
]]

local template                            -- a folder to begin with, which takes a while to make

-- A folder to work in: with bare repositories, and `weir` that runs the program there.
local function bench(from)
   local self = { root = try.path() }
   if from then os.execute(("cp -a %s %s"):format(from, self.root)) end
   function self.sh(command)
      local out, err, code = try.run(("mkdir -p %s && cd %s && %s"):format(self.root, self.root,
         command))
      return out, err, code
   end
   function self.weir(arguments, environment)
      return self.sh(("XDG_DATA_HOME=%s/data %s %s %s"):format(self.root, environment or "",
         desk.program, arguments))
   end
   function self.write(path, text)
      self.sh("mkdir -p " .. (path:match "^(.*)/" or "."))
      local file = assert(io.open(self.root .. "/" .. path, "wb"))
      file:write(text)
      file:close()
   end
   function self.has(path) return io.open(self.root .. "/" .. path) ~= nil end
   -- Makes work/NAME a repository, and its bare copy NAME.git.
   function self.repository(name)
      local _, err, code = self.sh(("cd work/%s && git init -q -b main . && git add -A && %s && "
         .. "git branch other && cd ../.. && git clone -q --bare work/%s git/%s.git && "
         .. "git -C git/%s.git update-server-info"):format(name, COMMIT, name, name, name))
      assert(code == 0, err)
   end
   function self.address(name) return ("file://%s/git/%s.git"):format(self.root, name) end
   return self
end

local function prepare()
   if template then return end
   local b = bench()
   template = b.root
   for name, text in pairs {
      beacon = BEACON, empty = false, broken = "return (",
   } do
      if text then b.write("work/" .. name .. "/init.lua", text) end
      b.write("work/" .. name .. "/part.lua", "return 1\n")
      b.repository(name)
   end
end

describe("an address of git", function ()
   it("is of those that are fetched, and has no secret in it", function ()
      for source, want in pairs {
         ["ext::sh -c id"] = "no blanks", ["fd://7/x"] = "'fd:' is not fetched",
         ["-x@y:z"] = "begins with no '-'", ["https://a b/"] = "no blanks",
         ["https://u:p@example.org/x"] = "has a password in it",
      } do
         local at, why = git.parse(source)
         assert.is_nil(at)
         assert.truthy(why:find(want, 1, true), why)
      end
      assert.same({ url = "https://u@h:8/x@y", scheme = "https", user = "u", host = "h:8" },
         git.parse "https://u@h:8/x@y")
   end)
end)

describe("weir ext install", function ()
   if not try.has "git" then return pending "git is not installed" end
   local b

   setup(prepare)
   before_each(function () b = bench(template) end)
   after_each(function () os.execute("rm -rf " .. b.root) end)

   it("fetches with git, remembers from where, and removes", function ()
      local out, err, code = b.weir("ext install --branch other " .. b.address "beacon")
      assert.same({ "", 0 }, { err, code })
      local commit = b.sh "git -C git/beacon.git rev-parse main":gsub("\n", "")
      local at = b.root .. "/data/weir/extensions/features/beacon"
      assert.equal(("installed  beacon  %s  (%s/git/beacon.git, other, %s)\n"):format(at, b.root,
         commit:sub(1, 7)), out)
      assert.falsy(b.has "data/weir/extensions/features/beacon/.git/config")
      local found
      for line in b.weir "ext list --json":gmatch "[^\n]+" do
         local one = cjson.decode(line)
         found = one.name == "beacon" and one or found
      end
      assert.same({ b.address "beacon", "other", commit, "yours" },
         { found.source, found.branch, found.commit, found.from })
      assert.truthy(b.weir "ext list":find("git/beacon.git, other, " .. commit:sub(1, 7), 1, true))
      assert.equal("ok       beacon\n", (b.weir "ext check beacon":gsub("hint.-\n", "")))
      out = b.weir "ext remove beacon"
      assert.equal("removed  beacon  " .. at .. "\n", out)
      assert.falsy(b.has "data/weir/extensions/features/beacon/init.lua")
      out, err, code = b.weir "ext remove becaon"
      assert.same({ "", "weir: 'becaon' was not installed: only what 'weir ext install' has put "
         .. "there is removed\n", 3 }, { out, err, code })
   end)

   it("keeps what is there, unless told", function ()
      b.weir("ext install " .. b.address "beacon")
      b.sh("cd work/beacon && echo 'return 2' > part.lua && git add -A && " .. COMMIT
         .. " && git push -q ../../git/beacon.git main")
      local part = "data/weir/extensions/features/beacon/part.lua"
      local out, err = b.weir("ext install --branch other " .. b.address "beacon")
      assert.truthy(out:find "^kept       beacon")
      assert.truthy(err:find "'beacon' is from elsewhere than is said now: '%-%-replace' fetches")
      assert.equal("return 1\n", try.contents(b.root .. "/" .. part))
      out = b.weir("ext install --replace " .. b.address "beacon")
      assert.truthy(out:find "^installed  beacon")
      assert.equal("return 2\n", try.contents(b.root .. "/" .. part))
   end)

   it("says what is wrong, and leaves nothing behind", function ()
      for arguments, want in pairs {
         ["--branch nope " .. b.address "beacon"] = "3 .*Remote branch nope not found",
         ["--branch ../x " .. b.address "beacon"] = "3 .*'../x' is no branch",
         ["--branch=--upload-pack=id " .. b.address "beacon"] = "3 .*is no branch",
         [b.address "nothing"] = "3 .*cannot fetch 'file:",
         [b.address "empty"] = "3 .*is no extension: it has no init.lua",
         [b.address "broken"] = "4 weir: broken/init.lua:1: ",
         ["nowhere/at/all"] = "3 .*'nowhere/at/all' is no file, no folder and no address",
         ["--name ../x " .. b.address "beacon"] = "2 .*'../x' is no name",
         ["--token WEIR_NOT_SET " .. b.address "beacon"] = "2 .*has no 'WEIR_NOT_SET'",
         ["--token HOME " .. b.address "beacon"] = "3 .*a token is for https",
         ["--token HOME http://example.org/x"] = "3 .*could be read on the way",
      } do
         local _, err, code = b.weir("ext install " .. arguments)
         assert.truthy((code .. " " .. err):find(want), arguments .. ": " .. code .. " " .. err)
      end
      assert.equal("", (b.sh "find data -type f"))
      assert.equal("", (b.sh "find data -name '.new*'"))
   end)

   it("runs no hook, follows no submodule, and makes no link", function ()
      local run = "#!/bin/sh\ntouch " .. b.root .. "/it-ran\n"
      b.write("templates/hooks/post-checkout", run)
      b.write("hooks/post-checkout", run)
      b.sh "chmod +x templates/hooks/* hooks/*"
      b.sh("ln -s /etc/passwd work/beacon/secrets.lua && cd work/beacon && git -c "
         .. "protocol.file.allow=always submodule --quiet add " .. b.address "beacon" .. " sub"
         .. " && git add -A && " .. COMMIT .. " && git push -q ../../git/beacon.git main")
      b.write("home/.gitconfig", ("[core]\n hooksPath = %s/hooks\n[init]\n templateDir = "
         .. "%s/templates\n[submodule]\n recurse = true\n"):format(b.root, b.root))
      local out, err = b.weir("ext install " .. b.address "beacon",
         ("HOME=%s/home"):format(b.root))
      assert.truthy(out:find "^installed", err)
      assert.falsy(b.has "it-ran")
      local at = "data/weir/extensions/features/beacon/"
      assert.equal("/etc/passwd", try.contents(b.root .. "/" .. at .. "secrets.lua"))
      assert.falsy(b.has(at .. "sub/init.lua"))
   end)

   it("copies folders and files, but no links", function ()
      local out = b.weir "ext install work/beacon"
      assert.truthy(out:find "^installed  beacon  .*/beacon%)\n$", out)
      assert.falsy(b.has "data/weir/extensions/features/beacon/.git/config")
      out = b.weir "ext install --name one work/beacon/init.lua"
      assert.truthy(out:find "^installed  one")
      b.sh "ln -s part.lua work/beacon/link.lua"
      local _, err, code = b.weir "ext install --name two work/beacon"
      assert.truthy(err:find "link.lua': it is a link, or no plain file")
      assert.equal(3, code)
   end)

   it("installs what a weir.yaml names, where it says, and shows no secret", function ()
      b.write("weir.yaml", ([[
metadata: { extensions_folder: ext, replace_existing: %%s }
extensions:
  - id: beacon
    category: feature
    source: %s
    override: { beacon: {}, second: { branch: other } }
  - { id: here, source: work/beacon }
  - { id: copy, source: work/beacon, copy_folder: true }
]]):format(b.address "beacon"))
      local yaml = try.contents(b.root .. "/weir.yaml")
      b.write("weir.yaml", yaml:format "false")
      local out, err, code = b.weir "ext install"
      local _
      assert.same({ "", 0 }, { err, code })
      assert.truthy(out:find "^installed  beacon  ext/feature/beacon .-\ninstalled  second  "
         .. "ext/feature/second .-\nin place   here  work/beacon\ninstalled  copy  ext/others/copy")
      assert.truthy(b.weir "ext install weir.yaml copy":find "^kept       copy")
      b.write("weir.yaml", yaml:format "true")
      assert.truthy(b.weir "ext install weir.yaml second":find "^installed  second")
      assert.truthy(b.weir "ext list weir.yaml":find "second%s+feature.-beacon.git, other, ")
      assert.truthy(b.weir "ext remove second":find "^removed  second  ext/feature/second\n")
      b.write("weir.yaml", "extensions:\n  - { id: a, source: 'https://${SECRET}@127.0.0.1:1/x' }\n"
         .. "  - { id: b, source: 'https://127.0.0.1:1/${SECRET}' }\n")
      _, err, code = b.weir("ext install", "SECRET=hush-hush")   -- nobody listens there
      assert.equal(3, code)
      assert.truthy(err:find("a: others would read 'https://${SECRET}@127.0.0.1:1/x'", 1, true))
      assert.truthy(err:find("b: cannot fetch 'https://127.0.0.1:1/${SECRET}'", 1, true))
      assert.falsy(err:find "hush")
   end)

   it("installs rocks", function ()
      if not try.has "luarocks" then return pending "luarocks is not installed" end
      b.write("src/weir-blip.lua", BEACON:gsub('require "part"', 'require "blip.part"'))
      b.write("src/blip/part.lua", "return 3\n")
      b.write("weir-blip-1.0-1.rockspec", [[
package = "weir-blip"
version = "1.0-1"
source = { url = "git://example.org/none" }
build = { type = "builtin", modules = {
   ["weir-blip"] = "src/weir-blip.lua", ["blip.part"] = "src/blip/part.lua" } }
]])
      local _, err, code = b.sh(("mkdir -p home/.luarocks served && export HOME=%s/home && "
         .. "luarocks --lua-version=5.1 make --tree=tree --deps-mode=none --pack-binary-rock "
         .. "weir-blip-1.0-1.rockspec >&2 && mv *.rock served && "
         .. "luarocks-admin --lua-version=5.1 make_manifest served >&2 && "
         .. "echo 'rocks_servers = { \"%s/served\" }' > home/.luarocks/config-5.1.lua"):format(
         b.root, b.root))
      assert(code == 0, err)
      local home = ("HOME=%s/home"):format(b.root)
      local out
      out, err = b.weir("ext install rock:weir-blip", home)
      assert.truthy(out:find "^installed  weir%-blip  .*%(rock:weir%-blip, 1%.0%-1%)\n$", err)
      assert.truthy(b.weir "ext check weir-blip":find "ok")
      _, err, code = b.weir("ext install rock:weir-nothing@2", home)
      assert.truthy(err:find "cannot fetch 'rock:weir%-nothing@2'")
      assert.equal(3, code)
      _, err = b.weir("ext install rock:weir-blip", "PATH=/nowhere")
      assert.truthy(err:find "kept" or err == "")
      _, err = b.weir("ext install --replace rock:weir-blip", "PATH=/nowhere")
      assert.truthy(err:find "luarocks is not installed: sudo apt%-get install luarocks", err)
   end)

   it("never has half an extension in place, whenever it is killed", function ()
      local at = "data/weir/extensions/features/beacon/"
      for i = 0, 5 do
         b.sh(("XDG_DATA_HOME=%s/data timeout --foreground -s KILL 0.%03d %s ext install --replace "
            .. "%s"):format(b.root, 3 + i * 17, desk.program, b.address "beacon"))
         if b.has(at .. ".installed.json") then
            assert.truthy(b.has(at .. "init.lua") and b.has(at .. "part.lua"))
         else
            assert.falsy(b.has(at .. "init.lua"))
         end
      end
      b.sh "sleep 0.2"                                   -- a git that was left ends by itself
      local out, err = b.weir("ext install --replace " .. b.address "beacon")
      assert.truthy(out:find "^installed", err)
      assert.equal("", (b.sh "find data -name '.new*'"))
   end)
end)

describe("weir ext install, when it is stopped", function ()
   if not try.has "git" then return pending "git is not installed" end
   setup(prepare)

   it("ends git, and leaves nothing", function ()
      local b = bench(template)
      b.write("bin/git", ("#!/bin/sh\necho $$ > %s/pid\nexec sleep 60\n"):format(b.root))
      local out, err, code = b.sh(([[chmod +x bin/git
         export PATH=%s/bin:$PATH XDG_DATA_HOME=%s/data
         %s ext install %s & p=$!
         while ! [ -s pid ]; do sleep 0.05; done
         kill -INT $p; wait $p; code=$?
         kill -0 $(cat pid) 2>/dev/null && echo it runs
         exit $code]]):format(b.root, b.root, desk.program, b.address "beacon"))
      assert.equal("", out)
      assert.truthy(err:find "cannot fetch 'file:.*': 'git' was stopped", err)
      assert.equal(130, code)
      assert.equal("", (b.sh "find data -name '.new*'"))
      os.execute("rm -rf " .. b.root)
   end)
end)

describe("weir ext install over http", function ()
   if not try.has "git" or not try.has "python3" then return pending "needs git and python3" end
   local b, server, base

   local function serve(arguments)
      local command = "python3 tests/servers/git.py %s/git %s/log %s >%s/port 2>/dev/null"
      server = io.popen(command:format(b.root, b.root, arguments or "", b.root), "w")
      for _ = 1, 200 do
         local file = io.open(b.root .. "/port")
         local port = file and file:read "*l"
         if file then file:close() end
         if port then
            base = "http://127.0.0.1:" .. port
            return
         end
         os.execute "sleep 0.02"
      end
      error "the server does not start"
   end

   local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

   setup(prepare)
   teardown(function () os.execute("rm -rf " .. template) end)
   before_each(function () b = bench(template) end)
   after_each(function ()
      server:close()
      os.execute("rm -rf " .. b.root)
   end)

   it("gives its token to that host alone, and to nobody's eyes", function ()
      serve(quoted(TOKEN))
      -- A git that notes how it is called.
      b.write("bin/git", ('#!/bin/sh\nPATH=${PATH#*:}\necho "$@" >> %s/argv\nexec git "$@"\n')
         :format(b.root))
      b.sh "chmod +x bin/git"
      local way = ("PATH=%s/bin:$PATH "):format(b.root)
      b.write("weir.yaml", ("extensions:\n  - { id: far, source: '%s/beacon.git', token: "
         .. "'${SECRET}' }\n"):format(base))
      local out, err, code = b.weir("ext install", way .. "SECRET=" .. quoted(TOKEN))
      assert.same({ "", 0 }, { err, code })
      assert.truthy(out:find "^installed  far  extensions/others/far  %(127.0.0.1:%d+/beacon.git, "
         .. "main, %x+%)\n$", out)
      assert.truthy(try.contents(b.root .. "/argv"):find "clone")
      assert.truthy(try.contents(b.root .. "/log"):find("x-access-token:" .. TOKEN, 1, true))
      local _, _, found = b.sh("grep -rF -- " .. quoted(TOKEN) .. " argv extensions data weir.yaml")
      assert.not_equal(0, found)
      for secret, want in pairs { ["wrong-one"] = "it does not take this token" } do
         _, err, code = b.weir("ext install --replace", way .. "SECRET=" .. secret)
         assert.equal(3, code)
         assert.truthy(err:find(want, 1, true), err)
         assert.falsy(err:find(secret, 1, true))
      end
      _, err = b.weir("ext install " .. base .. "/beacon.git")
      assert.truthy(err:find "it wants a token")
   end)

   it("takes its token to no other place", function ()
      serve(quoted(TOKEN) .. " moved")
      local _, err, code = b.weir(("ext install --token SECRET %s/beacon.git"):format(base),
         "SECRET=" .. quoted(TOKEN))
      assert.equal(3, code, err)
      assert.truthy(try.contents(b.root .. "/log"):find("x-access-token", 1, true))
      assert.falsy(try.contents(b.root .. "/log"):find("/new/", 1, true))
   end)

   it("fetches from a server that only has files", function ()
      serve "'' dumb"
      local out, err = b.weir("ext install --branch other " .. base .. "/beacon.git")
      assert.truthy(out:find "^installed  beacon", err)
   end)
end)
