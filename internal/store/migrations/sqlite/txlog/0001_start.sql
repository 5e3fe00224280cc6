-- +goose Up
-- created_at is in Unix microseconds; direction is 1 for incoming and 2 for
-- outgoing; an absent text is empty.

CREATE TABLE records (
    transaction_id        TEXT    NOT NULL,
    direction             INTEGER NOT NULL CHECK (direction IN (1, 2)),
    grant_hash            TEXT    NOT NULL,
    group_id              TEXT    NOT NULL,
    service_name          TEXT    NOT NULL,
    outway_peer           TEXT    NOT NULL,
    service_peer          TEXT    NOT NULL,
    source_delegator      TEXT    NOT NULL,
    destination_delegator TEXT    NOT NULL,
    created_at            INTEGER NOT NULL,
    trace_id              TEXT    NOT NULL,
    span_id               TEXT    NOT NULL,
    additional_data       BLOB,
    PRIMARY KEY (transaction_id, direction)
) STRICT, WITHOUT ROWID;

CREATE INDEX records_in_order ON records (created_at, transaction_id, direction);
CREATE INDEX records_by_grant ON records (grant_hash, created_at);
CREATE INDEX records_by_service ON records (service_name, created_at);

-- Who may read a record, in the order of a listing.
CREATE TABLE readers (
    peer_id        TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    transaction_id TEXT    NOT NULL,
    direction      INTEGER NOT NULL,
    PRIMARY KEY (peer_id, created_at, transaction_id, direction)
) STRICT, WITHOUT ROWID;

-- How far the segment log of each component has been copied.
CREATE TABLE log_position (
    source         TEXT    NOT NULL PRIMARY KEY,
    segment_number INTEGER NOT NULL,
    byte_offset    INTEGER NOT NULL
) STRICT;
