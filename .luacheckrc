std = "luajit"
max_line_length = 100
files["extensions"] = { self = false }
files["tests/*_spec.lua"] = { std = "+busted" }
files["tests/run.lua"] = { globals = { "arg" } }
files["lua/weir/cli/lua.lua"] = { globals = { "arg" } }
