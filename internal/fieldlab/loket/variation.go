// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"time"
)

//go:embed variations/*.json
var variationFiles embed.FS

// Limits of the texts of a variation, in characters.
const (
	maxIntro = 400
	maxLine  = 120
)

// Variation is the local colour of a municipality's form pages: what it may say
// in its own words on pages that are the same for all. Texts are plain Dutch.
type Variation struct {
	// Municipality is the key; see [Municipalities].
	Municipality string `json:"gemeente"`
	Welcome      string `json:"welkom"`
	Address      string `json:"adres"`
	Phone        string `json:"telefoon"`
	// Intros are the texts above the forms, one for each [Kind].
	Intros map[Kind]string `json:"inleidingen"`
	Hours  []Hours         `json:"openingstijden"`
}

// Hours is when the town hall is open on a day, "09:00" to "17:00".
type Hours struct {
	Day   string `json:"dag"`
	From  string `json:"van"`
	Until string `json:"tot"`
}

// weekdays are the days as variations write them, in their order.
func weekdays() []string {
	return []string{"maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"}
}

// VariationOf gives the variation of a municipality of the tale, by its key. It
// fails when there is none or when its file breaks a rule.
func VariationOf(municipality string) (Variation, error) {
	if _, ok := municipalityOf(municipality); !ok {
		return Variation{}, fmt.Errorf("municipality %q is not in the tale", municipality)
	}
	data, err := variationFiles.ReadFile("variations/" + municipality + ".json")
	if err != nil {
		return Variation{}, fmt.Errorf("read variation: %w", err)
	}
	v, faults := ParseVariation(data)
	if len(faults) > 0 {
		return Variation{}, fmt.Errorf("read variation of %s: field %q: %s", municipality, faults[0].Field, faults[0].Reason)
	}
	return v, nil
}

// ParseVariation reads a variation strictly: all fields are required, days are
// in the order of the week and stand there once.
func ParseVariation(data []byte) (Variation, []Fault) {
	var v Variation
	if faults := decode(data, &v); faults != nil {
		return Variation{}, faults
	}
	c := newChecker(time.Time{})
	if _, ok := municipalityOf(v.Municipality); !ok {
		c.reject("gemeente", faultPlace)
	}
	c.text("welkom", v.Welcome, maxIntro, true)
	c.text("adres", v.Address, maxLine, true)
	c.text("telefoon", v.Phone, maxNumber, true)
	for _, k := range Kinds() {
		c.text("inleidingen."+string(k), v.Intros[k], maxIntro, true)
	}
	if len(v.Intros) > len(Kinds()) {
		c.reject("inleidingen", faultUnknown)
	}
	c.hours(v.Hours)
	return v, c.faults
}

func (c *checker) hours(all []Hours) {
	const list = "openingstijden"
	if len(all) == 0 {
		c.reject(list, faultRequired)
	}
	last := -1
	for i, h := range all {
		at := list + "." + strconv.Itoa(i) + "."
		day := slices.Index(weekdays(), h.Day)
		if day <= last {
			c.reject(at+"dag", faultChoice)
		}
		last = max(last, day)
		c.clock(at+"van", h.From)
		if c.clock(at+"tot", h.Until); h.From >= h.Until {
			c.reject(at+"tot", faultTime)
		}
	}
}
