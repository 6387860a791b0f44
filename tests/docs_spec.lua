-- What the README shows is what happens: its commands are run, its script is the sample.

local try = require "try"

local readme = try.contents "README.md"

describe("the README", function ()
   it("shows commands with their true output", function ()
      local shown = 0
      for block in readme:gmatch "```\n(%$ .-)\n```" do
         local command, output = block:match "^%$ ([^\n]+)\n(.*)$"
         local out = try.run(command:gsub("^build/weir", try.program))
         assert.equal(output .. "\n", out)
         shown = shown + 1
      end
      assert(shown >= 2)
   end)

   it("names both commands", function ()
      assert.truthy(readme:find("make demo", 1, true) and readme:find("make test", 1, true))
   end)
end)

-- What some pages need besides samples/.
local LINKED = { ["docs/inference.md"] = { "extensions" } }

-- Runs a page from its beginning in a folder of its own, where `weir` and samples/ are: Lua or JSON
-- with a file's name, is written there, and what consoles show is what happens.
local function follow(page)
   local extend = require "extend"
   local folder, root = extend.folder(), try.run "pwd":gsub("\n", "")
   local program = try.program:sub(1, 1) == "/" and try.program or root .. "/" .. try.program
   os.execute(("ln -s %s/samples %s/samples; mkdir %s/bin; ln -s %s %s/bin/weir"):format(
      root, folder, folder, program, folder))
   for _, name in ipairs(LINKED[page] or {}) do
      os.execute(("ln -s %s/%s %s/%s"):format(root, name, folder, name))
   end
   local lua = os.getenv "WEIR_LUA"
   local where = ("cd %s && export PATH=%s/bin:$PATH %s && "):format(folder, folder,
      lua and lua:sub(1, 1) ~= "/" and ("WEIR_LUA=%s/%s"):format(root, lua) or "")
   local shown = 0
   for kind, name, block in try.contents(page):gmatch "\n```(%l+) ?([^\n]*)\n(.-)\n```" do
      local is_file = (kind == "json" or kind == "yaml") and name ~= ""
      if is_file or kind == "lua" and (name ~= "" or page ~= "README.md") then
         extend.write(folder .. "/" .. name, block .. "\n")
      elseif kind == "console" then
         local all = {}
         for command in ("\n" .. block):gmatch "\n%$ ([^\n]+)" do
            local out, err = try.run(where .. command)
            all[#all + 1] = ("$ %s\n%s%s"):format(command, out, err)
            shown = shown + 1
         end
         assert.equal(block .. "\n", table.concat(all))
      end
   end
   extend.remove(folder)
   return shown
end

describe("the page", function ()
   local pages = { "README.md" }
   for _, name in ipairs(require "weir.host".entries "docs") do
      local path = "docs/" .. name
      local is_page = name:find "%.md$" and try.contents(path):find "\n```console"
      if is_page then pages[#pages + 1] = path end
   end
   for _, page in ipairs(pages) do
      it(page .. " shows what happens", function ()
         local needs_redis = page == "docs/channels.md" or page == "docs/pipelines.md"
         if needs_redis and not try.has "redis-server" then
            return pending "redis-server is not installed"
         end
         local missing = page == "docs/confined.md" and require "confining".missing()
         if missing then return pending(missing) end
         assert(follow(page) >= 2)
      end)
   end
end)

-- How a heading is called in a link to it: "## Pages, URLs" is #pages-urls.
local function anchors(text)
   local found = {}
   for heading in ("\n" .. text):gmatch "\n#+ ([^\n]+)" do
      found[heading:lower():gsub("[^%w%- ]", ""):gsub(" ", "-")] = true
   end
   return found
end

describe("the links of pages", function ()
   it("lead to files and headings that exist", function ()
      local pages, seen = { "README.md", "extensions/README.md", "samples/README.md" }, 0
      for _, name in ipairs(require "weir.host".entries "docs") do
         pages[#pages + 1] = "docs/" .. name
      end
      for _, page in ipairs(pages) do
         for path, anchor in try.contents(page):gmatch "%]%(([%w/._-]*)#?([%w-]*)%)" do
            local target = path == "" and page or (page:match "^(.*/)" or "") .. path
            assert(io.open(target), page .. ": " .. path):close()
            assert(anchor == "" or anchors(try.contents(target))[anchor], page .. ": #" .. anchor)
            seen = seen + 1
         end
      end
      assert(seen > 50)
   end)
end)

describe("the sessions of docs/repl.md", function ()
   it("happen as they are shown", function ()
      local shown = 0
      require "tour".follow("docs/repl.md", function (block, happened)
         assert.equal(block, happened)
         shown = shown + 1
      end)
      assert(shown >= 10)
   end)
end)

describe("the examples of docs/library.md", function ()
   local text, number = try.contents "docs/library.md", 0
   for example in text:gmatch "```lua\n(.-)```" do
      number = number + 1
      it(("run: %d"):format(number), function ()
         local path = try.file(example)
         local out, err, code = try.weir("lua " .. path)
         os.remove(path)
         assert.equal(0, code, err)
         assert(#out > 20)
      end)
   end
   assert(number >= 3)
end)
