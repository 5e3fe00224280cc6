-- +goose Up
-- What a service may be asked at most; 0 is no limit.
ALTER TABLE services ADD COLUMN concurrent_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN concurrent_calls_per_peer INTEGER NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN calls_per_second_per_peer INTEGER NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN request_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN response_milliseconds INTEGER NOT NULL DEFAULT 0;
