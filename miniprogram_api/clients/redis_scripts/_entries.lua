-- Shared by the scripts that count entries of a sorted set (member → time in milliseconds) in moving
-- windows. An entry made at t counts until just before t + window.

local DAY = 86400000

-- Callers read their clock before they reach a script, so entries may be a little newer than the
-- time that a caller brings; the caller is then moved to the time of the newest entry. What lies
-- further ahead was written before the wall clock was set back; it counts as made now, so that it
-- holds for one window at most.
local AHEAD = 1000

-- The time to judge by, and which keys have no entry: most people ask for something the first time,
-- and each command costs. `writing` also moves entries from before a step back of the clock to now.
local function present(keys, asked, writing)
  local now, empty = asked, {}
  for _, key in ipairs(keys) do
    local newest = tonumber(redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2])
    if not newest then
      newest, empty[key] = 0, true
    end
    if newest > asked + AHEAD then
      local border = asked + AHEAD
      if writing then
        for _, member in ipairs(redis.call('ZRANGE', key, '(' .. border, '+inf', 'BYSCORE')) do
          redis.call('ZADD', key, asked, member)
        end
      end
      newest = tonumber(redis.call('ZRANGE', key, border, '-inf', 'BYSCORE', 'REV',
        'LIMIT', 0, 1, 'WITHSCORES')[2] or 0)
    end
    now = math.max(now, newest)
  end
  return now, empty
end

-- Milliseconds until a window of this length has room for one more; 0 or less when it has.
local function wait_for_place(key, length, most, now)
  -- The window is full as long as the entry that is `most` from the end is in it.
  local entry = redis.call('ZRANGE', key, -most, -most, 'WITHSCORES')[2]
  return entry and math.min(now, tonumber(entry)) + length - now or 0
end

local function add(key, member, now, longest, is_first)
  if not is_first then redis.call('ZREMRANGEBYSCORE', key, '-inf', now - longest) end
  redis.call('ZADD', key, now, member)
  -- No rule relies on this expiry; it only deletes unused entries.
  redis.call('PEXPIRE', key, longest + DAY)
end
