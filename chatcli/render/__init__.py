"""Draws events and Markdown on a terminal, each row written once.

How a reply gets to the screen, from the text that arrives to the bytes that are written:

- `intake` hands what arrives from the main thread to the frame thread of `live`, as much as a frame can draw.
- `turn` deals events out to sections (`script`, `strip`, `sections`): thoughts, answer, calls. An answer is a `page`.
- A *block* is one leaf of the Markdown, or one line of a long leaf; `markdown.blocks` gives it as soon as nothing can
  change it. What is not yet final is the *tail*, parsed again in each frame as if the text ended there.
- `markdown` (of this room) turns a block into *rows*: segments of rich that fit the width. rich draws rules, tables,
  quotes and styles; inline text is read by `inline`, and broken by `line_breaks`.
- A *frame* is the rows that have become final and the *live* ones below them, which the next frame replaces. `frame`
  writes what differs from the last one (`row_changes`), and knows nothing of Markdown.

The laws, and where they are proven:

- At the end the screen and its scrollback are what one render of the whole text gives, however the text was cut and
  whenever frames were drawn; what cannot hold is said in `page` (tests/render/test_live_law.py).
- The letters of each leaf stand in its rows, in order, whatever fails or colours them (tests/tooling/documents.py).
- A row that has left is never written again, and only relative movement is used: the terminal may scroll and wrap.
- Work grows with the reply, whatever its shape (tests/render/test_live_work.py).

Where the time goes, and what keeps it small: most pieces only make the last row longer (`last_row` draws the words and
nothing else). Of an open paragraph only what is not settled is read again (`growing`), rows that are settled are broken
once (`rows.Flow`), and what has left the screen is forgotten. A line of code is coloured once, when it is whole
(`highlight`); rows of a table are read once, and its widths settle when it outgrows the screen (`table`).
"""
