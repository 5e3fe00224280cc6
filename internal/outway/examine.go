// SPDX-License-Identifier: EUPL-1.2

package outway

import (
	"context"

	"github.com/samenspel/samenspel/fsc"
)

// Examine fetches a new token of a grant and checks it as for a call, to find
// out whether a call would get one. The token itself is thrown away; only its
// claims are given. A failure is an [fsc.Error]: with
// [fsc.CodeUnknownGrantHashInHeader] when this Outway can't use the grant, in
// which case nobody was asked, else as a call would get it.
func (o *Outway) Examine(ctx context.Context, hash fsc.GrantHash) (fsc.Claims, error) {
	now := o.cfg.Now()
	g, err := o.snapshot.Load().byHeader([]string{string(hash)}, now)
	if err != nil {
		return fsc.Claims{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	got, err := o.cfg.Tokens.Token(ctx, g.Grant)
	if err != nil {
		_, err = unavailable(g, err)
		return fsc.Claims{}, err
	}
	if err := o.check(g, &got.Claims, o.cfg.Certificate(), now); err != nil {
		return fsc.Claims{}, err
	}
	_, err = inwayURL(g, got.Claims.Audience)
	return got.Claims, err
}
