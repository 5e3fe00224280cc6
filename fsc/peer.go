// SPDX-License-Identifier: EUPL-1.2

package fsc

import (
	"regexp"
	"unicode/utf8"
)

// PeerID identifies an organisation within a Group; 3 to 255 characters,
// compared byte by byte (Core, schema peerID). Dutch Groups use the OIN.
type PeerID string

// Validate reports whether the PeerID has the length the standard demands.
func (p PeerID) Validate() error {
	n := utf8.RuneCountInString(string(p))
	if n < 3 || n > 255 || !utf8.ValidString(string(p)) {
		return Errorf(CodeContractValidationFailed, "peer_id must be 3 to 255 characters, got %d", n)
	}
	return nil
}

// Peer is an organisation's Manager as others see it (Core, schema peer).
type Peer struct {
	ID   PeerID
	Name string
	// ManagerAddress is the https URL of the Manager with its port and no path.
	ManagerAddress string
}

// GroupID names the Group whose members trust the same anchors.
type GroupID string

var groupIDPattern = regexp.MustCompile(`^[a-zA-Z0-9./_-]{1,100}$`)

// Validate reports whether the GroupID has the form of Core, section Group ID.
func (g GroupID) Validate() error {
	if !groupIDPattern.MatchString(string(g)) {
		return Errorf(CodeContractValidationFailed, "group_id must be 1 to 100 letters, digits, '.', '/', '_' or '-'")
	}
	return nil
}

var serviceNamePattern = regexp.MustCompile(`^[a-zA-Z0-9._-]{3,100}$`)

// ValidateServiceName reports whether name can be published. The schema asks
// for 3 to 255 characters and the text for 1 to 100 of a limited alphabet; a
// name has to satisfy both.
func ValidateServiceName(name string) error {
	if !serviceNamePattern.MatchString(name) {
		return Errorf(CodeContractValidationFailed, "service.name must be 3 to 100 letters, digits, '.', '_' or '-'")
	}
	return nil
}
