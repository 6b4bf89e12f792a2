-- Sixteen requests in one write; their answers must come in order.
local requests

init = function(args)
  local one = wrk.format()
  requests = string.rep(one, 16)
end

request = function()
  return requests
end
