"""Servers of the Model Context Protocol: which there are, what they offer, and calls to them.

- `servers` reads `mcp.json`; only the user names servers.
- A *listing* is what a server offers, as far as a model sees it. The listing that the user has accepted is *pinned* on
  disk. Requests are built from pins, so that no server runs before one of its tools is called.
- A server that runs is compared with its pin before each call. What differs is shown, and asked for.
- `session` is the only module that imports the SDK. It runs on a thread of its own, behind the blocking `Connection`.
- Everything that a server says is text of others: it grants nothing, and hints such as `readOnlyHint` decide nothing.
"""
