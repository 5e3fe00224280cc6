// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/collective/deed"
)

// MediaType is that of a notification: structured content mode, JSON format.
const MediaType = "application/cloudevents+json; charset=utf-8"

// Event is that something happened to a deed, as it was recorded here.
type Event struct {
	// Number is its place among all events of this node: 1, 2, 3, without gaps.
	Number int64
	// ID is unique and follows from what happened, so that the same never comes
	// twice.
	ID string
	// Type is like "nl.collective.framework.threshold.90".
	Type string
	// Subject is the deed it happened to.
	Subject deed.Hash
	// At is when it was recorded (UTC, whole seconds), which the profile asks for;
	// the deed itself says when what happened counts from.
	At time.Time
}

// cloudEvent has the members of CloudEvents 1.0 with the extensions dataref and
// sequence, both of which the profile names. There is no data.
type cloudEvent struct {
	SpecVersion  string `json:"specversion"`
	ID           string `json:"id"`
	Source       string `json:"source"`
	Type         string `json:"type"`
	Subject      string `json:"subject"`
	Time         string `json:"time"`
	DataRef      string `json:"dataref,omitzero"`
	Sequence     string `json:"sequence"`
	SequenceType string `json:"sequencetype"`
}

// SourceOf gives the source of events of a Peer: the URN that the profile asks
// for, with the OIN in the Peer's certificate.
func SourceOf(self fsc.PeerID) string {
	return "urn:nld:oin:" + url.PathEscape(string(self)) + ":systeem:collective"
}

// encode writes the event as JSON. dataRef is where the deed can be fetched; empty
// when that can't be said.
func (e *Event) encode(source, dataRef string) ([]byte, error) {
	return json.Marshal(&cloudEvent{
		SpecVersion: "1.0", ID: e.ID, Source: source, Type: e.Type, Subject: string(e.Subject),
		Time: e.At.UTC().Format(time.RFC3339), DataRef: dataRef,
		Sequence: strconv.FormatInt(e.Number, 10), SequenceType: "Integer",
	})
}

// idOf makes an ID of what tells this event from all others of the source.
func idOf(source, typ string, subject deed.Hash, key string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{source, typ, string(subject), key}, "\n")))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}
