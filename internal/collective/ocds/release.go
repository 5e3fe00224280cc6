// SPDX-License-Identifier: EUPL-1.2

package ocds

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"
)

// Release is one release: what was published about one contracting process at
// one moment. It is valid and doesn't change. The zero Release is empty and
// belongs to no process.
type Release struct{ tree object }

// OCID is the id of the contracting process, such as ocds-213czf-mantel-1.
func (r Release) OCID() string { return text(r.tree, "ocid") }

// ID is the release's own id, unique within its process and used once.
func (r Release) ID() string { return text(r.tree, "id") }

// Date is the moment of publication, with its offset.
func (r Release) Date() time.Time {
	t, err := time.Parse(time.RFC3339, text(r.tree, "date"))
	if err != nil {
		return time.Time{} // the zero Release only: a date was checked before
	}
	return t
}

// Tags say what the release brings, from the codelist releaseTag.
func (r Release) Tags() []string {
	list, _ := r.tree["tag"].([]any)
	out := make([]string, 0, len(list))
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// IsFramework tells whether the release itself says that it sets up a framework
// agreement (extension techniques). Publishers without that extension don't say so.
func (r Release) IsFramework() bool {
	return child(child(r.tree, "tender"), "techniques")["hasFrameworkAgreement"] == true
}

// MarshalJSON gives the release with names in order: equal releases, equal bytes.
func (r Release) MarshalJSON() ([]byte, error) {
	raw, err := encode(r.tree)
	return bytes.TrimSpace(raw), err
}

// same tells whether two releases say the same, whatever the order of names.
func (r Release) same(o Release) bool { return canonical(r.tree) == canonical(o.tree) }

// key names a release among those of all processes.
func (r Release) key() string { return r.OCID() + "\x00" + r.ID() }

// Stamp is what makes a release one of a kind.
type Stamp struct {
	ID   string    // release id, unique within the process; see [ReleaseID]
	Date time.Time // receipt of the deed it comes from; written with the offset of Europe/Amsterdam
}

// digits of a deed's hash in a release id: 64 bits, far more than one process
// can have deeds.
const idDigits = 16

// ReleaseID is the id of the release that comes from one deed: the process and
// the begin of the deed's hash. The same deed gives the same id everywhere.
func ReleaseID(ocid string, deed [sha256.Size]byte) string {
	return ocid + "-" + hex.EncodeToString(deed[:])[:idDigits]
}

// ocidForm is a registered prefix of six characters and a local part (OCDS 1.1,
// identifiers).
var ocidForm = regexp.MustCompile(`^ocds-[a-z0-9]{6}-[A-Za-z0-9][A-Za-z0-9._-]{0,199}$`)

// CallOffOCID is the id of the process of a buyer's n-th call-off under a
// framework. A call-off is a process of its own (OCDS guidance on frameworks).
// A buyer with a CBS code is named by it, others by OIN or own id.
func CallOffOCID(framework string, buyer Organisation, n int) string {
	name := buyer.CBS
	if name == "" {
		name = buyer.partyID()
	}
	return fmt.Sprintf("%s-no-%s-%02d", framework, strings.ToLower(name), n)
}

// make builds a release around the body and checks it strictly.
func (s *Standard) make(ocid string, at Stamp, body object, tags ...string) (Release, error) {
	if !ocidForm.MatchString(ocid) {
		return Release{}, problem("ocid", ruleInput, "must be ocds-, a registered prefix of six characters, and a name of letters, digits and . _ -")
	}
	if at.ID == "" || at.Date.IsZero() {
		return Release{}, problem("stamp", ruleInput, "a release needs an id and a date")
	}
	tree := compact(object{
		"ocid": ocid, "id": at.ID, "date": s.date(at.Date), "language": "nl",
		"tag": texts(tags), "initiationType": "tender",
	})
	maps.Copy(tree, compact(body))
	return s.checked(tree)
}

// checked makes a release of a tree that must satisfy the schemas strictly.
func (s *Standard) checked(tree object) (Release, error) {
	c := checker{strict: true}
	c.check(s.release, "", tree)
	if err := c.found.err(); err != nil {
		return Release{}, err
	}
	return Release{tree: tree}, nil
}

// Append adds releases to those that were published before. A release that is
// there already is skipped; one that has the id of another of its process but
// says something else is refused ([RuleImmutable]), because a published release
// never changes. The input is left as it was.
func Append(published []Release, next ...Release) ([]Release, error) {
	known := make(map[string]Release, len(published)+len(next))
	out := make([]Release, 0, len(published)+len(next))
	for _, list := range [][]Release{published, next} {
		for _, r := range list {
			old, seen := known[r.key()]
			if seen && !old.same(r) {
				return nil, problem("id", RuleImmutable, "release %s of %s was published with other content; publish a new release with its own id", r.ID(), r.OCID())
			}
			if !seen {
				known[r.key()] = r
				out = append(out, r)
			}
		}
	}
	return out, nil
}
