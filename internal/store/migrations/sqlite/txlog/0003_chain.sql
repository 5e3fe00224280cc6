-- +goose Up
-- The place of a record in the chain, and the hash that ties it to all records
-- before it. Records from before this version have neither.
ALTER TABLE records ADD COLUMN sequence INTEGER;
ALTER TABLE records ADD COLUMN link BLOB;

CREATE UNIQUE INDEX records_by_sequence ON records (sequence) WHERE sequence IS NOT NULL;

-- Where the chain began, in Unix seconds, how many records there were by then,
-- and where it ends. A single row.
CREATE TABLE log_chain (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    started_at    INTEGER NOT NULL,
    unlinked      INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    head          BLOB    NOT NULL
) STRICT;

INSERT INTO log_chain (id, started_at, unlinked, last_sequence, head)
SELECT 1, unixepoch(), COUNT(*), 0, x'' FROM records;

-- What the node signed about the chain. They stay when records are removed.
CREATE TABLE log_checkpoints (
    number        INTEGER PRIMARY KEY,
    last_sequence INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    jws           TEXT    NOT NULL,
    chain         BLOB    NOT NULL
) STRICT;
