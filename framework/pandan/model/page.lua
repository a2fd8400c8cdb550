-- SPDX-License-Identifier: MIT
--- A page of a query: a list of rows that also knows where in the whole it
--- lies. As JSON it is the list; `links()` is HTML to walk through the pages.

local native = require("pandan.native")

local escape_html, escape_url = native.escape.html, native.escape.url

---@class pandan.model.page
---@field number integer    of this page, from 1
---@field per_page integer
---@field total integer     rows in all
---@field pages integer     1 or more
local page = {}

local meta = { __index = page, __jsontype = "array" }

local MAX_PER_PAGE = 1000

local not_found_mt = {
    __tostring = function(self)
        return self.message
    end,
}

---Ends the action with 404.
function page.not_found(name, id)
    error(setmetatable({
        status = 404,
        message = id == nil and "no such row in " .. name
            or "no row " .. tostring(id) .. " in " .. name,
    }, not_found_mt), 0)
end

-- Where the request at hand is; the framework sets a better one at boot.
local function request_of_nginx()
    -- there is none in a timer or in a spec
    local ok, request = pcall(function()
        return { path = ngx.var.uri, query = ngx.req.get_uri_args() }
    end)
    return ok and request or nil
end

---@type fun(): { path: string, query: table<string, any> }?
page.request = request_of_nginx

local function wanted(number)
    local n = tonumber(number)
    if not n or n < 1 or n ~= math.floor(n) or n > 1e9 then
        return 1
    end
    return n
end

---Runs the query for its `number`th page; one beyond the end is empty.
function page.of(query, per_page, number)
    local request = page.request()

    per_page = math.max(1, math.min(math.floor(per_page), MAX_PER_PAGE))
    number = wanted(number or request and request.query.page)

    local total = query:count()
    local start = (number - 1) * per_page
    local rows = {}

    if start < total then
        rows = query:clone():limit(per_page):offset(start):all()
    end

    rows.number = number
    rows.page = number
    rows.per_page = per_page
    rows.total = total
    rows.pages = math.max(1, math.ceil(total / per_page))
    rows.origin = request or { path = "", query = {} }

    return setmetatable(rows, meta)
end

---The page as JSON with what is known about it.
function page:to_table()
    local data = setmetatable({}, native.json.array_mt)
    for i, row in ipairs(self) do
        data[i] = row
    end
    return {
        data = data, page = self.number, per_page = self.per_page,
        total = self.total, pages = self.pages,
    }
end

function page:has_next()
    return self.number < self.pages
end

function page:has_previous()
    return self.number > 1
end

---The URL of a page: the path of the request, its query with another `page`.
function page:url(number)
    local request = self.origin
    local names, out = {}, {}

    for name in pairs(request.query) do
        if type(name) == "string" and name ~= "page" then
            names[#names + 1] = name
        end
    end
    table.sort(names)

    for _, name in ipairs(names) do
        local values = request.query[name]
        for _, value in ipairs(type(values) == "table" and values
            or { values })
        do
            if type(value) ~= "table" then
                out[#out + 1] = escape_url(name) .. "="
                    .. escape_url(tostring(value))
            end
        end
    end

    out[#out + 1] = "page=" .. number
    return request.path .. "?" .. table.concat(out, "&")
end

-- 1 ... 4 [5] 6 ... 20: the ends, the neighbours, and dots for gaps.
local function numbers(current, last)
    local first = math.max(2, math.min(current - 2, last))
    local stop = math.min(last - 1, current + 2)
    local list = { 1 }

    if first > 2 then
        list[#list + 1] = false
    end
    for n = first, stop do
        list[#list + 1] = n
    end
    if stop < last - 1 then
        list[#list + 1] = false
    end

    list[#list + 1] = last
    return list
end

local function anchor(self, number, text, rel)
    return '<a href="' .. escape_html(self:url(number)) .. '"'
        .. (rel and ' rel="' .. rel .. '"' or "") .. ">" .. text .. "</a>"
end

---HTML, nothing if there is one page only.
---@return string
function page:links()
    if self.pages == 1 then
        return ""
    end

    local out = { '<nav class="pagination" aria-label="Pages">' }

    if self:has_previous() then
        out[#out + 1] = anchor(self, self.number - 1, "Previous", "prev")
    end

    for _, n in ipairs(numbers(self.number, self.pages)) do
        if not n then
            out[#out + 1] = "<span>…</span>"
        elseif n == self.number then
            out[#out + 1] = '<span aria-current="page">' .. n .. "</span>"
        else
            out[#out + 1] = anchor(self, n, n)
        end
    end

    if self:has_next() then
        out[#out + 1] = anchor(self, self.number + 1, "Next", "next")
    end

    out[#out + 1] = "</nav>"
    return table.concat(out, " ")
end

return page
