-- KEYS: the conversation.
-- Returns what it remembers, or false. A script, because scripts have a connection of their own.

return redis.call('GET', KEYS[1])
