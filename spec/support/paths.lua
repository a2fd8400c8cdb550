-- SPDX-License-Identifier: MIT
--- Where the project's own things lie.
local paths = {}

paths.root = os.getenv("PANDAN_ROOT") or "."
paths.build = os.getenv("PANDAN_BUILD") or paths.root .. "/build"
paths.modules = paths.build .. "/modules"
paths.pandan = paths.build .. "/pandan"

---Built under sanitizers?
paths.sanitized = os.getenv("PANDAN_SANITIZE") == "1"

return paths
