-- SPDX-License-Identifier: MIT
--- The interface of resty.limit.traffic: several limits as one.

local traffic = {}

---@param limiters table[]
---@param keys string[]
---@param states? table  gets what each limiter told beside the delay,
---  unless one of them refuses
---@return number? delay  the longest
---@return string? err
function traffic.combine(limiters, keys, states)
    local longest, found = 0, {}

    for i, limiter in ipairs(limiters) do
        local delay, state = limiter:incoming(keys[i], i == #limiters)

        if not delay then
            return nil, state
        end
        found[i] = state
        longest = math.max(longest, delay)
    end

    -- all but the last were only asked: now that none refuses, they count
    for i = 1, #limiters - 1 do
        local delay, state = limiters[i]:incoming(keys[i], true)

        if not delay then
            for j = 1, i - 1 do
                limiters[j]:uncommit(keys[j])
            end
            limiters[#limiters]:uncommit(keys[#limiters])
            return nil, state
        end
        longest = math.max(longest, delay)
    end

    for i, state in ipairs(states and found or {}) do
        states[i] = state
    end
    return longest
end

return traffic
