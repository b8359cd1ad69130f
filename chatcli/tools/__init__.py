"""Functions that a model may call: what they are, whether they may run, and the loop that runs them.

- A `Tool` has a name, a description, a JSON schema of its arguments, and a function. A `Toolset` is what one chat
  offers. Sources of tools: built-in ones, the functions of Python files, and MCP servers (`tools.mcp`).
- A `Policy` decides for each call: deny, ask or allow, in this order. Nothing a model or a file says counts for it.
- The `ToolLoop` answers the calls of a reply: it validates, asks, runs and limits. Every call gets its result, in
  order, however it ended, because a call without one makes every later request fail.
- A call may stop with an `Inquiry`, a question for the user, and continues with the answer.
- Code of others never runs in this process, and gets no key: see `children`.
"""
