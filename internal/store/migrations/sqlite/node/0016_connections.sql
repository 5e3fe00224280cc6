-- +goose Up
-- The connection grants of each contract in little space, for the snapshots of
-- Outways: they would have to read the whole text of all contracts otherwise.
-- Empty when it has none. A contract has no row as long as no version of this
-- program has written one.
CREATE TABLE connections (
    number INTEGER PRIMARY KEY REFERENCES standings (number),
    packed BLOB    NOT NULL
) STRICT;
