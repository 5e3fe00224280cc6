// SPDX-License-Identifier: EUPL-1.2

package loket

import "time"

// maxStatement is the longest number of a doctor's statement, in characters.
const maxStatement = 40

// Death is a notice that somebody died (process P01). Dates are "2006-01-02",
// times "15:04" as the clock said where it happened.
type Death struct {
	// Key is chosen by who sends: the same notice sent again has the same one.
	Key string `json:"kenmerk"`
	// Place is the name of the municipality where it happened: it gets the notice.
	Place     string   `json:"plaatsVanOverlijden"`
	Declarant Person   `json:"aangever"`
	Deceased  Deceased `json:"overledene"`
	// DateKnown and TimeKnown tell whether Date and Time can be filled in; a time
	// without a date can't.
	DateKnown *bool  `json:"datumBekend"`
	Date      string `json:"datumOverlijden,omitempty"`
	TimeKnown *bool  `json:"tijdstipBekend"`
	Time      string `json:"tijdstipOverlijden,omitempty"`
	// Nature is natuurlijk or niet-natuurlijk.
	Nature string `json:"aardOverlijden"`
	// Statement is the number of the doctor's statement, for a natural death.
	Statement string `json:"doktersverklaring,omitempty"`
	// Rest is begraven, cremeren or wetenschap.
	Rest string `json:"soortLijkbezorging"`
}

// Person is somebody by number.
type Person struct {
	BSN string `json:"bsn"`
}

// Deceased is who died. Sex (man, vrouw or onbekend) and BirthPlace are for
// somebody without BSN.
type Deceased struct {
	HasBSN     *bool  `json:"heeftBSN"`
	BSN        string `json:"bsn,omitempty"`
	Given      string `json:"voornamen"`
	Surname    string `json:"achternaam"`
	BirthDate  string `json:"geboortedatum"`
	Sex        string `json:"geslacht,omitempty"`
	BirthPlace string `json:"geboorteplaats,omitempty"`
}

// ParseDeath reads a death notice, by the rules of [ParseMove].
func ParseDeath(body []byte, now time.Time) (Death, []Fault) {
	var d Death
	if faults := decode(body, &d); faults != nil {
		return Death{}, faults
	}
	return d, d.faults(now)
}

func (d *Death) faults(now time.Time) []Fault {
	c := newChecker(now)
	c.key(d.Key)
	if d.Place == "" {
		c.reject("plaatsVanOverlijden", faultRequired)
	} else if _, known := municipalityNamed(d.Place); !known {
		c.reject("plaatsVanOverlijden", faultPlace)
	}
	c.bsn("aangever.bsn", d.Declarant.BSN)
	born := c.deceased(&d.Deceased)
	c.moment(d, born)
	c.choice("aardOverlijden", d.Nature, natures()...)
	c.text("doktersverklaring", d.Statement, maxStatement, d.Nature == natures()[0])
	c.choice("soortLijkbezorging", d.Rest, rests()...)
	return c.faults
}

// natures are the answers to how somebody died; the first needs a statement.
func natures() []string { return []string{"natuurlijk", "niet-natuurlijk"} }

// sexes are the answers for somebody without BSN.
func sexes() []string { return []string{"man", "vrouw", "onbekend"} }

// rests are what can be done with a body.
func rests() []string { return []string{"begraven", "cremeren", "wetenschap"} }

// deceased checks who died and gives the day of birth, zero when it is wrong.
func (c *checker) deceased(d *Deceased) time.Time {
	const at = "overledene."
	has, given := c.answer(at+"heeftBSN", d.HasBSN)
	switch {
	case given && has:
		c.bsn(at+"bsn", d.BSN)
	case given:
		c.empty(at+"bsn", d.BSN)
	}
	c.text(at+"voornamen", d.Given, maxName, true)
	c.text(at+"achternaam", d.Surname, maxName, true)
	born, _ := c.pastDate(at+"geboortedatum", d.BirthDate)
	switch {
	case given && has:
		c.empty(at+"geslacht", d.Sex)
		c.empty(at+"geboorteplaats", d.BirthPlace)
	case given:
		c.choice(at+"geslacht", d.Sex, sexes()...)
		c.text(at+"geboorteplaats", d.BirthPlace, maxStreet, true)
	}
	return born
}

// moment checks when somebody died.
func (c *checker) moment(d *Death, born time.Time) {
	known, given := c.answer("datumBekend", d.DateKnown)
	switch {
	case given && known:
		if died, ok := c.pastDate("datumOverlijden", d.Date); ok && died.Before(born) {
			c.reject("datumOverlijden", faultBeforeBirth)
		}
	case given:
		c.empty("datumOverlijden", d.Date)
	}
	timeKnown, timeGiven := c.answer("tijdstipBekend", d.TimeKnown)
	switch {
	case timeGiven && timeKnown && given && !known:
		c.reject("tijdstipBekend", faultNotNeeded)
	case timeGiven && timeKnown:
		c.clock("tijdstipOverlijden", d.Time)
	case timeGiven:
		c.empty("tijdstipOverlijden", d.Time)
	}
}
