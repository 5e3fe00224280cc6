// SPDX-License-Identifier: EUPL-1.2

package register

import (
	"slices"
	"strings"
)

// Large is where the group of the large municipalities begins, in inhabitants.
const Large = 100_000

// SizeClass groups municipalities of like size, for comparison.
type SizeClass string

// The size classes, by inhabitants.
const (
	SizeSmall  SizeClass = "under_30000"
	SizeMiddle SizeClass = "30000_to_49999"
	SizeUpper  SizeClass = "50000_to_99999"
	SizeLarge  SizeClass = "100000_and_more"
)

// SizeOf gives the class of a number of inhabitants.
func SizeOf(inhabitants int) SizeClass {
	switch {
	case inhabitants < 30_000:
		return SizeSmall
	case inhabitants < 50_000:
		return SizeMiddle
	case inhabitants < Large:
		return SizeUpper
	default:
		return SizeLarge
	}
}

// Figures are the numbers behind the decision rules.
type Figures struct {
	Municipalities int
	Inhabitants    int
	// Median is the upper median: with an even number, the larger of the middle
	// two. It is the size of a real municipality.
	Median int
	// HoldHalf is how many of the largest together have half of the inhabitants.
	HoldHalf int
	Large    int
}

// Figures counts the municipalities of today.
func (r *Register) Figures() Figures {
	sizes := make([]int, 0, len(r.data.Municipalities))
	f := Figures{Municipalities: len(r.data.Municipalities)}
	for _, m := range r.data.Municipalities {
		sizes = append(sizes, m.Inhabitants)
		f.Inhabitants += m.Inhabitants
		if m.Inhabitants >= Large {
			f.Large++
		}
	}
	if len(sizes) == 0 {
		return f
	}
	slices.Sort(sizes)
	f.Median = sizes[len(sizes)/2]
	for sum, i := 0, len(sizes)-1; 2*sum < f.Inhabitants; i-- {
		sum += sizes[i]
		f.HoldHalf++
	}
	return f
}

// Neighbour is a municipality close to another one, without a map: they take
// part in the same arrangements.
type Neighbour struct {
	Code Code
	Name string
	// Shared are the numbers of the arrangements both take part in.
	Shared []string
	// SameProvince is false also where the province of either isn't known.
	SameProvince bool
	SameSize     bool
}

// Neighbours gives the neighbours of a municipality on a day. A neighbour is a
// municipality that takes part in at least one of its inter-municipal
// arrangements: who shares a safety region, a social service or a tax office
// knows the other. Most shared arrangements come first, then the same
// province, then the same size class, then the order of codes. Unknown codes
// have none. Every arrangement counts once, whatever the role in it.
func (r *Register) Neighbours(code Code, at Date) []Neighbour {
	own, known := r.byCode[code]
	if !known {
		return nil
	}
	shared := map[Code][]string{}
	for _, a := range r.data.Arrangements {
		members, _ := r.Members(a, at)
		if !slices.ContainsFunc(members, func(m Member) bool { return m.Code == code }) {
			continue
		}
		for _, m := range members {
			if m.Code != code && r.byCode[m.Code] != nil {
				shared[m.Code] = append(shared[m.Code], a.ROO)
			}
		}
	}
	out := make([]Neighbour, 0, len(shared))
	for c, arrangements := range shared {
		other := r.byCode[c]
		out = append(out, Neighbour{
			Code: c, Name: other.Name, Shared: arrangements,
			SameProvince: own.Province != "" && own.Province == other.Province,
			SameSize:     SizeOf(own.Inhabitants) == SizeOf(other.Inhabitants),
		})
	}
	slices.SortFunc(out, nearer)
	return out
}

func nearer(a, b Neighbour) int {
	if d := len(b.Shared) - len(a.Shared); d != 0 {
		return d
	}
	if a.SameProvince != b.SameProvince {
		return yesFirst(a.SameProvince)
	}
	if a.SameSize != b.SameSize {
		return yesFirst(a.SameSize)
	}
	return strings.Compare(string(a.Code), string(b.Code))
}

func yesFirst(first bool) int {
	if first {
		return -1
	}
	return 1
}

// SameSize gives the municipalities of the same size class as one, itself left
// out, in the order of their codes.
func (r *Register) SameSize(code Code) []Municipality {
	own, known := r.byCode[code]
	if !known {
		return nil
	}
	return slices.DeleteFunc(r.Municipalities(), func(m Municipality) bool {
		return m.Code == code || SizeOf(m.Inhabitants) != SizeOf(own.Inhabitants)
	})
}
