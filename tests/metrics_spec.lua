-- What a run tells Prometheus: its text, the server that gives it, and a run that is asked.

local loop      = require "weir.loop"
local metrics   = require "weir.metrics"
local namespace = require "namespace"
local served    = require "weir.cli.run.served"
local try       = require "try"

describe("metrics", function ()
   local function example()
      local m = metrics.new()
      m:counter("weir_x", 'what a "x"\nis \\ not'):add(3, { b = 'q"\n\\', a = 1 }):add(nil)
      m:gauge("weir_y_bytes", "y"):add(0.1):add(1 / 0, { z = "inf" }):add(0 / 0, { z = "nan" })
      m:counter("weir_none", "of which there is none")
      m:info("weir_build", "this"):add(1, { version = "0" })
      return m
   end

   it("are written as Prometheus has them", function ()
      assert.equal([[
# HELP weir_x_total what a "x"\nis \\ not
# TYPE weir_x_total counter
weir_x_total{a="1",b="q\"\n\\"} 3
# HELP weir_y_bytes y
# TYPE weir_y_bytes gauge
weir_y_bytes 0.10000000000000001
weir_y_bytes{z="inf"} +Inf
weir_y_bytes{z="nan"} NaN
# HELP weir_build_info this
# TYPE weir_build_info gauge
weir_build_info{version="0"} 1
]], example():text())
   end)

   it("are written as OpenMetrics has them", function ()
      assert.equal([[
# HELP weir_x what a "x"\nis \\ not
# TYPE weir_x counter
weir_x_total{a="1",b="q\"\n\\"} 3
# HELP weir_y_bytes y
# TYPE weir_y_bytes gauge
# UNIT weir_y_bytes bytes
weir_y_bytes 0.10000000000000001
weir_y_bytes{z="inf"} +Inf
weir_y_bytes{z="nan"} NaN
# HELP weir_build this
# TYPE weir_build info
weir_build_info{version="0"} 1
# EOF
]], example():text(true))
   end)

   it("are given as they are asked for", function ()
      for accept, want in pairs {
         [""] = false, ["*/*"] = false, ["text/html"] = false, ["text/plain;q=nonsense"] = false,
         ["application/openmetrics-text"] = true,
         ["application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"] = true,
         ["application/openmetrics-text;q=0.3, text/plain;q=0.5"] = false,
      } do
         assert.equal(want, metrics.wants_open(accept), accept)
      end
      assert.is_false(metrics.wants_open(nil))
   end)

   it("are near unless told otherwise", function ()
      for text, want in pairs {
         ["9100"] = "127.0.0.1 9100", [":9100"] = "127.0.0.1 9100", ["0"] = "127.0.0.1 0",
         ["localhost:1"] = "127.0.0.1 1", ["0.0.0.0:80"] = "0.0.0.0 80", ["[::1]:80"] = "::1 80",
      } do
         assert.equal(want, table.concat({ served.address(text) }, " "))
      end
      for _, text in ipairs { "", "x", "127.0.0.1", "1.2.3.4:99999", "9100x", "h:" } do
         assert.is_nil(served.address(text), text)
      end
   end)
end)

