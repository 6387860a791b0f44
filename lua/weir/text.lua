-- Texts: as UTF-8 whatever they came in; without needless blanks; and how they look on a terminal:
-- made safe, measured in columns, cut and wrapped.
--
--    local text = require "weir.text"
--    text.tidy(text.utf8(bytes, "windows-1251"))
--    text.cut(text.safe(name), 20)      -- at most 20 columns, and no byte that drives the terminal

local C = require "weir.abi".C

local text = {}

-- Whether there is nothing in `s` but printable ASCII, as mostly.
local function is_ascii(s) return C.weir_is_ascii(s, #s) ~= 0 end

-- Pairs from, to; ascending.  What takes two columns (Unicode 14, W and F), what takes none (the
-- marks of common scripts), and what must not reach a terminal: controls, marks that turn the
-- direction of writing, and letters nobody can see.
local wide = {
   0x1100, 0x115F, 0x231A, 0x231B, 0x2329, 0x232A, 0x23E9, 0x23EC, 0x23F0, 0x23F0, 0x23F3, 0x23F3,
   0x25FD, 0x25FE, 0x2614, 0x2615, 0x2648, 0x2653, 0x267F, 0x267F, 0x2693, 0x2693, 0x26A1, 0x26A1,
   0x26AA, 0x26AB, 0x26BD, 0x26BE, 0x26C4, 0x26C5, 0x26CE, 0x26CE, 0x26D4, 0x26D4, 0x26EA, 0x26EA,
   0x26F2, 0x26F3, 0x26F5, 0x26F5, 0x26FA, 0x26FA, 0x26FD, 0x26FD, 0x2705, 0x2705, 0x270A, 0x270B,
   0x2728, 0x2728, 0x274C, 0x274C, 0x274E, 0x274E, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797,
   0x27B0, 0x27B0, 0x27BF, 0x27BF, 0x2B1B, 0x2B1C, 0x2B50, 0x2B50, 0x2B55, 0x2B55, 0x2E80, 0x303E,
   0x3041, 0x3247, 0x3250, 0x4DBF, 0x4E00, 0xA4C6, 0xA960, 0xA97C, 0xAC00, 0xD7A3, 0xF900, 0xFAFF,
   0xFE10, 0xFE19, 0xFE30, 0xFE6B, 0xFF01, 0xFF60, 0xFFE0, 0xFFE6, 0x16FE0, 0x1B2FB,
   0x1F004, 0x1F004, 0x1F0CF, 0x1F0CF, 0x1F18E, 0x1F18E, 0x1F191, 0x1F19A, 0x1F200, 0x1F320,
   0x1F32D, 0x1F335, 0x1F337, 0x1F37C, 0x1F37E, 0x1F393, 0x1F3A0, 0x1F3CA, 0x1F3CF, 0x1F3D3,
   0x1F3E0, 0x1F3F0, 0x1F3F4, 0x1F3F4, 0x1F3F8, 0x1F43E, 0x1F440, 0x1F440, 0x1F442, 0x1F4FC,
   0x1F4FF, 0x1F53D, 0x1F54B, 0x1F54E, 0x1F550, 0x1F567, 0x1F57A, 0x1F57A, 0x1F595, 0x1F596,
   0x1F5A4, 0x1F5A4, 0x1F5FB, 0x1F64F, 0x1F680, 0x1F6C5, 0x1F6CC, 0x1F6CC, 0x1F6D0, 0x1F6DF,
   0x1F6EB, 0x1F6EC, 0x1F6F4, 0x1F6FC, 0x1F7E0, 0x1F7F0, 0x1F90C, 0x1F93A, 0x1F93C, 0x1F945,
   0x1F947, 0x1F9FF, 0x1FA70, 0x1FAFF, 0x20000, 0x3FFFD,
}
local narrow = {
   0x0300, 0x036F, 0x0483, 0x0489, 0x0591, 0x05BD, 0x05BF, 0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5,
   0x0610, 0x061A, 0x064B, 0x065F, 0x0670, 0x0670, 0x06D6, 0x06DC, 0x06DF, 0x06E4, 0x0900, 0x0902,
   0x093C, 0x093C, 0x0941, 0x0948, 0x094D, 0x094D, 0x0E31, 0x0E31, 0x0E34, 0x0E3A, 0x0E47, 0x0E4E,
   0x1160, 0x11FF, 0x1AB0, 0x1AFF, 0x1DC0, 0x1DFF, 0x200C, 0x200D, 0x20D0, 0x20F0, 0x302A, 0x302D,
   0x3099, 0x309A, 0xFE00, 0xFE0F, 0xFE20, 0xFE2F, 0xE0100, 0xE01EF,
}
local hidden = {
   0x0000, 0x001F, 0x007F, 0x009F, 0x061C, 0x061C, 0x180E, 0x180E, 0x200B, 0x200B, 0x200E, 0x200F,
   0x2028, 0x202E, 0x2060, 0x206F, 0xFEFF, 0xFEFF, 0xFFF9, 0xFFFB, 0xE0000, 0xE00FF,
}

local function within(code, ranges)
   for i = 1, #ranges, 2 do
      if code <= ranges[i + 1] then return code >= ranges[i] end
   end
   return false
end

local least = { 0, 0x80, 0x800, 0x10000 }   -- shorter forms exist below: such bytes are not UTF-8

-- The code point of the character at `at`, nil when there is none, and its size in bytes.
local function decode(s, at)
   local first = s:byte(at)
   if first < 0x80 then return first, 1 end
   if first < 0xC2 or first > 0xF4 then return nil, 1 end
   local size = first >= 0xF0 and 4 or first >= 0xE0 and 3 or 2
   local code = first % 2 ^ (7 - size)
   for i = at + 1, at + size - 1 do
      local byte = s:byte(i) or 0
      if byte < 0x80 or byte > 0xBF then return nil, 1 end
      code = code * 64 + byte % 64
   end
   local surrogate = code >= 0xD800 and code <= 0xDFFF
   if code < least[size] or surrogate or code > 0x10FFFF then return nil, 1 end
   return code, size
end

-- Iterates over the characters of `s`: where each starts and ends, its code point; nil for a byte
-- that is none.
local function characters(s)
   local at = 1
   return function ()
      if at > #s then return end
      local start = at
      local code, size = decode(s, at)
      at = at + size
      return start, at - 1, code
   end
end

text.characters = characters

local function columns(code)
   if not code or code < 0x300 then return 1 end
   return within(code, narrow) and 0 or within(code, wide) and 2 or 1
end

local function escape(bytes)
   return (bytes:gsub(".", function (byte) return ("\\x%02X"):format(byte:byte()) end))
end

-- Returns `s` with every byte that could drive a terminal, or deceive its reader, shown as \xNN.
-- With `ascii` that is every byte beyond ASCII: a terminal without UTF-8 obeys some of them.
function text.safe(s, ascii)
   if is_ascii(s) then return s end
   if ascii then return (s:gsub("µ", "u"):gsub("[^ -~]", escape)) end   -- sheet.duration says µs
   local out = {}
   for start, stop, code in characters(s) do
      local piece = s:sub(start, stop)
      out[#out + 1] = (not code or within(code, hidden)) and escape(piece) or piece
   end
   return table.concat(out)
end

function text.is_utf8(s)
   if not s:find "[\128-\255]" then return true end
   for _, _, code in characters(s) do
      if not code then return false end
   end
   return true
end

-- Bytes as UTF-8, and the charset they were in; nil and the reason when that is not known: see
-- weir.charset.
function text.utf8(bytes, label) return require "weir.charset".utf8(bytes, label) end

-- Blanks of Unicode that pages use, and what is there without being seen.
local BLANK = { ["\194\160"] = " ", ["\227\128\128"] = " ", ["\239\187\191"] = "" }

local function general(c)                 -- U+2000 to U+206F
   local last = c:byte(3)
   if c:byte(2) == 128 and (last <= 138 or last == 168 or last == 169 or last == 175) then
      return " "
   end
   if c:byte(2) == 128 and (last >= 139 and last <= 143 or last >= 170 and last <= 174) then
      return ""
   end
   return c:byte(2) == 129 and (last == 159 and " " or last == 160 and "") or nil
end

-- The text without blanks around it.  Its end is looked for from there: a pattern would try to
-- begin it at each blank.
function text.trim(s)
   local first = s:find "%S"
   if not first then return "" end
   local last = #s
   while s:find("^%s", last) do last = last - 1 end
   return s:sub(first, last)
end

-- The same with each run of blanks inside as one, blanks of Unicode too, and without marks that
-- nobody can see.
function text.tidy(s)
   if s:find "[\194\226\227\239]" then
      s = s:gsub("[\194\227\239][\128-\191]+", BLANK):gsub("\226[\128\129][\128-\191]", general)
   end
   return (text.trim(s):gsub("%s+", " "))
end

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

-- Bytes in base64.
function text.to_base64(bytes)
   return (bytes:gsub("..?.?", function (three)
      local a, b, c = three:byte(1, 3)
      local n, out = a * 65536 + (b or 0) * 256 + (c or 0), ""
      for i = 0, 3 do
         local at = math.floor(n / 64 ^ (3 - i)) % 64 + 1
         out = out .. (i <= #three and ALPHABET:sub(at, at) or "=")
      end
      return out
   end))
end

-- The bytes that base64 stands for, that of URLs too, with or without "=" at its end; nil when it
-- is none.
function text.base64(s)
   s = text.trim(s):gsub("=?=?$", ""):gsub("-", "+"):gsub("_", "/")
   if s:find "[^%w+/]" or #s % 4 == 1 then return nil end
   local out, place = {}, {}
   for i = 1, 64 do place[ALPHABET:byte(i)] = i - 1 end
   for at = 1, #s, 4 do
      local a, b, c, d = s:byte(at, at + 3)
      local bits = place[a] * 262144 + place[b] * 4096 + (place[c] or 0) * 64 + (place[d] or 0)
      local three = string.char(math.floor(bits / 65536), math.floor(bits / 256) % 256, bits % 256)
      out[#out + 1] = three:sub(1, d and 3 or c and 2 or 1)
   end
   return table.concat(out)
end

-- How many columns a terminal needs for `s`, which is safe.
function text.width(s)
   if is_ascii(s) then return #s end
   local total = 0
   for _, _, code in characters(s) do total = total + columns(code) end
   return total
end

-- Returns at most `limit` columns of `s`, ending in `mark` ("…") where something is missing,
-- and how many columns that is.
function text.cut(s, limit, mark)
   local total = text.width(s)
   if total <= limit then return s, total end
   mark = mark or "…"
   local room, used, last = limit - text.width(mark), 0, 0
   if room < 0 then return "", 0 end
   for _, stop, code in characters(s) do
      if used + columns(code) > room then break end
      used, last = used + columns(code), stop
   end
   return s:sub(1, last) .. mark, used + text.width(mark)
end

-- The same with what is missing in the middle: the end of an address is its port.
function text.squeeze(s, limit, mark)
   local total = text.width(s)
   if total <= limit then return s, total end
   mark = mark or "…"
   local room, tail = math.floor((limit - text.width(mark)) / 2), ""
   for start = #s, 1, -1 do
      local rest = s:sub(start)
      if text.width(rest) > room then break end
      if decode(s, start) then tail = rest end           -- and not in the middle of a character
   end
   local head, width = text.cut(s, limit - text.width(tail), mark)
   return head .. tail, width + text.width(tail)
end

-- Returns the lines of `s`, broken between words to fit `width`; its own line breaks stay.
function text.wrap(s, width)
   local lines = {}
   for paragraph in (s .. "\n"):gmatch "(.-)\n" do
      local line
      for word in paragraph:gmatch "%S+" do
         if line and text.width(line) + 1 + text.width(word) <= width then
            line = line .. " " .. word
         else
            lines[#lines + 1], line = line, word
         end
      end
      lines[#lines + 1] = line or ""
   end
   return lines
end

return text
