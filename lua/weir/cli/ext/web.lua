-- What an editor is told of the modules for pages, URLs, texts and JSON: files of the addon.

return {
   ["library/weir/html.lua"] = [[
---@meta

---@class weir.html.element
local element = {}

---The elements inside of this one that a selector of CSS means, in their order.
---@param selector string
---@param most? integer
---@return weir.html.element[]
function element:all(selector, most) end

---The first of them.
---@param selector string
---@return weir.html.element?
function element:one(selector) end

---@return string name in lower case
function element:name() end

---@param name string
---@return string? value
function element:attr(name) end

---The text as it is read: each run of blanks is one, scripts and styles are left out.
---@return string
function element:text() end

---All text as it stands.
---@return string
function element:raw() end

---@return weir.html.element?
function element:parent() end

---@return weir.html.element[]
function element:children() end

---@class weir.html.page: weir.html.element
---@field truncated boolean it was too large or too deep to be read whole
local page = {}

---Gives its memory back now.
function page:close() end

---@class weir.html
local html = {}

---Reads a page, whatever is wrong in it.
---@param text string
---@param options? { charset: string }
---@return weir.html.page?
---@return string? reason
function html.parse(text, options) end

return html
]],
   ["library/weir/http.lua"] = [[
---@meta

---@class weir.http.request what is asked, and how
---@field url? string
---@field method? string
---@field headers? table<string, string|string[]>
---@field body? string
---@field timeout? number seconds for one attempt
---@field patience? number seconds for all of it
---@field most? integer bytes of the answer's body
---@field redirects? integer
---@field retries? integer
---@field rate? string|number "4/minute", or so many a second
---@field proxy? string
---@field ca_file? string

---@class weir.http.answer
---@field status? integer absent where there is no answer
---@field why? string why there is none
---@field is_late? boolean it was not even sent, for want of time
---@field headers table<string, string> by names in small letters
---@field body string
---@field url string
---@field seconds number

---@class weir.http
local http = {}

---@param url string
---@param options? weir.http.request
---@return weir.http.answer?
---@return string? reason
function http.get(url, options) end

---@param url string
---@param body string
---@param options? weir.http.request
---@return weir.http.answer?
---@return string? reason
function http.post(url, body, options) end

---The answers to many, at the same time, in their order.
---@param requests weir.http.request[]
---@param parallel? integer
---@return weir.http.answer[]
function http.all(requests, parallel) end

---@class weir.http.run
local run = {}

---The answers once all are there; nil when they are not within so many seconds: ask again.
---@param seconds number
---@return weir.http.answer[]?
function run:answers(seconds) end

---Begins to send many at the same time, and does not wait.
---@param requests weir.http.request[]
---@param parallel? integer
---@return weir.http.run
function http.begin(requests, parallel) end

return http
]],
   ["library/weir/url.lua"] = [[
---@meta

---@class weir.url a URL's parts, as they are written
---@field scheme string
---@field user? string
---@field password? string
---@field host? string in lower case and ASCII
---@field port? integer one that is not the scheme's own
---@field path string
---@field query? string
---@field fragment? string

---@class weir.url.module
local url = {}

---@param text string
---@return weir.url?
---@return string? reason
function url.parse(text) end

---What a reference means on a page.
---@param page string|weir.url
---@param reference string
---@return string?
---@return string? reason
function url.join(page, reference) end

---The form in which equal URLs are the same text.
---@param text string|weir.url
---@return string?
---@return string? reason
function url.normal(text) end

---The values by name, of which the first counts, and all of them in order.
---@param text string|weir.url
---@return table<string, string>
---@return { name: string, value: string }[]
function url.query(text) end

---The domain under which a host was registered.
---@param host string
---@return string?
---@return string? reason
function url.site(host) end

---@param host string
---@return string?
---@return string? reason
function url.ascii(host) end

---@param host string
---@return string?
---@return string? reason
function url.unicode(host) end

---@param text string
---@return string
function url.escape(text) end

---@param text string
---@param plus? boolean "+" is a blank
---@return string
function url.unescape(text, plus) end

return url
]],
   ["library/weir/text.lua"] = [[
---@meta

---@class weir.text
local text = {}

---Bytes as UTF-8, and the charset they were in.
---@param bytes string
---@param label? string the charset they are said to be in
---@return string?
---@return string charset or why not
function text.utf8(bytes, label) end

---@param s string
---@return boolean
function text.is_utf8(s) end

---Without blanks around it.
---@param s string
---@return string
function text.trim(s) end

---The same, with each run of blanks inside as one.
---@param s string
---@return string
function text.tidy(s) end

---Bytes in base64.
---@param bytes string
---@return string
function text.to_base64(bytes) end

---The bytes that base64 stands for.
---@param s string
---@return string?
function text.base64(s) end

---Without bytes that could drive a terminal.
---@param s string
---@return string
function text.safe(s) end

---At most so many columns of a terminal.
---@param s string
---@param limit integer
---@return string
---@return integer columns
function text.cut(s, limit) end

return text
]],
   ["library/weir/json.lua"] = [[
---@meta

---@class weir.json
local json = {}

---@param value any
---@param digits? integer at most, of numbers that are not whole
---@return string
function json.encode(value, digits) end

---@param source string
---@return any
---@return string? reason
function json.decode(source) end

---What the web sends for JSON, within bounds.
---@param source string
---@param options? { bytes: integer, depth: integer, values: integer }
---@return any
---@return string? reason
function json.read(source, options) end

---What a value has at a path such as "a.b[0].c".
---@param value any
---@param path string
---@return any
function json.at(value, path) end

return json
]],
}
