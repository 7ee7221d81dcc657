-- The script for wrk: sends the calls of a file one after the other and begins again at its end.
-- A line of the file: method, path, token, body, with tabs between them. The second argument is
-- what to say of the connection: keep-alive or close.

local calls, position = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local method, path, token, body = line:match('^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$')
    local headers = {Connection = arguments[2]}
    if token ~= '' then headers['Authorization'] = 'Bearer ' .. token end
    if body ~= '' then headers['Content-Type'] = 'application/json' end
    calls[#calls + 1] = wrk.format(method, path, headers, body ~= '' and body or nil)
  end
end

function request()
  position = position % #calls + 1
  return calls[position]
end

function done(summary, latency)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, errors.status, broken))
end
