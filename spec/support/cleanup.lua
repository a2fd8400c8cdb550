-- SPDX-License-Identifier: MIT
--- What is to end with the spec file: servers, folders.  The last one added
--- goes first.
local cleanup = {}

local list = {}

---@param fn fun(failed: boolean): string?  gives what it found wrong
function cleanup.add(fn)
    list[#list + 1] = fn
end

---@param failed boolean  has a test of the file failed?
---@return string[] problems
function cleanup.run(failed)
    local problems = {}

    while #list > 0 do
        local ok, problem = pcall(table.remove(list), failed)

        if problem or not ok then
            problems[#problems + 1] = tostring(problem)
        end

        failed = failed or #problems > 0
    end

    return problems
end

return cleanup
