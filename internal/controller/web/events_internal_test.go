// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"github.com/samenspel/samenspel/internal/collective/deed"
	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/operator"
)

// eventsFixtures are the pages of notifications and the calendar.
func eventsFixtures() []fixture {
	hostile := controller.EventSubscription{ID: "a", URL: "https://x.example/" + hostileText, Types: []string{hostileText, "nl.collective.framework"}, CreatedAt: testNow()}
	ended := hostile
	ended.ID, ended.EndedAt, ended.Ended = "b", testNow(), "gone"
	var sent []controller.EventDelivery
	for i, state := range []string{"waiting", "delivered", "given_up"} {
		sent = append(sent, controller.EventDelivery{
			SubscriptionID: "a", Host: hostileText, Number: int64(i + 1), Type: hostileText, Deed: deed.Hash(hostileText), At: testNow(), State: state, Attempts: 3,
		})
	}
	for i, problem := range []string{"connection", "timeout", "tls", "private", "redirect", "status", "ended"} {
		sent = append(sent, controller.EventDelivery{
			SubscriptionID: "a", Number: int64(i + 10), Type: "nl.collective.framework.live", State: "given_up", Problem: problem, Status: 422,
		})
	}
	moments := []controller.UpcomingMoment{
		{At: testNow(), Kind: "expiring", Months: 18, Deed: deed.Hash(hostileText), Name: hostileText},
		{At: testNow(), Kind: "window_opening", Name: "Webdiensten"},
		{At: testNow(), Kind: "window_closing"},
	}
	tokens := []tokenLine{{&operator.Token{ID: "a", Name: hostileText, Scopes: []operator.Permission{operator.PermissionCalendar}}, false}}
	return []fixture{
		{page: "events", name: "full", path: "/settings/events?state=waiting&cursor=9", problems: problems{{"url", hostileText}, {"types", hostileText}}, data: eventsData{
			Running: []controller.EventSubscription{hostile, {ID: "c", URL: "https://y.example/"}}, Ended: []controller.EventSubscription{ended}, Choices: eventTypes(),
			Deliveries: sent, GivenUp: 2, States: []option{{"", "Alle"}, {"waiting", "Onderweg"}}, Next: "3",
		}},
		{page: "events", name: "empty", data: eventsData{}},
		{page: "event_secret", name: "hostile", data: eventSecretData{&hostile, hostileText}},
		{page: "calendar", name: "full", data: calendarData{moments, tokens, calendarDays}},
		{page: "calendar", name: "empty", data: calendarData{Days: calendarDays}},
		{page: "settings", name: "together", data: settingsData{SettingsView: &controller.SettingsView{GroupType: "test"}, Events: true}},
		{page: "calendar_address", name: "hostile", data: calendarAddressData{hostileText}},
	}
}
