// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
)

// What people search contracts by: the facets of the table searchable. Those of
// roles have the role's name, with the Peer that has it as their value.
const (
	searchAll      = "all" // has every contract, with an empty value
	searchAwaiting = "awaiting"
	searchOffer    = "offer" // provider and service of a connection
	searchParty    = "party"
	searchService  = "service"
	searchType     = "type" // of grants
)

// The standings; the migration that makes the table says what they mean.
const (
	standingAccepted = "accepted"
	standingLapsing  = "lapsing"
	standingOpen     = "open"
	standingRejected = "rejected"
	standingRevoked  = "revoked"
)

const searchableColumns = "number, facet, value, created_at, not_before, not_after, standing, accepted_until"

// putSearchable writes what people find a new contract by.
func (t *tx) putSearchable(ctx context.Context, c *fsc.Content) error {
	numbers, err := collect(ctx, t.q, &statement{
		`INSERT INTO standings (content_hash, not_before, not_after, standing, accepted_until)
		VALUES ($1, $2, $3, $4, 0) RETURNING number`,
		[]any{string(c.Hash()), c.Validity.NotBefore, c.Validity.NotAfter, standingOpen},
	}, scanNumber)
	if err != nil {
		return err
	}
	var rows, words [][]any
	for _, f := range searchFacets(c) {
		rows = append(rows, []any{numbers[0], f[0], f[1], c.CreatedAt, c.Validity.NotBefore, c.Validity.NotAfter, standingOpen, 0})
		if f[0] == searchParty || f[0] == searchService {
			words = append(words, []any{f[0], f[1], fold(f[1])})
		}
	}
	if err := putConnections(ctx, t.q, unpacked{numbers[0], manager.PackConnections(c)}); err != nil {
		return err
	}
	return t.insert(ctx,
		inserts("INSERT INTO searchable ("+searchableColumns+") VALUES ", "", rows),
		inserts("INSERT INTO words (facet, value, folded) VALUES ", " ON CONFLICT DO NOTHING", words))
}

func scanNumber(rows *sql.Rows) (n int64, err error) {
	err = rows.Scan(&n)
	return n, err
}

// searchFacets lists each thing a contract can be searched by once.
func searchFacets(c *fsc.Content) [][2]string {
	facets := [][2]string{{searchAll, ""}}
	add := func(facet, value string) {
		if f := [2]string{facet, value}; value != "" && !slices.Contains(facets, f) {
			facets = append(facets, f)
		}
	}
	for _, p := range c.Parties() {
		add(searchParty, string(p))
		add(searchAwaiting, string(p))
	}
	for i := range c.Grants {
		g := &c.Grants[i]
		add(searchService, g.Service.Name)
		add(searchType, string(g.Type))
		if g.Type.IsPublication() {
			add(string(manager.RolePublisher), string(g.Service.PeerID))
			add(string(manager.RoleDirectory), string(g.Directory))
			add(string(manager.RolePublicationDelegator), string(g.Delegator))
			continue
		}
		add(searchOffer, offerOf(g.Service.PeerID, g.Service.Name))
		add(string(manager.RoleProvider), string(g.Service.PeerID))
		add(string(manager.RoleConsumer), string(g.Outway.PeerID))
		add(string(manager.RoleDelegator), string(g.Delegator))
		add(string(manager.RolePublicationDelegator), string(g.Service.Delegator))
	}
	return facets
}

// offerOf names a service of a Peer; names of services have no slash.
func offerOf(p fsc.PeerID, service string) string { return string(p) + "/" + service }

// standing is what signatures and validity say of a contract for good.
type standing struct {
	name  string
	until int64
}

// party is one of a contract with what is stored about it: the contract's
// number, end and standing, a mark of the party, and what it is awaited with.
type party struct {
	number, notAfter int64
	contract         standing
	peer, mark       string
	markUntil        int64
	awaited          bool
	awaiting         standing
}

