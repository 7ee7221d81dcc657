-- One circuit breaker that all workers share.
--
-- KEYS: a hash: failures (in a row), opened_at, trial_at (milliseconds).
-- ARGV: "enter", "look", "succeeded" or "failed"; now in milliseconds; failures that open it; milliseconds
--       that it stays open; for a result: 1 when the call was the trial.
-- Returns for "enter": 0 stay out, 1 go ahead, 2 go ahead as the one trial call;
--         for "look", which changes nothing: {milliseconds for which "enter" would say 0, failures};
--         else 1.

local mode, now = ARGV[1], tonumber(ARGV[2])
local most, open_for, trial = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'

local function read(field)
  local time = tonumber(redis.call('HGET', KEYS[1], field) or nil)
  if time and time > now then
    -- Written before the wall clock was set back: it counts as now.
    if mode ~= 'look' then redis.call('HSET', KEYS[1], field, now) end
    time = now
  end
  return time
end

local opened_at, trial_at = read('opened_at'), read('trial_at')

-- A trial whose worker died is forgotten after the same time.
local wait = opened_at and math.max(opened_at, trial_at or 0) + open_for - now or 0

if mode == 'look' then
  return {math.max(0, wait), tonumber(redis.call('HGET', KEYS[1], 'failures') or 0)}
end

if mode == 'enter' then
  if not opened_at then return 1 end
  if wait > 0 then return 0 end
  redis.call('HSET', KEYS[1], 'trial_at', now)
  return 2
end

if mode == 'succeeded' then
  -- A call that began before the breaker opened says nothing about now.
  if not opened_at or trial then redis.call('DEL', KEYS[1]) end
  return 1
end

if opened_at then
  if trial then
    redis.call('HSET', KEYS[1], 'opened_at', now)
    redis.call('HDEL', KEYS[1], 'trial_at')
  end
elseif redis.call('HINCRBY', KEYS[1], 'failures', 1) >= most then
  redis.call('HSET', KEYS[1], 'opened_at', now)
end
redis.call('PEXPIRE', KEYS[1], 86400000)
return 1
