// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"iter"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"
)

// FrameworkFilter selects framework agreements; zero fields don't filter.
type FrameworkFilter struct {
	Text  string // in names of frameworks and lots, and in services
	State string // live, proposed, asserted …
	Ours  bool   // only those in which this organisation has a part
	Limit int    // rows of a page; 0: 25
}

// Frameworks goes through the framework agreements that the node knows, newest
// first.
func (c *Client) Frameworks(ctx context.Context, f FrameworkFilter) iter.Seq2[Framework, error] {
	return all[Framework](ctx, c, "/frameworks", url.Values(query{}.text("text", f.Text).text("deedState", f.State).flag("ours", f.Ours).limit(f.Limit)))
}

// Framework gives one framework agreement with the deeds that follow it.
func (c *Client) Framework(ctx context.Context, hash string) (FrameworkDetail, error) {
	return read[FrameworkDetail](ctx, c, at("frameworks", hash), nil)
}

// ForeseeAccession tells what would come of joining, without a signature.
func (c *Client) ForeseeAccession(ctx context.Context, a NewAccession) (DeedForecast, error) {
	return perform[DeedForecast](ctx, c, "/accession-previews", a)
}

// Accede joins a framework agreement. The error is *[Waiting] where that needs a
// second person.
func (c *Client) Accede(ctx context.Context, a NewAccession) (Accession, error) {
	return create[Accession](ctx, c, "/accessions", a)
}

// Accession gives one accession.
func (c *Client) Accession(ctx context.Context, hash string) (Accession, error) {
	return read[Accession](ctx, c, at("accessions", hash), nil)
}

// CallOffFilter selects call-offs; zero fields don't filter.
type CallOffFilter struct {
	State      string // live, offered, waits …
	AwaitingUs bool
	Limit      int // rows of a page; 0: 25
}

// CallOffs goes through the call-offs in which this organisation is buyer or
// supplier, newest first.
func (c *Client) CallOffs(ctx context.Context, f CallOffFilter) iter.Seq2[CallOff, error] {
	return all[CallOff](ctx, c, "/call-offs", url.Values(query{}.text("deedState", f.State).flag("awaitingUs", f.AwaitingUs).limit(f.Limit)))
}

// ForeseeCallOff tells what would come of a call-off if its supplier signs too,
// without a signature.
func (c *Client) ForeseeCallOff(ctx context.Context, o NewCallOff) (DeedForecast, error) {
	return perform[DeedForecast](ctx, c, "/call-off-previews", o)
}

// OfferCallOff signs a call-off and offers it to the supplier. The error is
// *[Waiting] where that needs a second person.
func (c *Client) OfferCallOff(ctx context.Context, o NewCallOff) (CallOff, error) {
	return create[CallOff](ctx, c, "/call-offs", o)
}

// CallOff gives one call-off.
func (c *Client) CallOff(ctx context.Context, hash string) (CallOff, error) {
	return read[CallOff](ctx, c, at("call-offs", hash), nil)
}

// ChangeCallOff signs another quantity for a call-off, as its buyer or supplier;
// the other signs the deed next. The error is *[Waiting] where that needs a second
// person.
func (c *Client) ChangeCallOff(ctx context.Context, hash string, g NewCallOffChange) (Deed, error) {
	return create[Deed](ctx, c, at("call-offs", hash, "changes"), g)
}

// DrawOwn takes the units of a call-off from the own reservation, while the
// purchasing body doesn't answer. Doing it again changes nothing.
func (c *Client) DrawOwn(ctx context.Context, hash string) (Deed, error) {
	return perform[Deed](ctx, c, at("call-offs", hash, "own-draws"), nil)
}

// ConnectCallOff makes the contract under which this organisation calls a
// service that a call-off opens.
func (c *Client) ConnectCallOff(ctx context.Context, hash, service string) (CallOffConnection, error) {
	return create[CallOffConnection](ctx, c, at("call-offs", hash, "connections"), NewCallOffConnection{Service: service})
}

// Deed gives any deed that the node has.
func (c *Client) Deed(ctx context.Context, hash string) (Deed, error) {
	return read[Deed](ctx, c, at("deeds", hash), nil)
}

// SignDeed accepts, rejects or revokes a deed. The error is *[Waiting] where that
// needs a second person.
func (c *Client) SignDeed(ctx context.Context, hash, act string) (Deed, error) {
	return create[Deed](ctx, c, at("deeds", hash, "signatures"), NewDeedSignature{Act: act})
}

// DeedDossier gives the dossier that a deed stands in, in the form that anybody
// can verify offline.
func (c *Client) DeedDossier(ctx context.Context, hash string) ([]byte, error) {
	raw, err := read[jsontext.Value](ctx, c, at("deeds", hash, "dossier"), nil)
	return raw, err
}

// RebuildDeeds makes the states of all deeds anew and compares them with those
// that were kept.
func (c *Client) RebuildDeeds(ctx context.Context) (DeedRebuild, error) {
	return perform[DeedRebuild](ctx, c, "/deed-rebuilds", nil)
}

// ForeseeFramework tells what would come of a framework agreement, without a
// signature.
func (c *Client) ForeseeFramework(ctx context.Context, f NewFramework) (DeedForecast, error) {
	return perform[DeedForecast](ctx, c, "/framework-previews", f)
}

// ProposeFramework signs a framework agreement for the purchasing body and sends
// it to the suppliers. The error is *[Waiting] where that needs a second person.
func (c *Client) ProposeFramework(ctx context.Context, f NewFramework) (Framework, error) {
	return create[Framework](ctx, c, "/frameworks", f)
}

// Prices lists what units of a framework's lots cost, as far as that is for this
// organisation: buyers have all prices, a supplier its own.
func (c *Client) Prices(ctx context.Context, hash string) (FrameworkPrices, error) {
	return read[FrameworkPrices](ctx, c, at("frameworks", hash, "prices"), nil)
}

// ForeseePrice tells what would come of a price, without a signature.
func (c *Client) ForeseePrice(ctx context.Context, hash string, n NewFrameworkPrice) (DeedForecast, error) {
	return perform[DeedForecast](ctx, c, at("frameworks", hash, "price-previews"), n)
}

// ProposePrice writes the price of a lot down and signs it, as purchasing body or
// supplier; the other signs it with [Client.SignDeed]. The error is *[Waiting]
// where that needs a second person.
func (c *Client) ProposePrice(ctx context.Context, hash string, n NewFrameworkPrice) (Deed, error) {
	return create[Deed](ctx, c, at("frameworks", hash, "prices"), n)
}

// ConfirmFramework begins the confirmation of an imported framework agreement.
func (c *Client) ConfirmFramework(ctx context.Context, hash string, n NewFrameworkConfirmation) (Deed, error) {
	return create[Deed](ctx, c, at("frameworks", hash, "confirmations"), n)
}
