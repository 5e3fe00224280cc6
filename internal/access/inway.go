// SPDX-License-Identifier: EUPL-1.2

package access

import (
	"context"
	"net/http"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/proxy"
)

// InwayPolicy decides about calls of other Peers.
type InwayPolicy struct{ policy *Policy }

// Inway gives the policy in the form in which an Inway asks.
func (p *Policy) Inway() InwayPolicy { return InwayPolicy{p} }

// Authorize is [Policy.Decide] for a call with a token that was found good. A call
// that nothing is said about costs two comparisons.
func (i InwayPolicy) Authorize(ctx context.Context, r *http.Request, claims *fsc.Claims) error {
	if len(claims.Properties) == 0 && !i.policy.governs(claims.Service) {
		return nil
	}
	id, err := proxy.ReadTransactionID(r.Header)
	if err != nil {
		return err
	}
	c := Call{
		TransactionID: id, GrantHash: claims.GrantHash, Consumer: claims.Subject, Delegator: claims.Delegator,
		Provider: claims.Issuer, ServiceDelegator: claims.PublicationDelegator, Service: claims.Service,
		Properties: claims.Properties, Additional: claims.Additional,
	}
	c.Request(r)
	return i.policy.Decide(ctx, &c)
}
