// SPDX-License-Identifier: EUPL-1.2

package verify

import (
	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/dossier"
	"github.com/samenspel/samenspel/internal/collective/rule"
)

// Report is what can be known of the files. Instants are Unix seconds.
type Report struct {
	Group fsc.GroupID `json:"group_id"`
	At    int64       `json:"at"` // the moment of the states
	// Sound tells that every file could be read, all in them held, and each keeper
	// told one story. Missing deeds don't make it unsound.
	Sound    bool      `json:"sound"`
	Dossiers []Dossier `json:"dossiers,omitzero"` // in the order of the files
	Unread   []Unread  `json:"unread,omitzero"`
	// Copies are contradictions between two copies of one dossier.
	Copies []Copies `json:"copies,omitzero"`
	// Missing are parents and mandates that are named and stand in no file.
	Missing []deed.Hash `json:"missing,omitzero"`
	// Unnamed are files that were given as annexes and that no deed names: other
	// bytes than were signed, or of another dossier. They make it unsound.
	Unnamed []string `json:"unnamed,omitzero"`
}

// Unread is a file that isn't a dossier.
type Unread struct {
	File   string    `json:"file"`
	Code   deed.Code `json:"code"`
	Detail string    `json:"detail"`
}

// Copies are two files in which a keeper tells different stories of one dossier.
type Copies struct {
	Dossier deed.Hash  `json:"dossier"`
	Files   []string   `json:"files"`
	Keeper  fsc.PeerID `json:"keeper"`
	Proof   []byte     `json:"proof"` // as [deed.Equivocation.Raw] gives it
}

// Dossier is what one file holds.
type Dossier struct {
	File   string      `json:"file"`
	Root   deed.Hash   `json:"dossier"`
	Group  fsc.GroupID `json:"group_id"`
	Keeper fsc.PeerID  `json:"keeper,omitzero"` // empty: nobody keeps a feed of it
	Sound  bool        `json:"sound"`
	// Signatures is the number of signatures that held.
	Signatures int `json:"signatures"`
	// Entries is the number of entries, Covered the number of those that the keeper
	// vouches for, and CheckpointAt when it signed that.
	Entries int   `json:"entries"`
	Covered int64 `json:"covered"`
	// Withheld are deeds and signatures that this excerpt leaves out; what they would
	// change isn't known. Empty: the file is whole.
	Withheld     []deed.Hash `json:"withheld,omitzero"`
	CheckpointAt int64       `json:"checkpoint_at,omitzero"`
	// Findings are what doesn't hold; Equivocations the number of proofs in the file
	// itself that the keeper told two stories.
	Findings      []Finding `json:"findings,omitzero"`
	Equivocations int       `json:"equivocations,omitzero"`
	Deeds         []Deed    `json:"deeds"`
}

// Finding is something in a file that doesn't hold.
type Finding struct {
	Code    deed.Code `json:"code"`
	Subject deed.Hash `json:"subject,omitzero"`
	Detail  string    `json:"detail"`
}

// Deed is a deed and its state at the moment of the report.
type Deed struct {
	Hash deed.Hash `json:"hash"`
	Type deed.Type `json:"type"`
	Kind string    `json:"kind"`          // the type's name in one English word; empty: unknown
	Name string    `json:"name,omitzero"` // what the deed calls itself; text of others
	// Word is the state for people; State and Overlays are those of the rules.
	Word       collective.Word `json:"word"`
	State      rule.State      `json:"state"`
	Overlays   []string        `json:"overlays,omitzero"`
	Since      int64           `json:"since,omitzero"`
	NotBefore  int64           `json:"not_before"`
	NotAfter   int64           `json:"not_after,omitzero"`
	ReceivedAt int64           `json:"received_at,omitzero"` // by the keeper
	Parents    []deed.Hash     `json:"parents,omitzero"`
	Parties    []deed.Party    `json:"parties"`
	Awaiting   []deed.Party    `json:"awaiting,omitzero"` // whose turn it is
	// Reasons say why it is in this state; Notes are signatures without effect.
	Reasons []Reason `json:"reasons,omitzero"`
	Notes   []Reason `json:"notes,omitzero"`
	// Annexes are the documents that it names.
	Annexes []Annex `json:"annexes,omitzero"`
}

