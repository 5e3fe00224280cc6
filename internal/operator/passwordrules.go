// SPDX-License-Identifier: EUPL-1.2

package operator

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MinPassword is a length in characters. NIST SP 800-63B asks for 8; without a
	// second factor more is needed.
	MinPassword = 12
	// MaxPassword is a length in characters; NIST SP 800-63B wants room for 64.
	MaxPassword = 128
	// minOwnCharacters is what must be left without words that are easily guessed.
	minOwnCharacters = 6
	// minDistinct is how many different characters a password has.
	minDistinct = 5
)

// easyWords gives words that many passwords are made of, in lower case.
func easyWords() []string {
	return []string{
		"samenspel", "wachtwoord", "password", "passwort", "welkom", "welcome", "geheim", "secret", "admin",
		"beheerder", "beheer", "gemeente", "login", "toegang", "qwerty", "qwertz", "azerty", "asdfgh", "zxcvbn", "iloveyou",
		"lente", "voorjaar", "zomer", "summer", "herfst", "autumn", "winter", "spring",
		"januari", "februari", "maart", "april", "juni", "juli", "augustus", "september", "oktober", "november", "december",
		"maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag",
	}
}

// CheckPassword tells whether a password is good enough for who has this name
// and e-mail address: 12 to 128 characters, and not mainly a name, a well-known
// word, a row or a repetition. There are no rules about kinds of characters.
func CheckPassword(password, name, email string) error {
	bad := func(text string) error { return invalid("password", text) }
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return bad("the password has characters that can't be typed")
	case n < MinPassword:
		return bad("the password is shorter than 12 characters")
	case n > MaxPassword:
		return bad("the password is longer than 128 characters")
	}
	lower := []rune(strings.ToLower(password))
	switch {
	case distinct(lower) < minDistinct || repeats(lower):
		return bad("the password repeats itself")
	case isRow(lower):
		return bad("the password is a row of characters")
	case ownCharacters(string(lower), name, email) < minOwnCharacters:
		return bad("the password is mainly a name or a well-known word")
	}
	return nil
}

func distinct(s []rune) int {
	c := slices.Clone(s)
	slices.Sort(c)
	return len(slices.Compact(c))
}

// repeats tells whether s is a part of at most half its length, over and over.
func repeats(s []rune) bool {
	for period := 1; period <= len(s)/2; period++ {
		if slices.Equal(s[period:], s[:len(s)-period]) {
			return true
		}
	}
	return false
}

// isRow tells whether most characters follow the one before: 123456789, fedcba.
func isRow(s []rune) bool {
	up, down := 0, 0
	for i := 1; i < len(s); i++ {
		switch s[i] - s[i-1] {
		case 1:
			up++
		case -1:
			down++
		}
	}
	return max(up, down)*4 >= (len(s)-1)*3
}

// ownCharacters counts the letters and signs that are left of a password in
// lower case without known words; digits at that place are often a year.
func ownCharacters(password, name, email string) int {
	known := easyWords()
	split := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, w := range strings.FieldsFunc(strings.ToLower(name+" "+email), split) {
		if utf8.RuneCountInString(w) >= 3 {
			known = append(known, w)
		}
	}
	slices.SortFunc(known, func(a, b string) int { return len(b) - len(a) })
	found := false
	for _, w := range known {
		if strings.Contains(password, w) {
			password, found = strings.ReplaceAll(password, w, " "), true
		}
	}
	if !found {
		return utf8.RuneCountInString(password)
	}
	count := 0
	for _, r := range password {
		if unicode.IsLetter(r) {
			count++
		}
	}
	return count
}
