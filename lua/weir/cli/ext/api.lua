-- What an editor is told of the library: its functions, and the classes that scripts meet besides
-- records.

return [[

---@class weir.slice bytes of a packet; offsets count from 0
---@field u8 fun(self: weir.slice, at: integer): integer
---@field u16 fun(self: weir.slice, at: integer): integer
---@field u24 fun(self: weir.slice, at: integer): integer
---@field u32 fun(self: weir.slice, at: integer): integer
---@field le16 fun(self: weir.slice, at: integer): integer
---@field le32 fun(self: weir.slice, at: integer): integer
---@field sub fun(self: weir.slice, at: integer, size?: integer): weir.slice
---@field string fun(self: weir.slice, at?: integer, size?: integer): string
---@field find fun(self: weir.slice, text: string, from?: integer): integer?
---@field hex fun(self: weir.slice): string
---@operator len: integer

---@class weir.row a row of a channel: any names of fields
---@field row_id string what tells it from all others
---@field flow_id? number
---@field time? number seconds since 1970
---@field [string] any

---@class weir.columns
---@field n integer how many rows
---@field [string] table<integer, any>

---@class weir.log lines with a level; formats as string.format has them
---@field debug fun(self: weir.log, format: string, ...: any)
---@field info fun(self: weir.log, format: string, ...: any)
---@field warning fun(self: weir.log, format: string, ...: any)
---@field error fun(self: weir.log, format: string, ...: any)

---@class weir.entity
---@class weir.relationship

---@class weir.kb what extractors tell what they learn
local kb = {}

---A thing of a type, told from others of the type by its key.
---@param type string
---@param key string
---@param data? table what is known of it
---@param confidence? number how sure that is, from 0 to 1
---@return weir.entity
function kb:entity(type, key, data, confidence) end

---@param from weir.entity
---@param verb string
---@param to weir.entity
---@param time? number seconds since 1970; that of the record unless told
---@param confidence? number how sure that is, from 0 to 1
---@return weir.relationship
function kb:relate(from, verb, to, time, confidence) end

---Adds what was not known of an entity or a relationship.
---@param fact weir.entity|weir.relationship
---@param data table
function kb:learn(fact, data) end

---What is told from now on is known from this row.
---@param row weir.row
function kb:of(row) end

---@class weir.batch
---@field packets weir.packet[] from 0
---@field packet_count integer
---@field flows weir.flow[] from 0
---@field flow_count integer
---@field begins weir.begin[] from 0
---@field begin_count integer
---@field seconds weir.second[] from 0
---@field second_count integer

---@class weir.capture
---@field batches fun(self: weir.capture): fun(): weir.batch?, integer?
---@field packets fun(self: weir.capture): fun(): weir.packet?
---@field counts fun(self: weir.capture): table, table
---@field cut fun(self: weir.capture, packet: weir.packet, flow?: integer)
---@field memory fun(self: weir.capture, ctype: string): any
---@field enough fun(self: weir.capture)
---@field close fun(self: weir.capture)
---@field problems table[]
---@field paths string[]

---@class weir.filter
---@field test fun(self: weir.filter, record: any): boolean
---@field of fun(self: weir.filter, kind: string): table?, string?
---@field kinds fun(self: weir.filter, kinds?: string[]): string[]?, string?
---@operator call(any): boolean

---@class weir
---@field version string
---@field html weir.html
---@field http weir.http
---@field json weir.json
---@field stats weir.stats
---@field text weir.text
---@field url weir.url.module
local weir = {}

---Opens captures, or an interface; nil and the reason when there is nothing to read.
---@param source string|string[]
---@param options? weir.open.options
---@return weir.capture?
---@return string? reason
function weir.open(source, options) end

---An expression over fields as a function of records; nil and the reason when it makes no sense.
---@param expression string
---@param options? table
---@return weir.filter?
---@return string? reason
function weir.filter(expression, options) end

---A workspace; nil and the reason when the folder is none.
---@param folder string
---@return table?
---@return string? reason
function weir.workspace(folder) end

---The interfaces one can listen to.
---@return table[]?
---@return string? reason
function weir.interfaces() end
]]
