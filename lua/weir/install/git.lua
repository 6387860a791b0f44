-- Fetches an extension with git, of which nothing stays but the files: no hooks are run, no
-- submodules followed, and a token goes only through the environment.

local command = require "weir.job.command"
local tree    = require "weir.tree"

local git = {}

local SECONDS = 600
local SCHEMES = { https = "https", http = "http:https", ssh = "ssh", git = "git", file = "file" }

-- What git needs of our environment to get out of this machine.
local PASSED = {
   "SSH_AUTH_SOCK", "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
   "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO",
}

-- A repository is made of files that anybody wrote: none is run, and none becomes a link.
local SETTINGS = {
   { "core.hooksPath", "/dev/null" }, { "core.fsmonitor", "false" }, { "core.symlinks", "false" },
   { "submodule.recurse", "false" }, { "fetch.recurseSubmodules", "false" },
   { "transfer.fsckObjects", "true" }, { "protocol.ext.allow", "never" },
   { "advice.detachedHead", "false" }, { "gc.auto", "0" },
}

-- Says user and password to git, which asks for them of that host alone.  They stand in the
-- environment of this small script, not in its text.
local HELPER = [[!f() { test "$1" = get && printf '%s\n' "password=$WEIR_GIT_TOKEN" ]]
   .. [["${WEIR_GIT_USER:+username=$WEIR_GIT_USER}"; }; f]]

-- ---- where from -------------------------------------------------------------------------------

-- What a source's address is made of: { url, scheme, user, host }.  Nil and what is wrong with it.
function git.parse(source)
   if source:find "[%c%s]" or source:sub(1, 1) == "-" then
      return nil, "an address has no blanks, and begins with no '-'"
   end
   local scheme, rest = source:match "^(%a[%w+.-]*)://(.*)$"
   if not scheme then return { url = source, scheme = "ssh" } end
   if not SCHEMES[scheme] then
      return nil, ("'%s:' is not fetched: an address begins with https, ssh, http, git or file")
         :format(scheme)
   end
   local authority = rest:match "^[^/?#]*"
   local user, host = authority:match "^(.*)@([^@]*)$"
   if user and user:find ":" then
      return nil, "the address has a password in it, which others could read: say 'token: ${NAME}'"
   end
   return { url = source, scheme = scheme, user = user, host = host or authority }
end

local function is_near(host)
   return host:find "^localhost:?%d*$" or host:find "^127%.[%d.]+:?%d*$" or host:find "^%[::1%]"
end

-- Whether a token may go there; nil and why not.
local function may_carry(at)
   if at.scheme == "https" or at.scheme == "http" and is_near(at.host) then return true end
   if at.scheme == "http" then
      return nil, "a token over http could be read on the way: use https"
   end
   return nil, ("a token is for https, and '%s' has other keys"):format(at.scheme)
end

-- ---- running it ---------------------------------------------------------------------------------

local function add_setting(set, name, value)
   local n = set.GIT_CONFIG_COUNT
   set["GIT_CONFIG_KEY_" .. n], set["GIT_CONFIG_VALUE_" .. n] = name, value
   set.GIT_CONFIG_COUNT = n + 1
end

-- The environment of git for that address.
local function environment(at, token)
   local set = {
      GIT_TERMINAL_PROMPT = "0", GIT_ASKPASS = "",       -- nobody is asked
      GIT_SSH_COMMAND = "ssh -oBatchMode=yes", GIT_LFS_SKIP_SMUDGE = "1",
      GIT_ALLOW_PROTOCOL = SCHEMES[at.scheme], GIT_CONFIG_COUNT = 0,
   }
   for _, name in ipairs(PASSED) do set[name] = os.getenv(name) end
   for _, one in ipairs(SETTINGS) do add_setting(set, one[1], one[2]) end
   if token then
      add_setting(set, ("credential.%s://%s.helper"):format(at.scheme, at.host), "")
      add_setting(set, ("credential.%s://%s.helper"):format(at.scheme, at.host), HELPER)
      add_setting(set, "http.followRedirects", "false")  -- to wherever that would be
      set.WEIR_GIT_TOKEN = token
      set.WEIR_GIT_USER = not at.user and "x-access-token" or nil
   end
   return set
end

-- What git says was wrong, in one line.
local function reason_of(output, token)
   local why = output:match "fatal: ([^\n]+)" or output:match "error: ([^\n]+)"
      or output:match "([^\n]+)\n*$" or "it says nothing"
   if why:find "could not read Username" or why:find "Authentication failed" then
      why = why .. (token and ": it does not take this token" or ": it wants a token")
   end
   return token and why:gsub(token:gsub("%p", "%%%0"), "***") or why
end

local function run(words, how)
   table.insert(words, 1, "git")
   local code, output = command.run(words, how)
   if not code and output:find "No such file" then
      return nil, "git is not installed: sudo apt-get install git"
   end
   return code, output
end

local function clone(at, into, options, is_whole)
   local words = {
      "clone", "--quiet", "--single-branch", "--no-tags", "--no-recurse-submodules", "--template=",
   }
   if not is_whole then words[#words + 1] = "--depth=1" end
   if options.branch then words[#words + 1] = "--branch=" .. options.branch end
   for _, word in ipairs { "--", at.url, into } do words[#words + 1] = word end
   local how = { seconds = SECONDS, environment = environment(at, options.token) }
   local code, output = run(words, how)
   if code == 0 then return true end
   if code and not is_whole and output:find("dumb http transport", 1, true) then
      tree.remove(into)
      return clone(at, into, options, true)
   end
   return nil, code and reason_of(output, options.token) or output
end

-- Whether git would take it for the name of a branch or tag.
local function is_branch(name)
   return #name <= 200 and name:find "^[%w_][%w_./@+-]*$" and not name:find("..", 1, true)
end

-- Fetches `source` into the new folder `into`; options: branch, token.  Returns { branch, commit };
-- nil and the reason.
function git.get(source, into, options)
   local at, why = git.parse(source)
   if not at then return nil, why end
   local branch, ok = options.branch, true
   if branch and not is_branch(branch) then return nil, ("'%s' is no branch"):format(branch) end
   if options.token and options.token:find "[%c%s]" then return nil, "a token has no blanks" end
   if options.token then ok, why = may_carry(at) end
   if ok then ok, why = clone(at, into, options) end
   if not ok then return nil, why end
   local how = { folder = into, environment = environment(at) }
   local _, commit = run({ "rev-parse", "HEAD" }, how)
   local _, name = run({ "symbolic-ref", "--short", "-q", "HEAD" }, how)
   ok, why = tree.remove(into .. "/.git")
   if not ok then return nil, why end
   return { branch = branch or name and name:match "^(%S+)\n$",
      commit = commit and commit:match "^(%x+)\n$" }
end

return git
