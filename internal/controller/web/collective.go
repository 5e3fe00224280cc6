// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerCollective registers the pages of buying together. On a node that
// doesn't act with others they answer that there is nothing.
func (s *server) registerCollective() {
	s.handle("GET /frameworks", operator.PermissionRead, s.frameworksList)
	s.registerFrameworkDrafts()
	s.registerPrices()
	s.registerSavings()
	s.handle("GET /frameworks/{hash}", operator.PermissionRead, s.frameworkPage)
	s.handle("GET /frameworks/{hash}/accede", operator.PermissionRead, s.accedePage)
	s.handle("POST /frameworks/{hash}/accede", operator.PermissionSign, s.accede)
	s.handle("GET /accessions/{hash}", operator.PermissionRead, s.accessionPage)
	s.handle("GET /accessions/{hash}/calloff", operator.PermissionRead, s.callOffForm)
	s.handle("POST /accessions/{hash}/calloff", operator.PermissionSign, s.callOffOffer)
	s.handle("GET /calloffs", operator.PermissionRead, s.callOffsList)
	s.handle("GET /calloffs/{hash}", operator.PermissionRead, s.callOffPage)
	s.handle("POST /calloffs/{hash}/connect", operator.PermissionSign, s.callOffConnect)
	s.handle("POST /calloffs/{hash}/change", operator.PermissionSign, s.callOffChange)
	s.handle("POST /calloffs/{hash}/draw-own", operator.PermissionSign, s.callOffDrawOwn)
	s.handle("GET /deeds/{hash}", operator.PermissionRead, s.deedPage)
	s.handle("GET /annexes/{hash}/content", operator.PermissionRead, s.annexContent)
	for _, act := range []deed.Act{deed.Accept, deed.Reject, deed.Revoke} {
		path := "/deeds/{hash}/" + string(act)
		s.handle("GET "+path, operator.PermissionSign, func(q *request) error { return s.deedConfirm(q, act) })
		s.handle("POST "+path, operator.PermissionSign, func(q *request) error { return s.deedSign(q, act) })
	}
}

// collectiveNavigation are the pages of buying together.
func collectiveNavigation() navGroup {
	return navGroup{"nav.collective", append([]navItem{
		{"nav.frameworks", "/frameworks", "building", operator.PermissionRead, false},
		{"nav.calloffs", "/calloffs", "signature", operator.PermissionRead, false},
	}, togetherNavigation()...)}
}

// deedURL is the page of any deed.
func deedURL(h deed.Hash) string {
	area := "/deeds/"
	switch t, _ := h.Type(); t {
	case dossier.TypeFramework:
		area = "/frameworks/"
	case dossier.TypeAccession:
		area = "/accessions/"
	case dossier.TypeCallOff:
		area = "/calloffs/"
	case dossier.TypeGroup:
		area = "/groups/"
	case dossier.TypeDecision:
		area = "/decisions/"
	case rule.TypeMandate:
		area = "/mandates/"
	default:
	}
	return area + url.PathEscape(string(h))
}

// wordClass is the colour of a word for a deed.
func wordClass(w collective.Word) string {
	switch w {
	case collective.WordLive, collective.WordEffective, "applied", "drawn", "in_force", "active", "member", "adopted":
		return "ok"
	case collective.WordProposed, collective.WordPlanned, collective.WordRequested, collective.WordOffered, collective.WordWaits,
		collective.WordAsserted, collective.WordSuspended, collective.WordWaiting, collective.WordExhausted,
		"open", "forming":
		return "waiting"
	case collective.WordRefused, collective.WordRejected, collective.WordAnnulled, collective.WordVoid:
		return "problem"
	default:
		return "plain"
	}
}

// wordView is a word with its colour.
type wordView struct{ Class, Key string }

func wordOf(w collective.Word) wordView {
	return wordView{wordClass(w), "collective.word." + string(w)}
}

// wordFrom is a state of the rules as a word.
func wordFrom(s rule.State) collective.Word { return collective.Word(s) }

// reasonView is why something is as it is, ready to be read.
type reasonView struct{ Text, Source, Detail string }

func (q *request) reasonViews(in []controller.Because) []reasonView {
	var out []reasonView
	for _, r := range in {
		v := reasonView{Source: q.law(r.Source), Detail: r.Detail}
		if key := "collective.reason." + r.Code; q.s.words[q.Lang].has(key) {
			peer := ""
			if r.Peer.ID != "" {
				peer = q.peerText(r.Peer)
			}
			v.Text = q.t(key, "peer", peer)
		} else {
			v.Text = q.t("collective.reason", "code", r.Code)
		}
		out = append(out, v)
	}
	return out
}

// law is where a reason comes from, as readers of the page know it. Sections of
// our own design mean nothing to them and are left out.
func (q *request) law(source string) string {
	known := slices.DeleteFunc(strings.Split(source, "; "), func(s string) bool { return strings.HasPrefix(s, "collective design") })
	words := strings.NewReplacer("Directive", q.t("law.directive"), "CJEU", q.t("law.court"), "Court of Justice", q.t("law.court"),
		" and ", " "+q.t("law.and")+" ", "recital", q.t("law.recital"))
	return words.Replace(strings.Join(known, "; "))
}

// stepView is a step in the history of a deed.
type stepView struct {
	controller.DeedStep
	Word    wordView
	Class   string
	Reasons []reasonView
}

func (q *request) stepViews(in []controller.DeedStep) []stepView {
	var out []stepView
	for _, h := range in {
		v := stepView{DeedStep: h, Word: wordOf(h.Word), Class: "done", Reasons: q.reasonViews(h.Reasons)}
		switch v.Word.Class {
		case "waiting":
			v.Class = "waiting"
		case "problem":
			v.Class = "failed"
		}
		out = append(out, v)
	}
	return out
}

// awaitText says whose turn it is; empty if nobody's.
func (q *request) awaitText(d *controller.DeedState) string {
	awaiting := d.Awaiting()
	switch {
	case d.Final || len(awaiting) == 0:
		return ""
	case d.Turn:
		return q.t("collective.turn.us")
	}
	return q.t("collective.turn.them", "peers", q.peersText(awaiting))
}

// moneyText writes euro cents as people in that language do.
func moneyText(l language, cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	point := ","
	if l == english {
		point = "."
	}
	rest := strconv.FormatInt(cents%100, 10)
	return "€ " + sign + formatNumber(l, cents/100) + point + strings.Repeat("0", 2-len(rest)) + rest
}

// readMoney reads an amount in euros as cents; false for what isn't one.
func readMoney(text string) (int64, bool) {
	text = strings.NewReplacer("€", "", " ", "", "\u00a0", "").Replace(text)
	whole, part := text, ""
	if i := strings.LastIndexAny(text, ",."); i >= 0 && len(text)-i <= 3 {
		whole, part = text[:i], text[i+1:]
	}
	whole = strings.NewReplacer(".", "", ",", "").Replace(whole)
	n, err := strconv.ParseUint(whole+(part + "00")[:2], 10, 53)
	return int64(n), err == nil && whole != ""
}

// readCount reads a whole number, with points or commas in it or without; -1 for
// what isn't one, so that the rules refuse it.
func readCount(text string) int64 {
	n, err := strconv.ParseInt(strings.NewReplacer(".", "", ",", "", " ", "").Replace(text), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func peerOptions(peers []fsc.Peer) []option {
	var out []option
	for _, p := range peers {
		out = append(out, option{string(p.ID), cmp.Or(brief(p.Name), string(p.ID))})
	}
	return out
}
