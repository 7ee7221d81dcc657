"""How long and how much the server waits for clients; in seconds and bytes."""

# For a head, from the connection or from the first byte of a further request.
HEAD_SECONDS = 10
# The longest pause in a body or an answer, and the time over which its average rate is taken.
SILENCE_SECONDS = 20
# The least average while half of the threads are busy. A slow 3G network has fifty times as much.
LEAST_BYTES_PER_SECOND = 1024
# For a client to close its side after the last answer; closing at once could lose the answer.
CLOSING_SECONDS = 2

# Twice what nginx lets through.
MOST_HEAD_BYTES = 64 * 1024
# Above the largest body that is accepted, notarised papers of 60 MiB.
MOST_BODY_BYTES = 64 * 1024 * 1024
# Of the line before a chunk, and of the trailers.
MOST_LINE_BYTES = 8 * 1024
# Of a streamed answer; its thread waits while more is unsent.
MOST_UNSENT_BYTES = 1024 * 1024
# Of all requests and answers of a process; beyond it the slowest are given up, but no small ones.
MOST_HELD_BYTES = 128 * 1024 * 1024
SMALL_BYTES = 64 * 1024
