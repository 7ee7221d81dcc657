-- Counts one attempt of a pair and of its account, or refuses it, or only peeks.
--
-- KEYS: the account's attempts by all pairs (sorted set), the account's pairs (hash: pair →
--       "attempts:locked until:time of the last attempt:its token"), then a sorted set for each gate:
--       a limit with one window that must have room (nothing is entered there).
-- ARGV: "count" or "peek", now in milliseconds, the pair, the caller's token, attempts before a lock,
--       attempts of the account in 24 hours, for each gate the length of its window in milliseconds
--       and its limit, then the lengths of the locks in milliseconds, the last repeats.
-- Returns {1, attempts left before the lock}, {0, milliseconds to wait, 1 when the account is full},
--         or {2, index of the gate that frees last, milliseconds until then}.

local counting = ARGV[1] == 'count'
local pair, token = ARGV[3], ARGV[4]
local before_lock, in_a_day = tonumber(ARGV[5]), tonumber(ARGV[6])
local now, empty = present({KEYS[1]}, tonumber(ARGV[2]), counting)
local gates = #KEYS - 2
local first_lock = 6 + 2 * gates

local function lock_after(attempts)
  if attempts == 0 or attempts % before_lock ~= 0 then return 0 end
  return tonumber(ARGV[math.min(first_lock + attempts / before_lock, #ARGV)])
end

local attempts, locked_until, last, last_token = 0, 0, 0, ''
local record = redis.call('HGET', KEYS[2], pair)
if record then
  attempts, locked_until, last, last_token = string.match(record, '^(%d+):(%d+):(%d+):(.*)$')
  attempts, locked_until, last = tonumber(attempts), tonumber(locked_until), tonumber(last)
  if counting and last_token == token then
    return {1, (before_lock - attempts % before_lock) % before_lock}
  end
end

local full_gate, gate_wait = 0, 0
for i = 1, gates do
  local gate = KEYS[2 + i]
  local gate_now, gate_empty = present({gate}, tonumber(ARGV[2]), false)
  local wait = gate_empty[gate] and 0
    or wait_for_place(gate, tonumber(ARGV[5 + 2 * i]), tonumber(ARGV[6 + 2 * i]), gate_now)
  if wait > gate_wait then full_gate, gate_wait = i, wait end
end
if full_gate > 0 then return {2, full_gate, gate_wait} end

if record then
  if last > now + AHEAD then
    -- The wall clock was set back: the record counts as made now.
    last, locked_until = now, math.min(locked_until, now + lock_after(attempts))
    if counting then
      redis.call('HSET', KEYS[2], pair,
        string.format('%d:%.0f:%.0f:%s', attempts, locked_until, last, last_token))
    end
  end
  if last + DAY <= now then attempts, locked_until = 0, 0 end
end

local account_wait = empty[KEYS[1]] and 0 or wait_for_place(KEYS[1], DAY, in_a_day, now)
local wait = math.max(locked_until - now, account_wait)
if wait > 0 then return {0, wait, account_wait > 0 and 1 or 0} end
if not counting then return {1, before_lock - attempts % before_lock} end

attempts = attempts + 1
local lock = lock_after(attempts)
redis.call('HSET', KEYS[2], pair,
  string.format('%d:%.0f:%.0f:%s', attempts, lock > 0 and now + lock or 0, now, token))
redis.call('PEXPIRE', KEYS[2], 2 * DAY)
add(KEYS[1], token, now, DAY, empty[KEYS[1]])
if redis.call('HLEN', KEYS[2]) > 2 * in_a_day then
  local pairs_kept = redis.call('HGETALL', KEYS[2])
  for i = 1, #pairs_kept, 2 do
    local last_attempt = string.match(pairs_kept[i + 1], '^%d+:%d+:(%d+):')
    if tonumber(last_attempt) + DAY <= now then redis.call('HDEL', KEYS[2], pairs_kept[i]) end
  end
end
return {1, (before_lock - attempts % before_lock) % before_lock}
