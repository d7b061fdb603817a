-- wrk's script: a line of figures at the end and, with BENCH_PREFIX, a new body for each request.
local prefix, fields, made = os.getenv("BENCH_PREFIX"), os.getenv("BENCH_FIELDS"), 0

if prefix then
  function request()
    made = made + 1
    return wrk.format("POST", nil, nil, '{"identifier":"' .. prefix .. made .. '",' .. fields)
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("\n%d %d %d %d %d", summary.requests, failed, summary.duration,
    latency:percentile(50), latency:percentile(99)))
end
