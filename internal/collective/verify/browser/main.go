// SPDX-License-Identifier: EUPL-1.2

//go:build js && wasm

// Command browser is package verify for a web page: compiled to WebAssembly, it
// checks dossiers in the browser of who asks, so that no file leaves it.
//
// It owns the bridge alone: it sets the function samenspelVerify, which takes the
// Group, its trust anchors as PEM, the moment in Unix seconds, and lists of names
// and of bytes, and the field of certificates with the PeerID, and gives the report as JSON, or JSON with a member error. It must
// not fetch or send anything.
//
// The entry point is main; make assets builds it.
package main

import (
	"syscall/js"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/collective/verify"
	"github.com/samenspel/samenspel/internal/pki"
)

func main() {
	js.Global().Set("samenspelVerify", js.FuncOf(func(_ js.Value, args []js.Value) any { return answer(args) }))
	select {} // the page calls from now on
}

// answer never panics on what a page gives: the program would be gone.
func answer(args []js.Value) string {
	report, err := check(args)
	if err != nil {
		return written(struct {
			Error string `json:"error"`
		}{err.Error()})
	}
	return written(report)
}

func written(v any) string {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return `{"error":"the report can't be written"}`
	}
	return string(raw)
}

func check(args []js.Value) (*verify.Report, error) {
	v, err := verify.New(verify.Config{
		Group: fsc.GroupID(args[0].String()), Anchors: [][]byte{[]byte(args[1].String())}, Identity: pki.IdentityRule{PeerIDField: args[5].String()},
	})
	if err != nil {
		return nil, err
	}
	names, contents := args[3], args[4]
	files := make([]verify.File, 0, contents.Length())
	for i := range contents.Length() {
		one := contents.Index(i)
		// One byte over the limit is enough to be refused.
		raw := make([]byte, min(one.Length(), deed.MaxDossierBytes+1))
		js.CopyBytesToGo(raw, one)
		files = append(files, verify.File{Name: names.Index(i).String(), Raw: raw})
	}
	return v.Verify(int64(args[2].Float()), files...)
}
