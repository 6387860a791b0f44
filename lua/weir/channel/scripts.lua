-- What Redis does in one step for channels, as the scripts that it runs.
--
-- A script is done wholly or not at all, so a batch that is sent again because its reply was lost
-- is known by its number, and nobody else comes between a look and what follows from it.

local scripts = {}

-- Functions that several share.
local NOW = [[
local function now() local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000) end
]]
local FIELD = [[
local function field(list, name)
   for i = 1, #list, 2 do if list[i] == name then return list[i + 1] end end
end
local function parts(id)
   local ms, seq = string.match(id, '^(%d+)-(%d+)$')
   return tonumber(ms), tonumber(seq)
end
]]

-- Frees what all groups have dealt with: before the first row that one of them has yet to have, or
-- to acknowledge.
local TRIM = FIELD .. [[
local function trim(key)
   local least_ms, least_seq
   for _, group in ipairs(redis.call('XINFO', 'GROUPS', key)) do
      local ms, seq = parts(field(group, 'last-delivered-id'))
      seq = seq + 1
      if field(group, 'pending') > 0 then
         ms, seq = parts(redis.call('XPENDING', key, field(group, 'name'))[2])
      end
      if not least_ms or ms < least_ms or ms == least_ms and seq < least_seq then
         least_ms, least_seq = ms, seq
      end
   end
   if not least_ms then return { 0 } end
   return { redis.call('XTRIM', key, 'MINID', string.format('%.0f-%.0f', least_ms, least_seq)) }
end
]]

-- How many rows that are gone some group had not read, from the first one on.
local LOST = [[
local function lost(key)
   local added, length = field(redis.call('XINFO', 'STREAM', key), 'entries-added'),
      redis.call('XLEN', key)
   local sum = 0
   for _, group in ipairs(redis.call('XINFO', 'GROUPS', key)) do
      local read = field(group, 'entries-read')
      if field(group, 'last-delivered-id') == '0-0' then read = 0 end
      if read then sum = sum + math.max(0, added - read - length) end
   end
   return sum
end
]]

