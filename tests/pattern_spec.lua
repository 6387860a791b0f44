-- Patterns: what they match, what they refuse, and that no text takes long.

local host    = require "weir.host"
local pattern = require "weir.pattern"
local try     = require "try"

local function matches(text, subject)
   return assert(pattern.new(text)):matches(subject)
end

describe("a pattern", function ()
   it("matches anywhere, whatever the case", function ()
      assert.is_true(matches("example", "www.EXAMPLE.com"))
      assert.is_true(matches("[a-c]x", "BX"))
      assert.is_false(matches("(?-i)example", "EXAMPLE"))
      assert.is_true(matches("(?-i:A)b", "AB"))
      assert.is_false(matches("(?-i:A)b", "ab"))
      assert.is_true(matches("", ""))
   end)

   it("knows places", function ()
      assert.is_true(matches("^a$", "a"))
      assert.is_true(matches("^a$", "a\n"))
      assert.is_false(matches([[^a\z]], "a\n"))
      assert.is_false(matches("^a$", "ab"))
      assert.is_true(matches([[\bis\b]], "what is it"))
      assert.is_false(matches([[\bis\b]], "this"))
      assert.is_true(matches([[\Bis]], "this"))
   end)

   it("knows classes, escapes and how often", function ()
      assert.is_true(matches([[^\d{1,3}(\.\d{1,3}){3}$]], "192.0.2.10"))
      assert.is_false(matches([[^\d{1,3}(\.\d{1,3}){3}$]], "192.0.2"))
      assert.is_true(matches([[^[[:alpha:]_][^\W\d]+?$]], "_ab"))
      assert.is_true(matches([[\x41\x{42}\t\0]], "AB\t\0"))
      assert.is_true(matches([[^[]a-]+$]], "]-a"))
      assert.is_true(matches("a{,2}", "a{,2}"))
      assert.is_true(matches("^(?:ab|cd)*$", "abcdab"))
      assert.is_true(matches("(?<name>x)y", "xy"))
      assert.is_false(matches("a.b", "a\nb"))
      assert.is_true(matches("(?s)a.b", "a\nb"))
   end)

   it("looks at bytes, of which any may be in a text", function ()
      assert.is_true(matches("\195\164", "\195\164"))
      assert.is_true(matches("^...$", "\0\255\128"))
      assert.is_true(matches("b", "a\0b"))
   end)

   it("says what makes no sense, and where", function ()
      for text, expected in pairs {
         ["a(b"]         = { "')' is missing", 2 },
         ["a)b"]         = { "without '('", 2 },
         ["*a"]          = { "nothing is before '*'", 1 },
         ["[a"]          = { "']' is missing", 3 },
         ["[b-a]"]       = { "ends before it begins", 5 },
         ["(a)\\1"]      = { "no back-references", 5 },
         ["(?=a)"]       = { "no looking around", 3 },
         ["(?>a)"]       = { "no such group", 3 },
         ["\\y"]         = { "no such escape", 3 },
         ["a++"]         = { "no possessive", 3 },
         ["a{3,2}"]      = { "at least 3 times and at most 2", 7 },
         ["a{1001}"]     = { "more than 1000 times", 8 },
         ["(a{100}){100}"] = { "more than 1000 steps", 14 },
         [("("):rep(60) .. (")"):rep(60)] = { "more than 50 groups", 52 },
      } do
         local made, why, at = pattern.new(text)
         assert.is_nil(made, text)
         assert.truthy(why:find(expected[1], 1, true), why)
         assert.equal(expected[2], at, text)
      end
   end)

   it("takes a time that is linear in the text", function ()
      local long = ("a"):rep(65536)
      local begun = host.cpu()
      for _, hostile in ipairs {
         "(a+)+$", "(a*)*b", "(a|aa)+$", "(a|a)*b", "(.*a){12}b", "((a?){30}){10}b",
         "^(([a-z])+.)+[A-Z]([a-z])+$x", "(x+x+)+y", "(?:a|b)*a(?:a|b){200}c",
      } do
         assert.is_false(matches(hostile, long .. "!"))
      end
      local both = {}                                    -- a new state at nearly every byte
      local random = try.random(7)
      for i = 1, 4096 do both[i] = random(2) == 0 and "a" or "b" end
      matches("a[ab]{900}c", table.concat(both))
      assert(host.cpu() - begun < 5, host.cpu() - begun)
   end)

   it("refuses a program that does not fit at once, however it is made", function ()
      local begun = host.cpu()
      assert.is_nil(pattern.new(("(("):rep(20) .. "a" .. ("){0}a{900}){900}"):rep(20)))
      assert.is_nil((pattern.new(("a?"):rep(2000))))
      assert(host.cpu() - begun < 1)
   end)
end)

-- ---- against Perl ---------------------------------------------------------------------------

local ATOMS = {
   "a", "b", "c", "A", ".", "\\d", "\\w", "\\W", "\\s", "[ab]", "[^a]", "[a-c1]", "^", "$", "\\b",
   "\\B", "\\z", "\\Z", "\\A", "\n", "\\n", "1", " ", "[[:alpha:]_]", "[^\\W\\d]", "(?i)", "(?-i)",
   "(?s)", "\\x41", "[]a]", "\\.",
}
local OFTEN = {
   "", "", "", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "{0}", "*?", "{2,3}", "+?",
}
local LETTERS = { "a", "b", "c", "A", "B", "1", " ", "\n", ".", "_", "C" }

local function one_of(list, random) return list[random(#list) + 1] end

local function generate(random, depth)
   local parts = {}
   for i = 1, random(5) do
      local atom = one_of(ATOMS, random)
      local often = one_of(OFTEN, random)
      if depth > 0 and random(3) == 0 then
         atom = (random(2) == 0 and "(" or "(?:") .. generate(random, depth - 1) .. ")"
      elseif atom:find "^%(%?" or atom:find "^[%^$]" or atom:find "^\\[bBzZA]$" then
         often = ""
      end
      parts[i] = atom .. often
   end
   local rest = random(4) == 0 and "|" .. generate(random, math.max(depth - 1, 0)) or ""
   return table.concat(parts) .. rest
end

local function hex(s)
   return (s:gsub(".", function (byte) return ("%02x"):format(byte:byte()) end))
end

local PERL = [[
while (<STDIN>) {
   chomp; my ($p, $s, $ours) = split / /; $p = pack "H*", $p; $s = pack "H*", $s;
   my $theirs = $s =~ /(?i)(?:$p)/ ? 1 : 0;
   $n++; print "$p | $s | $ours\n" if $ours != $theirs;
}
print "$n compared\n";
]]

describe("patterns made by chance", function ()
   it("match what they match in Perl", function ()
      if not try.has "perl" then return pending "perl is not installed" end
      local random, lines = try.random(42), {}
      for _ = 1, 1500 do
         local text = generate(random, 2)
         local made = assert(pattern.new(text))
         for _ = 1, 10 do
            local letters = {}
            for i = 1, random(8) do letters[i] = one_of(LETTERS, random) end
            local subject = table.concat(letters)
            lines[#lines + 1] = ("%s %s %d"):format(hex(text), hex(subject),
               made:matches(subject) and 1 or 0)
         end
      end
      local input, program = try.file(table.concat(lines, "\n") .. "\n"), try.file(PERL)
      local out = try.run(("perl -X %s < %s"):format(program, input))
      os.remove(input)
      os.remove(program)
      assert.equal("15000 compared\n", out)
   end)
end)
