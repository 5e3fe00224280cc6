-- +goose Up
-- People of this organisation and what they did. Times are in Unix
-- microseconds, NULL for never; roles, scopes and changes are JSON.

CREATE TABLE accounts (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    name_folded   TEXT    NOT NULL,
    email         TEXT    NOT NULL,
    email_folded  TEXT    NOT NULL,
    roles         TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    subject       TEXT    NOT NULL,
    break_glass   INTEGER NOT NULL,
    disabled      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    last_login_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX accounts_by_email ON accounts (email_folded) WHERE email_folded <> '';
CREATE UNIQUE INDEX accounts_by_subject ON accounts (subject) WHERE subject <> '';

CREATE TABLE sessions (
    id           TEXT    NOT NULL PRIMARY KEY,
    account      TEXT    NOT NULL REFERENCES accounts (id),
    hash         BLOB    NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    from_address TEXT    NOT NULL,
    agent        TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_account ON sessions (account, created_at, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE tokens (
    id         TEXT    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id),
    name       TEXT    NOT NULL,
    hash       BLOB    NOT NULL UNIQUE,
    scopes     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX tokens_by_account ON tokens (account, created_at, id);

-- The audit trail.
CREATE TABLE events (
    sequence      INTEGER PRIMARY KEY,
    happened_at   INTEGER NOT NULL,
    actor         TEXT    NOT NULL,
    actor_name    TEXT    NOT NULL,
    token         TEXT    NOT NULL,
    from_address  TEXT    NOT NULL,
    act           TEXT    NOT NULL,
    topic         TEXT    NOT NULL, -- the part of act before the first dot
    object        TEXT    NOT NULL,
    changes       TEXT,             -- NULL without changes
    outcome       TEXT    NOT NULL,
    previous_hash BLOB    NOT NULL,
    hash          BLOB    NOT NULL,
    folded        TEXT    NOT NULL  -- what a text is looked for in
) STRICT;

-- The time stands in each, so that a search in a time reads rows it gives only.
CREATE INDEX events_by_time ON events (happened_at, sequence);
CREATE INDEX events_by_actor ON events (actor, sequence, happened_at);
CREATE INDEX events_by_act ON events (act, sequence, happened_at);
CREATE INDEX events_by_topic ON events (topic, sequence, happened_at);
CREATE INDEX events_by_object ON events (object, sequence, happened_at);

-- +goose StatementBegin
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are only added');
END;
-- +goose StatementEnd

-- Acts that wait for a second person, and what became of them.
CREATE TABLE requests (
    id             TEXT    NOT NULL PRIMARY KEY,
    act            TEXT    NOT NULL,
    object         TEXT    NOT NULL,
    payload        BLOB,
    requester      TEXT    NOT NULL,
    requester_name TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    decided        TEXT    NOT NULL, -- empty while it waits
    decided_by     TEXT    NOT NULL,
    decided_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX requests_in_order ON requests (created_at, id);
CREATE INDEX requests_waiting ON requests (created_at, id) WHERE decided = '';
