// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

// The scenes by key.
const (
	sceneDirect    = "direct"
	sceneDelegated = "delegated"
	sceneRefused   = "refused"
	sceneRevoked   = "revoked"
)

// call is what one request of an application came to.
type call struct {
	scene         string
	at            time.Time
	from, to      *member
	onBehalf      *member // nil: its own
	status        int
	code          string // Fsc-Error-Code; empty if the source answered
	took          time.Duration
	transactionID string
	answer        string // who was found, or why it was refused
	inBothLogs    bool
	kept          bool // a form that was refused holds what was typed
}

// perform plays the four scenes, and the tale of the framework after them.
func (f *federation) perform(ctx context.Context) error {
	if err := f.publish(ctx); err != nil {
		return fmt.Errorf("publication: %w", err)
	}
	f.out.step("%s has published the service %q; %s lists it", f.source.name, serviceName, f.directory.name)
	for _, scene := range []func(context.Context) error{f.direct, f.delegated, f.refused, f.revoked} {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	if err := f.tale(ctx); err != nil {
		return err
	}
	f.out.table()
	return nil
}

func (f *federation) direct(ctx context.Context) error {
	const scene = "direct connection"
	if err := f.connectDirect(ctx); err != nil {
		return fmt.Errorf("%s: %w", scene, err)
	}
	f.out.step("%s asked for access and %s accepted: one contract, two signatures", f.duinwijk.name, f.source.name)
	return f.succeed(ctx, sceneDirect, scene, f.duinwijk)
}

func (f *federation) delegated(ctx context.Context) error {
	const scene = "delegated connection"
	h, there, err := f.agreed(ctx, sceneDelegated)
	if err == nil && !there {
		h, err = f.connectDelegated(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", scene, err)
	}
	f.out.delegation = h
	f.out.step("%s lets %s call on its behalf: one contract, three signatures, the source's by a rule", f.veenhoven.name, f.supplier.name)
	return f.succeed(ctx, sceneDelegated, scene, f.supplier)
}

func (f *federation) refused(ctx context.Context) error {
	c, err := f.ask(ctx, "call without a contract", f.veenhoven)
	if err != nil {
		return err
	}
	if own, err := f.ownContract(ctx, f.veenhoven); err != nil || own {
		f.out.step("%s has a contract of its own since an earlier run: its call isn't refused", f.veenhoven.name)
		f.tell(sceneRefused, c)
		return err
	}
	if c.status < http.StatusBadRequest || c.code == "" {
		return fmt.Errorf("%s: the call should have been refused, and was answered with %d", c.scene, c.status)
	}
	f.out.step("%s has no contract of its own: refused at its own Outway", f.veenhoven.name)
	f.tell(sceneRefused, c)
	return nil
}

// revoked: the delegator takes its mandate back and the next call is refused.
func (f *federation) revoked(ctx context.Context) error {
	const scene = "call after a revocation"
	h := f.out.delegation
	if _, err := f.veenhoven.client.SignContract(ctx, h, fsc.SignatureTypeRevoke); err != nil {
		return fmt.Errorf("%s: %w", scene, err)
	}
	if err := awaitState(ctx, h, fsc.StateRevoked, f.supplier, f.source); err != nil {
		return fmt.Errorf("%s: %w", scene, err)
	}
	var c call
	err := poll(ctx, func() (bool, error) {
		var err error
		c, err = f.ask(ctx, scene, f.supplier)
		return c.code != "", err
	})
	if err != nil {
		return fmt.Errorf("%s: traffic goes on: %w", scene, err)
	}
	f.out.step("%s revoked; %s and %s know, and the next call is refused", f.veenhoven.name, f.supplier.name, f.source.name)
	f.tell(sceneRevoked, c)
	return nil
}

// succeed makes a call that has to be answered, and finds it in both logs. The
// first call under a contract may come before the Outway has heard of it.
func (f *federation) succeed(ctx context.Context, key, scene string, from *member) error {
	var c call
	err := poll(ctx, func() (bool, error) {
		var err error
		c, err = f.ask(ctx, scene, from)
		return c.status == http.StatusOK, err
	})
	if err != nil {
		return fmt.Errorf("%s: last answer %d %s %s: %w", scene, c.status, c.code, c.answer, err)
	}
	f.out.firstCall()
	if err := f.findRecords(ctx, &c); err != nil {
		return fmt.Errorf("%s: %w", scene, err)
	}
	f.tell(key, c)
	return nil
}

// tell keeps a call of a scene for the report and for the start page.
func (f *federation) tell(key string, c call) {
	f.out.calls = append(f.out.calls, c)
	f.story.tell(key, c)
}

// findRecords finds a call in the logs of both sides.
func (f *federation) findRecords(ctx context.Context, c *call) error {
	for _, m := range []*member{c.from, c.to} {
		if err := f.findRecord(ctx, m, c.transactionID); err != nil {
			return err
		}
	}
	c.inBothLogs = true
	return nil
}

// findRecord waits until a member's log shows the transaction.
func (f *federation) findRecord(ctx context.Context, m *member, id string) error {
	err := poll(ctx, func() (bool, error) {
		records, err := m.client.ListRecords(ctx, internalapi.RecordFilter{TransactionID: id})
		return len(records) == 1, err
	})
	if err != nil {
		return fmt.Errorf("transaction %s is not in the log of %s: %w", id, m.name, err)
	}
	return nil
}

// ask is an application: it asks its own Outway for one person, with nothing but
// plain HTTP. Each member asks for a person of its own.
func (f *federation) ask(ctx context.Context, scene string, from *member) (call, error) {
	began, bsn := f.now(), f.bsns[0]
	var onBehalf *member
	switch from {
	case f.supplier:
		bsn, onBehalf = f.bsns[1], f.veenhoven
	case f.veenhoven:
		bsn = f.bsns[2]
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, from.outway()+servicePath+"/personen", bytes.NewReader(question(bsn)))
	if err != nil {
		return call{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := f.application.RoundTrip(req)
	if err != nil {
		return call{}, fmt.Errorf("%s: %w", scene, err)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return call{}, fmt.Errorf("%s: %w", scene, err)
	}
	return call{
		scene: scene, at: began, from: from, to: f.source, onBehalf: onBehalf, status: res.StatusCode, code: res.Header.Get("Fsc-Error-Code"), took: f.now().Sub(began),
		transactionID: res.Header.Get("Fsc-Transaction-Id"), answer: summary(body),
	}, nil
}

// question asks for one person by number, and only for what is needed.
func question(bsn string) []byte {
	return fmt.Appendf(nil, `{"type":"RaadpleegMetBurgerservicenummer","burgerservicenummer":[%q],"fields":["naam","geboorte.datum"]}`, bsn)
}

// summary picks the name out of an answer, or the words of a refusal.
func summary(body []byte) string {
	var a struct {
		Persons []struct {
			Name struct {
				Full string `json:"volledigeNaam"`
			} `json:"naam"`
		} `json:"personen"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return ""
	}
	if len(a.Persons) > 0 {
		return a.Persons[0].Name.Full
	}
	return a.Message
}
