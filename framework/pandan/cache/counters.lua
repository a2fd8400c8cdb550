-- SPDX-License-Identifier: MIT
--- What caches count, in shared memory, a row for each process; as Prometheus
--- text.

local counters = {}

-- name of the metric, labels, help; in the order of the columns
local COLUMNS = {
    { "L1_HITS", "hits", 'level="l1"' },
    { "L2_HITS", "hits", 'level="l2"' },
    { "L3_HITS", "hits", 'level="l3"' },
    { "L1_MISSES", "misses", 'level="l1"' },
    { "L2_MISSES", "misses", 'level="l2"' },
    { "L3_MISSES", "misses", 'level="l3"' },
    { "L3_ERRORS", "remote_errors" },
    { "LOADS", "loads" },
    { "FAILURES", "load_failures" },
    { "STALE", "stale", 'reason="revalidate"' },
    { "STALE_ERROR", "stale", 'reason="error"' },
    { "WAITS", "waits" },
    { "TIMEOUTS", "wait_timeouts" },
}

local HELP = {
    hits = "Values found, by level",
    misses = "Values not found, by level",
    remote_errors = "Failures of the server of level 3",
    loads = "Calls of loaders",
    load_failures = "Calls of loaders that failed",
    stale = "Old values given, by reason",
    waits = "Requests that waited for another one's load",
    wait_timeouts = "Requests that waited in vain",
}

for i, column in ipairs(COLUMNS) do
    counters[column[1]] = i - 1
end

---@param view pandan.shared.cache
---@param i integer
function counters.add(view, i)
    local row = view.at.counters

    row[i] = row[i] + 1
end

---All counters of one cache, over all workers.
---@param view pandan.shared.cache
---@return table<string, number>
function counters.read(view)
    local all = {}

    for i, column in ipairs(COLUMNS) do
        all[column[1]:lower()] = view:total(i - 1)
    end
    return all
end

---@param caches table<string, pandan.cache>
---@return string
function counters.text(caches)
    local names, out, told = {}, {}, {}

    for name in pairs(caches) do
        names[#names + 1] = name
    end
    table.sort(names)

    for i, column in ipairs(COLUMNS) do
        local metric = "pandan_cache_" .. column[2] .. "_total"

        if not told[metric] then
            told[metric] = true
            out[#out + 1] = "# HELP " .. metric .. " " .. HELP[column[2]]
            out[#out + 1] = "# TYPE " .. metric .. " counter"
        end

        for _, name in ipairs(names) do
            local labels = ('cache="%s"'):format(name:gsub('[\\"\n]', "_"))

            if column[3] then
                labels = labels .. "," .. column[3]
            end
            out[#out + 1] = ("%s{%s} %.0f"):format(metric, labels,
                caches[name].view:total(i - 1))
        end
    end

    return table.concat(out, "\n") .. "\n"
end

return counters
