-- +goose Up
-- Which contracts and services changed, the last at the end, one row for each: who
-- knows them up to some sequence asks for what comes after it. Triggers write it, so
-- that older versions of this program, which may run beside this one, do so too.
-- Sequences are never used again.
CREATE TABLE contract_changes (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    number   INTEGER NOT NULL UNIQUE REFERENCES standings (number)
) STRICT;

CREATE TABLE service_changes (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT    NOT NULL UNIQUE -- needn't be there any more
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER standings_added AFTER INSERT ON standings
BEGIN
    INSERT INTO contract_changes (number) VALUES (NEW.number);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER standings_changed AFTER UPDATE ON standings
BEGIN
    DELETE FROM contract_changes WHERE number = NEW.number;
    INSERT INTO contract_changes (number) VALUES (NEW.number);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER signatures_added AFTER INSERT ON signatures
BEGIN
    DELETE FROM contract_changes WHERE number = (SELECT number FROM standings WHERE content_hash = NEW.content_hash);
    INSERT INTO contract_changes (number) SELECT number FROM standings WHERE content_hash = NEW.content_hash;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER signatures_changed AFTER UPDATE ON signatures
BEGIN
    DELETE FROM contract_changes WHERE number = (SELECT number FROM standings WHERE content_hash = NEW.content_hash);
    INSERT INTO contract_changes (number) SELECT number FROM standings WHERE content_hash = NEW.content_hash;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER services_added AFTER INSERT ON services
BEGIN
    DELETE FROM service_changes WHERE name = NEW.name;
    INSERT INTO service_changes (name) VALUES (NEW.name);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER services_changed AFTER UPDATE ON services
BEGIN
    DELETE FROM service_changes WHERE name = NEW.name;
    INSERT INTO service_changes (name) VALUES (NEW.name);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER services_removed AFTER DELETE ON services
BEGIN
    DELETE FROM service_changes WHERE name = OLD.name;
    INSERT INTO service_changes (name) VALUES (OLD.name);
END;
-- +goose StatementEnd
