// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/samenspel/samenspel/internal/fieldlab/loket"
	"github.com/samenspel/samenspel/internal/manager/internalapi"
)

// What the pages show of a notice: the tale reads them as a person does.
var (
	shownReference   = regexp.MustCompile(`<strong>([A-Z]{3}-[0-9]{4}-[0-9]{5})</strong>`)
	shownTransaction = regexp.MustCompile(`<code>([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})</code>`)
	shownCode        = regexp.MustCompile(`<code>([A-Z][A-Z_]+)</code>`)
	shownReason      = regexp.MustCompile(`id="refused-title"[^>]*>[^<]*</h2>\s*<p>([^<]*)</p>`)
)

// theStreet is typed in each move; it has to be there after a refusal.
const theStreet = "Turfkade"

// typedMove is a move to a municipality, as a resident types it.
func typedMove(to organisation, now time.Time) url.Values {
	postcode := ""
	for _, m := range loket.Municipalities() {
		if m.Key == to.key {
			postcode = m.Postcodes + "01AB"
		}
	}
	return url.Values{
		"kenmerk": {rand.Text()}, "bsn": {"999990019"}, "verhuisdatum": {now.AddDate(0, 0, 7).Format(time.DateOnly)},
		"postcode": {postcode}, "huisnummer": {"7"}, "straatnaam": {theStreet},
	}
}

// typedDeath is a death in a municipality, as an undertaker types it.
func typedDeath(in organisation, now time.Time) url.Values {
	return url.Values{
		"kenmerk": {rand.Text()}, "plaatsVanOverlijden": {strings.TrimPrefix(in.name, "Gemeente ")}, "aangever.bsn": {"999990020"},
		"overledene.heeftBSN": {"ja"}, "overledene.bsn": {"999990019"}, "overledene.voornamen": {"Ommeke"}, "overledene.achternaam": {"Zonderling"},
		"overledene.geboortedatum": {"1940-02-29"}, "datumBekend": {"ja"}, "datumOverlijden": {now.AddDate(0, 0, -1).Format(time.DateOnly)},
		"tijdstipBekend": {"nee"}, "aardOverlijden": {"natuurlijk"}, "doktersverklaring": {"A-1"}, "soortLijkbezorging": {"cremeren"},
	}
}

// file fills in a form on the pages of a municipality and sends it.
func (f *federation) file(ctx context.Context, scene string, from *member, kind loket.Kind, typed url.Values) (call, error) {
	began := f.now()
	address := f.apps.counters[from.key].url() + "/formulier/" + string(kind)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(typed.Encode()))
	if err != nil {
		return call{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Accept-Language", "en")
	res, err := f.application.RoundTrip(req)
	if err != nil {
		return call{}, fmt.Errorf("%s: %w", scene, err)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return call{}, fmt.Errorf("%s: %w", scene, err)
	}
	c := call{
		scene: scene, at: began, from: from, to: f.supplier, status: res.StatusCode, took: f.now().Sub(began),
		code: shown(shownCode, body), transactionID: shown(shownTransaction, body), answer: shown(shownReference, body),
		kept: strings.Contains(string(body), `value="`+theStreet+`"`),
	}
	if c.answer == "" { // without a reference it was not received
		c.answer = html.UnescapeString(shown(shownReason, body))
		c.code = cmp.Or(c.code, strconv.Itoa(res.StatusCode))
	}
	return c, nil
}

func shown(what *regexp.Regexp, page []byte) string {
	if found := what.FindSubmatch(page); found != nil {
		return string(found[1])
	}
	return ""
}

// trace finds a notice in the logs of all it passed: the municipality and the
// supplier under the number that the page showed, and the supplier and the
// municipality it was for under another one, which it gives.
func (f *federation) trace(ctx context.Context, c *call, to *member) (second string, err error) {
	if err := f.findRecords(ctx, c); err != nil {
		return "", err
	}
	err = poll(ctx, func() (bool, error) {
		records, err := f.supplier.client.ListRecords(ctx, internalapi.RecordFilter{ServiceName: deskService, Limit: counted})
		for _, r := range records {
			if r.Direction == outgoing && r.ServicePeerID == to.id && !r.CreatedAt.Before(c.at.Add(-time.Second)) {
				second = r.TransactionID
				break // the newest
			}
		}
		return second != "", err
	})
	if err != nil {
		return "", fmt.Errorf("the delivery to %s is not in the log of %s: %w", to.name, f.supplier.name, err)
	}
	return second, f.findRecord(ctx, to, second)
}
