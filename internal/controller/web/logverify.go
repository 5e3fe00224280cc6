// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strings"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/txlog"
)

// verifyData is what templates/log_verify.html shows.
type verifyData struct {
	Peers  []string
	Result *controller.Verification
}

func (s *server) verifyPage(q *request) error {
	peers, err := s.peerSuggestions(q)
	if err != nil {
		return err
	}
	return q.render("log_verify", q.t("log.verify.title"), verifyData{Peers: peers})
}

func (s *server) verifyLog(q *request) error {
	var d verifyData
	var err error
	if d.Peers, err = s.peerSuggestions(q); err != nil {
		return err
	}
	search := txlog.Search{ServiceName: strings.TrimSpace(q.value("service"))}
	if search.Peer, err = s.findPeer(q, "peer", q.value("peer")); err != nil {
		return err
	}
	if search.Peer == "" && len(q.problems) == 0 {
		q.wrong("peer", "log.problem.peer")
	}
	if len(q.problems) == 0 {
		if d.Result, err = s.cfg.Controller.Verify(q.Ctx, q.Actor, search); err != nil && !q.retry(err) {
			return err
		}
	}
	if d.Result != nil && q.value("format") == "csv" {
		return exportPairs(q, d.Result.Pairs)
	}
	return q.render("log_verify", q.t("log.verify.title"), d)
}

// exportPairs gives the calls that don't agree as a file.
func exportPairs(q *request, pairs []controller.RecordPair) error {
	header := []string{"transaction_id", "direction", "created_at", "service_name", "other_peer_id", "outcome", "differences"}
	return q.csv("comparison", header, each(pairs, func(p controller.RecordPair) []string {
		var differences []string
		for _, f := range p.Fields {
			if p.Theirs != nil && f.Outcome == controller.FieldDifferent {
				differences = append(differences, f.Field+": "+f.Ours+" <> "+f.Theirs)
			}
		}
		return []string{
			p.Ours.TransactionID, string(p.Ours.Direction), p.Ours.CreatedAt.UTC().Format(time.RFC3339Nano), p.Ours.ServiceName,
			string(p.Other), string(p.Verdict()), strings.Join(differences, "; "),
		}
	}))
}

// maxSuggestions is how many Peers a field suggests.
const maxSuggestions = 200

// peerSuggestions lists known Peers in the form that findPeer reads.
func (s *server) peerSuggestions(q *request) ([]string, error) {
	peers, err := s.cfg.Controller.KnownPeers(q.Ctx, q.Actor, "", maxSuggestions)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(peers))
	for _, p := range peers {
		if p.ID != s.self.ID {
			out = append(out, peerText(p))
		}
	}
	return out, nil
}

func peerText(p fsc.Peer) string {
	if p.Name == "" {
		return string(p.ID)
	}
	return brief(p.Name) + " (" + string(p.ID) + ")"
}

// peerParameter reads a Peer from the query.
func (s *server) peerParameter(q *request, name string) (fsc.PeerID, error) {
	return s.findPeer(q, name, q.query(name))
}

// findPeer understands an ID, a suggestion, and a name or part of it that fits
// one Peer only. What fits none or several is a problem of the field.
func (s *server) findPeer(q *request, field, text string) (fsc.PeerID, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	if i := strings.LastIndexByte(text, '('); i >= 0 && strings.HasSuffix(text, ")") {
		text = text[i+1 : len(text)-1]
	}
	if id := fsc.PeerID(text); id.Validate() == nil && strings.ContainsAny(text, "0123456789") && !strings.Contains(text, " ") {
		return id, nil
	}
	found, err := s.cfg.Controller.KnownPeers(q.Ctx, q.Actor, text, 2)
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		q.wrong(field, "log.problem.peer")
		return "", nil
	}
	return found[0].ID, nil
}
