-- opm's protocol: where the highest version is that fits one condition.
local opm = LoadLibrary("opm")

local OpmController = {}

function OpmController:fetch()
    local query = self.query
    local package = ("%s/%s"):format(query.account or "", query.name or "")
    local version, sum = opm.best(self.app.root .. "/"
        .. self.app.config.application.registry.folder .. "/opm/index",
        package, query.op or "", query.version or "")

    if not version then
        return self:text("package not found\n", 404)
    end

    self:header("X-File-Checksum", sum)
    return self:redirect(("/api/pkg/tarball/%s-%s.opm.tar.gz"):format(package,
        version))
end

return OpmController
