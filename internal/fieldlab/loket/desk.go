// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// maxReceived is how many notices a desk remembers. An older one that is sent
// again counts as new.
const maxReceived = 200

// DeskConfig is what the desk of a municipality needs.
type DeskConfig struct {
	// Municipality is its key; see [Municipalities].
	Municipality string
	Now          func() time.Time
	Logger       *slog.Logger
}

// Desk is where a municipality receives notices: its service meldingen. It
// remembers the newest ones, in memory, and of those no personal data.
type Desk struct {
	own    Municipality
	now    func() time.Time
	logger *slog.Logger

	mu       sync.Mutex
	count    int
	received []entry // newest first
}

// Received is a notice as the desk remembers it.
type Received struct {
	Receipt Receipt
	Kind    Kind
	// Day is what the notice is about, "2006-01-02"; empty when nobody knows it.
	Day string
	// People is how many people it is about.
	People int
}

// entry is a notice with what recognises it: its key and a hash of the whole.
type entry struct {
	Received
	key  string
	hash [sha256.Size]byte
}

// NewDesk makes the desk of a municipality. It fails for one that isn't in the
// tale.
func NewDesk(cfg DeskConfig) (*Desk, error) {
	own, ok := municipalityOf(cfg.Municipality)
	if !ok {
		return nil, fmt.Errorf("municipality %q is not in the tale", cfg.Municipality)
	}
	return &Desk{own: own, now: cfg.Now, logger: cfg.Logger}, nil
}

// Handler serves POST meldingen at the end of any path, to be put behind the
// municipality's Inway. A new notice is answered with 201, one that was received
// before with 200, both with a [Receipt].
func (d *Desk) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		receipt, added, failed := d.serve(w, r)
		status := http.StatusOK
		if added {
			status = http.StatusCreated
		}
		sendOutcome(w, status, receipt, failed)
	})
}

func (d *Desk) serve(w http.ResponseWriter, r *http.Request) (Receipt, bool, *problem) {
	_, body, failed := readPost(w, r, DeskPath)
	if failed != nil {
		return Receipt{}, false, failed
	}
	n, faults := parseNotice(body, d.now())
	if len(faults) > 0 {
		return Receipt{}, false, invalid(faults)
	}
	if to, _ := n.municipality(); to.Key != d.own.Key {
		return Receipt{}, false, &problem{
			Title: "De melding is voor een andere gemeente.", Status: http.StatusUnprocessableEntity, Code: problemOther,
			Detail: "Stuur de melding naar gemeente " + to.Name + ".", Municipality: to.Name,
		}
	}
	receipt, added, failed := d.keep(n)
	if failed == nil {
		d.logger.InfoContext(r.Context(), "notice received", "kind", string(n.kind()), "reference", receipt.Reference, "again", !added)
	}
	return receipt, added, failed
}

// keep remembers a notice, once.
func (d *Desk) keep(n notice) (Receipt, bool, *problem) {
	whole, err := json.Marshal(n) // so that layout doesn't matter
	if err != nil {
		return Receipt{}, false, invalid([]Fault{fault("", faultJSON)})
	}
	hash := sha256.Sum256(whole)
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := slices.IndexFunc(d.received, func(e entry) bool { return e.key == n.key() }); i >= 0 {
		if d.received[i].hash != hash {
			return Receipt{}, false, &problem{
				Title: "Dit kenmerk is al gebruikt.", Status: http.StatusConflict, Code: problemChanged,
				Detail: "Er is al een melding met dit kenmerk en een andere inhoud. Geef een nieuwe melding een nieuw kenmerk.",
			}
		}
		return d.received[i].Receipt, false, nil
	}
	d.count++
	now := d.now().UTC()
	receipt := Receipt{
		Municipality: d.own.Name, Received: now,
		Reference: fmt.Sprintf("%s-%d-%05d", strings.ToUpper(d.own.Key[:3]), now.Year(), d.count),
	}
	e := entry{Received: Received{receipt, n.kind(), n.day(), n.people()}, key: n.key(), hash: hash}
	d.received = slices.Insert(d.received, 0, e)
	d.received = d.received[:min(len(d.received), maxReceived)]
	return receipt, true, nil
}

// Received gives what the desk remembers, newest first.
func (d *Desk) Received() []Received {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]Received, len(d.received))
	for i, e := range d.received {
		out[i] = e.Received
	}
	return out
}
