// SPDX-License-Identifier: EUPL-1.2

package loket

import (
	"strconv"
	"time"
)

// Limits of the fields of a move, in characters (PROVENANCE.md).
const (
	maxNumber    = 20
	maxLetter    = 5
	maxStreet    = 80
	maxName      = 200
	maxRelatives = 20 // people who move along
)

// Move is a notice that people move (process P29). Dates are "2006-01-02".
type Move struct {
	// Key is chosen by who sends: the same notice sent again has the same one.
	Key string `json:"kenmerk"`
	// BSN is of who moves. In a real service the login gives it.
	BSN      string `json:"bsn"`
	Date     string `json:"verhuisdatum"`
	Postcode string `json:"postcode"`
	Number   string `json:"huisnummer"`
	Letter   string `json:"huisletter,omitempty"`
	Addition string `json:"huisnummertoevoeging,omitempty"`
	Street   string `json:"straatnaam"`
	Town     string `json:"woonplaats,omitempty"`
	// Relatives are the others who move along.
	Relatives []Relative `json:"meeverhuizendeGezinsleden,omitempty"`
	// Consent is that of who lives at the new address already, if anybody does.
	Consent *Consent `json:"toestemmingHoofdbewoner,omitempty"`
}

// Relative is somebody who moves along.
type Relative struct {
	BSN     string `json:"bsn"`
	Given   string `json:"voornamen"`
	Surname string `json:"achternaam"`
}

// Consent is the word of the main occupant of the new address.
type Consent struct {
	Name  string `json:"naam"`
	BSN   string `json:"bsn"`
	Given bool   `json:"akkoord"`
}

// ParseMove reads a move strictly: unknown and double fields are faults, and so
// is what breaks a rule on the day of now. Faults are in the order of the fields.
func ParseMove(body []byte, now time.Time) (Move, []Fault) {
	var m Move
	if faults := decode(body, &m); faults != nil {
		return Move{}, faults
	}
	return m, m.faults(now)
}

func (m *Move) faults(now time.Time) []Fault {
	c := newChecker(now)
	c.key(m.Key)
	c.bsn("bsn", m.BSN)
	c.date("verhuisdatum", m.Date, c.today.AddDate(-lateYears, 0, 0), c.today.AddDate(0, 0, announceDays))
	c.address(m)
	c.relatives(m)
	if m.Consent != nil {
		const at = "toestemmingHoofdbewoner."
		c.text(at+"naam", m.Consent.Name, maxName, true)
		c.bsn(at+"bsn", m.Consent.BSN)
		if !m.Consent.Given {
			c.reject(at+"akkoord", faultConsent)
		}
	}
	return c.faults
}

// address checks where people go to, as far as the table of places knows.
func (c *checker) address(m *Move) {
	there, known := municipalityAt(m.Postcode)
	switch {
	case m.Postcode == "":
		c.reject("postcode", faultRequired)
	case !postcodeForm.MatchString(m.Postcode):
		c.reject("postcode", faultPostcode)
		known = false
	case !known:
		c.reject("postcode", faultAddress)
	}
	c.text("huisnummer", m.Number, maxNumber, true)
	c.text("huisletter", m.Letter, maxLetter, false)
	c.text("huisnummertoevoeging", m.Addition, maxNumber, false)
	c.text("straatnaam", m.Street, maxStreet, true)
	if c.text("woonplaats", m.Town, maxStreet, false) && known && !there.has(m.Town) {
		c.reject("woonplaats", faultTown)
	}
}

// relatives checks who moves along: everybody once.
func (c *checker) relatives(m *Move) {
	const list = relativesList
	if len(m.Relatives) > maxRelatives {
		c.reject(list, faultTooMany)
		return
	}
	seen := map[string]bool{m.BSN: true}
	for i, one := range m.Relatives {
		at := list + "." + strconv.Itoa(i) + "."
		if c.bsn(at+"bsn", one.BSN); one.BSN != "" && seen[one.BSN] {
			c.reject(at+"bsn", faultBSNTwice)
		}
		seen[one.BSN] = true
		c.text(at+"voornamen", one.Given, maxName, true)
		c.text(at+"achternaam", one.Surname, maxName, true)
	}
}
