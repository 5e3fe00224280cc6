// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/manager"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerContracts registers the pages of this area.
func (s *server) registerContracts() {
	s.handle("GET /contracts", operator.PermissionRead, s.contractsList)
	s.handle("POST /contracts/bulk", operator.PermissionSign, s.contractsBulk)
	s.handle("GET /contracts/new", operator.PermissionSign, s.contractsNew)
	s.handle("POST /contracts/new", operator.PermissionSign, s.contractsPropose)
	s.handle("GET /contracts/{hash}", operator.PermissionRead, s.contractPage)
	s.handle("GET /contracts/{hash}/content", operator.PermissionRead, s.contractContent)
	s.handle("GET /contracts/{hash}/renew", operator.PermissionSign, s.contractRenewForm)
	s.handle("POST /contracts/{hash}/renew", operator.PermissionSign, s.contractRenew)
	s.handle("POST /contracts/{hash}/retry", operator.PermissionRead, s.contractRetry)
	for _, t := range []fsc.SignatureType{fsc.SignatureTypeAccept, fsc.SignatureTypeReject, fsc.SignatureTypeRevoke} {
		s.handle("GET /contracts/{hash}/"+string(t), operator.PermissionSign, func(q *request) error { return s.contractConfirm(q, t) })
		s.handle("POST /contracts/{hash}/"+string(t), operator.PermissionSign, func(q *request) error { return s.contractSign(q, t) })
	}
}

// contractsView is the list of contracts.
type contractsView struct {
	Rows           []contractRow
	Next, Previous string
	Tiles          []contractTile
	States, Parts  []option
	Types, Ends    []option
	// Bulk: there are rows that this person can choose.
	Bulk     bool
	Filtered bool
	CLI      string
}

type contractRow struct {
	Path, Services, Kind, Badge, Part string
	Hash                              fsc.ContentHash
	Peers                             []fsc.Peer
	CreatedAt                         time.Time
	Until                             string
	Choose                            bool
}

type contractTile struct {
	Key, Note, URL string
	Count          int
	Current        bool
}

func (s *server) contractsList(q *request) error {
	query := contractsQuery(q)
	if q.wants("csv") {
		return q.csv("contracts", contractsHeader(q), s.contractsRows(q, query))
	}
	found, err := s.cfg.Controller.Contracts(q.Ctx, q.Actor, query)
	if err != nil {
		return err
	}
	v := contractsView{Tiles: contractTiles(q, &found.Counts), Filtered: filtered(q), CLI: contractsCLI(query)}
	if found.Next != "" {
		v.Next = "n" + found.Next
	}
	if found.Previous != "" {
		v.Previous = "p" + found.Previous
	}
	sign := q.can(operator.PermissionSign)
	for i := range found.Contracts {
		row := contractsRow(q, &found.Contracts[i])
		row.Choose = row.Choose && sign
		v.Bulk = v.Bulk || row.Choose
		v.Rows = append(v.Rows, row)
	}
	v.States = []option{{"", q.t("contracts.filter.all")}, {"waiting", q.t("state.waiting")}}
	for _, st := range controller.ContractStates() {
		v.States = append(v.States, option{strings.ToLower(string(st)), q.t("state." + strings.ToLower(string(st)))})
	}
	v.Parts = []option{{"", q.t("contracts.filter.all")}}
	for _, p := range controller.ContractParts() {
		v.Parts = append(v.Parts, option{string(p), q.t("contracts.part." + string(p))})
	}
	v.Types = []option{{"", q.t("contracts.filter.all")}}
	for _, t := range controller.GrantTypes() {
		v.Types = append(v.Types, option{grantKey(t), q.t("contracts.kind." + grantKey(t))})
	}
	v.Ends = []option{{"", q.t("contracts.filter.always")}}
	for _, days := range []int{7, 14, 30, 60} {
		v.Ends = append(v.Ends, option{strconv.Itoa(days), q.t("contracts.filter.ends_within", "days", days)})
	}
	return q.render("contracts", q.t("contracts.title"), v)
}

// filtered tells whether the list is narrowed.
func filtered(q *request) bool {
	for _, name := range []string{"q", "state", "part", "type", "peer", "service", "ends"} {
		if q.query(name) != "" {
			return true
		}
	}
	return false
}

