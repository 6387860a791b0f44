-- Ways out of a confined process, all tried by native code that the extension is granted: so it is
-- the system that stops it, or the parent, and not the world that Lua shows.

local confining = require "confining"
local extend    = require "extend"
local host      = require "weir.host"
local try       = require "try"

local missing = confining.missing()
local attempt = confining.try

-- Of calls of the system: their numbers on x86-64, and on 64-bit ARM (nil: there is none).
local NUMBERS = {
   { x64 = 0, arm64 = 63, "read" }, { x64 = 2, "open" }, { x64 = 257, arm64 = 56, "openat" },
   { x64 = 9, arm64 = 222, "mmap" }, { x64 = 10, arm64 = 226, "mprotect" },
   { x64 = 13, arm64 = 134, "rt_sigaction" }, { x64 = 14, arm64 = 135, "rt_sigprocmask" },
   { x64 = 29, arm64 = 194, "shmget" }, { x64 = 30, arm64 = 196, "shmat" },
   { x64 = 35, arm64 = 101, "nanosleep" }, { x64 = 41, arm64 = 198, "socket" },
   { x64 = 46, arm64 = 211, "sendmsg" }, { x64 = 53, arm64 = 199, "socketpair" },
   { x64 = 56, arm64 = 220, "clone" }, { x64 = 57, "fork" }, { x64 = 58, "vfork" },
   { x64 = 59, arm64 = 221, "execve" }, { x64 = 62, arm64 = 129, "kill" },
   { x64 = 101, arm64 = 117, "ptrace" }, { x64 = 105, arm64 = 146, "setuid" },
   { x64 = 126, arm64 = 91, "capset" }, { x64 = 135, arm64 = 92, "personality" },
   { x64 = 154, "modify_ldt" }, { x64 = 157, arm64 = 167, "prctl" },
   { x64 = 161, arm64 = 51, "chroot" }, { x64 = 165, arm64 = 40, "mount" },
   { x64 = 169, arm64 = 142, "reboot" }, { x64 = 175, arm64 = 105, "init_module" },
   { x64 = 206, arm64 = 0, "io_setup" }, { x64 = 234, arm64 = 131, "tgkill" },
   { x64 = 250, arm64 = 219, "keyctl" }, { x64 = 272, arm64 = 97, "unshare" },
   { x64 = 298, arm64 = 241, "perf_event_open" }, { x64 = 302, arm64 = 261, "prlimit" },
   { x64 = 304, arm64 = 265, "open_by_handle_at" }, { x64 = 308, arm64 = 268, "setns" },
   { x64 = 310, arm64 = 270, "process_vm_readv" }, { x64 = 317, arm64 = 277, "seccomp" },
   { x64 = 319, arm64 = 279, "memfd_create" }, { x64 = 321, arm64 = 280, "bpf" },
   { x64 = 322, arm64 = 281, "execveat" }, { x64 = 323, arm64 = 282, "userfaultfd" },
   { x64 = 329, arm64 = 288, "pkey_mprotect" }, { x64 = 425, arm64 = 425, "io_uring_setup" },
   { x64 = 434, arm64 = 434, "pidfd_open" }, { x64 = 435, arm64 = 435, "clone3" },
   { x64 = 437, arm64 = 437, "openat2" }, { x64 = 445, arm64 = 445, "landlock_add_rule" },
}

-- The body with $name as the number of that call; nil where this machine has none.
local function numbered(body)
   local is_known = true
   body = body:gsub("%$([%w_]+)", function (name)
      for _, one in ipairs(NUMBERS) do
         if one[1] == name and one[jit.arch] then return tostring(one[jit.arch]) end
      end
      is_known = false
   end)
   return is_known and body or nil
end

local function native(body, o)
   o = o or {}
   o.native, o.seconds = true, o.seconds or 1
   return attempt(numbered(body), o)
end

