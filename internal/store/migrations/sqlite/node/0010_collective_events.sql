-- +goose Up
-- What happened to deeds, and who is told. Times are microseconds since 1970.
CREATE TABLE collective_event_position (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    transition INTEGER NOT NULL, -- the last one that was read
    number     INTEGER NOT NULL  -- of the last event
) STRICT;

CREATE TABLE collective_events (
    number  INTEGER PRIMARY KEY,
    id      TEXT    NOT NULL UNIQUE,
    type    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX collective_events_by_time ON collective_events (at);

-- What was told of a deed so far.
CREATE TABLE collective_event_watches (
    deed     TEXT    PRIMARY KEY,
    overlays TEXT    NOT NULL, -- JSON
    clock    INTEGER NOT NULL  -- Unix seconds; 0: not at all
) STRICT, WITHOUT ROWID;

CREATE TABLE collective_event_subscriptions (
    id         TEXT    PRIMARY KEY,
    url        TEXT    NOT NULL,
    types      TEXT    NOT NULL, -- JSON
    secret     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,          -- NULL while it runs
    ended      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE collective_event_deliveries (
    subscription TEXT    NOT NULL REFERENCES collective_event_subscriptions (id),
    event        INTEGER NOT NULL REFERENCES collective_events (number),
    state        TEXT    NOT NULL,
    attempts     INTEGER NOT NULL,
    next_at      INTEGER NOT NULL,
    done_at      INTEGER,          -- NULL while it waits
    problem      TEXT    NOT NULL,
    status       INTEGER NOT NULL, -- of HTTP; 0: no answer
    PRIMARY KEY (subscription, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX collective_event_deliveries_waiting ON collective_event_deliveries (subscription, event, next_at) WHERE state = 'waiting';
CREATE INDEX collective_event_deliveries_due ON collective_event_deliveries (next_at) WHERE state = 'waiting';
CREATE INDEX collective_event_deliveries_by_event ON collective_event_deliveries (event, subscription);
