-- A line that is typed on the terminal, edited by libedit: asked, it never calls anybody.
--
--    local line = assert(edit.open())
--    local event, typed, cursor = line:read "> "     -- "enter", "1 + 1", 5
--    line:accept()

local ffi = require "ffi"
local abi = require "weir.abi"

local C = abi.C
local edit = {}
edit.__index = edit

local events = {
   [tonumber(C.WEIR_EDIT_ENTER)] = "enter", [tonumber(C.WEIR_EDIT_TAB)] = "tab",
   [tonumber(C.WEIR_EDIT_INTERRUPT)] = "interrupt", [tonumber(C.WEIR_EDIT_LEAVE)] = "leave",
   [tonumber(C.WEIR_END)] = "end",
}

-- Nil and the reason when standard input or output is no terminal.
function edit.open()
   local handle = C.weir_edit_open()
   if handle == nil then return nil, abi.reason() end
   return setmetatable({ handle = ffi.gc(handle, C.weir_edit_close) }, edit)
end

local function open(self) return self.handle or error("the line is closed", 3) end

-- Colours in a prompt take no room.
local function hidden(prompt) return (prompt:gsub("\27%[[%d;]*m", "\1%0\1")) end

-- Waits until a key wants something: "enter", "tab", "interrupt", "leave" or "end".  After the
-- first two come what was typed, and the bytes of it before the cursor; the same line is edited on
-- by the next call, unless it is accepted.
function edit:read(prompt)
   local handle = open(self)
   local event = events[C.weir_edit_read(handle, hidden(prompt))]
   if event ~= "enter" and event ~= "tab" then return event end
   return event, ffi.string(C.weir_edit_text(handle)), C.weir_edit_cursor(handle)
end

-- Puts a text in place of `back` bytes before the cursor.
function edit:replace(back, text) C.weir_edit_replace(open(self), back, text) end

-- Shows lines below the one that is edited; without them it rings.
function edit:show(text) C.weir_edit_show(open(self), text) end

function edit:accept() C.weir_edit_accept(open(self)) end

-- The file that keeps what was typed, and how many entries; nil and the reason.
function edit:history(path, most)
   return abi.result(C.weir_edit_history(open(self), path, most))
end

function edit:remember(entry) return abi.result(C.weir_edit_remember(open(self), entry)) end

function edit:close()
   if self.handle then C.weir_edit_close(ffi.gc(self.handle, nil)) end
   self.handle = nil
end

return edit