func contractsQuery(q *request) controller.ContractQuery {
	out := controller.ContractQuery{
		Text: strings.TrimSpace(q.query("q")), Part: manager.Role(q.query("part")),
		Peer: fsc.PeerID(oinOf(q.query("peer"))), Service: strings.TrimSpace(q.query("service")),
	}
	if kind := q.query("type"); kind != "" {
		if out.Type = grantOfKey(kind); out.Type == "" {
			out.Type = fsc.GrantType(kind) // the Controller says that there is no such type
		}
	}
	if state := q.query("state"); state == "waiting" {
		out.AwaitingUs = true
	} else {
		out.State = fsc.ContractState(strings.ToUpper(state))
	}
	if days, err := strconv.Atoi(q.query("ends")); err == nil && days > 0 {
		out.EndsBefore = q.s.cfg.Now().AddDate(0, 0, min(days, 36600))
		if out.State == "" && !out.AwaitingUs {
			out.State = fsc.StateValid
		}
	}
	sort := q.query("sort")
	switch strings.TrimPrefix(sort, "-") {
	case "ends":
		out.Sort = manager.SortEnds
	case "created", "":
		out.Sort = manager.SortCreated
	}
	out.Ascending = sort != "" && !strings.HasPrefix(sort, "-")
	if cursor := q.query("cursor"); strings.HasPrefix(cursor, "p") {
		out.Before = cursor[1:]
	} else {
		out.After = strings.TrimPrefix(cursor, "n")
	}
	return out
}

func contractsRow(q *request, c *controller.Contract) contractRow {
	return contractRow{
		Path: contractPath(c.Hash), Hash: c.Hash, Services: services(c), Kind: q.t(kindKey(c)), Badge: stateBadge(c),
		Part: q.partsText(c.Parts), Peers: others(c), CreatedAt: c.CreatedAt, Until: q.untilText(c.NotAfter), Choose: c.AwaitingUs,
	}
}

func contractTiles(q *request, n *manager.ContractCounts) []contractTile {
	tile := func(state string, count int) contractTile {
		return contractTile{
			Key: "state." + state, Note: "contracts.tile." + state, Count: count,
			URL: "/contracts?state=" + state, Current: q.query("state") == state,
		}
	}
	return []contractTile{
		tile("waiting", n.AwaitingUs), tile("proposed", n.ByState[fsc.StateProposed]), tile("valid", n.ByState[fsc.StateValid]),
		tile("revoked", n.ByState[fsc.StateRevoked]), tile("expired", n.ByState[fsc.StateExpired]),
	}
}

// contractsCLI is the command that lists the same.
func contractsCLI(query controller.ContractQuery) string {
	line := "samenspel contract search"
	add := func(flag, value string) {
		if value != "" {
			line += " --" + flag + " " + shellWord(value)
		}
	}
	add("state", strings.ReplaceAll(strings.ToLower(string(query.State)), "_", "-"))
	if query.AwaitingUs {
		line += " --awaiting-us"
	}
	add("part", string(query.Part))
	if query.Type != "" {
		add("type", grantKey(query.Type))
	}
	add("peer", string(query.Peer))
	add("service", query.Service)
	add("ends-before", momentWord(query.EndsBefore))
	if query.Text != "" {
		line += " -- " + shellWord(query.Text)
	}
	return line
}

func contractsHeader(q *request) []string {
	var out []string
	for _, key := range []string{"hash", "state", "kind", "services", "peers", "part", "created", "from", "until", "awaiting"} {
		out = append(out, q.t("contracts.csv."+key))
	}
	return out
}

// csvPage is how many contracts a file is filled with at a time.
const csvPage = 200

// contractsRows gives all contracts of a query, page by page.
func (s *server) contractsRows(q *request, query controller.ContractQuery) iter.Seq2[[]string, error] {
	query.Limit, query.After, query.Before = csvPage, "", ""
	return func(yield func([]string, error) bool) {
		for {
			found, err := s.cfg.Controller.Contracts(q.Ctx, q.Actor, query)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range found.Contracts {
				if !yield(contractsCells(q, &found.Contracts[i]), nil) {
					return
				}
			}
			if query.After = found.Next; query.After == "" {
				return
			}
		}
	}
}

func contractsCells(q *request, c *controller.Contract) []string {
	return []string{
		string(c.Hash), q.t("state." + stateBadge(c)), q.t(kindKey(c)), services(c), q.peersCell(others(c)), q.partsText(c.Parts),
		c.CreatedAt.UTC().Format(time.RFC3339), c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339), q.peersCell(c.Awaiting),
	}
}

// oinOf reads an organisation as typed or chosen from a list: its OIN, or its
// name with the OIN between parentheses at the end.
func oinOf(text string) string {
	text = strings.TrimSpace(text)
	if open := strings.LastIndex(text, "("); open >= 0 && strings.HasSuffix(text, ")") {
		text = text[open+1 : len(text)-1]
	}
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "OIN "))
}
