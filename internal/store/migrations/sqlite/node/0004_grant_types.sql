-- +goose Up
-- Contracts are searched by the types of their grants, too: the facet type.
INSERT INTO searchable
SELECT DISTINCT n.number, 'type', g.type, g.created_at, n.not_before, n.not_after, n.standing, n.accepted_until
FROM standings n JOIN grants g ON g.content_hash = n.content_hash;
