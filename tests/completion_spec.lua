-- Completion as the shells themselves do it; a shell that is not installed is skipped.

local try        = require "try"
local completion = require "weir.cli.completion"

local commands = {
   { name = "read", about = "prints captures: 'all' of them", options = {
      "Input",
      { "r", "read", value = "FILE", many = true, complete = "file",
         help = "'-' is [standard]: input" },
      { "c", "count", value = "N", kind = "number", help = "stop after N packets" },
      { "W", "workspace", value = "DIR", complete = "directory" },
      "Output",
      { "n", "no-names", help = "print addresses" },
      { "v", "verbose", count = true },
      { "T", "type", value = "FORMAT", choices = { "table", "json" } },
      { nil, "only", value = "KIND,…", kind = "list", choices = { "dns", "tls" } },
      { "e", "field", value = "NAME,…", kind = "list", complete = "fields" },
      { "Y", "where", value = "EXPR", complete = "fields" },
   } },
   { name = "live", about = "captures", options = {
      { "i", "interface", value = "IF", complete = "interfaces" },
   } },
   { name = "doctor" },
   { name = "ext", about = "extensions", commands = function ()
      return {
         { name = "ext list", options = { { nil, "json" } } },
         { name = "ext test", options = { { "f", "filter", value = "BPF" }, { "u", "update" } },
            rest = "extensions" },
      }
   end },
}

-- Stands for `weir completion --words …`, in the language of bash and of fish.
local fake = {
   bash = 'weir() { [[ "$1 $2" == "completion --words" ]] && printf "%s\\n" $3_a $3_b; }',
   fish = 'function weir; printf "%s\\n" $argv[3]_a $argv[3]_b; end',
}

-- What `shell` prints when it runs `code` after the script and the fake; skips without the shell.
local function run(shell, code, flags)
   if not try.has(shell) then pending(shell .. " is not installed") end
   local script = completion.script(shell, commands) .. (fake[shell] or "")
   local path = try.file(("%s\n%s\n"):format(script, code))
   local out = try.run(("%s %s %s 2>&1"):format(shell, flags or "", path))
   os.remove(path)
   return out
end

-- What bash offers for the last of `words`, or the kind of files it offers.
local function bash(...)
   local words = {}
   for i, word in ipairs { ... } do words[i] = "'" .. word:gsub("'", "'\\''") .. "'" end
   local out = run("bash", ([[
      compopt() { echo "$2"; }
      COMP_WORDS=(weir %s) COMP_CWORD=%d
      _weir && printf '%%s\n' "${COMPREPLY[@]}"]]):format(table.concat(words, " "), #words))
   return (out:gsub("\n+$", ""):gsub("\n", " "))
end

describe("completion in bash", function ()
   it("is a script without errors", function ()
      assert.equal("", run("bash", "", "-n"))
   end)

   it("offers commands", function ()
      assert.equal("read live doctor ext", bash "")
      assert.equal("live", bash "l")
      assert.equal("", bash "x")
   end)

   it("offers the options of the command", function ()
      assert.equal("--type", bash("read", "--t"))
      assert.equal("-i --interface", bash("live", "-"))
   end)

   it("offers sub-commands and their options", function ()
      assert.equal("list test", bash("ext", ""))
      assert.equal("test", bash("ext", "t"))
      assert.equal("-f --filter -u --update", bash("ext", "test", "-"))
      assert.equal("--json", bash("ext", "list", "--j"))
      assert.equal("default", bash("ext", "list", "x"))
   end)

   it("offers extensions beside files", function ()
      assert.equal("default extensions_a extensions_b", bash("ext", "test", ""))
      assert.equal("default", bash("ext", "test", "folder/ext"))
   end)

   it("offers files as files, and directories", function ()
      assert.equal("default", bash("read", "-r", ""))
      assert.equal("default", bash("read", "--read", "=", "x"))
      assert.equal("dirnames", bash("read", "-W", ""))
      assert.equal("default", bash("read", "x"))
   end)

   it("offers choices, after a space or after =", function ()
      assert.equal("table json", bash("read", "-T", ""))
      assert.equal("json", bash("read", "-n", "--type", "j"))
      assert.equal("table json", bash("read", "--type", "="))
      assert.equal("json", bash("read", "--type", "=", "j"))
   end)

   it("asks weir for fields and interfaces", function ()
      assert.equal("interfaces_a interfaces_b", bash("live", "-i", ""))
      assert.equal("fields_b", bash("read", "-e", "fields_b"))
   end)

   it("completes the end of a list, and of an expression", function ()
      assert.equal("dns,tls", bash("read", "--only", "dns,t"))
      assert.equal("x,fields_a x,fields_b", bash("read", "-e", "x,f"))
      assert.equal("a == 1 && fields_a a == 1 && fields_b", bash("read", "-Y", "'a == 1 && f"))
   end)

   it("offers nothing where nothing can be guessed", function ()
      assert.equal("", bash("read", "-c", ""))
      assert.equal("", bash("nosuch", ""))
   end)

   it("never runs what a name says", function ()
      fake.bash, fake.kept = 'weir() { echo \'$(echo>&2 ran)\' \'`echo>&2 ran`\'; }', fake.bash
      assert.equal("$(echo>&2 ran) `echo>&2 ran`", bash("live", "-i", ""))
      fake.bash = fake.kept
   end)

   it("of weir itself knows shells, and commands that have a page", function ()
      local function offered(words)
         return (try.run(([[bash -c 'weir() { %s "$@"; }; source <(weir completion bash)
            COMP_WORDS=(weir %s) COMP_CWORD=2; _weir; echo ${COMPREPLY[@]}']]):format(
            try.program, words)))
      end
      assert.equal("bash zsh fish\n", offered "completion ''")
      assert.equal("repl\n", offered "man rep")
   end)
end)

describe("completion in zsh", function ()
   it("is a script without errors", function ()
      assert.equal("", run("zsh", "", "-n"))
   end)
end)

-- What fish offers at the end of a line, without the descriptions.
local function fish(line)
   local out = run("fish", ("complete -C %q"):format(line), "-N")
   return (out:gsub("\t[^\n]*", ""):gsub("\n+$", ""):gsub("\n", " "))
end

describe("completion in fish", function ()
   it("is a script without errors", function ()
      assert.equal("", run("fish", "", "-n"))
   end)

   it("offers commands, options, choices and words", function ()
      assert.equal("doctor ext live read", fish "weir ")
      assert.equal("list test", fish "weir ext ")
      assert.equal("--update", fish "weir ext test --up")
      assert.equal("--type", fish "weir read --ty")
      assert.equal("--type=json", fish "weir read --type=j")
      assert.equal("dns,tls", fish "weir read --only dns,t")
      assert.equal("interfaces_a interfaces_b", fish "weir live -i inter")
      assert.equal("a == 1 && fields_b", fish "weir read -Y 'a == 1 && fields_b")
   end)
end)

describe("completion", function ()
   it("refuses a shell it does not know", function ()
      assert.same({ nil, "no completion for 'tcsh': choose bash, zsh or fish" },
         { completion.script("tcsh", commands) })
   end)
end)
