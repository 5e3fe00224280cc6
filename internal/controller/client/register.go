// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"iter"
	"net/url"
)

// MunicipalityFilter selects municipalities; zero fields don't filter.
type MunicipalityFilter struct {
	Text     string // in names, codes and OINs
	Province string
	Size     string // like 100000_and_more
	Limit    int    // rows of a page; 0: 25
}

// Municipalities goes through the municipalities of today, by name.
func (c *Client) Municipalities(ctx context.Context, f MunicipalityFilter) iter.Seq2[Municipality, error] {
	q := query{}.text("text", f.Text).text("province", f.Province).text("size", f.Size).limit(f.Limit)
	return all[Municipality](ctx, c, "/municipalities", url.Values(q))
}

// Municipality gives one municipality by its code, like GM0262.
func (c *Client) Municipality(ctx context.Context, code string) (MunicipalityDetail, error) {
	return read[MunicipalityDetail](ctx, c, at("municipalities", code), nil)
}

// EndedMunicipalities goes through the municipalities that ended, the last first.
func (c *Client) EndedMunicipalities(ctx context.Context, text string) iter.Seq2[EndedMunicipality, error] {
	return all[EndedMunicipality](ctx, c, "/ended-municipalities", url.Values(query{}.text("text", text)))
}

// Arrangements goes through the inter-municipal arrangements, by name.
func (c *Client) Arrangements(ctx context.Context, text string) iter.Seq2[Arrangement, error] {
	return all[Arrangement](ctx, c, "/arrangements", url.Values(query{}.text("text", text)))
}

// Arrangement gives one arrangement by its number in the national register.
func (c *Client) Arrangement(ctx context.Context, number string) (ArrangementDetail, error) {
	return read[ArrangementDetail](ctx, c, at("arrangements", number), nil)
}

// Provinces tells how many municipalities of each province joined a framework.
func (c *Client) Provinces(ctx context.Context) ([]ProvinceAdoption, error) {
	p, err := read[Page[ProvinceAdoption]](ctx, c, "/provinces", nil)
	return p.Items, err
}
