-- SPDX-License-Identifier: MIT
--- A headless Chromium, driven through chromedriver by the words of W3C's
--- WebDriver.  It ends with the spec file.
---
---     local page = browser.start()
---     page:visit(server_url .. "/posts/new")
---     page:fill("input[name='post[title]']", "Hello")
---     page:click("button[type=submit]")
---     assert.matches("Hello", page:text())
local cleanup = require("support.cleanup")
local files = require("support.files")
local http = require("support.http")
local json = require("pandan.json")
local ports = require("support.ports")
local process = require("support.process")

local browser = {}

local Browser = {}
local Element = {}

Browser.__index = Browser
Element.__index = Element

--- The name under which the standard gives an element's id.
local ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

local PATIENCE = 10

local FLAGS = {
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--window-size=1200,900",
}

local EMPTY = "{}"

local function ask(self, method, path, body)
    local response, err = http.get(self.port, path, {
        method = method,
        headers = { ["Content-Type"] = "application/json" },
        body = method == "POST" and (body and json.encode(body) or EMPTY)
            or nil,
        timeout = 60,
    })

    if not response then
        error("chromedriver: " .. tostring(err), 0)
    end

    local answer = json.decode(response.body)
    local value = type(answer) == "table" and answer.value or nil

    if response.status ~= 200 then
        local message = type(value) == "table"
            and ("%s: %s"):format(value.error, value.message)
            or response.body

        return nil, message
    end

    return value
end

--- As ask(), within the session; what fails raises.
local function command(self, method, path, body)
    local value, err = ask(self, method, "/session/" .. self.id .. path, body)

    if err then
        error(err:match("^[^\n]*"), 3)
    end

    return value
end

local function launch(self)
    self.port = ports.free()
    self.process = process.start(
        { "chromedriver", "--port=" .. self.port, "--allowed-ips=127.0.0.1" },
        {
            stdout = self.dir .. "/chromedriver.log",
            cwd = self.dir,
            env = {
                HOME = self.dir,
                LD_PRELOAD = false,
                ASAN_OPTIONS = false,
                TMPDIR = self.dir,
            },
        }
    )

    local ready = process.wait_until(20, function()
        local response = self.process:running()
            and http.get(self.port, "/status", { timeout = 2 })

        return response and response.status == 200
    end)

    if not ready then
        error("chromedriver did not start:\n"
            .. (files.read(self.dir .. "/chromedriver.log") or ""), 3)
    end
end

local function open_session(self)
    local args = { "--user-data-dir=" .. self.dir .. "/profile" }

    for _, flag in ipairs(FLAGS) do
        args[#args + 1] = flag
    end

    local value, err = ask(self, "POST", "/session", {
        capabilities = {
            alwaysMatch = {
                browserName = "chrome",
                ["goog:chromeOptions"] = { args = args },
            },
        },
    })

    if not value then
        error("no browser: " .. tostring(err), 3)
    end

    self.id = value.sessionId
end

---@return table page
function browser.start()
    local self = setmetatable({ dir = process.folder("pandan-browser") },
        Browser)

    cleanup.add(function()
        return self:stop()
    end)

    launch(self)
    open_session(self)

    return self
end

function Browser:visit(url)
    command(self, "POST", "/url", { url = url })
end

---@return string
function Browser:url()
    return command(self, "GET", "/url")
end

---@return string
function Browser:title()
    return command(self, "GET", "/title")
end

---The page's HTML as the browser holds it.
---@return string
function Browser:source()
    return command(self, "GET", "/source")
end

function Browser:back()
    command(self, "POST", "/back")
end

function Browser:refresh()
    command(self, "POST", "/refresh")
end

---Runs JavaScript, which `return`s something.
function Browser:run(script, ...)
    local args = { ... }

    if #args == 0 then
        args = json.decode("[]")
    end

    return command(self, "POST", "/execute/sync",
        { script = script, args = args })
end

---All elements of a CSS selector that are there now.
---@return table[]
function Browser:all(selector)
    local values = command(self, "POST", "/elements",
        { using = "css selector", value = selector })
    local list = {}

    for i, value in ipairs(values) do
        list[i] = setmetatable({ page = self, id = value[ELEMENT] }, Element)
    end

    return list
end

---The first element of a CSS selector; waits for it to come.
---@return table element
function Browser:find(selector)
    local found = process.wait_until(PATIENCE, function()
        return self:all(selector)[1]
    end)

    return found or error("the page has no " .. selector, 2)
end

---Is such an element there now?
---@return boolean
function Browser:has(selector)
    return #self:all(selector) > 0
end

---Waits until fn() gives something true.
function Browser.wait_for(_, fn)
    return process.wait_until(PATIENCE, fn)
        or error("waited in vain", 2)
end

function Browser:click(selector)
    self:find(selector):click()
end

---Puts text into a field, instead of what is there.
function Browser:fill(selector, text)
    local element = self:find(selector)

    element:clear()
    element:type(text)
end

---What a person reads of the page.
---@return string
function Browser:text()
    return self:run(
        "return document.body ? document.body.innerText : ''"
    )
end

---Waits until the page's text has `part` in it.
function Browser:see(part)
    local text
    local seen = process.wait_until(PATIENCE, function()
        text = self:text()

        return text:find(part, 1, true)
    end)

    if not seen then
        error(("the page does not say %q but:\n%s"):format(part, text), 2)
    end
end

---The text of the dialog that is open, nil without one.
---@return string?
function Browser:alert()
    return (ask(self, "GET", "/session/" .. self.id .. "/alert/text"))
end

function Browser:accept_alert()
    command(self, "POST", "/alert/accept")
end

---@return table[]  { name, value, httpOnly, ... }
function Browser:cookies()
    return command(self, "GET", "/cookie")
end

function Browser:stop()
    if not self.process then
        return
    end

    if self.id and not self.process.code then
        pcall(ask, self, "DELETE", "/session/" .. self.id)
    end

    self.process:stop("TERM", 5)
    self.process:kill()
    self.process = nil
    files.remove(self.dir)
end

local function element_command(self, method, what, body)
    return command(self.page, method, "/element/" .. self.id .. what, body)
end

function Element:click()
    element_command(self, "POST", "/click")
end

function Element:clear()
    element_command(self, "POST", "/clear")
end

function Element:type(text)
    element_command(self, "POST", "/value", { text = text })
end

---@return string
function Element:text()
    return element_command(self, "GET", "/text")
end

---@return string?
function Element:attribute(name)
    return element_command(self, "GET", "/attribute/" .. name)
end

---@return any
function Element:property(name)
    return element_command(self, "GET", "/property/" .. name)
end

return browser
