-- The access token that all workers share, and who may fetch a new one.
--
-- KEYS: a hash: token, valid_until, fetcher, fetching_until (milliseconds).
-- ARGV: mode, now in milliseconds, then
--   "get":     the caller, milliseconds that he may take to fetch
--              → the token, or 1: the caller fetches it now, or 0: another caller does
--   "keep":    the new token, milliseconds that it is valid
--   "give_up": the caller
--   "discard": the token that WeChat refused; another one is left alone
local mode, now = ARGV[1], tonumber(ARGV[2])

if mode == 'get' then
  local state = redis.call('HMGET', KEYS[1], 'token', 'valid_until', 'fetching_until')
  if state[1] and tonumber(state[2]) > now then return state[1] end
  local lease = tonumber(ARGV[4])
  -- A lease that ends later than it could was written before the wall clock was set back; a little
  -- later only means that its holder read the clock after this caller did.
  local left = state[3] and tonumber(state[3]) - now or 0
  if left > 0 and left <= lease + AHEAD then return 0 end
  redis.call('HSET', KEYS[1], 'fetcher', ARGV[3], 'fetching_until', now + lease)
  redis.call('PEXPIRE', KEYS[1], 86400000)
  return 1
elseif mode == 'keep' then
  redis.call('HSET', KEYS[1], 'token', ARGV[3], 'valid_until', now + tonumber(ARGV[4]))
  redis.call('HDEL', KEYS[1], 'fetcher', 'fetching_until')
  redis.call('PEXPIRE', KEYS[1], 86400000)
elseif mode == 'give_up' then
  if redis.call('HGET', KEYS[1], 'fetcher') == ARGV[3] then
    redis.call('HDEL', KEYS[1], 'fetcher', 'fetching_until')
  end
elseif redis.call('HGET', KEYS[1], 'token') == ARGV[3] then
  redis.call('HDEL', KEYS[1], 'token', 'valid_until')
end
return 1
