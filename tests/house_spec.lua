-- The rules of the house: who may include what, which way the arrows go, how
-- long a file may be, what lies on the top level.

local try = require "try"

local TOP = {
   ["LICENSE"] = true, ["Makefile"] = true, ["README.md"] = true,
   core = true, docs = true, extensions = true, lua = true, notebooks = true, rockspec = true,
   samples = true, tests = true,
}

-- A library's header, and the only places that may include it.
local HEADERS = {
   { "pcap",    "^core/capture/live%.c$" },
   { "zlib",    "^core/capture/unpack%.c$", "^core/proto/coding%.c$" },
   { "zstd",    "^core/capture/unpack%.c$", "^core/proto/coding%.c$" },
   { "brotli",  "^core/proto/coding%.c$" },
   { "nghttp2", "^core/proto/hpack%.c$" },
   { "iconv",   "^core/proto/charset%.c$" },
   { "libpsl",  "^core/web/url%.c$" },
   { "idn2",    "^core/web/url%.c$" },
   { "openssl", "^core/proto/", "^core/store/digest%.c$" },
   { "histedit", "^core/edit_?%a*%.[ch]$" },
   { "sqlite3", "^core/store/db_?%a*%.[ch]$" },
   { "event",   "^core/net/" },
   { "curl",    "^core/net/curl%.h$" },
   { "hiredis", "^core/net/" },
   { "lua",     "^core/main%.c$" },
   { "lauxlib", "^core/main%.c$" },
}

-- Lower rooms first: a file may require only from its own floor or below.
local FLOORS = {
   { "^weir%.abi$", "^weir%.traces$", "^weir%.sorted$", "^weir%.proof$" },
   { "^weir%.columns$", "^weir%.flat$", "^weir%.stamp$" },
   { "^weir%.nearest$", "^weir%.text$", "^weir%.host$", "^weir%.slice$", "^weir%.address$",
     "^weir%.output$", "^weir%.watch$", "^weir%.loop$", "^weir%.community$", "^weir%.digest$",
     "^weir%.pattern$", "^weir%.apps$", "^weir%.schema", "^weir%.db", "^weir%.holder$",
     "^weir%.claim$", "^weir%.edit$", "^weir%.interrupt$", "^weir%.charset$", "^weir%.html$",
     "^weir%.url$", "^weir%.job", "^weir%.cic$", "^weir%.tree$", "^weir%.recent$",
     "^weir%.metrics$" },
   { "^weir%.json$", "^weir%.packed$", "^weir%.redis$", "^weir%.http", "^weir%.yaml$",
     "^weir%.log$", "^weir%.config",
     "^weir%.stats$", "^weir%.kb", "^weir%.channel", "^weir%.ends$", "^weir%.cells$",
     "^weir%.rows$", "^weir%.attach$", "^weir%.model",
     "^weir%.install" },
   { "^weir%.packet$", "^weir%.flow$", "^weir%.said$", "^weir%.plan$", "^weir%.sheet$",
     "^weir%.dump$", "^weir%.profile", "^weir%.filter", "^weir%.row$",
     "^weir%.reputation", "^weir%.blocklist" },
   { "^weir%.meter$", "^weir%.sample", "^weir%.sources$" },
   { "^weir%.capture$", "^weir%.trail$", "^weir%.traffic" },
   { "^weir%.view" },
   { "^weir%.workspace$", "^weir%.devices$" },
   { "^weir%.extension", "^weir%.confined", "^weir%.pipeline" },
   { "^weir%.report" },
   { "^weir$" },
   { "^weir%.cli", "^weir%.repl" },
}

local contents = try.contents

local function floor_of(module)
   for floor, patterns in ipairs(FLOORS) do
      for _, pattern in ipairs(patterns) do
         if module:find(pattern) then return floor end
      end
   end
end

local function module_of(path)
   return (path:gsub("^lua/", ""):gsub("/init%.lua$", ""):gsub("%.lua$", ""):gsub("/", "."))
end

local sources = try.lines((try.run "find core lua extensions -name '*.[ch]' -o -name '*.lua'"))
local tracked = try.lines((try.run "git ls-files"))

describe("the house", function ()
   it("has nothing on its top level but what belongs there", function ()
      if #tracked == 0 then return pending "needs a git repository" end
      for _, path in ipairs(tracked) do
         local top = path:match "^[^/]+"
         assert(TOP[top] or top:sub(1, 1) == ".", top)
      end
   end)

   it("has no file of more than 500 lines but weir.h", function ()
      for _, path in ipairs(sources) do
         local _, count = contents(path):gsub("\n", "")
         assert(count <= 500 or path == "core/weir.h", path .. " has " .. count .. " lines")
      end
   end)

   it("includes each library in one room only", function ()
      for _, path in ipairs(sources) do
         for header in contents(path):gmatch "#include <([%w_]+)" do
            for _, rule in ipairs(HEADERS) do
               local library, room, other = unpack(rule)
               local may = path:find(room) or path:find(other or room)
               assert(may or not header:find("^" .. library),
                  path .. " includes " .. header)
            end
         end
      end
   end)

   it("has a C file of the same name for each Lua file that uses the FFI", function ()
      local c = {}
      for _, path in ipairs(sources) do
         if path:find "%.c$" then c[path:match "([^/]+)%.c$"] = true end
      end
      for _, path in ipairs(sources) do
         if path:find "%.lua$" and contents(path):find 'require "ffi"' then
            assert(c[path:match "([^/]+)%.lua$"], path .. " uses the FFI, and has no C file")
         end
      end
   end)

   it("declares C in one place", function ()
      for _, path in ipairs(sources) do
         local declares = path:find "%.lua$" and contents(path):find "ffi%.cdef"
         assert(path == "lua/weir/abi.lua" or not declares, path)
      end
   end)

   it("keeps extensions away from the FFI and the ABI", function ()
      for _, path in ipairs(sources) do
         for _, module in ipairs { "ffi", "weir%.abi" } do
            local reaches = contents(path):find('require%s*%(?"' .. module .. '"')
            assert(not (path:find "^extensions/" and reaches), path)
         end
      end
   end)

   it("lets no arrow turn back", function ()
      for _, path in ipairs(sources) do
         local from = path:find "^lua/" and floor_of(module_of(path))
         for module in contents(path):gmatch 'require%s*%(?"(weir[%w_.]*)"' do
            local to = floor_of(module)
            if path:find "^lua/" then
               assert(from, path .. " is on no floor: add it to FLOORS")
               assert(to, module .. " is on no floor: add it to FLOORS")
               assert(to <= from, path .. " requires " .. module .. ", which is above it")
            end
         end
      end
   end)

   it("leaves no open work in the code", function ()
      local words = { "TO" .. "DO", "FIX" .. "ME", "XX" .. "X", "HA" .. "CK" }
      for _, path in ipairs(sources) do
         for _, word in ipairs(words) do assert(not contents(path):find(word, 1, true), path) end
      end
   end)
end)
