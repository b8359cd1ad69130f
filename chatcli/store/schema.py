"""Defines the tables, and the migrations from each older version.

A step runs in a transaction of its own, after a copy of the file was put aside. The indexes of words and of trigrams
are fed by us and can be rebuilt from the messages at any time.
"""

from __future__ import annotations

APPLICATION_ID = 0x43484154  # "CHAT"
PAGE_SIZE = 4096  # what SQLite has given new files since 3.12
HEADER_SIZE = 100  # bytes before the first page
RESERVES = (0, 8, 12)  # bytes at the end of each page: none, a checksum, or what Apple's build keeps free

# Text that an answer brings is added as rows of the kinds piece and piece_reasoning while it comes, so that what is
# written grows with the answer and not with its square; at its end they give way to the parts of the whole message.
STEPS: tuple[str, ...] = (
    """
    CREATE TABLE conversation(
      id TEXT PRIMARY KEY,
      title TEXT NOT NULL DEFAULT '',
      is_named INTEGER NOT NULL DEFAULT 0,
      created_at REAL NOT NULL,
      updated_at REAL NOT NULL,
      head INTEGER,
      state TEXT NOT NULL DEFAULT '{}',
      lease_pid INTEGER,
      lease_boot TEXT,
      lease_at REAL
    );
    CREATE INDEX recent ON conversation(updated_at DESC);
    CREATE TABLE message(
      id INTEGER PRIMARY KEY,
      conversation_id TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
      seq INTEGER NOT NULL,
      parent_seq INTEGER,
      role TEXT NOT NULL,
      status TEXT NOT NULL,
      name TEXT,
      tool_call_id TEXT,
      facts TEXT,
      sha256 TEXT,
      UNIQUE(conversation_id, seq)
    );
    CREATE INDEX asked ON message(conversation_id) WHERE role = 'user';
    CREATE INDEX unfinished ON message(status) WHERE status = 'streaming';
    CREATE TABLE part(
      message_id INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,
      ord INTEGER NOT NULL,
      kind TEXT NOT NULL,
      text TEXT NOT NULL,
      meta TEXT,
      PRIMARY KEY(message_id, ord)
    ) WITHOUT ROWID;
    CREATE TABLE blob(sha256 TEXT PRIMARY KEY, mime TEXT NOT NULL, bytes BLOB NOT NULL);
    CREATE VIRTUAL TABLE words USING fts5(body, content='', tokenize='unicode61 remove_diacritics 2');
    CREATE TABLE migration(n INTEGER PRIMARY KEY, applied_at REAL NOT NULL);
    """,
    """
    CREATE VIRTUAL TABLE trigrams USING fts5(body, content='', tokenize='trigram', detail='none');
    CREATE TABLE unindexed(
      message_id INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
      is_too_long INTEGER NOT NULL DEFAULT 0
    );
    INSERT INTO unindexed(message_id) SELECT id FROM message;
    """,
)
VERSION = len(STEPS)
