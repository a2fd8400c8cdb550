-- SPDX-License-Identifier: MIT
--- The original has two implementations of one interface.
return require("resty.lrucache")
