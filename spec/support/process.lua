-- SPDX-License-Identifier: MIT
--- Programs in the background.  One that we started dies with us: the kernel
--- sends it a signal when the spec's process ends in whatever way.
local ffi = require("ffi")
local paths = require("support.paths")

ffi.cdef([[
int fork(void);
int execvp(const char *file, char *const argv[]);
int kill(int pid, int sig);
int waitpid(int pid, int *status, int options);
int open(const char *path, int flags, ...);
int dup2(int from, int to);
int setpgid(int pid, int group);
int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);
int chdir(const char *path);
int getpid(void);
int getuid(void);
int prctl(int option, unsigned long arg, ...);
void _exit(int status);
char *mkdtemp(char *template);
]])

local C = ffi.C

local O_RDONLY, O_WRONLY, O_CREAT, O_APPEND = 0, 1, 64, 1024
local PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
local WNOHANG = 1

local SIGNALS = { HUP = 1, INT = 2, QUIT = 3, KILL = 9, USR1 = 10,
    USR2 = 12, TERM = 15, CONT = 18, STOP = 19, WINCH = 28 }

-- What our programs leave behind becomes our child, so that none stays.
C.prctl(PR_SET_CHILD_SUBREAPER, ffi.cast("unsigned long", 1))

local process = {}

local Process = {}

Process.__index = Process

local function redirect(path, flags, to)
    local fd = C.open(path, flags, ffi.cast("int", 420))

    if fd < 0 then
        C._exit(126)
    end

    C.dup2(fd, to)
end

local function become(options, argv)
    C.prctl(PR_SET_PDEATHSIG,
        ffi.cast("unsigned long", SIGNALS[options.dies_by or "TERM"]))
    C.setpgid(0, 0)
    redirect("/dev/null", O_RDONLY, 0)
    redirect(options.stdout, O_WRONLY + O_CREAT + O_APPEND, 1)
    redirect(options.stderr or options.stdout,
        O_WRONLY + O_CREAT + O_APPEND, 2)

    for name, value in pairs(options.env or {}) do
        if value then
            C.setenv(name, tostring(value), 1)
        else
            C.unsetenv(name)
        end
    end

    if options.cwd then
        C.chdir(options.cwd)
    end

    C.execvp(argv[0], ffi.cast("char *const *", argv))
    C._exit(127)
end

---Starts a program.
---@param args string[]
---@param options table  stdout: file; stderr?, cwd?, env? (false unsets),
---                      dies_by?: the signal it gets when we end
---@return table
function process.start(args, options)
    local argv = ffi.new("const char *[?]", #args + 1)

    for i, arg in ipairs(args) do
        argv[i - 1] = arg
    end

    io.stdout:flush()

    local pid = C.fork()

    if pid == 0 then
        become(options, argv)
    end

    assert(pid > 0, "cannot fork")

    return setmetatable({ pid = pid }, Process)
end

local status = ffi.new("int[1]")

---Is it still there?  Notes its exit code when not: -N for signal N.
function Process:running()
    if self.code then
        return false
    end

    if C.waitpid(self.pid, status, WNOHANG) ~= self.pid then
        return true
    end

    local bits = status[0]
    local signal = bits % 128

    self.code = signal ~= 0 and -signal or math.floor(bits / 256) % 256

    return false
end

---@param signal string  "TERM", "HUP" ...
function Process:signal(signal)
    local number = assert(SIGNALS[signal], "unknown signal")

    if not self.code then
        C.kill(self.pid, number)
    end
end

---Kills the whole group of processes that it leads, and buries them.
function Process:kill()
    C.kill(-self.pid, SIGNALS.KILL)
    self:wait(5)

    process.wait_until(5, function()
        return C.waitpid(-self.pid, status, WNOHANG) < 0
    end)
end

---@param seconds number
---@return integer? code  nil when it did not end in time
function Process:wait(seconds)
    process.wait_until(seconds, function()
        return not self:running()
    end)

    return self.code
end

---Ends it by a signal; by force when that does not help in time.
---@return integer code
function Process:stop(signal, seconds)
    self:signal(signal or "TERM")

    if not self:wait(seconds or 10) then
        self:kill()
    end

    return self.code
end

---Asks again and again until `fn` gives something true.
---@param seconds number
---@param fn function
---@return any  what fn gave last
function process.wait_until(seconds, fn)
    local socket = require("socket")
    local deadline = socket.gettime() + seconds * paths.slowness
    local pause = 0.001

    while true do
        local result = fn()

        if result or socket.gettime() > deadline then
            return result
        end

        socket.sleep(pause)
        pause = math.min(pause * 2, 0.05)
    end
end

---A new folder, open to other users for reading.
---@param name string
---@return string
function process.folder(name)
    local base = os.getenv("PANDAN_SPEC_TMP") or os.getenv("TMPDIR") or "/tmp"
    local template = base .. "/" .. name .. ".XXXXXX"
    local path = ffi.new("char[?]", #template + 1, template)

    assert(C.mkdtemp(path) ~= nil, "cannot make a folder in " .. base)

    local folder = ffi.string(path)

    os.execute("chmod 755 '" .. folder .. "'")

    return folder
end

---@return integer
function process.user()
    return C.getuid()
end

---@return boolean
function process.is_root()
    return process.user() == 0
end

---@return integer
function process.id()
    return C.getpid()
end

return process
