"""Connections: the one place that opens them, with timeouts, TLS, proxies and server-sent events."""
