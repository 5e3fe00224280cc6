// SPDX-License-Identifier: EUPL-1.2

package dossier

import (
	"slices"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// maxBodyText is how long the text of a proposal may be, in characters; what is
// longer is an annex.
const maxBodyText = 20_000

// Decision is the body of a proposal that organisations decide about. Who
// decides, and by which majority, is in the deed's rule.
type Decision struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	// Document is the annex that is decided about; may be empty.
	Document deed.Hash `json:"document,omitzero"`
}

// ReadDecision reads the body of a decision's deed.
func ReadDecision(c *deed.Content) (*Decision, error) {
	var d Decision
	if err := read(c, TypeDecision, &d); err != nil {
		return nil, err
	}
	switch {
	case !text(d.Title, maxName):
		return nil, malformed("title", "must have 1 to %d characters", maxName)
	case !text(d.Text, maxBodyText):
		return nil, malformed("text", "must have 1 to %d characters; put more in an annex", maxBodyText)
	case d.Document != "" && !slices.ContainsFunc(c.Annexes, func(a deed.Annex) bool { return a.Hash == d.Document }):
		return nil, malformed("document", "isn't an annex of the deed")
	}
	return &d, nil
}
