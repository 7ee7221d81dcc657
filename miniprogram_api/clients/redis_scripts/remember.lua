-- Keeps what a conversation remembers and hands its message over to be written, both or neither.
--
-- KEYS: the conversation, the queue (a stream).
-- ARGV: the memory, milliseconds after which nobody looks at it any more, the message.
-- Returns how many messages wait now.
--
-- A repeat hands the message over twice; whoever writes it knows it by its id.

redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('XADD', KEYS[2], '*', 'm', ARGV[3])
return redis.call('XLEN', KEYS[2])
