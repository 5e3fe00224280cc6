-- +goose Up
-- Who gave somebody else a password, until the person has an own one again, and
-- the code of the one-time link for that.
ALTER TABLE accounts ADD COLUMN reset_at INTEGER;
ALTER TABLE accounts ADD COLUMN reset_by TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN reset_by_name TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN link_hash BLOB;
ALTER TABLE accounts ADD COLUMN link_expires_at INTEGER;
