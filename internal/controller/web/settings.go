// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// registerSettings registers the page of the configuration.
func (s *server) registerSettings() {
	s.handle("GET /settings", operator.PermissionRead, s.settingsPage)
}

// settingsData is what templates/settings.html shows.
type settingsData struct {
	*controller.SettingsView
	Providers []operator.ProviderName
	FourEyes  []string // acts that need a second person
	Theme     bool
	Secure    bool
	Events    bool // this node acts with others, so there are notifications and a calendar
}

func (s *server) settingsPage(q *request) error {
	v, err := s.cfg.Controller.Settings(q.Ctx, q.Actor)
	if err != nil {
		return err
	}
	if q.wants("csv") {
		return exportSettings(q, v)
	}
	d := settingsData{SettingsView: v, Providers: s.people.ProviderNames(), Theme: s.theme != nil, Secure: s.cfg.Secure, Events: s.cfg.Controller.TellsEvents()}
	for _, act := range operator.SecondPersonActs() {
		if s.people.NeedsSecond(act) {
			d.FourEyes = append(d.FourEyes, act)
		}
	}
	return q.render("settings", q.t("nav.settings"), d)
}

// exportSettings gives the configuration as a file; secrets are no part of it.
func exportSettings(q *request, v *controller.SettingsView) error {
	return q.csv("settings", []string{"section", "key", "value"}, func(yield func([]string, error) bool) {
		for _, section := range v.Sections {
			for _, line := range section.Lines {
				value := line.Value
				if line.Hidden {
					value = q.t("settings.hidden")
				}
				if !yield([]string{section.Name, line.Key, value}, nil) {
					return
				}
			}
		}
	})
}
