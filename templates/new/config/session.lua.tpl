-- Sessions are kept in an encrypted cookie.
return {
    name = "<%= snake %>_session",
    lifetime = 14 * 24 * 3600,
}
