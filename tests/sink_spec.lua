-- Every shape of output holds together: as many cells as headings, one object a line.

local cjson = require "cjson"
local try   = require "try"

local function cells(line)
   local _, commas = line:gsub('"[^"]*"', ""):gsub(",", "")
   return commas + 1
end

-- The cells of a line that may have quotes.
local function cells_of(line, separator)
   local found, at = {}, 1
   repeat
      local text, stop = line:match('^"([^"]*)"()', at)
      if not text then text, stop = line:match("^([^" .. separator .. "]*)()", at) end
      found[#found + 1], at = text, stop + 1
   until stop > #line
   return found
end

-- All values of a record in JSON by their names, whatever object they are in; arrays as text.
local function flattened(record, into)
   for name, value in pairs(record) do
      if type(value) ~= "table" then
         into[name] = value
      elseif #value > 0 then
         into[name] = table.concat(value, ",")
      else
         flattened(value, into)
      end
   end
   return into
end

-- Compares what a capture is in CSV or TSV with what it is in JSON; returns the header.
local function compare(shape, separator, options)
   local captures = "-r samples/web.pcap -r samples/icmp.pcap"
   local arguments = ("read -q %s --only flow %s -T "):format(captures, options)
   local rows = try.lines((try.weir(arguments .. shape)))
   local records = try.lines((try.weir(arguments .. "json")))
   local names = cells_of(table.remove(rows, 1), separator)
   assert.equal(#records, #rows)
   for i, row in ipairs(rows) do
      local record, count = flattened(cjson.decode(records[i]), {}), 0
      for j, cell in ipairs(cells_of(row, separator)) do
         local want = record[names[j]]
         count = count + (want ~= nil and 1 or 0)
         local same = cell == tostring(want or "") or tonumber(cell) == want
         assert(same, ("%s: %s, not %s"):format(names[j], cell, tostring(want)))
      end
      for _ in pairs(record) do count = count - 1 end
      assert.equal(0, count)                             -- all of the record is in the row
   end
   return names
end

describe("what is measured on request", function ()
   local all = "--stats --splt 3 --tcp --offsets"

   it("has columns in CSV and TSV, with the values that JSON has", function ()
      assert.same(compare("csv", ",", all), compare("tsv", "\t", all))
   end)

   it("has those columns only that were asked for", function ()
      local plain = #compare("csv", ",", "")
      assert.equal(plain + 63, #compare("csv", ",", "--stats"))
      assert.equal(plain + 63 + 3, #compare("csv", ",", "--splt 2"))
      assert.equal(plain + 28, #compare("csv", ",", "--tcp"))
      assert.equal(plain + 1, #compare("csv", ",", "--offsets"))
   end)

   it("is written as columns too when the object is named", function ()
      local out = try.weir "read -q -r samples/web.pcap -T csv -e dest_port -e facts"
      assert.truthy(out:find "^dest_port,min_ttl_ts,min_ttl_tc,")
      assert.equal(29, #cells_of(try.lines(out)[2], ","))
   end)
end)

describe("the name of a source", function ()
   -- The first line that is written of a capture of that name.
   local function first(name, options)
      local folder = try.path()
      local path = folder .. "/" .. name
      local quoted = "'" .. path:gsub("'", "'\\''") .. "'"
      try.run(("mkdir %s && cp samples/web.pcap %s"):format(folder, quoted))
      local out = try.weir(("read -q -c 3 -e pcap_filename -r %s %s"):format(quoted, options))
      try.run("rm -r " .. folder)
      return out:gsub("\n$", ""):gsub(folder .. "/", ""), folder
   end
   local odd, long = 'a "b", c\'s.pcap', ("x"):rep(200) .. ".pcap"

   it("is escaped and quoted where it has to be", function ()
      assert.equal(odd, cjson.decode((first(odd, "-T json"))).pcap_filename)
      assert.equal('pcap_filename\n"a ""b"", c\'s.pcap"', (first(odd, "-T csv")))
      assert.equal(odd, (first(odd, "-T fields")))
      assert.equal("a\\nb", (first("a\nb", "-T fields")))
      assert.truthy(first("a", "-T fields -E separator=/ -E quote=d"):find '^".*a"$')
   end)

   it("is as long as it is", function ()
      assert.equal(long, (first(long, "-T fields")))
      assert.equal(long, cjson.decode((first(long, "-T json"))).pcap_filename)
   end)

   it("is kept in base64 when it is no text", function ()
      local out = first("\255", "-T json")
      assert.truthy(out:find '^{"pcap_filename_b64":"[%w+/=]+"}$')
   end)
end)

describe("all fields of a kind", function ()
   for _, kind in ipairs { "packet", "flow", "second" } do
      it("fit their headings as CSV: " .. kind, function ()
         local out = try.weir(("read -q -r samples/web.pcap -T csv --only %s"):format(kind))
         local wanted
         for line in out:gmatch "[^\n]+" do
            wanted = wanted or cells(line)
            assert.equal(wanted, cells(line), line)
         end
         assert(wanted > 10)
      end)

      it("are one JSON object a line: " .. kind, function ()
         local out = try.weir(("read -q -r samples -T json --only %s --stats --splt 4 --offsets")
            :format(kind))
         local count = 0
         for line in out:gmatch "[^\n]+" do
            assert.equal(kind, cjson.decode(line).event_type)
            count = count + 1
         end
         assert(count > 20)
      end)
   end
end)
