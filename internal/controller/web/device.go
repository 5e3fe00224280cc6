// SPDX-License-Identifier: EUPL-1.2

package web

import "strings"

// device is what people recognise a session by.
type device struct{ Browser, System string }

// Device tells which browser and system the session says to be. Both can lie;
// the names are ours.
func (l sessionLine) Device() device {
	return device{
		// Browsers claim to be those before them, so the order matters.
		Browser: firstNamed(l.Agent, "Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "FxiOS/", "Firefox", "Chrome/", "Chrome",
			"CriOS/", "Chrome", "Safari/", "Safari", "curl/", "curl", "Go-http-client", "Go"),
		System: firstNamed(l.Agent, "iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows",
			"Macintosh", "macOS", "CrOS", "ChromeOS", "Linux", "Linux"),
	}
}

// firstNamed gives the name that goes with the first mark in s; pairs are
// marks and names.
func firstNamed(s string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.Contains(s, pairs[i]) {
			return pairs[i+1]
		}
	}
	return ""
}
