-- +goose Up
-- created_at is in Unix microseconds; direction is 1 for incoming and 2 for
-- outgoing; a transaction_id is the 16 bytes of the UUID; an absent text is
-- empty.

-- What the records of one connection have in common, once for all of them.
-- Kinds are few and never change, so their indexes cost nothing per record.
CREATE TABLE kinds (
    id                    INTEGER PRIMARY KEY,
    grant_hash            TEXT    NOT NULL,
    group_id              TEXT    NOT NULL,
    service_name          TEXT    NOT NULL,
    outway_peer           TEXT    NOT NULL,
    service_peer          TEXT    NOT NULL,
    source_delegator      TEXT    NOT NULL,
    destination_delegator TEXT    NOT NULL,
    UNIQUE (grant_hash, group_id, service_name, outway_peer, service_peer, source_delegator, destination_delegator)
) STRICT;

CREATE INDEX kinds_by_service ON kinds (service_name);
CREATE INDEX kinds_by_outway_peer ON kinds (outway_peer);
CREATE INDEX kinds_by_service_peer ON kinds (service_peer);
CREATE INDEX kinds_by_source_delegator ON kinds (source_delegator);
CREATE INDEX kinds_by_destination_delegator ON kinds (destination_delegator);

-- Kept in the order of the listing, which is about the order of arrival.
CREATE TABLE records (
    created_at      INTEGER NOT NULL,
    transaction_id  BLOB    NOT NULL,
    direction       INTEGER NOT NULL CHECK (direction IN (1, 2)),
    kind            INTEGER NOT NULL REFERENCES kinds (id),
    trace_id        TEXT    NOT NULL,
    span_id         TEXT    NOT NULL,
    additional_data BLOB,
    PRIMARY KEY (created_at, transaction_id, direction)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX records_by_transaction_id ON records (transaction_id, direction);
CREATE INDEX records_by_kind ON records (kind, created_at, transaction_id, direction);

-- How far the segment log of each component has been copied.
CREATE TABLE log_position (
    source         TEXT    NOT NULL PRIMARY KEY,
    segment_number INTEGER NOT NULL,
    byte_offset    INTEGER NOT NULL
) STRICT;
