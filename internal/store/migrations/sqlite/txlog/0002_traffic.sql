-- +goose Up
-- How many records there are in each hour and direction: of each kind, also
-- by the day, and of all kinds together. Hours and days are counted from the
-- start of 1970 in UTC. Written with the records.
CREATE TABLE traffic_hours (
    hour      INTEGER NOT NULL,
    kind      INTEGER NOT NULL REFERENCES kinds (id),
    direction INTEGER NOT NULL,
    calls     INTEGER NOT NULL,
    PRIMARY KEY (hour, kind, direction)
) STRICT, WITHOUT ROWID;

CREATE INDEX traffic_hours_by_kind ON traffic_hours (kind, direction, hour, calls);

CREATE TABLE traffic_days (
    day       INTEGER NOT NULL,
    kind      INTEGER NOT NULL REFERENCES kinds (id),
    direction INTEGER NOT NULL,
    calls     INTEGER NOT NULL,
    PRIMARY KEY (day, kind, direction)
) STRICT, WITHOUT ROWID;

CREATE INDEX traffic_days_by_kind ON traffic_days (kind, direction, day, calls);

CREATE TABLE traffic_totals (
    hour      INTEGER NOT NULL,
    direction INTEGER NOT NULL,
    calls     INTEGER NOT NULL,
    PRIMARY KEY (hour, direction)
) STRICT, WITHOUT ROWID;

INSERT INTO traffic_hours (hour, kind, direction, calls)
SELECT created_at / 3600000000, kind, direction, COUNT(*) FROM records GROUP BY created_at / 3600000000, kind, direction;

INSERT INTO traffic_days (day, kind, direction, calls)
SELECT hour / 24, kind, direction, SUM(calls) FROM traffic_hours GROUP BY hour / 24, kind, direction;

INSERT INTO traffic_totals (hour, direction, calls)
SELECT hour, direction, SUM(calls) FROM traffic_hours GROUP BY hour, direction;
