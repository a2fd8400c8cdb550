-- SPDX-License-Identifier: MIT
local code_server = require("support.code_server")

describe("the codecs", function()
    local server

    setup(function()
        server = code_server.start()
    end)

    local function value(code)
        return server:run("return " .. code)
    end

    it("write and read base64", function()
        assert.equal("aGVsbG8=", value([[ngx.encode_base64("hello")]]))
        assert.equal("aGVsbG8", value([[ngx.encode_base64("hello", true)]]))
        assert.equal("hello", value([[ngx.decode_base64("aGVsbG8=")]]))
        assert.equal("hello", value([[ngx.decode_base64("aGVsbG8")]]))
        assert.equal("nil", value([[tostring(ngx.decode_base64("a*c="))]]))
        assert.equal("hello", value([[ngx.decode_base64mime("aG Vs\nbG8=")]]))
        assert.equal("_-8", value(
            [[require("ngx.base64").encode_base64url("\255\239")]]
        ))
    end)

    it("digest", function()
        assert.equal("5d41402abc4b2a76b9719d911017c592",
            value([[ngx.md5("hello")]]))
        assert.equal("907060870", value([[ngx.crc32_short("hello")]]))
        assert.equal("907060870", value([[ngx.crc32_long("hello")]]))
        assert.equal("qvTGHdzF6KLavt4PO0gs2a6pQ00=",
            value([[ngx.encode_base64(ngx.sha1_bin("hello"))]]))
        assert.equal("3nybhbi3iqa8ino29wqQcBydtNk=", value(
            [[ngx.encode_base64(ngx.hmac_sha1("key",
                "The quick brown fox jumps over the lazy dog"))]]
        ))
    end)

    it("quote for SQL", function()
        assert.equal([['a\'\n\\\"\0']],
            value([[ngx.quote_sql_str("a'\n\\\"\0")]]))
    end)

    it("write and read times", function()
        assert.equal("Thu, 18 Nov 2010 11:27:35 GMT",
            value([[ngx.http_time(1290079655)]]))
        assert.equal("Thu, 18-Nov-10 11:27:35 GMT",
            value([[ngx.cookie_time(1290079655)]]))
        assert.equal("1290079655", value(
            [[ngx.parse_http_time("Thu, 18 Nov 2010 11:27:35 GMT")]]
        ))
        assert.equal("true", value(
            [[tostring(ngx.utctime():match("^%d+%-%d+%-%d+ %d+:%d+:%d+$")
                and math.abs(ngx.now() - os.time()) < 2
                and ngx.time() % 1 == 0)]]
        ))
    end)

    it("tell of nginx and its workers", function()
        assert.equal("http,10023,1022001,1,0,false", value(
            [[table.concat({ ngx.config.subsystem, ngx.config.ngx_lua_version,
                ngx.config.nginx_version, ngx.worker.count(), ngx.worker.id(),
                tostring(ngx.worker.exiting()) }, ",")]]
        ))
        assert.equal("true", value(
            [[tostring(ngx.worker.pids()[1] == ngx.worker.pid()
                and #ngx.worker.pids() == 1)]]
        ))
    end)
end)
