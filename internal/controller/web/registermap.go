// SPDX-License-Identifier: EUPL-1.2

package web

import (
	"github.com/samenspel/samenspel/internal/controller"
)

// adoptionMap is a map of provinces as tiles: where municipalities joined. It is a
// drawing of our own, not a map of borders.
type adoptionMap struct {
	Tiles         []mapTile
	Width, Height int
	Joined, Of    int
}

// mapTile is a province with the share of its municipalities that joined.
type mapTile struct {
	controller.ProvinceAdoption
	X, Y, TextX, NameY, CountY, BarX, BarY int
	Bar                                    int // of mapBar units
	Count                                  string
}

// The measures of the map, in units of the drawing.
const (
	mapStepX, mapStepY   = 160, 84
	mapTileX, mapTileY   = 152, 76
	mapBar               = 132
	mapColumns, mapLines = 4, 4
)

// mapPlaces tells where provinces lie: column and line. The last place is for
// those of which the register doesn't tell the province.
func mapPlaces() map[string][2]int {
	return map[string][2]int{
		"Fryslân": {2, 0}, "Groningen": {3, 0},
		"Noord-Holland": {1, 1}, "Flevoland": {2, 1}, "Drenthe": {3, 1},
		"Zuid-Holland": {0, 2}, "Utrecht": {1, 2}, "Gelderland": {2, 2}, "Overijssel": {3, 2},
		"Zeeland": {0, 3}, "Noord-Brabant": {1, 3}, "Limburg": {2, 3}, "": {3, 3},
	}
}

// drawAdoption places the provinces.
func drawAdoption(l language, all []controller.ProvinceAdoption) adoptionMap {
	m := adoptionMap{Width: mapColumns * mapStepX, Height: mapLines * mapStepY}
	places := mapPlaces()
	for _, p := range all {
		m.Joined, m.Of = m.Joined+p.Joined, m.Of+p.Municipalities
		at, ok := places[p.Province]
		if !ok {
			continue // the table beside the map has it
		}
		x, y := at[0]*mapStepX, at[1]*mapStepY
		t := mapTile{ProvinceAdoption: p, X: x, Y: y, TextX: x + 10, NameY: y + 24, CountY: y + 46, BarX: x + 10, BarY: y + 56}
		if p.Municipalities > 0 {
			t.Bar = p.Joined * mapBar / p.Municipalities
		}
		t.Count = formatNumber(l, int64(p.Joined)) + " / " + formatNumber(l, int64(p.Municipalities))
		m.Tiles = append(m.Tiles, t)
	}
	return m
}
