-- weir doctor: what this machine offers, what is missing, and how to get it.

local weir     = require "weir"
local confined = require "weir.confined"
local host     = require "weir.host"
local options  = require "weir.cli.options"
local report   = require "weir.cli.report"

local doctor = {
   name  = "doctor",
   about = "what is missing on this machine, and how to get it; who has a database open",
   usage = "weir doctor [FILE|FOLDER…]",
   rest  = "file",
   options = {
      { "W", "workspace", value = "DIR", complete = "directory",
        help = "the databases of this workspace" },
      { "h", "help", help = "show this help" },
   },
   examples = {
      { "weir doctor", "the libraries Weir runs with, what you may do here, and what is off for "
         .. "want of a package or a privilege; exit code 1 when something is" },
      { "weir doctor kb.db", "which processes have this database open, and which one writes" },
   },
}

-- What Weir may be without: what is off then, and what to do.
local AGAIN = ", and build Weir again"
local OPTIONAL = {
   libnghttp2   = { "HTTP/2 is off", "libnghttp2-dev" .. AGAIN },
   libbrotlidec = { "bodies in 'br' are off", "libbrotli-dev" .. AGAIN },
   libcurl      = { "requests of extensions are off", "libcurl4" },
   libpsl       = { "registered domains are off", "libpsl-dev publicsuffix" .. AGAIN },
   libidn2      = { "names of hosts in other scripts are off", "libidn2-dev" .. AGAIN },
}

-- What the core was linked with is there, or the program would not run.
local function libraries(rows)
   rows[#rows + 1] = { "ok", "Weir", weir.version, "" }
   rows[#rows + 1] = { "ok", "LuaJIT", jit.version:gsub("LuaJIT ", ""), "" }
   for _, line in ipairs(host.libraries()) do
      local name, version = line:match "^(%S+) (.*)$"
      if name == "libpcap" then version = version:match "version (%S+)" or version end
      local off = version == "-" and OPTIONAL[name]
      rows[#rows + 1] = not off and { "ok", name, version, "" } or { "off", name, "",
         ("%s: sudo apt-get install %s"):format(unpack(off)) }
   end
end

local function modules(rows)
   local ok, cjson = pcall(require, "cjson")
   rows[#rows + 1] = ok and { "ok", "lua-cjson", cjson._VERSION, "" }
      or { "off", "lua-cjson", "", "models, channels over Redis and 'weir batch' are off: "
         .. "sudo apt-get install lua-cjson" }
   local has, yaml = pcall(require, "yaml")
   rows[#rows + 1] = has and { "ok", "lua-yaml", yaml.version:match "%S+$", "" }
      or { "off", "lua-yaml", "", "weir.yaml is off: sudo apt-get install lua-yaml" }
end

local function jit_state(rows)
   local on = jit.status()
   rows[#rows + 1] = {
      on and "ok" or "off", "JIT compiler", on and "on" or "", on and "" or "Lua runs, but slowly",
   }
end

-- What walls there are for extensions that nobody trusts.
local function confinement(rows)
   local why, version = confined.missing()
   rows[#rows + 1] = why and { "off", "confined extensions", "", why .. ": none of them runs" }
      or { "ok", "confined extensions", "seccomp", "" }
   rows[#rows + 1] = version and { "ok", "folders for them", "Landlock " .. version, "" }
      or { "off", "folders for them", "", "this system has no Landlock: those that need 'read:' "
         .. "or 'write:' do not run confined; Linux has it since 5.13" }
end

-- Tries to listen, which is the only test that tells the truth.
local function capture(rows)
   local faces, why = weir.interfaces()
   if not faces then
      rows[#rows + 1] = { "off", "interfaces", "", why }
      return
   end
   local names = {}
   for i, face in ipairs(faces) do names[i] = face.name end
   rows[#rows + 1] = { "ok", "interfaces", tostring(#faces), table.concat(names, " ") }
   local loopback
   for _, face in ipairs(faces) do loopback = loopback or (face.loopback and face.name) end
   local name = loopback or names[1] or "lo"
   local opened, reason = weir.open(name, { interface = true, promiscuous = false })
   rows[#rows + 1] = opened and { "ok", "live capture", "allowed", "" }
      or { "off", "live capture", "", reason }
   if opened then opened:close() end
end

local function examine()
   local rows, off = {}, 0
   libraries(rows)
   modules(rows)
   jit_state(rows)
   confinement(rows)
   capture(rows)
   local out = report.sheet {
      { name = "", colour = function (state) return state == "ok" and "green" or "red" end },
      { name = "what" },
      { name = "version", shrink = 1, min = 8 },
      { name = "note", shrink = 2, min = 20 },
   }
   for _, row in ipairs(rows) do
      out:row(row)
      if row[1] ~= "ok" then off = off + 1 end
   end
   out:finish()
   return off == 0 and report.exit.ok or report.exit.different
end

function doctor.run(argv)
   local values, words = options.parse(doctor.options, argv)
   if not values then return report.usage("doctor", words) end
   if values.help then
      return report.page(options.help(doctor, doctor.options, host.width "stdout"))
   end
   if values.workspace then table.insert(words, 1, values.workspace) end
   if #words == 0 then return examine() end
   local code, why = require "weir.cli.holders"(words)
   if code then return code end
   report.error(why)
   return report.exit.unreadable
end

return doctor
