-- +goose Up
-- What is left of records that were removed from the middle of the chain: the
-- hash of what they said, their link, the checkpoint that tells of their removal,
-- and which of its reasons counted.
CREATE TABLE removed_records (
    sequence   INTEGER PRIMARY KEY,
    content    BLOB    NOT NULL,
    link       BLOB    NOT NULL,
    checkpoint INTEGER NOT NULL,
    reason     INTEGER NOT NULL
) STRICT;

-- Which checkpoint a record is under, and what was signed before a moment.
CREATE INDEX log_checkpoints_by_last_sequence ON log_checkpoints (last_sequence, number);
CREATE INDEX log_checkpoints_by_time ON log_checkpoints (created_at, last_sequence);
