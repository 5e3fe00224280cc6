-- +goose Up
-- What people search contracts by. standing is what signatures and validity say
-- once and for all, so that the state at any time follows from a comparison:
--   rejected, revoked  by a party
--   accepted           by all parties, with certificates that last to not_after
--   lapsing            by all parties until accepted_until, and not to not_after
--   open               not by all parties
CREATE TABLE standings (
    number         INTEGER PRIMARY KEY,
    content_hash   TEXT    NOT NULL UNIQUE REFERENCES contracts (content_hash),
    not_before     INTEGER NOT NULL,
    not_after      INTEGER NOT NULL,
    standing       TEXT    NOT NULL,
    accepted_until INTEGER NOT NULL -- in microseconds; 0 as long as a party hasn't accepted
) STRICT;

CREATE INDEX standings_by_end ON standings (standing, not_after, accepted_until);
CREATE INDEX standings_by_begin ON standings (standing, not_before);

-- One row for each thing a contract can be searched by, with its standing, in
-- the order of a page. The facet awaiting has the parties whose accept is missing
-- or ends before not_after; accepted_until is theirs alone there.
CREATE TABLE searchable (
    number         INTEGER NOT NULL REFERENCES standings (number),
    facet          TEXT    NOT NULL,
    value          TEXT    NOT NULL,
    created_at     INTEGER NOT NULL, -- of the contract
    not_before     INTEGER NOT NULL,
    not_after      INTEGER NOT NULL,
    standing       TEXT    NOT NULL,
    accepted_until INTEGER NOT NULL,
    PRIMARY KEY (number, facet, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX searchable_by_age ON searchable (facet, value, created_at, number, not_before, not_after, standing, accepted_until);
CREATE INDEX searchable_by_end ON searchable (facet, value, not_after, number, not_before, standing, accepted_until);

-- The values of the facets party and service, for finding parts of them.
CREATE TABLE words (
    facet  TEXT NOT NULL,
    value  TEXT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (facet, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE rules (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    rule       BLOB    NOT NULL, -- JSON
    enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE routes (
    id                TEXT    NOT NULL PRIMARY KEY,
    host              TEXT    NOT NULL,
    path_prefix       TEXT    NOT NULL,
    strip_prefix      INTEGER NOT NULL CHECK (strip_prefix IN (0, 1)),
    service_peer      TEXT    NOT NULL,
    service_name      TEXT    NOT NULL,
    delegator         TEXT    NOT NULL,
    service_delegator TEXT    NOT NULL,
    created_at        INTEGER NOT NULL,
    UNIQUE (host, path_prefix)
) STRICT, WITHOUT ROWID;

-- Contracts that are here already.
INSERT INTO standings (content_hash, not_before, not_after, standing, accepted_until)
SELECT content_hash, not_before, not_after,
    CASE WHEN rejects > 0 THEN 'rejected' WHEN revokes > 0 THEN 'revoked'
        WHEN accepted_until = 0 THEN 'open' WHEN accepted_until / 1000000 >= not_after THEN 'accepted' ELSE 'lapsing' END,
    accepted_until
FROM (SELECT c.content_hash, c.not_before, c.not_after, c.created_at,
        (SELECT COUNT(*) FROM parties p JOIN signatures s ON s.content_hash = p.content_hash AND s.peer_id = p.peer_id
            WHERE p.content_hash = c.content_hash AND s.type = 'reject') AS rejects,
        (SELECT COUNT(*) FROM parties p JOIN signatures s ON s.content_hash = p.content_hash AND s.peer_id = p.peer_id
            WHERE p.content_hash = c.content_hash AND s.type = 'revoke') AS revokes,
        (SELECT MIN(COALESCE(s.certificate_not_after, 0)) FROM parties p LEFT JOIN signatures s
            ON s.content_hash = p.content_hash AND s.peer_id = p.peer_id AND s.type = 'accept'
            WHERE p.content_hash = c.content_hash) AS accepted_until
    FROM contracts c)
ORDER BY created_at, content_hash;

INSERT INTO searchable
SELECT n.number, f.facet, f.value, c.created_at, n.not_before, n.not_after, n.standing, n.accepted_until
FROM standings n JOIN contracts c ON c.content_hash = n.content_hash JOIN (
    SELECT content_hash, 'all' AS facet, '' AS value FROM contracts
    UNION SELECT content_hash, 'party', peer_id FROM parties
    UNION SELECT content_hash, 'service', service_name FROM grants
    UNION SELECT content_hash, 'offer', service_peer || '/' || service_name FROM grants WHERE directory_peer IS NULL
    UNION SELECT content_hash, 'provider', service_peer FROM grants WHERE directory_peer IS NULL
    UNION SELECT content_hash, 'consumer', outway_peer FROM grants WHERE directory_peer IS NULL
    UNION SELECT content_hash, 'delegator', delegator FROM grants WHERE directory_peer IS NULL AND delegator <> ''
    UNION SELECT content_hash, 'publication_delegator', delegator FROM grants WHERE directory_peer IS NOT NULL AND delegator <> ''
    UNION SELECT c.content_hash, 'publication_delegator', json_extract(g.value, '$.data.service.delegator.peer_id')
        FROM contracts c, json_each(CAST(c.raw AS TEXT), '$.grants') g
        WHERE json_extract(g.value, '$.data.service.delegator.peer_id') IS NOT NULL
    UNION SELECT content_hash, 'publisher', service_peer FROM grants WHERE directory_peer IS NOT NULL
    UNION SELECT content_hash, 'directory', directory_peer FROM grants WHERE directory_peer IS NOT NULL
) f ON f.content_hash = n.content_hash;

INSERT INTO searchable
SELECT n.number, 'awaiting', p.peer_id, c.created_at, n.not_before, n.not_after, n.standing, COALESCE(s.certificate_not_after, 0)
FROM standings n JOIN contracts c ON c.content_hash = n.content_hash JOIN parties p ON p.content_hash = n.content_hash
LEFT JOIN signatures s ON s.content_hash = p.content_hash AND s.peer_id = p.peer_id AND s.type = 'accept'
WHERE n.standing IN ('open', 'lapsing') AND COALESCE(s.certificate_not_after, 0) / 1000000 < n.not_after;

-- Names of services and IDs of Peers are ASCII; folding is upper case there.
INSERT INTO words SELECT DISTINCT facet, value, upper(value) FROM searchable WHERE facet IN ('party', 'service');
