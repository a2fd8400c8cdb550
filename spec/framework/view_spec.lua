-- SPDX-License-Identifier: MIT
local compiler = require("pandan.view.compiler")
local cleanup = require("support.cleanup")
local files = require("support.files")
local process = require("support.process")
local views = require("pandan.view")

local root

local function write(name, text)
    files.write(root .. "/application/views/" .. name .. ".html", text)
end

local function render(text, data, helpers)
    write("page", text)
    return views.new(root, true):render("page", data, helpers)
end

describe("a view", function()
    before_each(function()
        local folder = process.folder("views")

        root = folder
        cleanup.add(function()
            files.remove(folder)
        end)
    end)

    it("escapes what it prints, unless told not to", function()
        assert.equal("&lt;b&gt;&amp;&quot;&#39; <b>",
            render("{{ x .. '&\"\\'' }} {* x *}", { x = "<b>" }))
    end)

    it("prints nil as nothing, numbers and booleans as text", function()
        assert.equal("[] 7 true", render("[{{ x }}] {{ 7 }} {{ true }}", {}))
    end)

    it("runs Lua, and leaves no empty lines for it", function()
        assert.equal("1\n2\n", render(
            "{% for i = 1, 2 do %}\n{{ i }}\n  {% end %}\n"))
    end)

    it("leaves out comments and keeps raw text", function()
        assert.equal("ab{{ x }}",
            render("a{# not\nthis #}b{-raw-}{{ x }}{-raw-}"))
    end)

    it("leaves the braces of CSS and JavaScript alone", function()
        local text = "a{color:red} f(){ return {a:1} } {(a+b)*2}"
        assert.equal(text, render(text))
    end)

    it("puts its text into a layout, with blocks", function()
        write("layouts/main", "<t>{% block \"title\" %}none{% endblock %}</t>"
            .. "{* content *}")

        assert.equal("<t>Mine</t>body", render("{% layout \"main\" %}"
            .. "{% block \"title\" %}Mine{% endblock %}body"))
        assert.equal("<t>none</t>body", render("{% layout \"main\" %}body"))
    end)

    it("includes parts with its data, and more", function()
        write("part", "[{{ a }}{{ b }}]")

        assert.equal("[12][1]", render("{% include \"part\", { b = 2 } %}"
            .. "{(part.html)}", { a = 1 }))
    end)

    it("leaves a record that it lends to a part as it is", function()
        local meta = { __index = function(_, key)
            return key == "title" and "T" or nil
        end }
        local post = setmetatable({}, meta)

        write("part", "[{{ title }}{{ a }}]")
        assert.equal("[T1]", render("{% include \"part\", post %}",
            { a = 1, post = post }))
        assert.equal(meta, getmetatable(post))
    end)

    it("reads an expression to its end, not to the first braces", function()
        assert.equal("7 }} 8", render("{{ f({ a = { b = 7 }}) }} {{ '}}' }} "
            .. "{* f({ a = { b = 8 }}) *}", { f = function(t)
                return t.a.b
            end }))
    end)

    it("keeps what it assigns to itself", function()
        assert.equal("1", render("{% x = 1 %}{{ x }}"))
        assert.is_nil(rawget(_G, "x"))
    end)

    it("names the line of a mistake in its Lua", function()
        local ok, err = pcall(render, "one\ntwo\n{{ 1 + }}\n")

        assert.is_false(ok)
        assert.equal("application/views/page.html", err.view)
        assert.equal(3, err.line)
    end)

    it("names the line of an error while it runs", function()
        assert.error_matches(function()
            render("one\n{% if true then %}\n{{ x.y }}\n{% end %}", {})
        end, "application/views/page.html:3: ")
    end)

    it("names the line of a tag that is never closed", function()
        local ok, err = pcall(compiler.compile, "a\nb {{ c", "v.html")

        assert.is_false(ok)
        assert.equal(2, err.line)
        assert.matches("never closed", err.message)
    end)

    it("says which view there is not", function()
        assert.error_matches(function()
            views.new(root, true):render("posts/none")
        end, "there is no view application/views/posts/none.html")
    end)

    it("does not leave its folder", function()
        assert.has_error(function()
            views.new(root, true):render("../../../etc/passwd")
        end)
    end)
end)
