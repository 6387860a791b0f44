-- A terminal of our own, with a program in it that is typed to.
--
--    local t = terminal.open("build/weir repl", { rows = 24, columns = 80 })
--    t:expect "weir> "
--    t:type "1 + 1\r"
--    t:expect "\n2\n"                                 -- fails when it does not come
--    t:type "\4"
--    assert.equal(0, t:finish())

local ffi = require "ffi"

pcall(ffi.cdef, [[
   struct terminal_size { unsigned short rows, columns, x, y; };
   struct terminal_poll { int fd; short events, revents; };
   int forkpty(int *fd, char *name, void *termios, struct terminal_size *size);
   int execv(const char *path, const char *const arguments[]);
   int setenv(const char *name, const char *value, int overwrite);
   int unsetenv(const char *name);
   int poll(struct terminal_poll *fds, unsigned long count, int ms);
   long read(int fd, void *bytes, size_t size);
   long write(int fd, const void *bytes, size_t size);
   int close(int fd);
   int ioctl(int fd, unsigned long what, ...);
   int kill(int pid, int signal);
   int waitpid(int pid, int *status, int options);
   int usleep(unsigned us);
   void _exit(int code);
]])

local SET_SIZE = 0x5414                   -- TIOCSWINSZ
local READABLE = 1
local PATIENCE = 20                       -- seconds, where sanitizers watch and others compile

local terminal = {}
terminal.__index = terminal

local function clock()
   return require "weir.host".clock()
end

-- Of a test that fails nobody waits for the program: what is collected ends it, with those that it
-- has started.  They may not hear of the terminal's end, so they are not asked.
local function leash(pid)
   return ffi.gc(ffi.new "char[1]", function ()
      ffi.C.kill(-pid, 9)
      ffi.C.waitpid(pid, nil, 0)
   end)
end

-- Runs a shell command in a new terminal; options: rows, columns, env.
function terminal.open(command, options)
   options = options or {}
   local size = ffi.new("struct terminal_size", options.rows or 24, options.columns or 80)
   local fd = ffi.new "int[1]"
   local arguments = ffi.new("const char *[4]", { "/bin/sh", "-c", "exec " .. command })
   io.stdout:flush()
   local pid = ffi.C.forkpty(fd, nil, nil, size)
   if pid == 0 then
      ffi.C.unsetenv "NO_COLOR"
      ffi.C.unsetenv "PAGER"
      ffi.C.setenv("TERM", "xterm", 1)
      for name, value in pairs(options.env or {}) do ffi.C.setenv(name, value, 1) end
      ffi.C.execv("/bin/sh", arguments)
      ffi.C._exit(127)
   end
   return setmetatable({ fd = fd[0], pid = pid, seen = "", at = 1, leash = leash(pid) }, terminal)
end

-- Takes what has come within some milliseconds; false when the terminal is closed.
local function take(self, ms)
   local fds = ffi.new("struct terminal_poll[1]", { { self.fd, READABLE, 0 } })
   if ffi.C.poll(fds, 1, ms) <= 0 then return true end
   local bytes = ffi.new "char[4096]"
   local n = tonumber(ffi.C.read(self.fd, bytes, 4096))
   if n <= 0 then return false end
   self.seen = self.seen .. ffi.string(bytes, n)
   return true
end

-- What is seen as text: no escapes, no carriage returns.
local function plain(s)
   return (s:gsub("\27%[[%d;?]*%a", ""):gsub("\27[()][%w]", ""):gsub("\27[=>]", "")
      :gsub("[\r\7]", ""))
end

-- Waits for a text behind the one before; returns all that came till then.
function terminal:expect(text, seconds)
   local deadline = clock() + (seconds or PATIENCE)
   while true do
      local all = plain(self.seen)
      local _, last = all:find(text, self.at, true)
      if last then
         local new = all:sub(self.at, last)
         self.at = last + 1
         return new
      end
      local is_open = take(self, 20)
      if not is_open or clock() > deadline then
         error(("'%s' does not come, but: %s"):format(text, all:sub(self.at)), 2)
      end
   end
end

function terminal:type(text) assert(ffi.C.write(self.fd, text, #text) == #text) end

-- Types an entry of one or more lines at a prompt, waits as long as `stop` says before Ctrl-C if it
-- is given, and returns what comes until the next prompt.
function terminal:ask(entry, prompt, stop)
   self:type((entry:gsub("\n", "\r")) .. "\r")
   if stop then
      self:wait(stop)
      self:type "\3"
   end
   local out = self:expect("\n" .. prompt):sub(1, -#prompt - 1)
   for _ = 1, select(2, entry:gsub("\n", "\n")) + 1 do out = out:gsub("^[^\n]*\n", "", 1) end
   return (out:gsub("\n$", ""))
end

-- Lets some seconds pass.
function terminal:wait(seconds)
   local deadline = clock() + seconds
   while clock() < deadline and take(self, 20) do end
end

function terminal:signal(number) ffi.C.kill(self.pid, number) end

function terminal:resize(rows, columns)
   ffi.C.ioctl(self.fd, SET_SIZE, ffi.new("struct terminal_size", rows, columns))
end

-- Closes the terminal, as a window is closed.
function terminal:hang_up()
   ffi.C.close(self.fd)
   self.fd = nil
end

-- Waits until the program has ended: its exit code, or nil and the signal that ended it.
function terminal:finish()
   local status = ffi.new "int[1]"
   local deadline = clock() + PATIENCE
   while ffi.C.waitpid(self.pid, status, 1) == 0 do
      if self.fd then take(self, 20) else ffi.C.usleep(20000) end
      if clock() > deadline then
         ffi.C.kill(self.pid, 9)
         ffi.C.waitpid(self.pid, status, 0)
         ffi.gc(self.leash, nil)
         error("it does not end", 2)
      end
   end
   ffi.gc(self.leash, nil)
   if self.fd then ffi.C.close(self.fd) end
   self.fd = nil
   local signal = status[0] % 128
   if signal ~= 0 then return nil, signal end
   return math.floor(status[0] / 256) % 256
end

return terminal
