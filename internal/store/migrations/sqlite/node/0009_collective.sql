-- +goose Up
-- Deeds of organisations that act together, and what follows from them. Times
-- are Unix seconds, as in deeds; next_at is in microseconds.

-- What is only added. A deed stands in the dossier of the deed that founds it.
CREATE TABLE deeds (
    hash    TEXT NOT NULL PRIMARY KEY,
    dossier TEXT NOT NULL,
    raw     BLOB NOT NULL -- canonical, exactly the bytes that were hashed
) STRICT;
CREATE INDEX deeds_by_dossier ON deeds (dossier, hash);

CREATE TABLE deed_parents (
    deed   TEXT NOT NULL REFERENCES deeds (hash),
    parent TEXT NOT NULL, -- needn't be here
    PRIMARY KEY (deed, parent)
) STRICT, WITHOUT ROWID;

CREATE TABLE deed_chains (
    thumbprint TEXT NOT NULL PRIMARY KEY, -- of the leaf
    chain      BLOB NOT NULL
) STRICT;

CREATE TABLE deed_signatures (
    hash       TEXT NOT NULL PRIMARY KEY,
    deed       TEXT NOT NULL REFERENCES deeds (hash),
    dossier    TEXT NOT NULL,
    jws        TEXT NOT NULL,
    thumbprint TEXT NOT NULL REFERENCES deed_chains (thumbprint),
    signer     TEXT NOT NULL,
    key        TEXT NOT NULL
) STRICT;
CREATE INDEX deed_signatures_by_dossier ON deed_signatures (dossier, hash);
CREATE INDEX deed_signatures_by_deed ON deed_signatures (deed, hash);

CREATE TABLE feed_entries (
    sequence    INTEGER NOT NULL PRIMARY KEY, -- among all entries of this node
    dossier     TEXT    NOT NULL,
    number      INTEGER NOT NULL,
    previous    TEXT    NOT NULL, -- empty for the first
    kind        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    received_at INTEGER NOT NULL,
    UNIQUE (dossier, number)
) STRICT;

