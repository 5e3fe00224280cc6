// SPDX-License-Identifier: EUPL-1.2

package deed

// EntryKind says what a feed received.
type EntryKind string

// The kinds of entries.
const (
	EntryDeed      EntryKind = "deed"
	EntrySignature EntryKind = "signature"
)

// Entry is one line in the feed of a dossier: the secretariat received this, as
// number so many, at that time. Each entry holds the hash of the one before.
type Entry struct {
	Dossier    Hash      // the deed that founds the dossier
	Number     int64     // from 1, without gaps
	Previous   Hash      // of the entry before; empty for the first
	Kind       EntryKind // what Subject is
	Subject    Hash      // of the deed or the signature
	ReceivedAt int64     // Unix seconds, never before that of the entry before
}

type wireEntry struct {
	Dossier    Hash      `json:"dossier"`
	Number     *int64    `json:"number"`
	Previous   *Hash     `json:"previous,omitzero"`
	Kind       EntryKind `json:"kind"`
	Subject    Hash      `json:"subject"`
	ReceivedAt *int64    `json:"received_at"`
}

// ParseEntry reads an entry strictly. Whether it fits a feed is for
// [Head.Extend].
func ParseEntry(raw []byte) (Entry, error) {
	if len(raw) > MaxSignature {
		return Entry{}, fault(CodeLimit, "", "entry is larger than %d bytes", MaxSignature)
	}
	var w wireEntry
	if err := Unmarshal(raw, &w); err != nil {
		return Entry{}, err
	}
	return w.entry()
}

func (w *wireEntry) entry() (Entry, error) {
	if w.Number == nil || w.ReceivedAt == nil {
		return Entry{}, fault(CodeMalformed, "", "an entry needs dossier, number, kind, subject and received_at")
	}
	e := Entry{Dossier: w.Dossier, Number: *w.Number, Kind: w.Kind, Subject: w.Subject, ReceivedAt: *w.ReceivedAt}
	if w.Previous != nil {
		e.Previous = *w.Previous
		if e.Previous == "" {
			return Entry{}, fault(CodeMalformed, "previous", "can't be empty; the first entry leaves it out")
		}
	}
	return e, e.check()
}

func (e *Entry) check() error {
	if _, err := e.Dossier.Type(); err != nil {
		return named("dossier", err)
	}
	switch {
	case e.Number < 1 || e.Number > MaxEntries:
		return fault(CodeLimit, "number", "must be 1 to %d", MaxEntries)
	case e.ReceivedAt < 0 || e.ReceivedAt > MaxInstant:
		return fault(CodeMalformed, "received_at", "must be Unix seconds from 0 to %d", int64(MaxInstant))
	case (e.Number == 1) != (e.Previous == ""):
		return fault(CodeFeed, "previous", "is there in every entry but the first")
	}
	if e.Previous != "" {
		if err := e.Previous.must(numberEntry); err != nil {
			return named("previous", err)
		}
	}
	var err error
	switch e.Kind {
	case EntryDeed:
		_, err = e.Subject.Type()
	case EntrySignature:
		err = e.Subject.must(numberSignature)
	default:
		return fault(CodeMalformed, "kind", "must be deed or signature")
	}
	if err != nil {
		return named("subject", err)
	}
	return nil
}

func (e *Entry) wire() wireEntry {
	w := wireEntry{Dossier: e.Dossier, Number: &e.Number, Kind: e.Kind, Subject: e.Subject, ReceivedAt: &e.ReceivedAt}
	if e.Previous != "" {
		w.Previous = &e.Previous
	}
	return w
}

// Raw gives the entry in canonical form.
func (e *Entry) Raw() ([]byte, error) { return marshalCanonical(e.wire()) }

// Receipt gives what the entry is to the thing it received.
func (e *Entry) Receipt() Receipt {
	return Receipt{Dossier: e.Dossier, Number: e.Number, At: e.ReceivedAt}
}

// Hash gives the hash that the next entry and a checkpoint hold.
func (e *Entry) Hash() (Hash, error) {
	raw, err := e.Raw()
	if err != nil {
		return "", err
	}
	return hashOf(numberEntry, raw), nil
}

// Head is where a feed has come to. It is a value: a keeper stores it beside the
// entries, a reader beside what it has read.
type Head struct {
	Dossier Hash
	Number  int64 // of the last entry; 0: nothing yet
	Hash    Hash  // of the last entry; empty: nothing yet
	At      int64 // received_at of the last entry
}

// NewFeed gives the head of the empty feed of the dossier that a deed founds.
func NewFeed(dossier Hash) Head { return Head{Dossier: dossier} }

// Append makes the next entry, for the keeper of the feed. When its clock has
// gone back, the entry gets the time of the one before.
func (h Head) Append(kind EntryKind, subject Hash, at int64) (Entry, Head, error) {
	e := Entry{Dossier: h.Dossier, Number: h.Number + 1, Previous: h.Hash, Kind: kind, Subject: subject, ReceivedAt: max(at, h.At)}
	next, err := h.Extend(e)
	if err != nil {
		return Entry{}, h, err
	}
	return e, next, nil
}

// Extend checks that the entries follow on this head, and gives the head after
// them. The first entry of a feed receives the deed that founds the dossier.
func (h Head) Extend(entries ...Entry) (Head, error) {
	for i := range entries {
		e := &entries[i]
		if err := e.check(); err != nil {
			return h, err
		}
		switch {
		case e.Dossier != h.Dossier:
			return h, fault(CodeFeed, "dossier", "is another dossier than that of the feed")
		case e.Number != h.Number+1:
			return h, fault(CodeFeed, "number", "is %d, where %d follows", e.Number, h.Number+1)
		case e.Previous != h.Hash:
			return h, fault(CodeFeed, "previous", "of entry %d isn't the hash of the entry before", e.Number)
		case e.ReceivedAt < h.At:
			return h, fault(CodeFeed, "received_at", "of entry %d lies before that of the entry before", e.Number)
		case e.Number == 1 && e.Subject != h.Dossier:
			return h, fault(CodeFeed, "subject", "of the first entry must be the deed that founds the dossier")
		}
		hash, err := e.Hash()
		if err != nil {
			return h, err
		}
		h = Head{Dossier: h.Dossier, Number: e.Number, Hash: hash, At: e.ReceivedAt}
	}
	return h, nil
}
