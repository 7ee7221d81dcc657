-- Forgets a pair, and the attempt that it counted for the account last.
-- KEYS: the account's attempts, the account's pairs. ARGV: the pair.
local record = redis.call('HGET', KEYS[2], ARGV[1])
if record then
  redis.call('ZREM', KEYS[1], string.match(record, '^%d+:%d+:%d+:(.*)$'))
  redis.call('HDEL', KEYS[2], ARGV[1])
end
return 1
