-- Takes one place in every window of every limit, or none; or only looks.
--
-- KEYS: one sorted set for each limit, none twice; with a call's time also the epoch, since which the
--       server has its data.
-- ARGV: "take" or "peek", now in milliseconds, the caller's token, the call's time in milliseconds
--       ("" without the epoch), then for each limit: the distinct member ("" when every entry
--       counts), the number of windows, and for each window its length in milliseconds and its limit.
-- Returns {1, free places of the first limit's windows, then for each limit the time of the entry
--          and the time that its distinct member had before (-1: it had none)}
--      or {0, index of the limit, index of the window that frees last, milliseconds until then,
--          free places of the first limit's windows}
--      or {2, the epoch, -1: there is none}, for a call that is not later than it.
--
-- The token makes a repeat harmless: a call whose answer was lost finds its own entry.

local taking = ARGV[1] == 'take'
local token, asked_at = ARGV[3], tonumber(ARGV[4])
local keys = {unpack(KEYS, 1, #KEYS - (asked_at and 1 or 0))}
if asked_at then
  local epoch = tonumber(redis.call('GET', KEYS[#KEYS]) or -1)
  if epoch == -1 or asked_at <= epoch then return {2, epoch} end
end
local now, empty = present(keys, tonumber(ARGV[2]), taking)

local limits, position = {}, 5
local full_limit, full_window, longest_wait = 0, 0, 0

for i, key in ipairs(keys) do
  local limit = {distinct = ARGV[position], windows = {}, longest = 0, before = -1}
  local count = tonumber(ARGV[position + 1])
  position = position + 2
  if limit.distinct ~= '' and not empty[key] then
    limit.before = math.min(now, tonumber(redis.call('ZSCORE', key, limit.distinct) or -1))
  end
  for j = 1, count do
    local length, most = tonumber(ARGV[position]), tonumber(ARGV[position + 1])
    position = position + 2
    limit.windows[j] = {length = length, most = most}
    limit.longest = math.max(limit.longest, length)
    -- A distinct member that is in the window already needs no place.
    if not empty[key] and (limit.before == -1 or limit.before + length <= now) then
      local wait = wait_for_place(key, length, most, now)
      if wait > longest_wait then
        full_limit, full_window, longest_wait = i, j, wait
      end
    end
  end
  limits[i] = limit
end

local taken = full_limit == 0
if taking and taken then
  for i, limit in ipairs(limits) do
    local member = limit.distinct == '' and token or limit.distinct
    add(keys[i], member, now, limit.longest, empty[keys[i]])
  end
elseif taking then
  for i, limit in ipairs(limits) do
    if limit.distinct == '' and redis.call('ZSCORE', keys[i], token) then taken = true end
  end
end

local answer = taken and {1} or {0, full_limit, full_window, longest_wait}
for _, window in ipairs(limits[1].windows) do
  local used = taking and full_limit == 0 and 1 or 0
  if not empty[keys[1]] then
    used = redis.call('ZCOUNT', keys[1], '(' .. now - window.length, '+inf')
  end
  answer[#answer + 1] = math.max(0, window.most - used)
end
if taken then
  for _, limit in ipairs(limits) do
    answer[#answer + 1] = now
    answer[#answer + 1] = limit.before
  end
end
return answer
