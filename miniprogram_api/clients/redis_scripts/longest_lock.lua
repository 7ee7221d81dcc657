-- Reads until when the longest lock of an account's pairs holds.
--
-- KEYS: the account's pairs, as in count_attempt.lua.
-- Returns milliseconds since the epoch, 0 where nothing was ever locked.

local longest = 0
for _, record in ipairs(redis.call('HVALS', KEYS[1])) do
  local locked_until = string.match(record, '^%d+:(%d+):')
  longest = math.max(longest, tonumber(locked_until))
end
return longest
