-- What `pandan mirror pub opm:...` has fetched: pub/opm/index has a line for
-- each package, "ACCOUNT/NAME VERSION MD5".
local opm = {}

local function runs(text)
    local list = {}

    for digits in text:gmatch("%d+") do
        list[#list + 1] = tonumber(digits)
    end
    return list
end

---opm's own order: by their numbers, one after the other.
local function less(a, b)
    local x, y = runs(a), runs(b)

    for i = 1, math.max(#x, #y) do
        if (x[i] or -1) ~= (y[i] or -1) then
            return (x[i] or -1) < (y[i] or -1)
        end
    end
    return false
end

local FITS = {
    [""] = function()
        return true
    end,
    eq = function(have, wanted)
        return have == wanted
    end,
    ge = function(have, wanted)
        return not less(have, wanted)
    end,
    gt = function(have, wanted)
        return less(wanted, have)
    end,
}

---@param path string  of the index
---@param op string  "", "eq", "ge" or "gt"
---@return string? version  the highest that fits
---@return string? sum
function opm.best(path, package, op, wanted)
    local fits, file = FITS[op], io.open(path)
    local best, best_sum

    for line in fits and file and file:lines() or function() end do
        local name, version, sum = line:match("^(%S+) (%S+) (%x+)$")

        if name == package and fits(version, wanted)
            and (not best or less(best, version))
        then
            best, best_sum = version, sum
        end
    end
    if file then
        file:close()
    end
    return best, best_sum
end

return opm