describe("a server of HTTP", function ()
   local l, asked

   before_each(function () l, asked = assert(loop.new()), {} end)
   after_each(function () l:close() end)

   local function serve(host, at)
      return l:serve(host or "127.0.0.1", at or 0, function (request)
         asked[#asked + 1] = request
         return { headers = { ["X-One"] = "1" }, body = request.query .. ("y"):rep(100000) }
      end)
   end

   -- What a command prints that asks while the server is at work.
   local function hear(command)
      local path = try.path()
      os.execute(("(%s; echo '[end]') >%s 2>&1 </dev/null &"):format(command, path))
      local late, step = false, l:every(0.01, function () end)
      l:after(20, function () late = true end)
      while not late do
         l:step()
         local file = io.open(path)
         local text = file and file:read "*a" or ""
         if file then file:close() end
         if text:find("[end]", 1, true) then
            l:forget(step)
            os.remove(path)
            return (text:gsub("%[end%]\n", ""))
         end
      end
      error "nobody answers"
   end

   it("tells what was asked, and answers", function ()
      if not try.has "curl" then return pending "curl is not installed" end
      local n, port = serve()
      local out = hear(("curl -si -H 'A: b' 'http://127.0.0.1:%d/p/q?r=s'"):format(port))
      assert.truthy(out:find "^HTTP/1.1 200 OK\r\nX%-One: 1\r\nContent%-Length: 100003\r\n")
      assert.truthy(out:find "\r\n\r\nr=sy+$")
      assert.same({ "GET", "/p/q", "r=s", "b" },
         { asked[1].method, asked[1].path, asked[1].query, asked[1].headers.a })
      out = hear(("curl -sI http://127.0.0.1:%d/"):format(port))
      assert.truthy(out:find "Content%-Length: 100000\r\n.*\r\n\r\n$")
      l:forget(n)
      assert.truthy(hear(("curl -s http://127.0.0.1:%d/ || echo $?"):format(port)):find "^7\n")
   end)

   it("says why it cannot listen", function ()
      local _, port = serve()
      local n, why = serve("127.0.0.1", port)
      assert.is_nil(n)
      assert.equal(("cannot listen at 127.0.0.1, port %d: Address already in use"):format(port),
         why)
      n, why = serve("nowhere.example", 80)
      assert.is_nil(n)
      assert.equal("'nowhere.example' and 80 are no address and port", why)
   end)

   it("outlives rude guests, and lets them go", function ()
      if not try.has "python3" then return pending "python3 is not installed" end
      local _, port = serve()
      local ok, bad = "HTTP/1.1 200 OK", "HTTP/1.1 400 Bad Request"
      local large = "HTTP/1.1 431 Request Header Fields Too Large"
      assert.equal(table.concat({
         "plain: " .. ok, "drop by drop: " .. ok, "two at once: " .. ok, "with a body: " .. ok,
         "head: " .. ok, "post: HTTP/1.1 405 Method Not Allowed", "no version: " .. bad,
         "old version: " .. bad, "another target: " .. bad, "a blank in it: " .. bad,
         "a zero in it: " .. bad, "bytes in it: " .. bad, "noise: " .. bad, "nothing: " .. bad,
         "a long target: " .. large, "many lines: " .. large, "no end: " .. large, "held: 32",
         "held for seconds: True", "afterwards: " .. ok, "",
      }, "\n"), hear("python3 tests/servers/rude.py " .. port))
   end)
end)

-- What is wrong with a text for Prometheus; nil when it is as it should be.
local function fault_of(text)
   local kinds, seen, family = {}, {}, nil
   for line in text:gmatch "([^\n]*)\n" do
      local name, kind = line:match "^# TYPE ([%a_][%w_]*) (%l+)$"
      if name then
         if kinds[name] then return "twice: " .. name end
         kinds[name], family = kind, name
      elseif not line:find "^# HELP [%a_][%w_]* .+$" then
         local sample, labels, value = line:match "^([%a_][%w_]*)(%b{}) (%S+)$"
         if not sample then sample, value = line:match "^([%a_][%w_]*) (%S+)$" end
         if not sample or not tonumber(value) then return "no sample: " .. line end
         if sample ~= family then return "apart from its family: " .. line end
         if (kinds[sample] == "counter") ~= (sample:find "_total$" ~= nil) then return line end
         if seen[sample .. (labels or "")] then return "twice: " .. line end
         seen[sample .. (labels or "")] = true
      end
   end
end

describe("weir run --metrics", function ()
   local space = try.has "curl" and namespace.make()
   if not space then return pending "needs curl, ip, and the right to make namespaces" end
   teardown(function () space:remove() end)

   it("tells of packets, flows, extensions and channels while it runs", function ()
      local root = try.path()
      os.execute("mkdir " .. root)
      local function write(path, text)
         local file = assert(io.open(root .. "/" .. path, "w"))
         file:write(text)
         file:close()
      end
      write("count.lua", [[
local weir = require "weir"
local x = weir.feature { about = "x", gives = { size = "number" }, publish = { "sizes" } }
function x:finish(flow) return { size = flow.bytes_toserver } end
return x]])
      write("bad.lua", [[
local weir = require "weir"
local x = weir.reporting { about = "x", subscribe = { "sizes" } }
function x:row() error "always" end
return x]])
      write("weir.yaml", [[
inputs: { interfaces: lo, filter: udp }
channels: { deliveries: 1 }
extensions: [{ id: count, source: count.lua }, { id: bad, source: bad.lua }]
]])
      local out, err = try.run(([[cd %s
         %s timeout --foreground -s INT 15 \
            $OLDPWD/%s run weir.yaml --idle 0.3 --metrics 9123 & p=$!
         %s
         %s bash -c 'echo hello >/dev/udp/127.0.0.1/9
            for i in $(seq 50); do
               sleep 0.1
               said=$(curl -s 127.0.0.1:9123/metrics)
               echo "$said" | grep -q "^weir_group_dead_total.* 1$" && break
            done
            echo "$said"'
         kill -INT $p
         wait $p]]):format(root, space.enter, try.program, space:heard(), space.enter))
      os.execute("rm -rf " .. root)
      assert.truthy(err:find "metrics are at http://127.0.0.1:9123/metrics\n", err)
      assert.is_nil(fault_of(out))
      for _, line in ipairs {
         "weir_packets_total 1", "weir_flows_total 1", 'weir_drops_total{stage="kernel"} 0',
         'weir_extension_errors_total{ext="bad"} 1',
         'weir_channel_published_total{channel="sizes"} 1',
         'weir_group_taken_total{channel="sizes",group="bad"} 1',
         'weir_group_dead_total{channel="sizes",group="bad"} 1',
      } do
         assert.truthy(("\n" .. out):find("\n" .. line .. "\n", 1, true), line .. " in " .. out)
      end
      assert.truthy(out:find "\nprocess_resident_memory_bytes %d+\n")
      assert.truthy(out:find '\nweir_build_info{lua="LuaJIT [^"]+",version="[%d.]+"} 1\n')
   end)

   it("refuses what is no address, and one that is taken", function ()
      local _, err, code = try.weir "run -r samples/web.pcap --metrics here"
      assert.truthy(err:find "option '%-%-metrics' needs a port, or HOST:PORT, not 'here'")
      assert.equal(2, code)
      local l = assert(loop.new())
      local _, port = l:serve("127.0.0.1", 0, function () return {} end)
      local root = try.path()
      _, err, code = try.weir(("run -r samples/web.pcap -W %s --metrics %d"):format(root, port))
      l:close()
      os.execute("rm -rf " .. root)
      assert.truthy(err:find "cannot listen at 127.0.0.1, port %d+: Address already in use")
      assert.equal(3, code)
   end)
end)
