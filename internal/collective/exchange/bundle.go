// SPDX-License-Identifier: EUPL-1.2

package exchange

import (
	"fmt"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// A list of signatures or checkpoints travels like in a dossier file: each chain
// of certificates once, found by the thumbprint in the JWS.

// wireSigned is a signature on its own.
type wireSigned struct {
	JWS   string   `json:"jws"`
	Chain [][]byte `json:"chain"`
}

// wireCheckpoints are checkpoints with their certificates.
type wireCheckpoints struct {
	Checkpoints  []string   `json:"checkpoints"`
	Certificates [][][]byte `json:"certificates"`
}

// wireSignatures are signatures with their certificates.
type wireSignatures struct {
	Signatures   []string   `json:"signatures"`
	Certificates [][][]byte `json:"certificates"`
}

// bundle collects chains, each once.
type bundle struct {
	seen   map[string]bool
	chains [][][]byte
}

func newBundle() *bundle { return &bundle{map[string]bool{}, [][][]byte{}} }

func (b *bundle) add(chain [][]byte) {
	if len(chain) == 0 {
		return
	}
	if leaf := fsc.CertificateThumbprint(chain[0]); !b.seen[leaf] {
		b.seen[leaf] = true
		b.chains = append(b.chains, chain)
	}
}

// chains are those that came in, by the thumbprint of their leaf.
type chains struct {
	of   map[string][][]byte
	used map[string]bool
}

// readChains refuses chains beyond the format and one that stands there twice.
func readChains(in [][][]byte) (*chains, error) {
	if in == nil {
		return nil, malformed("certificates", "is missing")
	}
	c := &chains{of: make(map[string][][]byte, len(in)), used: map[string]bool{}}
	for i, chain := range in {
		field := fmt.Sprintf("certificates[%d]", i)
		if err := checkChain(field, chain); err != nil {
			return nil, err
		}
		leaf := fsc.CertificateThumbprint(chain[0])
		if c.of[leaf] != nil {
			return nil, &deed.Error{Code: deed.CodeDuplicate, Field: field, Detail: "stands there twice"}
		}
		c.of[leaf] = chain
	}
	return c, nil
}

// find gives the chain that a JWS names.
func (c *chains) find(field, thumbprint string) ([][]byte, error) {
	chain := c.of[thumbprint]
	if chain == nil {
		return nil, &deed.Error{Code: deed.CodeCertificate, Field: field, Detail: "its certificate isn't among the certificates"}
	}
	c.used[thumbprint] = true
	return chain, nil
}

// done refuses certificates that nothing needs.
func (c *chains) done() error {
	if len(c.used) != len(c.of) {
		return malformed("certificates", "has certificates that nothing here is signed with")
	}
	return nil
}

func checkChain(field string, chain [][]byte) error {
	if len(chain) == 0 || len(chain) > deed.MaxChain {
		return &deed.Error{Code: deed.CodeLimit, Field: field, Detail: fmt.Sprintf("must have 1 to %d certificates", deed.MaxChain)}
	}
	for _, der := range chain {
		if len(der) == 0 || len(der) > deed.MaxCertificate {
			return &deed.Error{Code: deed.CodeLimit, Field: field, Detail: fmt.Sprintf("has a certificate that isn't of 1 to %d bytes", deed.MaxCertificate)}
		}
	}
	return nil
}

func malformed(field, detail string) *deed.Error {
	return &deed.Error{Code: deed.CodeMalformed, Field: field, Detail: detail}
}

func encodeCheckpoints(list []collective.SignedCheckpoint) wireCheckpoints {
	b := newBundle()
	w := wireCheckpoints{Checkpoints: []string{}}
	for _, c := range list {
		w.Checkpoints = append(w.Checkpoints, c.JWS)
		b.add(c.Chain)
	}
	w.Certificates = b.chains
	return w
}

// decodeCheckpoints reads what both sides send each other at POST /checkpoints.
func decodeCheckpoints(raw []byte) ([]collective.SignedCheckpoint, error) {
	var w wireCheckpoints
	if err := deed.Unmarshal(raw, &w); err != nil {
		return nil, err
	}
	if len(w.Checkpoints) > MaxCheckpoints {
		return nil, &deed.Error{Code: deed.CodeLimit, Field: "checkpoints", Detail: fmt.Sprintf("are %d; at most %d are taken", len(w.Checkpoints), MaxCheckpoints)}
	}
	all, err := readChains(w.Certificates)
	if err != nil {
		return nil, err
	}
	out, err := readCheckpoints(w.Checkpoints, all)
	if err != nil {
		return nil, err
	}
	return out, all.done()
}

func readCheckpoints(list []string, all *chains) ([]collective.SignedCheckpoint, error) {
	if list == nil {
		return nil, malformed("checkpoints", "is missing")
	}
	out := make([]collective.SignedCheckpoint, 0, len(list))
	for i, jws := range list {
		field := fmt.Sprintf("checkpoints[%d]", i)
		c, err := deed.ParseCheckpoint(jws)
		if err != nil {
			return nil, within(field, err)
		}
		chain, err := all.find(field, c.CertificateThumbprint)
		if err != nil {
			return nil, err
		}
		out = append(out, collective.SignedCheckpoint{JWS: jws, Chain: chain})
	}
	return out, nil
}

// decodeSigned reads one signature with its chain.
func decodeSigned(raw []byte) (*deed.Signature, [][]byte, error) {
	var w wireSigned
	if err := deed.Unmarshal(raw, &w); err != nil {
		return nil, nil, err
	}
	if err := checkChain("chain", w.Chain); err != nil {
		return nil, nil, err
	}
	s, err := deed.ParseSignature(w.JWS)
	if err != nil {
		return nil, nil, within("jws", err)
	}
	if fsc.CertificateThumbprint(w.Chain[0]) != s.CertificateThumbprint {
		return nil, nil, &deed.Error{Code: deed.CodeCertificate, Field: "chain", Detail: "must begin with the certificate that the signature names"}
	}
	return s, w.Chain, nil
}

func encodeSignatures(list []collective.Item) wireSignatures {
	b := newBundle()
	w := wireSignatures{Signatures: []string{}}
	for _, s := range list {
		w.Signatures = append(w.Signatures, s.JWS)
		b.add(s.Chain)
	}
	w.Certificates = b.chains
	return w
}