// putStanding brings the standing of a contract up to date with its signatures.
func (t *tx) putStanding(ctx context.Context, h fsc.ContentHash) error {
	parties, err := collect(ctx, t.q, &statement{`SELECT n.number, n.not_after, n.standing, n.accepted_until,
			p.peer_id, COALESCE(s.type, ''), COALESCE(s.certificate_not_after, 0),
			w.number IS NOT NULL, COALESCE(w.standing, ''), COALESCE(w.accepted_until, 0)
		FROM standings n JOIN parties p ON p.content_hash = n.content_hash
		LEFT JOIN signatures s ON s.content_hash = p.content_hash AND s.peer_id = p.peer_id
		LEFT JOIN searchable w ON w.number = n.number AND w.facet = '` + searchAwaiting + `' AND w.value = p.peer_id
		WHERE n.content_hash = $1`, []any{string(h)}}, scanParty)
	if err != nil || len(parties) == 0 {
		return err
	}
	now, untils := standingOf(parties)
	if now != parties[0].contract {
		if err := t.changeStanding(ctx, parties[0].number, now); err != nil {
			return err
		}
	}
	for peer, until := range untils {
		i := slices.IndexFunc(parties, func(p party) bool { return p.peer == peer })
		if err := t.putAwaiting(ctx, h, &parties[i], standing{now.name, until}); err != nil {
			return err
		}
	}
	return nil
}

func scanParty(rows *sql.Rows) (p party, err error) {
	err = rows.Scan(&p.number, &p.notAfter, &p.contract.name, &p.contract.until, &p.peer, &p.mark, &p.markUntil,
		&p.awaited, &p.awaiting.name, &p.awaiting.until)
	return p, err
}

// standingOf agrees with fsc.State: with certificates that last to the end of
// the contract, all that is left to compare is the time. It gives, too, until
// when the accept of each party lasts; 0 is no accept.
func standingOf(parties []party) (standing, map[string]int64) {
	untils := map[string]int64{}
	stopped := ""
	for _, p := range parties {
		until := int64(0)
		switch fsc.SignatureType(p.mark) {
		case fsc.SignatureTypeAccept:
			until = max(p.markUntil, 0)
		case fsc.SignatureTypeReject:
			stopped = standingRejected
		case fsc.SignatureTypeRevoke:
			stopped = cmp.Or(stopped, standingRevoked)
		}
		untils[p.peer] = max(untils[p.peer], until)
	}
	s := standing{standingAccepted, slices.Min(slices.Collect(maps.Values(untils)))}
	switch {
	case stopped != "":
		s.name = stopped
	case s.until == 0:
		s.name = standingOpen
	case !lasts(s.until, parties[0].notAfter):
		s.name = standingLapsing
	}
	return s, untils
}

// lasts tells whether an accept until some microsecond holds at a second.
func lasts(until, second int64) bool { return until/1_000_000 >= second }

func (t *tx) changeStanding(ctx context.Context, number int64, s standing) error {
	if _, err := t.q.ExecContext(ctx, `UPDATE standings SET standing = $1, accepted_until = $2 WHERE number = $3`, s.name, s.until, number); err != nil {
		return err
	}
	_, err := t.q.ExecContext(ctx, `UPDATE searchable SET standing = $1, accepted_until = $2 WHERE number = $3 AND facet <> '`+searchAwaiting+`'`,
		s.name, s.until, number)
	return err
}

// putAwaiting writes whether a party's accept is missing, or will be; own has
// the contract's standing and until when the party's accept lasts.
func (t *tx) putAwaiting(ctx context.Context, h fsc.ContentHash, p *party, own standing) (err error) {
	stopped := own.name == standingRejected || own.name == standingRevoked
	switch awaits := !stopped && !lasts(own.until, p.notAfter); {
	case !awaits && p.awaited:
		_, err = t.q.ExecContext(ctx, `DELETE FROM searchable WHERE number = $1 AND facet = '`+searchAwaiting+`' AND value = $2`, p.number, p.peer)
	case awaits && !p.awaited:
		_, err = t.q.ExecContext(ctx, `INSERT INTO searchable (`+searchableColumns+`)
			SELECT $1, '`+searchAwaiting+`', $2, c.created_at, c.not_before, c.not_after, $3, $4
			FROM contracts c WHERE c.content_hash = $5`, p.number, p.peer, own.name, own.until, string(h))
	case awaits && own != p.awaiting:
		_, err = t.q.ExecContext(ctx, `UPDATE searchable SET standing = $1, accepted_until = $2
			WHERE number = $3 AND facet = '`+searchAwaiting+`' AND value = $4`, own.name, own.until, p.number, p.peer)
	}
	return err
}
