-- SPDX-License-Identifier: MIT
--- What the pools of all workers have counted, as text for Prometheus.

local native = require("pandan.db.native")

---@class pandan.db.metrics
local metrics = {}

-- Counter, name of its metric, type, help, a label of its own; in their order.
local ROWS = {
    { "limit", "connections_limit", "gauge",
        "Connections that pools may have" },
    { "idle", "connections", "gauge", "Connections, by state",
        'state="idle"' },
    { "lent", "connections", "gauge", nil, 'state="lent"' },
    { "waiting", "waiting", "gauge", "Statements that wait for a connection" },
    { "opened", "connections_opened_total", "counter", "Connections opened" },
    { "closed", "connections_closed_total", "counter", "Connections closed" },
    { "queries", "queries_total", "counter", "Statements and batches run" },
    { "brief", "queries_brief_total", "counter",
        "Statements of SQLite that were run on the event loop" },
    { "shared", "queries_shared_total", "counter",
        "Statements that shared a packet with those of others" },
    { "errors", "errors_total", "counter", "Statements that failed" },
    { "timeouts", "timeouts_total", "counter",
        "Statements that took too long, to wait or to run" },
    { "waited", "waits_total", "counter",
        "Statements that had to wait for a connection" },
    { "abandoned", "abandoned_total", "counter",
        "Statements that nobody waited for any longer" },
    { "resets", "resets_total", "counter",
        "Sessions that were made new for the next one" },
}

-- Bytes of a label that shared memory has a place for, less the other two.
local LONGEST = 100

local function quoted(value)
    return (value:gsub('[%c"\\]', "_"))
end

---What the counters of a pool are found by: labels for Prometheus.
---@param database string  its name in the configuration, or its URL
---@param driver string
---@param role string
---@return string
function metrics.label(database, driver, role)
    return ('database="%s",driver="%s",role="%s"'):format(
        quoted(database:gsub("%?.*", "")):sub(1, LONGEST), driver, role)
end

-- Label → sums, and the labels in order.
local function summed()
    local sums, labels = {}, {}

    for _, counters in ipairs(native.counters()) do
        local sum = sums[counters.label]

        if not sum then
            sums[counters.label] = counters
            labels[#labels + 1] = counters.label
        else
            for name, value in pairs(counters) do
                if name ~= "label" then
                    sum[name] = sum[name] + value
                end
            end
        end
    end

    table.sort(labels)
    return sums, labels
end

---@return string
function metrics.text()
    local sums, labels = summed()
    local out = {}

    for _, row in ipairs(ROWS) do
        local counter, own = row[1], row[5]
        local name = "pandan_db_" .. row[2]

        if row[4] then
            out[#out + 1] = "# HELP " .. name .. " " .. row[4]
            out[#out + 1] = "# TYPE " .. name .. " " .. row[3]
        end
        for _, label in ipairs(labels) do
            out[#out + 1] = ("%s{%s} %.0f"):format(name,
                own and label .. "," .. own or label, sums[label][counter])
        end
    end

    return table.concat(out, "\n") .. "\n"
end

return metrics
