-- SPDX-License-Identifier: MIT
--- Where the project's own things lie.
local paths = {}

paths.root = os.getenv("PANDAN_ROOT") or "."
paths.build = os.getenv("PANDAN_BUILD") or paths.root .. "/build"
paths.modules = paths.build .. "/modules"
paths.pandan = paths.build .. "/pandan"

---Built under sanitizers?
paths.sanitized = os.getenv("PANDAN_SANITIZE") == "1"

---Does each nginx run under valgrind?
paths.valgrind = os.getenv("PANDAN_VALGRIND") == "1"

---How many times longer things take than usual, at most.
paths.slowness = paths.valgrind and 10 or paths.sanitized and 3 or 1

return paths
