-- What a terminal gets to see, and how wide it is.

local text = require "weir.text"

describe("text.safe", function ()
   it("leaves printable text of any script alone", function ()
      local joined = "👩\226\128\141🔬"
      for _, s in ipairs { "", "example.org", "Bücher…", "日本語", "e\204\129", joined } do
         assert.equal(s, text.safe(s))
      end
   end)

   it("shows control characters as bytes", function ()
      assert.equal("a\\x1B[2Jb\\x0A\\x09\\x00\\x7F", text.safe "a\27[2Jb\n\t\0\127")
      assert.equal("\\xC2\\x9B31m", text.safe "\194\15531m")
   end)

   it("shows bytes that are not UTF-8", function ()
      assert.equal("\\xFFa\\x80", text.safe "\255a\128")
      assert.equal("\\xC0\\xAF", text.safe "\192\175")                 -- overlong
      assert.equal("\\xED\\xA0\\x80", text.safe "\237\160\128")        -- a surrogate
      assert.equal("\\xF4\\x90\\x80\\x80", text.safe "\244\144\128\128")   -- beyond Unicode
      assert.equal("a\\xE2\\x82", text.safe "a\226\130")               -- cut short
   end)

   it("shows what turns or hides text", function ()
      assert.equal("\\xE2\\x80\\xAEgpj.exe", text.safe "\226\128\174gpj.exe")
      assert.equal("a\\xE2\\x80\\x8Bb", text.safe "a\226\128\139b")
   end)

   it("shows all that is not ASCII when asked", function ()
      assert.equal("B\\xC3\\xBCcher 350 us", text.safe("Bücher 350 µs", true))
   end)

   it("never lets a control through, whatever the bytes", function ()
      for first = 0, 255 do
         for second = 0, 255 do
            local safe = text.safe(string.char(first, second))
            assert(not safe:find "[%z\1-\31\127]" and not safe:find "\194[\128-\159]")
         end
      end
   end)
end)

describe("text.width", function ()
   it("counts columns, not bytes", function ()
      assert.equal(0, text.width "")
      assert.equal(6, text.width "Bücher")
      assert.equal(6, text.width "日本語")
      assert.equal(2, text.width "👍")
      assert.equal(1, text.width "e\204\129")
      assert.equal(2, text.width "\225\132\128\225\133\161")           -- two Jamo, one syllable
   end)
end)

describe("text.cut", function ()
   it("returns short text unchanged, with its width", function ()
      assert.same({ "abc", 3 }, { text.cut("abc", 3) })
   end)

   it("marks what is missing, within the limit", function ()
      assert.same({ "ab…", 3 }, { text.cut("abcd", 3) })
      assert.same({ "ab~", 3 }, { text.cut("abcd", 3, "~") })
      assert.same({ "…", 1 }, { text.cut("abcd", 1) })
      assert.same({ "", 0 }, { text.cut("abcd", 0) })
   end)

   it("never halves a wide character, nor takes an accent from its letter", function ()
      assert.same({ "日…", 3 }, { text.cut("日本語", 4) })
      assert.same({ "日本…", 5 }, { text.cut("日本語", 5) })
      assert.same({ "e\204\129…", 2 }, { text.cut("e\204\129abc", 2) })
   end)
end)

describe("text.squeeze", function ()
   it("takes out the middle, in columns and not in bytes", function ()
      assert.same({ "abc", 3 }, { text.squeeze("abc", 3) })
      assert.same({ "ab…ij", 5 }, { text.squeeze("abcdefghij", 5) })
      assert.same({ "abc…ij", 6 }, { text.squeeze("abcdefghij", 6) })
      assert.same({ "ab~ij", 5 }, { text.squeeze("abcdefghij", 5, "~") })
      assert.same({ "日…本", 5 }, { text.squeeze("日日日本本本", 5) })
      assert.same({ "…", 1 }, { text.squeeze("abc", 1) })
      assert.same({ "", 0 }, { text.squeeze("abc", 0) })
      for limit = 0, 12 do
         local s, width = text.squeeze("Bücher 日本 x", limit)
         assert(width <= limit and text.width(s) == width, s)
      end
   end)
end)

describe("text.wrap", function ()
   it("breaks between words", function ()
      assert.same({ "one two", "three" }, text.wrap("one two three", 8))
      assert.same({ "one", "two" }, text.wrap("one two", 1))
   end)

   it("keeps line breaks, and empty lines", function ()
      assert.same({ "a b", "", "c" }, text.wrap("a  b\n\nc", 80))
      assert.same({ "" }, text.wrap("", 80))
   end)
end)

describe("text.utf8", function ()
   it("knows charsets by their labels, marks, and looks", function ()
      local function made(...) return { text.utf8(...) } end
      assert.same({ "Привет", "windows-1251" }, made("\207\240\232\226\229\242", "CP1251"))
      assert.same({ "é", "windows-1252" }, made "\233")
      assert.same({ "é", "utf-8" }, made("é", "utf-8"))
      assert.same({ "é", "utf-8" }, made "\239\187\191é")
      assert.same({ "hé", "utf-16le" }, made("\255\254h\0\233\0", "utf-8"))
      assert.same({ "日本", "shift_jis" }, made("\147\250\150\123", "shift_jis"))
      assert.same({ "é", "utf-8" }, made("é", "no-such-charset"))
      assert.same({ "\239\191\189é\239\191\189", "utf-8" }, made("\255é\226", "utf-8"))
      assert.same({ "", "utf-8" }, made "")
   end)
end)

describe("text.base64", function ()
   it("reads base64, also as URLs have it", function ()
      for bytes, s in pairs {
         [""] = "", ["a"] = "YQ==", ["ab"] = "YWI", ["abc"] = "YWJj", ["\251\255\0"] = "-_8A",
         ["https://example.org/?"] = "aHR0cHM6Ly9leGFtcGxlLm9yZy8_",
      } do
         assert.equal(bytes, text.base64(s))
      end
      for _, s in ipairs { "YQ=a", "A", "A*==", "é" } do assert.is_nil(text.base64(s)) end
   end)
end)

describe("text.tidy", function ()
   it("leaves one blank where there were many, and none around", function ()
      assert.equal("a b c", text.tidy "\n a \t b\194\160\r\n c  ")
      assert.equal("日本 x", text.tidy "日本\227\128\128x\226\128\139")
      assert.equal("“a” … b–c", text.tidy "“a”\226\128\137… b–c")
      assert.equal("", text.tidy " \n")
      assert.equal("a  b", text.trim "\t a  b\n")
      assert.equal("", text.trim "  ")
   end)

   it("takes a time that is linear", function ()
      local began = os.clock()
      for _, unit in ipairs { " ", " a", "\194\160", "\226\128" } do
         text.tidy(unit:rep(3e5) .. "x")
         text.trim("x" .. unit:rep(3e5))
      end
      assert(os.clock() - began < 3)
   end)
end)
