-- +goose Up
-- Apps that make codes for people, beside their password. The secret is as safe as
-- the file: who reads it has the keys of the node too. Of recovery codes there are
-- only hashes, 32 bytes each, one behind the other.
CREATE TABLE second_factors (
	account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
	secret BLOB NOT NULL,
	confirmed_at INTEGER,
	last_step INTEGER NOT NULL,
	recovery BLOB NOT NULL,
	failures INTEGER NOT NULL,
	failing_since INTEGER,
	locked_until INTEGER
);
