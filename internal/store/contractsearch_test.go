// SPDX-License-Identifier: EUPL-1.2

package store_test

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/store/storetest/empty"
)

func TestContractSearchesFindTheirRowsByIndex(t *testing.T) {
	s := openSQLite(t, empty.Dir(t))
	put(t, s, newContract(t, 1))
	place := &manager.ContractPlace{At: 1, Number: 1}
	for _, c := range []struct {
		name string
		// ordered searches must not sort what they find.
		ordered bool
		search  manager.ContractSearch
	}{
		{"newest", true, manager.ContractSearch{}},
		{"next page", true, manager.ContractSearch{After: place}},
		{"page in front", true, manager.ContractSearch{Before: place}},
		{"by end", true, manager.ContractSearch{Sort: manager.SortEnds, Ascending: true, After: place, EndsBefore: time.Unix(9, 0)}},
		{"by state", true, manager.ContractSearch{State: fsc.StateProposed}},
		{"valid", true, manager.ContractSearch{State: fsc.StateValid, Role: manager.RoleProvider, After: place}},
		{"of a peer and service", true, manager.ContractSearch{Peer: "peer-b", Service: "persons", Role: manager.RoleConsumer}},
		{"of a type", true, manager.ContractSearch{GrantType: fsc.GrantTypeDelegatedServiceConnection, State: fsc.StateValid, After: place}},
		{"of a type and a service, by end", true, manager.ContractSearch{GrantType: fsc.GrantTypeServicePublication, Service: "persons", Sort: manager.SortEnds}},
		{"awaiting", false, manager.ContractSearch{AwaitingUs: true, Peer: "peer-b"}},
		{"hash", false, manager.ContractSearch{Text: "$1$1$x", State: fsc.StateRejected}},
		{"text", false, manager.ContractSearch{Text: "persons", AwaitingUs: true}},
		{"rare text", false, manager.ContractSearch{Text: "persons", Role: manager.RoleConsumer, EndsBefore: time.Unix(9, 0)}},
	} {
		c.search.Self, c.search.At, c.search.Limit = "peer-a", time.Unix(1_800_000_000, 0), 10
		queries, err := s.Queries(t.Context(), func(tx manager.Tx) error {
			_, err := tx.SearchContracts(t.Context(), c.search)
			return err
		})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for _, q := range queries {
			plan, err := s.Plan(t.Context(), q)
			checkPlan(t, c.name, withoutDictionaries(plan), err, c.ordered && strings.Contains(q.Text, "AS place"))
		}
	}
	queries, err := s.Queries(t.Context(), func(tx manager.Tx) error {
		if _, err := tx.CountContracts(t.Context(), "peer-a", time.Unix(1_800_000_000, 0)); err != nil {
			return err
		}
		_, err := tx.CountConnections(t.Context(), "peer-b", "persons", time.Unix(1_800_000_000, 0))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		plan, err := s.Plan(t.Context(), q)
		checkPlan(t, "counts", plan, err, true)
	}
}

// withoutDictionaries leaves out what is read from end to end on purpose: names
// of services and Peers, of which there are few, and what came out of them.
func withoutDictionaries(plan []string) []string {
	return slices.DeleteFunc(plan, func(line string) bool {
		for _, name := range []string{"words", "peers", "w", "p", "few"} {
			if line == "SCAN "+name {
				return true
			}
		}
		return false
	})
}

// TestContractsOfAnOlderSchemaAreFound makes the tables of the search anew from
// what was stored before there were any.
func TestContractsOfAnOlderSchemaAreFound(t *testing.T) {
	dir := empty.Dir(t)
	s := openSQLite(t, dir)
	at := time.Unix(1_800_000_000, 0)
	grants := newContract(t, 0).Content.Grants
	connection := grants[0]
	delegated := connection
	delegated.Type, delegated.Delegator = fsc.GrantTypeDelegatedServiceConnection, "peer-c"
	delegated.Service.Type, delegated.Service.Delegator = fsc.ServiceTypeDelegatedService, "peer-d"
	publication := fsc.Grant{
		Type: fsc.GrantTypeDelegatedServicePublication, Directory: "peer-d", Delegator: "peer-c",
		Service: fsc.Service{PeerID: "peer-b", Name: "Persons.v2", Protocol: fsc.ProtocolHTTP11},
	}
	n := 0
	add := func(change func(*manager.Contract), gs ...fsc.Grant) {
		n++
		c := newContract(t, n)
		content, err := fsc.Draft{
			IV: c.Content.IV, GroupID: c.Content.GroupID, CreatedAt: at.Add(time.Duration(n) * time.Second),
			NotBefore: at, NotAfter: at.Add(time.Hour), Grants: gs,
		}.Content(fsc.Rules{GroupID: c.Content.GroupID})
		if err != nil {
			t.Fatal(err)
		}
		signature := c.Signatures[0]
		c.Content, c.Signatures = content, nil
		for _, p := range content.Parties() {
			signature.PeerID = p
			c.Signatures = append(c.Signatures, signature)
		}
		change(c)
		put(t, s, c)
	}
	as := func(typ fsc.SignatureType) func(*manager.Contract) {
		return func(c *manager.Contract) {
			stop := c.Signatures[0]
			stop.Type = typ
			c.Signatures = append(c.Signatures, stop)
		}
	}
	add(func(*manager.Contract) {}, connection, delegated)
	add(func(*manager.Contract) {}, agreed(connection, `{"call_off":"$1$112$a","lot":"1"}`), agreed(delegated, `{"call_off":"$1$112$b"}`))
	add(func(*manager.Contract) {}, agreed(connection, `{"call_off":"$1$112$a"}`), agreed(connection, `{"call_off":"$1$112$a","lot":"2"}`))
	add(func(*manager.Contract) {}, agreed(connection, `"$1$112$a"`), agreed(connection, `{"call_off":112}`), agreed(connection, `{"call_off":""}`))
	add(func(*manager.Contract) {}, agreed(publication, `{"call_off":"$1$112$a"}`))
	add(func(c *manager.Contract) { c.Signatures = c.Signatures[1:] }, connection)
	add(func(c *manager.Contract) { c.Signatures = nil }, publication)
	add(func(c *manager.Contract) { c.Signatures[1].CertificateNotAfter = at.Add(time.Hour - time.Microsecond) }, delegated)
	add(func(c *manager.Contract) { c.Signatures[1].CertificateNotAfter = at.Add(time.Hour) }, connection)
	add(as(fsc.SignatureTypeReject), publication)
	add(as(fsc.SignatureTypeRevoke), connection)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db := rawSQLite(t, filepath.Join(dir, "node.db"))
	want := searchTables(t, db)
	for _, text := range []string{
		"DROP TABLE observations", "DROP TABLE searchable", "DROP TABLE connections", "DROP TABLE contract_changes", "DROP TABLE service_changes",
		"DROP TRIGGER signatures_added", "DROP TRIGGER signatures_changed", "DROP TRIGGER services_added", "DROP TRIGGER services_changed",
		"DROP TRIGGER services_removed", "DROP TABLE standings", "DROP TABLE words", "DROP TABLE rules", "DROP TABLE routes",
		"DROP TABLE second_factors", "DROP TABLE deeds", "DROP TABLE deed_annexes", "DROP TABLE deed_parents", "DROP TABLE deed_chains", "DROP TABLE deed_signatures", "DROP TABLE feed_entries",
		"DROP TABLE feed_lines", "DROP TABLE feed_checkpoints", "DROP TABLE feed_alarms", "DROP TABLE deed_transitions",
		"DROP TABLE collective_numbers", "DROP TABLE dossiers", "DROP TABLE feed_cursors", "DROP TABLE deed_deliveries",
		"DROP TABLE deed_states", "DROP TABLE state_places", "DROP TABLE state_counts",
		"ALTER TABLE services DROP COLUMN concurrent_calls", "ALTER TABLE services DROP COLUMN concurrent_calls_per_peer",
		"ALTER TABLE services DROP COLUMN calls_per_second_per_peer", "ALTER TABLE services DROP COLUMN request_bytes",
		"ALTER TABLE services DROP COLUMN response_milliseconds", "ALTER TABLE services DROP COLUMN requires_agreement",
		"ALTER TABLE services DROP COLUMN more_upstreams",
		"DELETE FROM facets WHERE facet = 'call_off'",
		"DROP TABLE usage_reports", "DROP TABLE collective_event_deliveries", "DROP TABLE collective_event_subscriptions", "DROP TABLE collective_event_watches",
		"DROP TABLE collective_events", "DROP TABLE collective_event_position",
		"ALTER TABLE accounts DROP COLUMN reset_at", "ALTER TABLE accounts DROP COLUMN reset_by", "ALTER TABLE accounts DROP COLUMN reset_by_name",
		"ALTER TABLE accounts DROP COLUMN link_hash", "ALTER TABLE accounts DROP COLUMN link_expires_at",
		"DELETE FROM schema_version WHERE version_id >= 3",
	} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	openSQLite(t, dir)
	got := searchTables(t, db)
	if len(want) < 50 || !slices.Equal(got, want) {
		t.Errorf("got %d rows:\n%s\nwant %d:\n%s", len(got), strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
	}
}

// agreed gives a grant with the property that names an agreement.
func agreed(g fsc.Grant, reference string) fsc.Grant {
	g.Properties = []byte(`{"` + manager.AgreementProperty + `":` + reference + `}`)
	return g
}

func searchTables(t *testing.T, db *sql.DB) (lines []string) {
	t.Helper()
	for _, text := range []string{
		`SELECT concat_ws(' ', c.created_at, n.not_before, n.not_after, n.standing, n.accepted_until, s.facet, s.value,
			s.created_at, s.not_before, s.not_after, s.standing, s.accepted_until)
			FROM standings n JOIN contracts c ON c.content_hash = n.content_hash JOIN searchable s ON s.number = n.number
			ORDER BY 1`,
		`SELECT concat_ws(' ', n.content_hash, hex(x.packed)) FROM standings n JOIN connections x ON x.number = n.number ORDER BY 1`,
		"SELECT concat_ws(' ', facet, value, folded) FROM words ORDER BY 1",
		"SELECT concat_ws(' ', facet, value, created_at, content_hash) FROM facets WHERE facet = 'call_off' ORDER BY 1",
	} {
		lines = append(lines, queried(t, db, text)...)
	}
	return lines
}

// queried gives the rows of one column of text.
func queried(t *testing.T, db *sql.DB, query string) (lines []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}
