// SPDX-License-Identifier: EUPL-1.2

package main

import "github.com/samenspel/samenspel/internal/collective/register"

// The IDs of the sources in the file.
const (
	srcROO      = "roo"
	srcCOR      = "cor"
	srcTable33  = "tabel33"
	srcForms    = "eformulieren"
	srcPublic   = "openbaar"
	srcCBS2022  = "cbs-2022"
	srcHaaren   = "stb-2020-260"
	srcEemsdelt = "stb-2020-259"
	srcBeemster = "stb-2021-264"
	srcDijk     = "kst-35621"
	srcWeesp    = "kst-35623"
	srcVoorne   = "kst-35967"
	srcDivided  = "cbs-indeling"
)

// sources names where the facts come from, with the day they are of.
func sources() []register.Source {
	return []register.Source{
		{ID: srcROO, Date: "2026-05-01", Text: "Register van Overheidsorganisaties, through anneschuth/polder @82b2d3b (CC0)"},
		{ID: srcCOR, Date: "2026-05-09", Text: "Centrale OIN Raadpleegvoorziening (Logius), through anneschuth/polder @82b2d3b (CC0)"},
		{ID: srcTable33, Date: "2019-01-01", Text: "RvIG Landelijke tabel 33 Gemeenten, through gemeenteshertogenbosch/landelijketabellencatalogus @553f2a6"},
		{ID: srcForms, Date: "2016-10-01", Text: "KING e-formulierspecificaties 2016, VNG-Realisatie/Prefill-eFormulierenservices @b1bbfa5"},
		{ID: srcPublic, Date: "2026-11-22", Text: "public pages, named with each framework"},
		{ID: srcDivided, Date: "2019-01-01", Text: "CBS, yearly overviews of the division into municipalities"},
		{ID: srcEemsdelt, Date: "2020-07-08", Text: "Wet van 8 juli 2020, Staatsblad 2020, 259"},
		{ID: srcHaaren, Date: "2020-07-08", Text: "Wet van 8 juli 2020, Staatsblad 2020, 260"},
		{ID: srcBeemster, Date: "2021-05-26", Text: "Wet van 26 mei 2021, Staatsblad 2021, 264"},
		{ID: srcDijk, Date: "2022-01-01", Text: "Kamerstukken 35621, samenvoeging van Heerhugowaard en Langedijk"},
		{ID: srcCBS2022, Date: "2022-01-01", Text: "CBS, gemeentelijke indeling op 1 januari 2022"},
		{ID: srcWeesp, Date: "2022-03-24", Text: "Kamerstukken 35623, herindeling van Weesp en Amsterdam"},
		{ID: srcVoorne, Date: "2023-01-01", Text: "Kamerstukken 35967, samenvoeging van Brielle, Hellevoetsluis en Westvoorne"},
	}
}

// attributes says which source each attribute comes from.
func attributes() []register.Attribute {
	return []register.Attribute{
		{Name: register.AttrCode, Source: srcROO},
		{Name: register.AttrName, Source: srcROO},
		{Name: register.AttrOIN, Source: srcCOR},
		{Name: register.AttrRSIN, Source: srcROO},
		{Name: register.AttrKvK, Source: srcROO},
		{Name: register.AttrROO, Source: srcROO},
		{Name: register.AttrProvince, Source: srcROO},
		{Name: register.AttrInhabitants, Source: srcROO},
		{Name: register.AttrEnded, Source: srcROO},
		{Name: register.AttrMerger, Source: srcTable33},
		{Name: register.AttrArrangement, Source: srcROO},
		{Name: register.AttrProcess, Source: srcForms},
		{Name: register.AttrFramework, Source: srcPublic},
	}
}

// laterMergers are those after the last of the table.
func laterMergers() []register.Merger {
	return []register.Merger{
		{From: "GM0003", Name: "Appingedam", To: "GM1979", On: "2021-01-01", Source: srcEemsdelt},
		{From: "GM0010", Name: "Delfzijl", To: "GM1979", On: "2021-01-01", Source: srcEemsdelt},
		{From: "GM0024", Name: "Loppersum", To: "GM1979", On: "2021-01-01", Source: srcEemsdelt},
		{From: "GM0370", Name: "Beemster", To: "GM0439", On: "2022-01-01", Source: srcBeemster},
		{From: "GM0398", Name: "Heerhugowaard", To: "GM1980", On: "2022-01-01", Source: srcDijk},
		{From: "GM0416", Name: "Langedijk", To: "GM1980", On: "2022-01-01", Source: srcDijk},
		{From: "GM0756", Name: "Boxmeer", To: "GM1982", On: "2022-01-01", Source: srcCBS2022},
		{From: "GM0786", Name: "Grave", To: "GM1982", On: "2022-01-01", Source: srcCBS2022},
		{From: "GM0815", Name: "Mill en Sint Hubert", To: "GM1982", On: "2022-01-01", Source: srcCBS2022},
		{From: "GM0856", Name: "Uden", To: "GM1991", On: "2022-01-01", Source: srcCBS2022},
		{From: "GM1684", Name: "Cuijk", To: "GM1982", On: "2022-01-01", Source: srcCBS2022},
		{From: "GM1685", Name: "Landerd", To: "GM1991", On: "2022-01-01", Source: srcCBS2022},
		{From: "GM1702", Name: "Sint Anthonis", To: "GM1982", On: "2022-01-01", Source: srcCBS2022},
		{From: "GM0457", Name: "Weesp", To: "GM0363", On: "2022-03-24", Source: srcWeesp},
		{From: "GM0501", Name: "Brielle", To: "GM1992", On: "2023-01-01", Source: srcVoorne},
		{From: "GM0530", Name: "Hellevoetsluis", To: "GM1992", On: "2023-01-01", Source: srcVoorne},
		{From: "GM0614", Name: "Westvoorne", To: "GM1992", On: "2023-01-01", Source: srcVoorne},
	}
}

// splits are municipalities whose territory went to several others. The table
// names one successor for the first four, and none for Haaren.
func splits() []register.Split {
	return []register.Split{
		{From: "GM0055", Name: "Boarnsterhim", On: "2014-01-01", To: []register.Code{"GM0074", "GM0080", "GM1900", "GM1921"}, Source: srcDivided},
		{From: "GM1671", Name: "Maasdonk", On: "2015-01-01", To: []register.Code{"GM0796", "GM0828"}, Source: srcDivided},
		{From: "GM0140", Name: "Littenseradiel", On: "2018-01-01", To: []register.Code{"GM0080", "GM1900", "GM1949"}, Source: srcDivided},
		{From: "GM0053", Name: "Winsum", On: "2019-01-01", To: []register.Code{"GM1966", "GM1969"}, Source: srcDivided},
		{From: "GM0788", Name: "Haaren", On: "2021-01-01", To: []register.Code{"GM0757", "GM0824", "GM0855", "GM0865"}, Source: srcHaaren},
	}
}