-- What must end the process at once, by the system: a sentence, and how it is tried.
local DEADLY = {
   { "opens a socket of TCP", "call($socket, 2, 1, 0)" },
   { "opens a socket of UDP", "call($socket, 2, 2, 0)" },
   { "opens a socket of its own machine", "call($socket, 1, 1, 0)" },
   { "opens a socket of raw packets", "call($socket, 17, 3, 768)" },
   { "opens a pair of sockets", "call($socketpair, 1, 1, 0, ffi.new 'int[2]')" },
   { "sends a file through its channel", "call($sendmsg, 1, ffi.new 'char[64]', 0)" },
   { "forks", "call($fork)" },
   { "forks as vfork does", "call($vfork)" },
   { "makes a thread", "call($clone, 0x10f00, 0, 0, 0, 0)" },
   { "makes a process in the new way", "call($clone3, ffi.new 'char[88]', 88)" },
   { "becomes another program", "call($execve, '/bin/true', nil, nil)" },
   { "becomes another program by a file that is open", "call($execveat, 0, '', nil, nil, 0x1000)" },
   { "kills its parent", "call($kill, PARENT, 9)" },
   { "kills everybody", "call($kill, -1, 9)" },
   { "signals a thread of its parent", "call($tgkill, PARENT, PARENT, 9)" },
   { "has a handle on its parent", "call($pidfd_open, PARENT, 0)" },
   { "traces its parent", "call($ptrace, 16, PARENT, 0, 0)" },
   { "reads its parent's memory", "call($process_vm_readv, PARENT, nil, 0, nil, 0, 0)" },
   { "catches signals", "call($rt_sigaction, 10, nil, nil, 8)" },
   { "blocks signals", "call($rt_sigprocmask, 0, nil, nil, 8)" },
   { "attaches shared memory", "call($shmat, 0, 0, 0)" },
   { "makes shared memory", "call($shmget, 0, 4096, 512)" },
   { "makes a file in memory", "call($memfd_create, 'x', 0)" },
   { "asks for a ring of requests", "call($io_uring_setup, 8, ffi.new 'char[120]')" },
   { "asks for requests that go on by themselves", "call($io_setup, 8, ffi.new 'long[1]')" },
   { "loads a program into the kernel", "call($bpf, 0, ffi.new 'char[128]', 128)" },
   { "handles its own page faults", "call($userfaultfd, 0)" },
   { "counts events of the machine", "call($perf_event_open, ffi.new 'char[128]', 0, -1, -1, 0)" },
   { "mounts", "call($mount, 'none', '/', 'tmpfs', 0, nil)" },
   { "changes its root", "call($chroot, '/')" },
   { "becomes another user", "call($setuid, 0)" },
   { "takes back privileges", "call($capset, nil, nil)" },
   { "has a world of its own", "call($unshare, 0x10000000)" },
   { "enters another world", "call($setns, 0, 0)" },
   { "undoes what cannot be undone", "call($prctl, 38, 0, 0, 0, 0)" },
   { "lets itself be looked at", "call($prctl, 4, 1, 0, 0, 0)" },
   { "outlives its parent", "call($prctl, 1, 0, 0, 0, 0)" },
   { "makes all that can be read run", "call($personality, 0x400000)" },
   { "adds a filter that answers for it", "call($seccomp, 1, 0, nil)" },
   { "adds a rule to its walls", "call($landlock_add_rule, 0, 1, nil, 0)" },
   { "widens its limits", "call($prlimit, 0, 9, ffi.new('long[2]', {-1, -1}), nil)" },
   { "uses keys of the kernel", "call($keyctl, 0, -3, 0, 0, 0)" },
   { "opens a file by its number", "call($open_by_handle_at, -100, nil, 0)" },
   { "opens a file in the newest way", "call($openat2, -100, '/etc/passwd', nil, 0)" },
   { "loads a module into the kernel", "call($init_module, nil, 0, '')" },
   { "restarts the machine", "call($reboot, 0xfee1dead, 672274793, 0, nil)" },
   { "protects memory with a key, to run", "call($pkey_mprotect, nil, 4096, 5, -1)" },
   { "sets up segments of its own", "call($modify_ldt, 1, nil, 0)" },
   { "sleeps for ever", "call($nanosleep, ffi.new('long[2]', {1000000, 0}), nil)" },
   { "calls by numbers of another machine", "call(0x40000000 + $openat, -100, '/etc/passwd', 0)" },
}

-- What the system refuses, and the process goes on.
local REFUSED = {
   { "reads /etc/passwd", "return call($openat, -100, '/etc/passwd', 0)" },
   { "reads /etc/passwd in the old way", "return call($open, '/etc/passwd', 0)" },
   { "writes a file", "return call($openat, -100, '/tmp/weir-escaped', 65, 420)" },
   { "writes its own memory as a file", "return call($openat, -100, '/proc/self/mem', 2)" },
   { "reads its parent's environment", "return call($openat, -100, '/proc/PARENT/environ', 0)" },
   { "opens a device", "return call($openat, -100, '/dev/tty', 2)" },
   { "maps memory to run", "return call($mmap, 0, 4096, 7, 34, -1, 0)" },
   { "maps memory to run, and not to write", "return call($mmap, 0, 4096, 5, 34, -1, 0)" },
   { "makes memory run that it has written", [[
      local page = C.syscall($mmap, nil, ffi.cast("long", 4096), ffi.cast("long", 3),
         ffi.cast("long", 34), ffi.cast("long", -1), ffi.cast("long", 0))
      return call($mprotect, page, 4096, 5)]] },
   { "writes to what it was not given", "return tonumber(C.write(2, 'x', 1)) .. ' refused'" },
   { "reads files that its parent has open", [[
      local bytes, worst = ffi.new "char[16]", "refused"
      for fd = 1, 1023 do
         local got = call($read, fd, bytes, 16)
         if type(got) == "number" then worst = "read " .. fd end
      end
      return worst]] },
}

