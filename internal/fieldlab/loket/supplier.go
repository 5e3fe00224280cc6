// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"log/slog"
	"net/http"
	"time"
)

// SupplierConfig is what the supplier's service needs.
type SupplierConfig struct {
	// Desk tells where the supplier's own Outway takes calls for the service
	// meldingen of a municipality, by its key; false when there is no such place
	// yet. It is asked for each notice.
	Desk func(municipality string) (Target, bool)
	// Client makes the calls.
	Client *http.Client
	Now    func() time.Time
	Logger *slog.Logger
}

// supplier is the service behind the supplier's Inway.
type supplier struct{ SupplierConfig }

// NewSupplier makes the service of the supplier, to be put behind its Inway:
// POST verhuizingen and POST overlijdensaangiften, at the end of any path. It
// checks a notice, delivers it to the municipality it is for and gives back that
// municipality's [Receipt]. It keeps nothing. A notice that could not be
// delivered is a problem with status 502, and can be sent again with the same key.
func NewSupplier(cfg SupplierConfig) http.Handler {
	s := &supplier{cfg}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		receipt, failed := s.serve(w, r)
		sendOutcome(w, http.StatusCreated, receipt, failed)
	})
}

func (s *supplier) serve(w http.ResponseWriter, r *http.Request) (Receipt, *problem) {
	name, body, failed := readPost(w, r, KindMove.Path(), KindDeath.Path())
	if failed != nil {
		return Receipt{}, failed
	}
	n, faults := s.parse(name, body)
	if len(faults) > 0 {
		return Receipt{}, invalid(faults)
	}
	return s.deliver(r, n)
}

func (s *supplier) parse(name string, body []byte) (notice, []Fault) {
	if name == KindDeath.Path() {
		d, faults := ParseDeath(body, s.Now())
		return notice{Death: &d}, faults
	}
	m, faults := ParseMove(body, s.Now())
	return notice{Move: &m}, faults
}

// deliver brings a notice to the municipality it is for.
func (s *supplier) deliver(r *http.Request, n notice) (Receipt, *problem) {
	to, _ := n.municipality() // there is one: the notice was checked
	log := s.Logger.With("kind", string(n.kind()), "municipality", to.Key)
	target, ok := s.Desk(to.Key)
	if !ok {
		log.WarnContext(r.Context(), "no way to deliver a notice")
		return Receipt{}, undelivered(to, "")
	}
	answer, err := post(r.Context(), s.Client, target, DeskPath, n)
	if err != nil {
		log.WarnContext(r.Context(), "own outway does not answer", "error", err)
		return Receipt{}, undelivered(to, "")
	}
	if receipt, ok := answer.receipt(); ok {
		log.InfoContext(r.Context(), "notice delivered", "transaction_id", answer.transaction)
		return receipt, nil
	}
	if p, ok := answer.problem(); ok && p.Code == problemChanged {
		return Receipt{}, &p
	}
	log.WarnContext(r.Context(), "notice not delivered", "status", answer.status, "error_code", answer.refusal)
	return Receipt{}, undelivered(to, answer.refusal)
}

func undelivered(to Municipality, refusal string) *problem {
	return &problem{
		Title: "De melding is niet bezorgd.", Status: http.StatusBadGateway, Code: problemUndelivered,
		Detail:       "Gemeente " + to.Name + " heeft de melding niet ontvangen. Stuur haar later opnieuw, met hetzelfde kenmerk.",
		Municipality: to.Name, Refusal: refusal,
	}
}
