// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// cookieName gives a cookie's name: with https it has the prefix that binds it
// to this host and to https.
func (s *server) cookieName(name string) string {
	if s.cfg.CookieLabel != "" {
		name += "-" + s.cfg.CookieLabel
	}
	if s.cfg.Secure {
		return "__Host-" + name
	}
	return name
}

// setCookie gives the browser a cookie that scripts can't read. A life of zero
// ends with the browser, a negative one at once.
func (s *server) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	age := int(life / time.Second)
	if life < 0 {
		age = -1
	}
	//nolint:gosec // G124: Secure follows the door; plain http is for this machine only
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: age,
		Secure: s.cfg.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (s *server) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

const flashCookie = "flash"

// setFlash keeps a text for the next page. Only its key and values travel, so a
// foreign cookie can't put words of its own on a page.
func (q *request) setFlash(key string, args ...any) {
	v := url.Values{"k": {key}}
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		v.Set("a."+name, q.s.words[q.Lang].text("plain", "v", args[i+1]))
	}
	q.s.setCookie(q.w, flashCookie, url.QueryEscape(v.Encode()), time.Minute)
}

// takeFlash gives the kept text and forgets it.
func (q *request) takeFlash() string {
	raw := q.s.cookie(q.r, flashCookie)
	if raw == "" {
		return ""
	}
	q.s.setCookie(q.w, flashCookie, "", -1)
	raw, err := url.QueryUnescape(raw)
	if err != nil {
		return ""
	}
	v, err := url.ParseQuery(raw)
	key := v.Get("k")
	if words := q.s.words[q.Lang]; err != nil || !strings.Contains(key, ".flash.") || !words.has(key) && !words.has(key+".other") {
		return ""
	}
	var args []any
	for name := range v {
		if rest, ok := strings.CutPrefix(name, "a."); ok {
			args = append(args, rest, visible(v.Get(name)))
		}
	}
	return q.t(key, args...)
}
