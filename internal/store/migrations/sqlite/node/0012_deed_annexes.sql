-- +goose Up
-- Which deeds name an annex: for who may fetch it, and from whom.
CREATE TABLE deed_annexes (
    annex TEXT NOT NULL, -- hash of its bytes, which needn't be here
    deed  TEXT NOT NULL REFERENCES deeds (hash),
    PRIMARY KEY (annex, deed)
) STRICT, WITHOUT ROWID;

INSERT INTO deed_annexes (annex, deed)
SELECT json_extract(a.value, '$.hash'), d.hash
FROM deeds d, json_each(CAST(d.raw AS TEXT), '$.annexes') a;

-- +goose StatementBegin
CREATE TRIGGER deed_annexes_are_not_changed BEFORE UPDATE ON deed_annexes
BEGIN
    SELECT RAISE(ABORT, 'deed_annexes are only added');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER deed_annexes_are_not_removed BEFORE DELETE ON deed_annexes
BEGIN
    SELECT RAISE(ABORT, 'deed_annexes are only added');
END;
-- +goose StatementEnd