// Annex is a document that a deed names.
type Annex struct {
	Hash  deed.Hash  `json:"hash"`
	Name  string     `json:"name"` // text of others
	Size  int64      `json:"size"` // bytes
	Owner fsc.PeerID `json:"owner"`
	// File is the one that has these bytes; empty: none was given that has. That is no
	// fault.
	File string `json:"file,omitzero"`
}

// Reason is why something is as it is, and by which rule.
type Reason struct {
	Code   rule.ReasonCode `json:"code"`
	Peer   fsc.PeerID      `json:"peer_id,omitzero"`
	Deed   deed.Hash       `json:"deed,omitzero"`
	Detail string          `json:"detail,omitzero"`
	Source string          `json:"source,omitzero"`
}

func (v *Verifier) describe(view *rule.View, r *read) Dossier {
	d := Dossier{
		File: r.name, Root: r.report.Root, Group: r.report.GroupID, Keeper: r.report.Keeper, Sound: r.report.Sound(),
		Signatures: len(r.report.Signed), Entries: len(r.dossier.Entries), Covered: r.report.Covered.Number,
		CheckpointAt: r.report.CheckpointAt, Equivocations: len(r.report.Equivocations),
		Withheld: r.report.Withheld,
	}
	for _, f := range r.report.Findings {
		d.Findings = append(d.Findings, Finding(f))
	}
	for _, c := range r.report.Deeds {
		status, _ := view.Status(c.Hash())
		d.Deeds = append(d.Deeds, v.describeDeed(&status, r.report.Received[c.Hash()]))
	}
	return d
}

func (v *Verifier) describeDeed(s *rule.Status, received deed.Receipt) Deed {
	c := s.Deed
	return Deed{
		Hash: c.Hash(), Type: c.Type, Kind: v.table.Name(c.Type), Name: nameOf(c), Word: wordOf(s), State: s.State, Overlays: s.Overlays,
		Since: s.Since, NotBefore: c.NotBefore, NotAfter: c.NotAfter, ReceivedAt: received.At, Parents: c.Parents, Parties: c.Parties,
		Awaiting: s.Awaiting, Reasons: reasonsOf(s.Reasons), Notes: reasonsOf(s.Notes),
		Annexes: annexesOf(c),
	}
}

func annexesOf(c *deed.Content) []Annex {
	var out []Annex
	for _, a := range c.Annexes {
		out = append(out, Annex{Hash: a.Hash, Name: a.Name, Size: a.Size, Owner: a.Owner})
	}
	return out
}

// Compare looks which deeds name a file as an annex, by the hash of its bytes.
func (r *Report) Compare(file string, h deed.Hash) {
	named := false
	for i := range r.Dossiers {
		for j := range r.Dossiers[i].Deeds {
			annexes := r.Dossiers[i].Deeds[j].Annexes
			for k := range annexes {
				if annexes[k].Hash == h {
					annexes[k].File, named = file, true
				}
			}
		}
	}
	if !named {
		r.Unnamed, r.Sound = append(r.Unnamed, file), false
	}
}

func reasonsOf(list []rule.Reason) []Reason {
	var out []Reason
	for _, r := range list {
		out = append(out, Reason{Code: r.Code, Peer: r.Peer, Deed: r.Deed, Detail: r.Detail, Source: r.Source})
	}
	return out
}

func wordOf(s *rule.Status) collective.Word {
	switch s.Deed.Type {
	case dossier.TypeFramework:
		return collective.FrameworkState(*s)
	case dossier.TypeAccession:
		return collective.AccessionState(*s)
	case dossier.TypeCallOff:
		return collective.CallOffState(*s)
	default:
		return collective.Word(s.State)
	}
}

// nameOf gives what a deed calls itself. Whether its body is good is said by the
// rules; here only a text is looked for.
func nameOf(c *deed.Content) string {
	var b struct {
		Name  string `json:"name"`
		Title string `json:"title"`
	}
	if json.Unmarshal(c.Body, &b) != nil {
		return ""
	}
	if b.Name != "" {
		return b.Name
	}
	return b.Title
}
