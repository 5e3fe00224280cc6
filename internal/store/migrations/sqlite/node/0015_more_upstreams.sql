-- +goose Up
-- Further addresses of the source of a service, separated by a space.
ALTER TABLE services ADD COLUMN more_upstreams TEXT NOT NULL DEFAULT '';