-- put KEYS stream, mark of the producer ARGV number of the batch, "wait" or "drop", most, "first"
-- or "next" (behind the batch before it, which has to be there), then the id and the JSON of each
-- row.  Returns { "put" | "known" | "gap" | "full", rows that were lost }.
scripts.put = TRIM .. LOST .. [[
local key, number, mode, most = KEYS[1], tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local mark = tonumber(redis.call('GET', KEYS[2]) or 0)
if mark >= number then return { 'known', 0 } end
if ARGV[4] == 'next' and mark + 1 < number then return { 'gap', 0 } end
local before, count, gone = redis.call('XLEN', key), (#ARGV - 4) / 2, 0
local is_full = before > 0 and before + count > most
if is_full and mode == 'wait' then
   trim(key)
   before = redis.call('XLEN', key)
   if before > 0 and before + count > most then return { 'full', 0 } end
end
if is_full and mode == 'drop' then gone = lost(key) end
local t = redis.call('TIME')
local ts = string.format('%d.%06d', t[1], t[2])
for i = 5, #ARGV, 2 do
   redis.call('XADD', key, '*', 'id', ARGV[i], 'ts', ts, 'json', ARGV[i + 1])
end
redis.call('SET', KEYS[2], number, 'EX', 86400)
if is_full and mode == 'drop' then
   redis.call('XTRIM', key, 'MAXLEN', '~', most)
   gone = lost(key) - gone
end
return { 'put', gone }
]]

-- trim KEYS stream: frees the same, when Redis has no memory left.  Returns { rows that are gone }.
scripts.trim = TRIM .. [[
if redis.call('EXISTS', KEYS[1]) == 0 then return { 0 } end
return trim(KEYS[1])
]]

-- lease KEYS leases of a group ARGV consumer, milliseconds that a lease holds, its share ("equal"
-- or "all"), partitions it wants and partitions it lets go, with "," between.  A lease holds for
-- who has it until it lets go, or is not heard of for so long.  Returns { the partitions it has,
-- how many of them it is to let go }.
scripts.lease = NOW .. [[
local key, me, ttl, share = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local time, owner, living, count, mine = now(), {}, 1, 0, {}
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
   local kind, name = string.match(all[i], '^(%a+) (.*)$')
   local till, who = string.match(all[i + 1], '^(%d+) ?(.*)$')
   if tonumber(till) < time then
      redis.call('HDEL', key, all[i])
   elseif kind == 'lease' then
      owner[name] = who
   elseif name ~= me then
      living = living + 1
   end
end
local function set(name, value)
   redis.call('HSET', key, name, string.format('%.0f %s', time + ttl, value))
end
for name in string.gmatch(ARGV[5], '[^,]+') do
   if owner[name] == me then
      owner[name] = nil
      redis.call('HDEL', key, 'lease ' .. name)
   end
end
if ARGV[4] == '' then
   redis.call('HDEL', key, 'member ' .. me)
   return { {}, 0 }
end
set('member ' .. me, '')
local wanted = {}
for name in string.gmatch(ARGV[4], '[^,]+') do
   wanted[#wanted + 1] = name
   if owner[name] == me then count = count + 1 end
end
local most = share == 'all' and #wanted or math.ceil(#wanted / living)
for _, name in ipairs(wanted) do
   if not owner[name] and count < most then owner[name], count = me, count + 1 end
   if owner[name] == me then
      set('lease ' .. name, me)
      mine[#mine + 1] = name
   end
end
redis.call('PEXPIRE', key, 10 * ttl)
return { mine, count > most and count - most or 0 }
]]

-- fail KEYS stream, counts of a group's failures, dead letters ARGV group, entry, deliveries,
-- error, channel, how many letters are kept.  Returns { failures } when it is dead (0: it is gone),
-- else { failures, its JSON }.  The count of a dead one stays for a week: it does not die twice.
scripts.fail = [[
local key, group, id, most = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local entry = redis.call('XRANGE', key, id, id)[1]
if not entry then
   redis.call('XACK', key, group, id)
   return { 0 }
end
local before = tonumber(redis.call('HGET', KEYS[2], id) or 0)
if before >= most then
   redis.call('XACK', key, group, id)
   return { before }
end
local count = redis.call('HINCRBY', KEYS[2], id, 1)
redis.call('EXPIRE', KEYS[2], 604800)
if count < most then
   for i = 1, #entry[2], 2 do
      if entry[2][i] == 'json' then return { count, entry[2][i + 1] } end
   end
end
local words = {}
for i = 1, math.min(#entry[2], 64) do words[i] = entry[2][i] end
for _, word in ipairs({ 'error', ARGV[4], 'channel', ARGV[5], 'group', group, 'entry', id,
   'deliveries', tostring(count) }) do words[#words + 1] = word end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', unpack(words))
redis.call('XACK', key, group, id)
return { count }
]]

-- produce KEYS producers of a channel, marks that are of no more use ARGV token, name, milliseconds
-- until it is to be heard of again, or "finished".  Producers that publish at the same time are of
-- one generation; who comes when all others have finished begins the next.  Returns { generation }.
scripts.produce = NOW .. [[
local key, token, name = KEYS[1], 'p ' .. ARGV[1], ARGV[2]
local time, generation = now(), tonumber(redis.call('HGET', key, 'generation') or 0)
if redis.call('HEXISTS', key, token) == 0 then
   local is_open, old = false, {}
   local all = redis.call('HGETALL', key)
   for i = 1, #all, 2 do
      if string.sub(all[i], 1, 2) == 'p ' then
         old[#old + 1] = all[i]
         is_open = is_open or tonumber(string.match(all[i + 1], '^%d+')) > time
      end
   end
   if not is_open then
      generation = redis.call('HINCRBY', key, 'generation', 1)
      for _, one in ipairs(old) do redis.call('HDEL', key, one) end
   end
end
if ARGV[3] == 'finished' then
   redis.call('HSET', key, token, '0 ' .. name, 'done ' .. name, generation)
else
   redis.call('HSET', key, token, string.format('%.0f %s', time + tonumber(ARGV[3]), name))
end
for i = 2, #KEYS do redis.call('DEL', KEYS[i]) end
return { generation }
]]

-- produced KEYS producers of a channel, ends ARGV group.  Returns { generation, the last one that
-- this group has read to its end, how many publish, { those not heard of any more }, { name,
-- generation that it finished in, … } }.
scripts.produced = NOW .. [[
local time, open, gone, done = now(), 0, {}, {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
   local kind, name = string.match(all[i], '^(%a+) (.*)$')
   if kind == 'done' then
      done[#done + 1], done[#done + 2] = name, tonumber(all[i + 1])
   elseif kind == 'p' then
      local till, who = string.match(all[i + 1], '^(%d+) (.*)$')
      till = tonumber(till)
      if till > time then open = open + 1 elseif till > 0 then gone[#gone + 1] = who end
   end
end
return { tonumber(redis.call('HGET', KEYS[1], 'generation') or 0),
   tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0), open, gone, done }
]]

-- ended KEYS ends of each channel ARGV for each a group and a generation: that group has read it to
-- its end.
scripts.ended = [[
for i, key in ipairs(KEYS) do
   local group, generation = ARGV[2 * i - 1], ARGV[2 * i]
   if tonumber(redis.call('HGET', key, group) or 0) < tonumber(generation) then
      redis.call('HSET', key, group, generation)
   end
end
return {}
]]

-- left KEYS stream.  Returns { rows in it, then for each group { name, pending, lag (-1: unknown),
-- 1 when it has read all } }.
scripts.left = FIELD .. [[
local key = KEYS[1]
if redis.call('EXISTS', key) == 0 then return { 0 } end
local out = { redis.call('XLEN', key) }
local last = field(redis.call('XINFO', 'STREAM', key), 'last-generated-id')
for _, group in ipairs(redis.call('XINFO', 'GROUPS', key)) do
   local at = field(group, 'last-delivered-id')
   local ms, seq = parts(at)
   local last_ms, last_seq = parts(last)
   local has_read = ms > last_ms or ms == last_ms and seq >= last_seq
   local lag = field(group, 'lag')
   if has_read then lag = 0 end
   out[#out + 1] = { field(group, 'name'), field(group, 'pending'), tonumber(lag) or -1,
      has_read and 1 or 0 }
end
return out
]]

-- All that add no rows may run when Redis is short of memory: they are what frees it.
for name, text in pairs(scripts) do
   if name ~= "put" then scripts[name] = "#!lua flags=allow-oom\n" .. text end
end

return scripts