-- The entries of a keeper in order. Those that came in before their dossier are
-- added with it.
CREATE TABLE feed_lines (
    keeper   TEXT    NOT NULL,
    sequence INTEGER NOT NULL REFERENCES feed_entries (sequence),
    PRIMARY KEY (keeper, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE feed_checkpoints (
    dossier    TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    head       TEXT    NOT NULL,
    jws        TEXT    NOT NULL,
    thumbprint TEXT    NOT NULL REFERENCES deed_chains (thumbprint),
    PRIMARY KEY (dossier, number)
) STRICT;

CREATE TABLE feed_alarms (
    number  INTEGER NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,
    peer_id TEXT    NOT NULL,
    dossier TEXT    NOT NULL,
    code    TEXT    NOT NULL,
    detail  TEXT    NOT NULL,
    proof   BLOB -- NULL if there is none
) STRICT;

CREATE TABLE deed_transitions (
    number     INTEGER NOT NULL PRIMARY KEY,
    deed       TEXT    NOT NULL,
    dossier    TEXT    NOT NULL,
    type       INTEGER NOT NULL,
    from_state TEXT    NOT NULL, -- empty for a deed that was new
    to_state   TEXT    NOT NULL,
    overlays   TEXT,             -- JSON; NULL if there are none
    at         INTEGER NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER deeds_are_not_changed BEFORE UPDATE ON deeds
BEGIN
    SELECT RAISE(ABORT, 'deeds are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deeds_are_not_removed BEFORE DELETE ON deeds
BEGIN
    SELECT RAISE(ABORT, 'deeds are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deed_parents_are_not_changed BEFORE UPDATE ON deed_parents
BEGIN
    SELECT RAISE(ABORT, 'deed_parents are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deed_parents_are_not_removed BEFORE DELETE ON deed_parents
BEGIN
    SELECT RAISE(ABORT, 'deed_parents are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deed_chains_are_not_changed BEFORE UPDATE ON deed_chains
BEGIN
    SELECT RAISE(ABORT, 'deed_chains are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deed_chains_are_not_removed BEFORE DELETE ON deed_chains
BEGIN
    SELECT RAISE(ABORT, 'deed_chains are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deed_signatures_are_not_changed BEFORE UPDATE ON deed_signatures
BEGIN
    SELECT RAISE(ABORT, 'deed_signatures are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deed_signatures_are_not_removed BEFORE DELETE ON deed_signatures
BEGIN
    SELECT RAISE(ABORT, 'deed_signatures are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_entries_are_not_changed BEFORE UPDATE ON feed_entries
BEGIN
    SELECT RAISE(ABORT, 'feed_entries are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_entries_are_not_removed BEFORE DELETE ON feed_entries
BEGIN
    SELECT RAISE(ABORT, 'feed_entries are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_lines_are_not_changed BEFORE UPDATE ON feed_lines
BEGIN
    SELECT RAISE(ABORT, 'feed_lines are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_lines_are_not_removed BEFORE DELETE ON feed_lines
BEGIN
    SELECT RAISE(ABORT, 'feed_lines are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_checkpoints_are_not_changed BEFORE UPDATE ON feed_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'feed_checkpoints are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_checkpoints_are_not_removed BEFORE DELETE ON feed_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'feed_checkpoints are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_alarms_are_not_changed BEFORE UPDATE ON feed_alarms
BEGIN
    SELECT RAISE(ABORT, 'feed_alarms are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER feed_alarms_are_not_removed BEFORE DELETE ON feed_alarms
BEGIN
    SELECT RAISE(ABORT, 'feed_alarms are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deed_transitions_are_not_changed BEFORE UPDATE ON deed_transitions
BEGIN
    SELECT RAISE(ABORT, 'deed_transitions are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deed_transitions_are_not_removed BEFORE DELETE ON deed_transitions
BEGIN
    SELECT RAISE(ABORT, 'deed_transitions are only added');
END;
-- +goose StatementEnd

-- What changes. Numbers are given out here, under a lock that lasts until the
-- end of the transaction: who has seen one has seen all before it.
CREATE TABLE collective_numbers (
    name TEXT    NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO collective_numbers (name, last) VALUES ('entries', 0), ('alarms', 0), ('transitions', 0);

CREATE TABLE dossiers (
    dossier     TEXT    NOT NULL PRIMARY KEY, -- the founding deed
    type        INTEGER NOT NULL,
    keeper      TEXT    NOT NULL,
    head_number INTEGER NOT NULL,
    head_hash   TEXT    NOT NULL,
    head_at     INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    folded      INTEGER NOT NULL, -- the version of the projection
    until       INTEGER NOT NULL  -- when the clock changes a state; 0: never
) STRICT, WITHOUT ROWID;
CREATE INDEX dossiers_by_keeper ON dossiers (keeper, dossier);
CREATE INDEX dossiers_behind ON dossiers (dossier) WHERE folded < version;
CREATE INDEX dossiers_until ON dossiers (until, dossier) WHERE until <> 0;

CREATE TABLE feed_cursors (
    name TEXT    NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE deed_deliveries (
    id       TEXT    NOT NULL PRIMARY KEY,
    peer_id  TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    attempts INTEGER NOT NULL,
    next_at  INTEGER NOT NULL,
    problem  TEXT    NOT NULL,
    refused  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deed_deliveries_due ON deed_deliveries (next_at, id) WHERE refused = 0;

-- What follows from deeds, made anew from them at any time.
CREATE TABLE deed_states (
    deed       TEXT NOT NULL PRIMARY KEY,
    projection TEXT NOT NULL, -- JSON
    parents    TEXT           -- JSON, those in state_places; NULL if there are none
) STRICT;

-- One row for each thing a projection can be listed by, in the order of a
-- listing. place is minus issued_at, so that the newest comes first.
CREATE TABLE state_places (
    facet TEXT    NOT NULL,
    value TEXT    NOT NULL,
    type  INTEGER NOT NULL,
    state TEXT    NOT NULL,
    place INTEGER NOT NULL,
    deed  TEXT    NOT NULL,
    PRIMARY KEY (facet, value, type, state, place, deed)
) STRICT, WITHOUT ROWID;

-- How many rows of state_places there are of each kind.
CREATE TABLE state_counts (
    facet TEXT    NOT NULL,
    value TEXT    NOT NULL,
    type  INTEGER NOT NULL,
    state TEXT    NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (facet, value, type, state)
) STRICT, WITHOUT ROWID;
