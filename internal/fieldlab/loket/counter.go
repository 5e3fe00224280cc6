// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/samenspel/samenspel/internal/controller/web"
)

// CounterConfig is what the form pages of a municipality need.
type CounterConfig struct {
	// Variation is the municipality and its local colour.
	Variation Variation
	// Supplier is the name of who runs the service behind the forms.
	Supplier string
	// Service tells where the municipality's own Outway takes calls for the service
	// of a kind; false when there is no agreement yet. It is asked for each notice.
	Service func(Kind) (Target, bool)
	// Received lists what the municipality's own [Desk] has; may be nil.
	Received func() []Received
	// Switch gives links to other pages of the fieldlab; may be nil.
	Switch func(*http.Request) []web.SwitchLink
	// Host is the IP address and port where the pages are served.
	Host string
	// Client makes the calls.
	Client *http.Client
	Now    func() time.Time
	Logger *slog.Logger
}

// counter sends what people type.
type counter struct{ CounterConfig }

// NewCounter makes the form pages of a municipality: a start page, a form for
// each [Kind] under /formulier/, and /ontvangen with what its desk received. The
// pages need no login and keep nothing. It fails for a municipality that isn't in
// the tale, and as web.NewLoket does.
func NewCounter(cfg CounterConfig) (http.Handler, error) {
	own, ok := municipalityOf(cfg.Variation.Municipality)
	if !ok {
		return nil, errors.New("the variation names no municipality of the tale")
	}
	c := &counter{cfg}
	v := cfg.Variation
	site := web.LoketConfig{
		Key: own.Key, Name: "Gemeente " + own.Name, Supplier: cfg.Supplier, Welcome: v.Welcome, Address: v.Address, Phone: v.Phone,
		Send: c.send, Switch: cfg.Switch, Host: cfg.Host, Now: cfg.Now, Logger: cfg.Logger,
		Forms: []web.LoketForm{
			{Key: string(KindMove), Intro: v.Intros[KindMove], Sections: moveSections()},
			{Key: string(KindDeath), Intro: v.Intros[KindDeath], Sections: deathSections()},
		},
	}
	for _, h := range v.Hours {
		site.Hours = append(site.Hours, web.LoketHours(h))
	}
	if cfg.Received != nil {
		site.Received = c.received
	}
	return web.NewLoket(site)
}

func (c *counter) received() []web.LoketNotice {
	var out []web.LoketNotice
	for _, r := range c.Received() {
		out = append(out, web.LoketNotice{
			Reference: r.Receipt.Reference, Kind: string(r.Kind), Day: r.Day, People: r.People, Received: r.Receipt.Received,
		})
	}
	return out
}

// send checks what was typed and sends it to the supplier.
func (c *counter) send(ctx context.Context, form string, values url.Values) web.LoketOutcome {
	var n notice
	var rows []int
	if Kind(form) == KindDeath {
		d := typed(values).death()
		n.Death = &d
	} else {
		m, numbers := typed(values).move()
		n.Move, rows = &m, numbers
	}
	if faults := n.faults(c.Now()); len(faults) > 0 {
		return refuseFields(faults, rows)
	}
	log := c.Logger.With("municipality", c.Variation.Municipality, "kind", form)
	target, ok := c.Service(n.kind())
	if !ok {
		log.WarnContext(ctx, "no agreement to send a notice under")
		return refuse(web.LoketRefusal{Reason: reasonNoAgreement})
	}
	answer, err := post(ctx, c.Client, target, n.kind().Path(), n.content())
	if err != nil {
		log.WarnContext(ctx, "own outway does not answer", "error", err)
		return refuse(web.LoketRefusal{Reason: reasonOwnSystem})
	}
	if receipt, ok := answer.receipt(); ok {
		log.InfoContext(ctx, "notice sent", "transaction_id", answer.transaction)
		return web.LoketOutcome{Receipt: &web.LoketReceipt{
			Municipality: receipt.Municipality, Reference: receipt.Reference, Received: receipt.Received, Transaction: answer.transaction,
		}}
	}
	log.WarnContext(ctx, "notice refused", "status", answer.status, "error_code", answer.refusal)
	return refusedBy(answer, rows)
}

// refuseFields makes an outcome of faults.
func refuseFields(faults []Fault, rows []int) web.LoketOutcome {
	var out web.LoketOutcome
	for _, f := range faults {
		out.Faults = append(out.Faults, web.LoketFault{Field: inForm(f.Field, rows), Code: f.Code})
	}
	return out
}

func refuse(r web.LoketRefusal) web.LoketOutcome { return web.LoketOutcome{Refusal: &r} }
