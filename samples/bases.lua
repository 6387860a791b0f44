-- Writes the databases of this folder, and those beside the extensions, anew.  From the root of the
-- repository, since it takes Weir to write them:
--    build/weir lua samples/bases.lua [DIR]
-- What is in them is in surfing.lua and seeking.lua.

local here = assert(arg[0]:match "^(.*)bases%.lua$", "this is a script, and no module") .. "."
package.path = here .. "/?.lua;" .. package.path

local base    = require "base"
local host    = require "weir.host"
local seeking = require "seeking"
local surfing = require "surfing"

local folder, beside = arg[1] or "samples", arg[1] or "extensions"
assert(host.make_folder(beside .. "/extractors"))

base.write(folder .. "/site.db", surfing.site())
base.write(folder .. "/api.db", surfing.api())
base.write(folder .. "/letters.db", surfing.letters())
base.write(folder .. "/searches.db", seeking.all(), true)
base.write(beside .. "/extractors/google_search.db", seeking.more(), true)
base.write(beside .. "/extractors/page.db", surfing.pages())
base.write(beside .. "/extractors/third_parties.db", surfing.parties())
