-- Writes the entries of limits anew after the server lost its data. One caller at a time does, and
-- the epoch, without which no place of these limits is given, is set at the end.
--
-- KEYS: the epoch, the state (hash: holder, until in milliseconds), then a sorted set for each limit.
-- ARGV: mode, now in milliseconds, the caller, then
--   "begin": milliseconds that the caller may take
--            → 1: the caller rebuilds, 0: another does, 2: the epoch is there
--   "write": for each set its longest window in milliseconds, the number of its entries, and member
--            and time of each → 1, or 0: the data were lost again or the time is over
--   "end":   → 1, or 0 as "write"
--   "leave": → 1
local mode, now, caller = ARGV[1], tonumber(ARGV[2]), ARGV[3]

if mode == 'begin' then
  if redis.call('EXISTS', KEYS[1]) == 1 then return 2 end
  local lease = tonumber(ARGV[4])
  local state = redis.call('HMGET', KEYS[2], 'holder', 'until')
  local left = tonumber(state[2] or 0) - now
  -- A lease that ends later than it could was written before the wall clock was set back.
  if state[1] ~= caller and left > 0 and left <= lease + AHEAD then return 0 end
  redis.call('HSET', KEYS[2], 'holder', caller, 'until', now + lease)
  redis.call('PEXPIRE', KEYS[2], DAY)
  return 1
end

if redis.call('HGET', KEYS[2], 'holder') ~= caller then return 0 end

if mode == 'write' then
  local position = 4
  for i = 3, #KEYS do
    local longest, count = tonumber(ARGV[position]), tonumber(ARGV[position + 1])
    redis.call('DEL', KEYS[i])
    for j = position + 2, position + 2 * count, 2 do
      redis.call('ZADD', KEYS[i], ARGV[j + 1], ARGV[j])
    end
    redis.call('PEXPIRE', KEYS[i], longest + DAY)
    position = position + 2 + 2 * count
  end
  return 1
end

redis.call('DEL', KEYS[2])
if mode == 'end' then redis.call('SET', KEYS[1], now) end
return 1
