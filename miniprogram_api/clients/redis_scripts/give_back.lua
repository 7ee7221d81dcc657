-- Frees places that `take` gave.
--
-- KEYS: the sorted sets. ARGV, for each key: the member, "1" when it is a distinct one, the time of
-- the entry, and the time that a distinct member had before (-1: none).
for i, key in ipairs(KEYS) do
  local member, distinct = ARGV[4 * i - 3], ARGV[4 * i - 2] == '1'
  local entered, before = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  if not distinct then
    redis.call('ZREM', key, member)
  elseif tonumber(redis.call('ZSCORE', key, member) or -1) == entered then
    -- Only the latest taker may put the member back to where it was: an earlier entry of the same
    -- member counts on, and so does a later one.
    if before == -1 then
      redis.call('ZREM', key, member)
    else
      redis.call('ZADD', key, before, member)
    end
  end
end
return 1
