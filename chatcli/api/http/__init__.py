"""Opens all connections of the program: timeouts, TLS, proxies and server-sent events."""
