// SPDX-License-Identifier: EUPL-1.2

package dossier

import "github.com/samenspel/samenspel/internal/collective/deed"

// Process is the body of the statement that a process of the board is taken up:
// its steward says so, with the frameworks that serve it as parents.
type Process struct {
	// Code is that of the process on the board of the register, like "P29".
	Code string `json:"code"`
	Name string `json:"name"`
}

// ReadProcess reads the body of a process's deed.
func ReadProcess(c *deed.Content) (*Process, error) {
	var p Process
	if err := read(c, TypeProcess, &p); err != nil {
		return nil, err
	}
	switch {
	case !text(p.Code, 20):
		return nil, malformed("code", "must have 1 to 20 characters")
	case !text(p.Name, maxName):
		return nil, malformed("name", "must have 1 to %d characters", maxName)
	}
	return &p, nil
}
