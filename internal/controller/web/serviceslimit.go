// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/controller"
	"github.com/samenspel/samenspel/internal/limit"
	"github.com/samenspel/samenspel/internal/manager"
)

// limitRow is a limit as a page shows it.
type limitRow struct {
	Limit limit.Name
	// Most is empty where there is no limit.
	Most    string
	Stopped uint64
	// Value is what the form shows, in the unit of the form.
	Value string
}

// decimals are how many decimals a limit has in the unit of the form: a megabyte
// has a million bytes and a second a thousand milliseconds.
func decimals(n limit.Name) int {
	switch n {
	case limit.RequestBytes:
		return 6
	case limit.ResponseMilliseconds:
		return 3
	case limit.ConcurrentCalls, limit.ConcurrentCallsPerPeer, limit.CallsPerSecondPerPeer:
	}
	return 0
}

func decimalMark(l language) string {
	if l == dutch {
		return ","
	}
	return "."
}

// writeDecimal writes a number of the smallest parts as a number of units, and
// zero as nothing.
func writeDecimal(n int64, places int, mark string) string {
	if n == 0 {
		return ""
	}
	digits := strconv.FormatInt(n, 10)
	if short := places + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	whole, part := digits[:len(digits)-places], strings.TrimRight(digits[len(digits)-places:], "0")
	if part == "" {
		return whole
	}
	return whole + mark + part
}

// readDecimal reads what writeDecimal wrote, exactly; empty is zero. It takes no
// marks between thousands, for they are the decimal mark of another language.
func readDecimal(text string, places int, mark string) (int64, bool) {
	if text == "" {
		return 0, true
	}
	whole, part, has := strings.Cut(text, mark)
	if whole == "" || has && part == "" || len(part) > places {
		return 0, false
	}
	digits := whole + part + strings.Repeat("0", places-len(part))
	if len(digits) > 18 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}

func (q *request) limitRows(l *limit.Limits, stopped []controller.LimitedCalls) []limitRow {
	var rows []limitRow
	for _, n := range limit.Names() {
		row := limitRow{Limit: n, Value: writeDecimal(l.Of(n), decimals(n), decimalMark(q.Lang))}
		if most := l.Of(n); most > 0 && decimals(n) == 0 {
			row.Most = formatNumber(q.Lang, most)
		} else if most > 0 {
			row.Most = q.t("services.limits.unit."+string(n), "most", row.Value)
		}
		for _, s := range stopped {
			if s.Limit == n {
				row.Stopped = s.Calls
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// limitsCLI is the command that sets these limits and no others.
func limitsCLI(s manager.Service) string {
	words := []string{"samenspel service limit", shellWord(s.Name), "--none"}
	for _, n := range limit.Names() {
		if most := s.Limits.Of(n); most > 0 {
			words = append(words, "--"+strings.ReplaceAll(string(n), "_", "-"), strconv.FormatInt(most, 10))
		}
	}
	return strings.Join(words, " ")
}

type serviceLimitsPage struct {
	Name, URL string
	Rows      []limitRow
	CLI       string
}

func (s *server) serviceLimitsForm(q *request) error {
	v, err := s.cfg.Controller.OfferedService(q.Ctx, q.Actor, q.path("name"))
	if err != nil {
		return err
	}
	return q.render("service_limits", q.t("services.limits.title", "name", visible(v.Name)), &serviceLimitsPage{
		Name: v.Name, URL: serviceURL(v.Name), Rows: q.limitRows(&v.Limits, nil), CLI: limitsCLI(v),
	})
}

func (s *server) serviceLimits(q *request) error {
	l, ok := q.typedLimits()
	if !ok {
		return s.serviceLimitsForm(q)
	}
	name := q.path("name")
	err := s.cfg.Controller.LimitService(q.Ctx, q.Actor, name, l)
	if q.retry(err) {
		return s.serviceLimitsForm(q)
	}
	if err != nil {
		return err
	}
	return q.redirect(serviceURL(name)+"#limits", "services.flash.limits", "name", name)
}

// typedLimits reads the form; false when something isn't a number, which the page
// tells then.
func (q *request) typedLimits() (limit.Limits, bool) {
	ok := true
	read := func(n limit.Name) int64 {
		v, fine := readDecimal(strings.TrimSpace(q.value(string(n))), decimals(n), decimalMark(q.Lang))
		if !fine {
			q.wrong(string(n), "problem."+string(n))
			ok = false
		}
		return v
	}
	return limit.Limits{
		ConcurrentCalls: read(limit.ConcurrentCalls), ConcurrentCallsPerPeer: read(limit.ConcurrentCallsPerPeer),
		CallsPerSecondPerPeer: read(limit.CallsPerSecondPerPeer), RequestBytes: read(limit.RequestBytes),
		ResponseMilliseconds: read(limit.ResponseMilliseconds),
	}, ok
}
