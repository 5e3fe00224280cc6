-- +goose Up
-- Times end in _at or are called next_attempt: Unix microseconds. not_before,
-- not_after and created_at of contracts are Unix seconds, as in the standard.
-- certificate_not_after is in microseconds too.

CREATE TABLE contracts (
    content_hash TEXT    NOT NULL PRIMARY KEY,
    iv           TEXT    NOT NULL UNIQUE,
    profile      TEXT    NOT NULL,
    raw          BLOB    NOT NULL, -- exactly the bytes that were hashed
    created_at   INTEGER NOT NULL,
    not_before   INTEGER NOT NULL,
    not_after    INTEGER NOT NULL,
    stored_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX contracts_in_order ON contracts (created_at, content_hash);

CREATE TABLE parties (
    content_hash TEXT NOT NULL REFERENCES contracts (content_hash),
    peer_id      TEXT NOT NULL,
    PRIMARY KEY (content_hash, peer_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
    content_hash   TEXT    NOT NULL REFERENCES contracts (content_hash),
    position       INTEGER NOT NULL,
    grant_hash     TEXT    NOT NULL,
    type           TEXT    NOT NULL,
    directory_peer TEXT, -- publications only, as are service_folded and properties
    outway_peer    TEXT,
    service_peer   TEXT    NOT NULL,
    service_name   TEXT    NOT NULL,
    service_folded TEXT    NOT NULL,
    protocol       TEXT    NOT NULL,
    delegator      TEXT    NOT NULL,
    properties     BLOB,
    created_at     INTEGER NOT NULL, -- of the contract
    PRIMARY KEY (content_hash, position)
) STRICT;

CREATE INDEX grants_by_hash ON grants (grant_hash);

CREATE INDEX grants_by_directory
    ON grants (directory_peer, service_peer, service_name, created_at DESC, content_hash DESC, position)
    WHERE directory_peer IS NOT NULL;

-- One row for each thing a contract can be listed by, in the order of a
-- listing: a page is read from the index without sorting.
CREATE TABLE facets (
    facet        TEXT    NOT NULL,
    value        TEXT    NOT NULL,
    created_at   INTEGER NOT NULL, -- of the contract
    content_hash TEXT    NOT NULL REFERENCES contracts (content_hash),
    PRIMARY KEY (facet, value, created_at, content_hash)
) STRICT, WITHOUT ROWID;

-- Certificate chains are shared by all signatures that a key made.
CREATE TABLE chains (
    peer_id    TEXT NOT NULL,
    chain_hash TEXT NOT NULL,
    chain      BLOB NOT NULL,
    PRIMARY KEY (peer_id, chain_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE signatures (
    content_hash          TEXT    NOT NULL REFERENCES contracts (content_hash),
    peer_id               TEXT    NOT NULL,
    type                  TEXT    NOT NULL,
    jws                   TEXT    NOT NULL,
    signed_at             INTEGER NOT NULL,
    certificate_not_after INTEGER NOT NULL,
    chain_hash            TEXT    NOT NULL,
    PRIMARY KEY (content_hash, peer_id, type),
    FOREIGN KEY (peer_id, chain_hash) REFERENCES chains (peer_id, chain_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX signatures_by_chain ON signatures (peer_id, chain_hash, content_hash);

CREATE TABLE peers (
    peer_id         TEXT NOT NULL PRIMARY KEY,
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    manager_address TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE services (
    name          TEXT NOT NULL PRIMARY KEY,
    upstream      TEXT NOT NULL,
    inway_address TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    id           TEXT    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL,
    content_hash TEXT    NOT NULL,
    target       TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    attempts     INTEGER NOT NULL,
    next_attempt INTEGER NOT NULL,
    last_error   TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    delivered_at INTEGER -- NULL until delivered
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_due ON deliveries (next_attempt, id) WHERE status = 'waiting';
CREATE INDEX deliveries_in_order ON deliveries (created_at, id);
CREATE INDEX deliveries_undelivered ON deliveries (created_at, id) WHERE status <> 'delivered';
CREATE INDEX deliveries_by_contract ON deliveries (content_hash, created_at, id);
CREATE INDEX deliveries_by_target ON deliveries (target, created_at, id);
