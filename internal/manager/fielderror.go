// SPDX-License-Identifier: EUPL-1.2

package manager

import "github.com/samenspel/samenspel/fsc"

// FieldError says which field of a rule, route or search is wrong. It unwraps to
// an [fsc.Error] with [fsc.CodeInvalidRequest].
type FieldError struct {
	// Field is a name as in the management API: host, path_prefix, services.
	Field string
	// Text is a sentence without the field's name.
	Text string
	// Conflict tells that the value is right by itself, but in use.
	Conflict bool
}

// Error gives the field and what is wrong with it.
func (e *FieldError) Error() string { return e.Field + " " + e.Text }

// Unwrap gives the error as other Peers and programs know it.
func (e *FieldError) Unwrap() error { return fsc.Errorf(fsc.CodeInvalidRequest, "%s", e.Error()) }
