-- Facts as graphs that other programs draw: GraphML, and Graphviz's DOT.

local json = require "weir.json"
local text = require "weir.text"

local graph = {}

local XML = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }
local function xml(s) return (text.safe(tostring(s)):gsub('[&<>"]', XML)) end

local function label(fact) return fact.key or fact.id end

-- ---- GraphML --------------------------------------------------------------------------------

local KEYS = {
   { "type", "node", "string" }, { "key", "node", "string" }, { "data", "node", "string" },
   { "verb", "edge", "string" }, { "count", "all", "long" }, { "first", "all", "double" },
   { "last", "all", "double" }, { "confidence", "all", "double" },
}

local graphml = {}

function graphml.head(write)
   write '<?xml version="1.0" encoding="UTF-8"?>\n'
   write '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
   for _, key in ipairs(KEYS) do
      write(('<key id="%s" for="%s" attr.name="%s" attr.type="%s"/>\n'):format(key[1], key[2],
         key[1], key[3]))
   end
   write '<graph edgedefault="directed">\n'
end

local function values(write, fact)
   for _, key in ipairs(KEYS) do
      local value = fact[key[1]]
      if type(value) == "table" then value = json.encode(value) end
      if type(value) == "number" then value = ("%.17g"):format(value) end
      if value ~= nil then write(('<data key="%s">%s</data>'):format(key[1], xml(value))) end
   end
end

function graphml.fact(write, fact)
   if fact.fact == "entity" then
      write(('<node id="%s">'):format(xml(fact.id)))
      values(write, fact)
      write "</node>\n"
   else
      write(('<edge source="%s" target="%s">'):format(xml(fact.from.id), xml(fact.to.id)))
      values(write, fact)
      write "</edge>\n"
   end
end

function graphml.foot(write) write "</graph>\n</graphml>\n" end

-- ---- DOT ------------------------------------------------------------------------------------

local function dot_text(s) return '"' .. text.safe(tostring(s)):gsub('["\\]', "\\%0") .. '"' end

local dot = {}

function dot.head(write) write "digraph kb {\n" end

function dot.fact(write, fact)
   if fact.fact == "entity" then
      write(("%s [label=%s, class=%s];\n"):format(dot_text(fact.id), dot_text(label(fact)),
         dot_text(fact.type)))
   else
      write(("%s -> %s [label=%s];\n"):format(dot_text(fact.from.id), dot_text(fact.to.id),
         dot_text(fact.verb)))
   end
end

function dot.foot(write) write "}\n" end

graph.forms = { graphml = graphml, dot = dot }

return graph