describe("a confined process", function ()
   if missing then return pending(missing) end

   for _, one in ipairs(DEADLY) do
      local body = one[2]:gsub("PARENT", tostring(host.pid()))
      it("that " .. one[1] .. " is ended by the system", function ()
         if not numbered(body) then return pending("no such call on " .. jit.arch) end
         local came = native(body)
         assert(came.died and came.died:find "signal 31", came.said or came.failed or came.died)
      end)
   end

   for _, one in ipairs(REFUSED) do
      local body = one[2]:gsub("PARENT", tostring(host.pid()))
      it("that " .. one[1] .. " is refused that by the system", function ()
         if not numbered(body) then return pending("no such call on " .. jit.arch) end
         local open = assert(io.open "README.md")                -- which is handed down, if any is
         local came = native(body)
         open:close()
         assert(came.said and (came.said:find "refused" or came.said:find "^false"),
            came.said or came.failed or came.died)
         assert.is_false(host.is_file "/tmp/weir-escaped")
      end)
   end

   it("has no environment of its parent", function ()
      local came = native [[
         local names, i = {}, 0
         while C.environ[i] ~= nil do
            names[#names + 1], i = ffi.string(C.environ[i]):match "^[^=]*", i + 1
         end
         return table.concat(names, " ") .. "."]]
      assert(came.said == "." or came.said == "WEIR_LUA.", came.said)
      assert.truthy(attempt("return os.getenv 'PATH'").failed:find "env:PATH")
   end)

   it("has three files open, cannot dump its memory, and is no process to look at", function ()
      local c = confining.open {}
      local open = try.lines((try.run(("ls /proc/%d/fd"):format(c:pid()))))
      assert(#open == 0 or #open == 3, table.concat(open, " "))  -- none: we may not look, either
      local limits = try.contents(("/proc/%d/limits"):format(c:pid()))
      assert.truthy(limits:find "core file size%s+0%s+0")
      assert.truthy(limits:find "processes%s+0%s+0")
      local status = try.contents(("/proc/%d/status"):format(c:pid()))
      assert.truthy(status:find "NoNewPrivs:%s1")
      assert.truthy(status:find "Seccomp:%s2")
      assert.truthy(status:find "CapEff:%s0+\n")
      c:close()
   end)

   it("cannot run what LuaJIT writes for callbacks", function ()
      local came = native "return ffi.cast('int (*)(int)', function (n) return n end)(1)"
      assert(came.died and came.died:find "signal 11", came.said or came.failed or came.died)
   end)

   it("has no memory to run but that of its program and libraries", function ()
      local c = confining.open {}
      c:call("extract", { { body = "" } })
      local maps = io.open(("/proc/%d/maps"):format(c:pid()))
      if not maps then return pending "only root may look at its memory" end
      for line in maps:lines() do
         local rights, path = line:match "^%S+ (%S+) %S+ %S+ %d+%s*(.*)$"
         assert(not rights:find "x" or path:find "^/" or path:find "^%[v", line)
      end
      maps:close()
      c:close()
   end)

   it("ends with its parent, whatever it does", function ()
      local script = try.file([[
         local confined = require "weir.confined"
         local c = assert(confined.open(assert(confined.load(arg[1])), { seconds = 60 }))
         print(c:pid())
         io.stdout:flush()
         c:call("extract", { {} })
      ]], ".lua")
      local folder, out = extend.folder(), try.path()
      local path = extend.write(folder .. "/x.lua", [[
         local x = require "weir".extractor { about = "x", on = "flow" }
         function x:extract() while true do end end
         return x]])
      local run = "%s lua %s %s >%s & p=$!; while [ ! -s %s ]; do sleep 0.01; done; kill -9 $p"
      try.run(run:format(try.program, script, path, out, out))
      local pid = assert(tonumber(try.contents(out, true)))
      for _ = 1, 200 do
         if not host.is_folder("/proc/" .. pid) then break end
         os.execute "sleep 0.01"
      end
      assert.is_false(host.is_folder("/proc/" .. pid))
      extend.remove(folder)
      os.remove(script)
   end)
end)
