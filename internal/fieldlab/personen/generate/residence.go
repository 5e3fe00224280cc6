// SPDX-License-Identifier: EUPL-1.2

package main

import "github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"

// Columns of lo3_pl_verblijfplaats.
const (
	vAge, vMunicipality, vAddress           = 1, 2, 3
	vMunicipalitySince, vUse, vSince        = 4, 5, 7
	vLeftTo, vLeftOn, vLine1, vLine2, vLine = 8, 9, 10, 11, 12
	vCameFrom, vCameOn, vValid, vRecorded   = 13, 14, 21, 22
)

func residence(rows []row, addresses map[string]facts.Address) *facts.Residence {
	if len(rows) == 0 {
		return nil
	}
	r := rows[0]
	home := &facts.Residence{
		Municipality: pad(r[vMunicipality], 4), MunicipalitySince: pad(r[vMunicipalitySince], 8),
		Use: r[vUse], Since: pad(r[vSince], 8), Valid: pad(r[vValid], 8),
		CameFrom: pad(r[vCameFrom], 4), CameOn: pad(r[vCameOn], 8),
	}
	if r[vLeftTo] != "" {
		home.Abroad = &facts.Abroad{
			Country: pad(r[vLeftTo], 4), Since: pad(r[vLeftOn], 8),
			Line1: r[vLine1], Line2: r[vLine2], Line3: r[vLine],
		}
		return home
	}
	if address, known := addresses[r[vAddress]]; known {
		home.Address = &address
	}
	return home
}
