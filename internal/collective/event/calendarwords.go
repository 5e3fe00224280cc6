// SPDX-License-Identifier: EUPL-1.2

package event

import (
	"strings"
	"unicode"
)

// words are the texts of a calendar in one language. Each takes the name of what
// it is about.
type words struct {
	language, title             string
	frameworkEnds               string
	extensionEnds               string
	expiring                    string // and the number of months
	windowOpens, windowCloses   string
	callOffEnds, decisionCloses string
}

func wordsOf(dutch bool) *words {
	if dutch {
		return &words{
			language: "NL", title: "Samen inkopen",
			frameworkEnds: "Laatste dag: %s", extensionEnds: "Laatste dag met alle verlengingen: %s",
			expiring:    "%s loopt over %d maanden af",
			windowOpens: "Inhaken kan vanaf nu: %s", windowCloses: "Laatste moment om in te haken: %s",
			callOffEnds: "Laatste dag van de nadere overeenkomst: %s", decisionCloses: "Besluit sluit: %s",
		}
	}
	return &words{
		language: "EN", title: "Buying together",
		frameworkEnds: "Last day: %s", extensionEnds: "Last day with all extensions: %s",
		expiring:    "%s ends in %d months",
		windowOpens: "Joining is possible from now on: %s", windowCloses: "Last moment to join: %s",
		callOffEnds: "Last day of the call-off: %s", decisionCloses: "Decision closes: %s",
	}
}

// escape writes text of others as a value of type TEXT. What can't be seen is
// left out, so that nobody begins a line of his own.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`).Replace(s)
}

// uri leaves out what can't stand in an address.
func uri(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
}
