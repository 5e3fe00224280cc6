// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"time"

	"github.com/samenspel/samenspel/fsc"
)

// GroupSource is what a group is proposed from: one of the three.
type GroupSource struct {
	// Number of an arrangement.
	Arrangement string `json:"arrangement,omitempty"`
	// At least so many.
	Inhabitants int    `json:"inhabitants,omitempty"`
	Province    string `json:"province,omitempty"`
}

// GroupProposal is a group that follows from the register. Nobody is a member by it.
type GroupProposal struct {
	Kind       string         `json:"kind"`
	Name       string         `json:"name,omitempty"`
	Basis      string         `json:"basis"`
	Candidates []Municipality `json:"candidates"`
	Others     []string       `json:"others,omitempty"`
	// Municipalities that ended, of which nobody chose the successor.
	Undecided []string `json:"undecided,omitempty"`
}

// Municipality is a municipality of today.
type Municipality struct {
	Code string `json:"code"`
	Name string `json:"name"`
	OIN  string `json:"oin"`
	RSIN string `json:"rsin,omitempty"`
	KvK  string `json:"kvk,omitempty"`
	// Absent: the source does not tell.
	Province    string `json:"province,omitempty"`
	Inhabitants int    `json:"inhabitants"`
	Size        string `json:"size"`
	// Frameworks that it joined; 0 for suppliers.
	Joined int `json:"joined"`
}

// FrameworkUse is a framework that somebody joined.
type FrameworkUse struct {
	Framework string `json:"framework"`
	Name      string `json:"name,omitempty"`
	// A call-off under it is live.
	Live bool `json:"live"`
}

// MunicipalityNeighbour is a municipality that shares arrangements with another one.
type MunicipalityNeighbour struct {
	Code         string         `json:"code"`
	Name         string         `json:"name"`
	Shared       []string       `json:"shared"`
	SameProvince bool           `json:"sameProvince"`
	SameSize     bool           `json:"sameSize"`
	Uses         []FrameworkUse `json:"uses"`
}

// Predecessor is a municipality that another one came after.
type Predecessor struct {
	Code string `json:"code"`
	Name string `json:"name"`
	// First day without it.
	EndedOn string `json:"endedOn"`
}

// MunicipalityDetail is everything about one municipality.
type MunicipalityDetail struct {
	Municipality Municipality            `json:"municipality"`
	Predecessors []Predecessor           `json:"predecessors"`
	Arrangements []Arrangement           `json:"arrangements"`
	Groups       []Group                 `json:"groups"`
	Uses         []FrameworkUse          `json:"uses"`
	Neighbours   []MunicipalityNeighbour `json:"neighbours"`
	// Uses and neighbours are not for this organisation.
	Hidden bool `json:"hidden"`
}

// EndedMunicipality is a municipality of before.
type EndedMunicipality struct {
	Code string `json:"code,omitempty"`
	Name string `json:"name"`
	// First day without it.
	EndedOn string `json:"endedOn"`
	// More than one: nobody decided.
	Successors []Municipality `json:"successors"`
}

// Arrangement is an inter-municipal arrangement.
type Arrangement struct {
	// In the national register.
	Number string `json:"number"`
	Name   string `json:"name"`
	Form   string `json:"form"`
	// Day it began.
	Since        string `json:"since"`
	Body         string `json:"body,omitempty"`
	BodyOIN      string `json:"bodyOin,omitempty"`
	Participants int    `json:"participants"`
}

// ArrangementMember takes part in an arrangement.
type ArrangementMember struct {
	Code string `json:"code,omitempty"`
	Name string `json:"name"`
	// Day it joined.
	Joined string `json:"joined"`
}

// ArrangementDetail is one arrangement with who takes part in it today.
type ArrangementDetail struct {
	Arrangement Arrangement         `json:"arrangement"`
	Members     []ArrangementMember `json:"members"`
	Undecided   []string            `json:"undecided,omitempty"`
}

// ProvinceAdoption is how many municipalities of a province joined a framework.
type ProvinceAdoption struct {
	// Absent: the source does not tell.
	Province       string `json:"province,omitempty"`
	Municipalities int    `json:"municipalities"`
	Joined         int    `json:"joined"`
}

// Mandate says that one organisation lets a key sign for it.
type Mandate struct {
	Deed          DeedState `json:"deed"`
	Mandator      Peer      `json:"mandator"`
	Mandatary     Peer      `json:"mandatary"`
	KeyThumbprint string    `json:"keyThumbprint"`
	// Types of deeds.
	Types []int `json:"types"`
	// 0: no deed with an amount.
	CeilingCents int64     `json:"ceilingCents"`
	NotBefore    time.Time `json:"notBefore"`
	NotAfter     time.Time `json:"notAfter"`
}

// NewMandate lets a key sign for this organisation.
type NewMandate struct {
	// Absent: this organisation itself.
	Mandatary     fsc.PeerID `json:"mandatary,omitempty"`
	KeyThumbprint string     `json:"keyThumbprint"`
	// Types of deeds.
	Types        []int     `json:"types"`
	CeilingCents int64     `json:"ceilingCents,omitempty"`
	NotAfter     time.Time `json:"notAfter"`
	// Keeps the dossier; absent: the first of the keepers.
	Keeper fsc.PeerID `json:"keeper,omitempty"`
}
