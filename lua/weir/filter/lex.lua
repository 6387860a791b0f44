-- The words of a filter.
--
--    lex("src_port == 80")     --> { { kind = "word", value = "src_port", from = 1, to = 8 }, … }
--
-- kind: "word" (names, numbers, addresses, times), "text" (in quotes; `raw` is what stands between
-- them), "sign", or "end", which is last.  A problem is { message, from, to }.

local SIGNS = {                                          -- longer ones first
   "===", "==", "!=", "~=", "<=", ">=", "&&", "||", "..", "<", ">", "!", "(", ")", "{", "}", ",",
   "&",
}
local WORD = "^[%w_.:/@%%+*$#?\128-\255-]+"
local BYTES = { n = "\n", r = "\r", t = "\t", ["\\"] = "\\", ['"'] = '"', ["'"] = "'" }

-- What a text in quotes stands for.  A backslash before anything else is itself: "\.com" says it
-- the way a pattern needs it.
local function unescape(raw)
   return (raw:gsub("\\(.)(%x?%x?)", function (letter, digits)
      if letter == "x" and #digits == 2 then return string.char(tonumber(digits, 16)) end
      return (BYTES[letter] or "\\" .. letter) .. digits
   end))
end

-- The token of a text whose opening quote is at `open`; nil when it does not end.
local function quoted(text, open, from)
   local quote, at = text:sub(open, open), open + 1
   while at <= #text and text:sub(at, at) ~= quote do
      at = at + (text:sub(at, at) == "\\" and 2 or 1)
   end
   if at > #text then return nil end
   local raw = text:sub(open + 1, at - 1)
   if open > from then return { kind = "text", value = raw, raw = raw, from = from, to = at } end
   local pattern = raw:gsub("\\([\\\"'])", "%1")
   return { kind = "text", value = unescape(raw), raw = pattern, from = from, to = at }
end

local function sign(text, at)
   for _, known in ipairs(SIGNS) do
      if text:sub(at, at + #known - 1) == known then
         return { kind = "sign", value = known, from = at, to = at + #known - 1 }
      end
   end
end

-- A word ends where two dots stand between the ends of a range.
local function word(text, at)
   local value = text:match(WORD, at)
   local dots = value and value:find("..", 1, true)
   if dots then value = value:sub(1, dots - 1) end
   if not value or value == "" then return nil end
   return { kind = "word", value = value, from = at, to = at + #value - 1 }
end

local function objection(text, at)
   local letter = text:sub(at, at)
   if letter == "=" then return "'=' is no comparison: use '=='" end
   if letter:find "[\"']" then return "a text that does not end: the quote is missing" end
   return ("'%s' means nothing here"):format(letter)
end

-- The next token; or nil and a problem.
local function take(text, at)
   local raw = text:find("^r[\"']", at) and at + 1
   local open = raw or text:find("^[\"']", at) and at
   local token
   if open then
      token = quoted(text, open, at)
   else
      token = word(text, at) or sign(text, at)
   end
   if token then return token end
   return nil, { message = objection(text, open or at), from = at, to = open and #text or at }
end

-- Returns the tokens of a text; or nil and a problem.
return function (text)
   local tokens, at = {}, text:find "%S"
   while at do
      local token, problem = take(text, at)
      if not token then return nil, problem end
      tokens[#tokens + 1] = token
      at = text:find("%S", token.to + 1)
   end
   local after = (tokens[#tokens] or { to = 0 }).to + 1
   tokens[#tokens + 1] = { kind = "end", value = "", from = after, to = after }
   return tokens
end
