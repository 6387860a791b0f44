-- Servers for specs: programs of Python in tests/servers that print their port and end with their
-- standard input.

local try = require "try"

local serving = {}

-- Starts one with arguments; returns what closes it when it is closed, and its port, a text.
function serving.start(name, arguments)
   local path = try.path()
   local command = "exec python3 tests/servers/%s.py %s >%s 2>/dev/null"
   local process = io.popen(command:format(name, arguments or "", path), "w")
   for _ = 1, 200 do
      local file = io.open(path)
      local found = file and file:read "*l"
      if file then file:close() end
      if found then
         os.remove(path)
         return process, found
      end
      os.execute "sleep 0.02"
   end
   error("the server " .. name .. " does not start")
end

-- Makes a key and a certificate for 127.0.0.1; returns their folder, to be removed by the caller.
function serving.certificate()
   local folder = try.path()
   local made = "mkdir %s && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
      .. "-addext subjectAltName=IP:127.0.0.1 -keyout %s/key -out %s/cert"
   local _, why, code = try.run(made:format(folder, folder, folder))
   assert(code == 0, why)
   return folder
end

return serving
