-- URLs: as browsers read them.

local host = require "weir.host"
local url  = require "weir.url"

local WITH = {}
for _, line in ipairs(host.libraries()) do
   local name, version = line:match "^(%S+) (.*)$"
   WITH[name] = version ~= "-"
end

describe("a URL", function ()
   it("has its parts", function ()
      local u = assert(url.parse "HTTPS://me:pw@WWW.Example.org:8443/a/../b%20c?x=1&y#part")
      assert.same({
         scheme = "https", user = "me", password = "pw", host = "www.example.org", port = 8443,
         path = "/b%20c", query = "x=1&y", fragment = "part",
      }, setmetatable(u, nil))
      assert.is_nil(url.parse "http://example.org:80/".port)
      assert.equal("/", url.parse "http://example.org".path)
      assert.equal("[2001:db8::1]", url.parse "https://[2001:DB8::1]/".host)
      assert.equal("a@b", url.parse "mailto:a@b".path)
   end)

   it("is written as browsers would understand it", function ()
      assert.equal("http://a.b/c", tostring(url.parse " \n http:\\\\a.b\\c\t"))
      assert.equal("http://example.org/ab", tostring(url.parse "http:/example.org/a\nb"))
      assert.equal("https://a/", tostring(url.parse "https://a/b/./c/../../../d/.."))
      assert.equal("https://a/c", tostring(url.parse "https://a/b/%2E%2e/c"))
   end)

   it("that is none says why", function ()
      for text, why in pairs {
         ["example.org/x"] = "no scheme", ["//x"] = "no scheme", ["http://"] = "no host",
         ["http://a:99999/"] = "port", ["http://a%2fb/"] = "no name", ["http://a b/"] = "no name",
         ["http://[::1/"] = "no sense", [""] = "no scheme", [("a"):rep(70000)] = "65536 bytes",
      } do
         local made, reason = url.parse(text)
         assert.is_nil(made)
         assert.truthy(reason:find(why, 1, true), reason)
      end
   end)

   it("has one normal form", function ()
      for text, normal in pairs {
         ["HTTP://Example.ORG:80"] = "http://example.org/",
         ["http://example.org/%7euser/%e4/%2f?q=%41 b#x"] =
            "http://example.org/~user/%E4/%2F?q=A%20b",
         ["https://example.org/ä"] = "https://example.org/%C3%A4",
      } do
         assert.equal(normal, url.normal(text))
         assert.equal(normal, url.normal(normal))
      end
   end)

   it("is joined as RFC 3986 has it", function ()
      for reference, whole in pairs {
         ["g"] = "http://a/b/c/g", ["./g"] = "http://a/b/c/g", ["g/"] = "http://a/b/c/g/",
         ["/g"] = "http://a/g", ["//g"] = "http://g/", ["?y"] = "http://a/b/c/d;p?y",
         ["g?y"] = "http://a/b/c/g?y", ["#s"] = "http://a/b/c/d;p?q#s",
         ["g#s"] = "http://a/b/c/g#s",
         [";x"] = "http://a/b/c/;x", [""] = "http://a/b/c/d;p?q", ["."] = "http://a/b/c/",
         [".."] = "http://a/b/", ["../g"] = "http://a/b/g", ["../../../g"] = "http://a/g",
         ["g;x=1/../y"] = "http://a/b/c/y", ["http://q/../r"] = "http://q/r",
         ["mailto:x@y"] = "mailto:x@y", ["/./g"] = "http://a/g", ["g.."] = "http://a/b/c/g..",
      } do
         assert.equal(whole, url.join("http://a/b/c/d;p?q", reference), reference)
      end
      assert.is_nil(url.join("x", "y"))
   end)
end)

describe("a query", function ()
   it("has values by name, and all in order", function ()
      local map, list = url.query "https://x/?a=1&b=%41+c&a=2&&=z&d#e=f"
      assert.same({ a = "1", b = "A c", d = "", [""] = "z" }, map)
      assert.equal(5, #list)
      assert.same({ name = "a", value = "2" }, list[3])
      assert.same({ x = "1" }, (url.query "x=1"))
      assert.same({}, (url.query "https://x/"))
      assert.same({ q = "%zz%" }, (url.query(url.parse "https://x/?q=%zz%")))
   end)

   it("is bounded", function ()
      assert.equal(1000, #select(2, url.query(("a=1&"):rep(5000))))
   end)

   it("escapes what it is made of", function ()
      assert.equal("a%26b%3D%C3%A9%20~", url.escape "a&b=é ~")
      assert.equal("a&b=é ~", url.unescape(url.escape "a&b=é ~"))
   end)
end)

describe("a host", function ()
   it("has a domain that was registered", function ()
      if not WITH.libpsl then return pending "built without libpsl" end
      for name, site in pairs {
         ["www.example.co.uk"] = "example.co.uk", ["a.b.Example.org."] = "example.org",
         ["foo.github.io"] = "foo.github.io", ["example.org"] = "example.org",
      } do
         assert.equal(site, url.site(name))
      end
      local long = ("a."):rep(200)
      for _, name in ipairs { "co.uk", "org", "127.0.0.1", "[::1]", "localhost", "", long } do
         assert.is_nil(url.site(name))
      end
   end)

   it("may be in another script", function ()
      if not WITH.libidn2 then return pending "built without libidn2" end
      assert.equal("xn--bcher-kva.example", url.ascii "BÜCHER.example")
      assert.equal("bücher.example", url.unicode "xn--bcher-kva.example")
      assert.equal("xn--bcher-kva.example", url.parse "https://bücher.example/".host)
      assert.is_nil(url.ascii "\255.example")
   end)

   it("is off with a word on why, where a library is missing", function ()
      for name, ask in pairs { libpsl = url.site, libidn2 = url.ascii } do
         local made, why = ask "bücher.example"
         assert.truthy(WITH[name] and made or why:find "apt%-get install", why)
      end
   end)
end)

describe("hostile URLs", function ()
   it("take a time that is linear in their size", function ()
      local units = { "/..", "@", ":", "#", "?", "%", "%2e/", "&", "a=&", " ", "\\", "[", "\n" }
      for _, unit in ipairs(units) do
         local text = "http://a/" .. unit:rep(60000 / #unit)
         local began = host.cpu()
         for _ = 1, 10 do
            url.parse(text)
            url.parse("http://" .. unit:rep(60000 / #unit))
            url.parse(unit:rep(60000 / #unit))
            url.normal(text)
            url.join("http://a/b", text:sub(9))
            url.query(text)
         end
         assert(host.cpu() - began < 2, unit)
      end
   end)

   it("of any bytes are read or refused", function ()
      local random = 4242
      local function next_of(n)
         random = (random * 1103515245 + 12345) % 2147483648
         return math.floor(random / 65536) % n + 1
      end
      local units = {
         "http:", "//", "/", "..", "@", ":", "a", "?", "#", "[", "]", "%41", "%", "\\", "é",
      }
      for _ = 1, 5000 do
         local parts = {}
         for i = 1, next_of(12) do
            parts[i] = next_of(6) == 1 and string.char(next_of(256) - 1) or units[next_of(#units)]
         end
         local text = table.concat(parts)
         local made = url.normal(text)
         assert(made == nil or url.normal(made) == made, text)
         url.join("https://example.org/a/b", text)
      end
   end)
end)
