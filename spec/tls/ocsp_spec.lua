-- SPDX-License-Identifier: MIT
local certificates = require("support.certificates")
local code_server = require("support.code_server")
local files = require("support.files")
local shell = require("support.shell")

describe("ngx.ocsp", function()
    local dir, server

    local function openssl(format, ...)
        local made = shell.run("openssl " .. format:format(...), { cwd = dir })

        assert.equal(0, made.code, made.stderr)
        return made.stdout
    end

    -- A certificate that names its responder, and the authority's list.
    local function issue()
        openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
            .. "-subj /CN=one.test -keyout one.key -out one.csr -addext "
            .. "'authorityInfoAccess=OCSP;URI:http://ocsp.test/ask'")
        openssl("x509 -req -in one.csr -CA ca.crt -CAkey ca.key -days 2 "
            .. "-CAcreateserial -copy_extensions copy -out one.crt")
        files.write(dir .. "/chain.pem", files.read(dir .. "/one.crt")
            .. files.read(dir .. "/ca.crt"))
    end

    -- What the authority says about it: "V"alid or "R"evoked.
    local function respond(state, name)
        local serial = openssl("x509 -in one.crt -noout -serial")
            :match("serial=(%x+)")

        files.write(dir .. "/index.txt", ("%s\t391231235959Z\t%s\t%s\t"
            .. "unknown\t/CN=one.test\n"):format(state,
            state == "R" and "200101000000Z" or "", serial))
        openssl("ocsp -index index.txt -CA ca.crt -rsigner ca.crt "
            .. "-rkey ca.key -reqin request -respout %s -ndays 1", name)
    end

    setup(function()
        dir = certificates.folder()
        issue()
        server = code_server.start({
            http = ([[
                init_by_lua_block {
                    ocsp = require("ngx.ocsp")
                    ssl = require("ngx.ssl")

                    function read(name)
                        local file = assert(io.open("DIR/" .. name, "rb"))
                        local text = file:read("*a")
                        file:close()
                        return text
                    end

                    chain = assert(ssl.cert_pem_to_der(read("chain.pem")))
                    leaf = assert(ssl.cert_pem_to_der(read("one.crt")))
                }
                server {
                    listen 127.0.0.1:{{port_tls}} ssl;
                    ssl_certificate     DIR/one.crt;
                    ssl_certificate_key DIR/one.key;
                    ssl_certificate_by_lua_block {
                        local response = read("good")
                        assert(ocsp.validate_ocsp_response(response, chain))
                        local ok, err = ocsp.set_ocsp_status_resp(response)
                        ngx.log(ngx.WARN, "status: ", ok, " ", err)
                    }
                }
            ]]):gsub("DIR", dir),
        })

        files.write(dir .. "/request", server:run([[
            return assert(ocsp.create_ocsp_request(chain))
        ]]))
        respond("V", "good")
        respond("R", "revoked")
    end)

    it("finds the responder", function()
        assert.equal("http://ocsp.test/ask nil, http truncated",
            server:run([[
                local url, err = ocsp.get_ocsp_responder_from_der_chain(chain)
                local cut, cut_err =
                    ocsp.get_ocsp_responder_from_der_chain(chain, 4)
                return url .. " " .. tostring(err) .. ", " .. cut .. " "
                    .. cut_err
            ]]))
    end)

    it("says what a chain lacks", function()
        assert.equal("no issuer certificate in chain, "
            .. "issuer certificate not next to leaf, d2i_X509_bio() failed, "
            .. "output buffer too small: " .. #files.read(dir .. "/request")
            .. " > 10", server:run([[
                local _, one = ocsp.create_ocsp_request(leaf)
                local _, two =
                    ocsp.get_ocsp_responder_from_der_chain(leaf .. leaf)
                local _, three = ocsp.create_ocsp_request("rubbish")
                local _, four = ocsp.create_ocsp_request(chain, 10)
                return table.concat({ one, two, three, four }, ", ")
            ]]))
    end)

    it("judges responses", function()
        assert.equal('true, certificate status "revoked" in the OCSP '
            .. "response, d2i_OCSP_RESPONSE() failed", server:run([[
                local good = ocsp.validate_ocsp_response(read("good"), chain)
                local _, revoked =
                    ocsp.validate_ocsp_response(read("revoked"), chain)
                local _, rubbish =
                    ocsp.validate_ocsp_response("rubbish", chain)
                return table.concat({ tostring(good), revoked, rubbish }, ", ")
            ]]))
    end)

    it("hands a response to clients that ask", function()
        local address = "127.0.0.1:" .. server.ports.port_tls

        assert.matches("OCSP Response Status: successful",
            openssl("s_client -status -connect %s </dev/null", address))
        server:wait_log("(status: true nil)")
        openssl("s_client -connect %s </dev/null", address)
        server:wait_log("(status: true no status req)")
    end)
end)
