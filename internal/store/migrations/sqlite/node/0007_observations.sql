-- +goose Up
-- What this node saw in the Directories of the services of others, one row per
-- service and Directory.
CREATE TABLE observations (
    directory       TEXT    NOT NULL,
    service_peer    TEXT    NOT NULL,
    service_name    TEXT    NOT NULL,
    delegator       TEXT    NOT NULL, -- empty if none
    protocol        TEXT    NOT NULL,
    manager_address TEXT    NOT NULL,
    first_seen      INTEGER NOT NULL,
    last_seen       INTEGER NOT NULL,
    gone_since      INTEGER,          -- NULL while it is listed
    events          BLOB    NOT NULL, -- JSON, oldest first
    PRIMARY KEY (directory, service_peer, service_name, delegator)
) STRICT, WITHOUT ROWID;
CREATE INDEX observations_by_service ON observations (service_peer, service_name, directory, delegator);
