// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"

	textlang "golang.org/x/text/language"
)

// language is one the pages are written in.
type language string

const (
	dutch   language = "nl"
	english language = "en"
)

// languages lists them; the first is for who asks for neither.
func languages() []language { return []language{dutch, english} }

const languageCookie = "language"

// chooseLanguage takes the person's own choice, else what the browser prefers.
func chooseLanguage(r *http.Request) language {
	if c, err := r.Cookie(languageCookie); err == nil {
		for _, l := range languages() {
			if c.Value == string(l) {
				return l
			}
		}
	}
	matcher := textlang.NewMatcher([]textlang.Tag{textlang.Dutch, textlang.English})
	tags, _, err := textlang.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return dutch
	}
	_, i, _ := matcher.Match(tags...)
	return languages()[i]
}
