-- +goose Up
-- What comparisons of usage with the other side of a call-off came to.
CREATE TABLE usage_reports (
    call_off TEXT NOT NULL,
    month    TEXT NOT NULL, -- like 2026-11
    report   BLOB NOT NULL, -- JSON
    PRIMARY KEY (call_off, month)
) STRICT, WITHOUT ROWID;
