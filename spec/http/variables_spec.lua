-- SPDX-License-Identifier: MIT
local nginx = require("support.nginx")

describe("ngx.var", function()
    local server

    setup(function()
        server = nginx.start({
            http = "map $arg_x $mapped { default none; a found; }",
            server = [[
                location /get {
                    set $mine "value";
                    content_by_lua_block {
                        ngx.print(ngx.var.mine, ngx.var.MINE, ngx.var.arg_x,
                                  ngx.var.mapped, ngx.var.http_x_a,
                                  ngx.var.nope)
                    }
                }

                location ~ ^/capture/(\w+)/(\d+)$ {
                    content_by_lua_block {
                        ngx.print(ngx.var[1], ngx.var[2], ngx.var[3],
                                  ngx.var[0])
                    }
                }

                location /set {
                    set $mine "";
                    content_by_lua_block {
                        ngx.var.mine = 12
                        ngx.print(ngx.var.mine, type(ngx.var.mine))
                        ngx.var.mine = nil
                        ngx.print(ngx.var.mine)
                        ngx.var.args = "x=1"
                        ngx.print(ngx.var.arg_x)
                    }
                }

                location /refused { content_by_lua_block {
                    for _, name in ipairs({ "nope", "host" }) do
                        ngx.say(pcall(function() ngx.var[name] = 1 end))
                    end
                    ngx.say(pcall(function() return ngx.var[{}] end))
                    ngx.timer.at(0, function()
                        ngx.log(ngx.WARN, "timer: ",
                                select(2, pcall(function()
                                    return ngx.var.host
                                end)))
                    end)
                } }
            ]],
        })
    end)

    it("reads nginx's variables in any case", function()
        local response = server:get("/get?x=a", {
            headers = { ["X-A"] = "h" },
        })

        assert.equal("valuevalueafoundhnil", response.body)
    end)

    it("reads what the location's regex captured", function()
        assert.equal("ab12nilnil", server:get("/capture/ab/12").body)
    end)

    it("sets and unsets", function()
        assert.equal("12stringnil1", server:get("/set").body)
    end)

    it("says why it refuses", function()
        local body = server:get("/refused").body

        assert.truthy(body:find([[variable "nope" not found for writing]], 1,
                                true))
        assert.truthy(body:find([[variable "host" not changeable]], 1, true))
        assert.truthy(body:find("bad variable name", 1, true))
        server:wait_log("timer: .*API disabled in the current context")
    end)
end)
