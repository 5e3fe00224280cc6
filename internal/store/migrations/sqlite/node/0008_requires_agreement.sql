-- +goose Up
-- Whether a service is open only under an agreement.
ALTER TABLE services ADD COLUMN requires_agreement INTEGER NOT NULL DEFAULT 0;
-- Contracts are found by the call-off that a connection grant names: the facet
-- call_off.
INSERT INTO facets
SELECT DISTINCT 'call_off', r.call_off, r.created_at, r.content_hash
FROM (SELECT c.created_at, c.content_hash, g.value ->> '$.data.type' AS grant_type,
        json_type(g.value, '$.data.properties."collective.connection.agreement_reference".call_off') AS kind,
        g.value ->> '$.data.properties."collective.connection.agreement_reference".call_off' AS call_off
    FROM contracts c, json_each(CAST(c.raw AS TEXT), '$.grants') g) r
WHERE r.kind = 'text' AND octet_length(r.call_off) BETWEEN 1 AND 256
    AND r.grant_type IN ('GRANT_TYPE_SERVICE_CONNECTION', 'GRANT_TYPE_DELEGATED_SERVICE_CONNECTION');
