// SPDX-License-Identifier: EUPL-1.2

package fscapi

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/fsc"
)

type wireSubmission struct {
	Content   jsontext.Value `json:"contract_content"`
	Signature *string        `json:"signature"`
}

// decodeSubmission reads the envelope only; the content stays as it was sent.
func decodeSubmission(raw []byte) (Submission, error) {
	var w wireSubmission
	if err := strict(raw, &w); err != nil {
		return Submission{}, err
	}
	switch {
	case w.Content == nil:
		return Submission{}, missing("contract_content")
	case w.Content.Kind() != '{':
		return Submission{}, fsc.Errorf(fsc.CodeInvalidRequest, "field contract_content must be an object")
	case w.Signature == nil || *w.Signature == "":
		return Submission{}, missing("signature")
	}
	return Submission{Content: w.Content, Signature: *w.Signature}, nil
}

// encodeSubmission is written by hand: an encoder would reformat the content.
func encodeSubmission(s Submission) ([]byte, error) {
	if err := checkObject("content", s.Content); err != nil {
		return nil, err
	}
	signature, err := encode(s.Signature)
	if err != nil {
		return nil, err
	}
	b := append([]byte(`{"contract_content":`), s.Content...)
	b = append(b, `,"signature":`...)
	b = append(b, signature...)
	return append(b, '}'), nil
}

func checkObject(name string, raw []byte) error {
	v := jsontext.Value(raw)
	if v.Kind() != '{' || !v.IsValid() {
		return fmt.Errorf("%s is not a JSON object", name)
	}
	return nil
}

type wireContracts struct {
	Contracts  []wireContract `json:"contracts"`
	Pagination wirePagination `json:"pagination"`
}

type wireContract struct {
	Content    jsontext.Value `json:"content"`
	Signatures wireSignatures `json:"signatures"`
}

// wireSignatures has all three maps, also when they are empty (Core, schema
// contract).
type wireSignatures struct {
	Accept map[fsc.PeerID]string `json:"accept"`
	Reject map[fsc.PeerID]string `json:"reject"`
	Revoke map[fsc.PeerID]string `json:"revoke"`
}

func encodeContracts(items []Contract, next string) ([]byte, error) {
	b := []byte(`{"contracts":[`)
	for i := range items {
		if i > 0 {
			b = append(b, ',')
		}
		if err := checkObject("content of a contract", items[i].Content); err != nil {
			return nil, err
		}
		b = append(b, `{"content":`...)
		b = append(b, items[i].Content...)
		signatures, err := encode(wireSignatures{
			Accept: items[i].Signatures[fsc.SignatureTypeAccept],
			Reject: items[i].Signatures[fsc.SignatureTypeReject],
			Revoke: items[i].Signatures[fsc.SignatureTypeRevoke],
		})
		if err != nil {
			return nil, err
		}
		b = append(b, `,"signatures":`...)
		b = append(b, signatures...)
		b = append(b, '}')
	}
	pagination, err := encode(wirePagination{next})
	if err != nil {
		return nil, err
	}
	b = append(b, `],"pagination":`...)
	b = append(b, pagination...)
	return append(b, '}'), nil
}

func decodeContracts(raw []byte) (Results[Contract], error) {
	var w wireContracts
	if err := lenient(raw, &w); err != nil {
		return Results[Contract]{}, err
	}
	items := make([]Contract, 0, len(w.Contracts))
	for i, c := range w.Contracts {
		if c.Content.Kind() != '{' {
			return Results[Contract]{}, fmt.Errorf("contract %d has no content", i)
		}
		signatures := map[fsc.SignatureType]map[fsc.PeerID]string{}
		for t, m := range map[fsc.SignatureType]map[fsc.PeerID]string{
			fsc.SignatureTypeAccept: c.Signatures.Accept,
			fsc.SignatureTypeReject: c.Signatures.Reject,
			fsc.SignatureTypeRevoke: c.Signatures.Revoke,
		} {
			if len(m) > 0 {
				signatures[t] = m
			}
		}
		items = append(items, Contract{Content: c.Content, Signatures: signatures})
	}
	return results(items, w.Pagination), nil
}
