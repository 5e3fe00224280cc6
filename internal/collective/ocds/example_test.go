// SPDX-License-Identifier: EUPL-1.2

package ocds_test

import (
	"fmt"
	"log"
	"time"

	"github.com/samenspel/samenspel/internal/collective/ocds"
)

// exampleFramework is made up; so are the number and the names in it.
func exampleFramework() ocds.Framework {
	return ocds.Framework{
		OCID: "ocds-213czf-mantel-1", ID: "mantel-1", Title: "Voorbeeld",
		Lead:     ocds.Organisation{ID: "voorbeeld", Name: "Voorbeeldbureau"},
		Eligible: []ocds.Organisation{{Name: "Voorbeeldgemeente", OIN: "00000009000000001000"}},
		Term: ocds.Period{
			Start: time.Date(2026, time.June, 30, 22, 0, 0, 0, time.UTC),
			End:   time.Date(2030, time.June, 30, 21, 59, 59, 0, time.UTC),
		},
		Maximum: ocds.Money{Cents: 150_000_050, Currency: "EUR"},
		Lots:    []ocds.Lot{{ID: "1", Title: "Alles"}},
	}
}

func ExampleStandard_Tender() {
	s, err := ocds.Load()
	if err != nil {
		log.Fatal(err)
	}
	announced := ocds.Stamp{ID: "mantel-1-01", Date: time.Date(2026, time.March, 2, 8, 0, 0, 0, time.UTC)}
	release, err := s.Tender(exampleFramework(), announced)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(release.OCID(), release.ID(), release.Tags(), release.IsFramework())

	tooLong := exampleFramework()
	tooLong.Term.MaxExtent = time.Date(2031, time.June, 30, 21, 59, 59, 0, time.UTC)
	_, err = s.Tender(tooLong, announced)
	fmt.Println(err)
	// Output:
	// ocds-213czf-mantel-1 mantel-1-01 [tender] true
	// term: the framework runs from 2026-06-30 to 2031-06-30, longer than four years; shorten it or give the reason why its subject needs more (2014/24/EU art. 33(1))
}

func ExampleStandard_Read() {
	s, err := ocds.Load()
	if err != nil {
		log.Fatal(err)
	}
	_, err = s.Read([]byte(`{"releases":[{"ocid":"ocds-213czf-1","id":"1","date":"2026-01-01T00:00:00Z","tag":["tender"]}],
		"uri":"urn:x:1","version":"1.1","publishedDate":"2026-01-01","publisher":{"name":"x"}}`), ocds.DefaultLimits())
	fmt.Println(err)
	// Output:
	// /publishedDate: must be a date and time with offset (RFC 3339) (format); /releases/0/initiationType: is missing (required)
}

func ExampleStandard_Merge() {
	s, err := ocds.Load()
	if err != nil {
		log.Fatal(err)
	}
	doc, err := s.Read([]byte(`{"uri":"urn:x:1","version":"1.1","publishedDate":"2026-02-01T00:00:00Z","publisher":{"name":"x"},"releases":[
		{"ocid":"ocds-213czf-1","id":"2","date":"2026-02-01T00:00:00Z","tag":["tenderUpdate"],"initiationType":"tender",
		 "tender":{"id":"t","title":"Beter","description":null}},
		{"ocid":"ocds-213czf-1","id":"1","date":"2026-01-01T00:00:00Z","tag":["tender"],"initiationType":"tender",
		 "tender":{"id":"t","title":"Goed","description":"nog onzeker"}}]}`), ocds.DefaultLimits())
	if err != nil {
		log.Fatal(err)
	}
	history, err := s.Merge(doc.Releases...)
	if err != nil {
		log.Fatal(err)
	}
	compiled, err := history.Compiled().MarshalJSON()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(compiled))
	// Output:
	// {
	//   "date": "2026-02-01T00:00:00Z",
	//   "id": "ocds-213czf-1-2026-02-01T00:00:00Z",
	//   "initiationType": "tender",
	//   "ocid": "ocds-213czf-1",
	//   "tag": [
	//     "compiled"
	//   ],
	//   "tender": {
	//     "id": "t",
	//     "title": "Beter"
	//   }
	// }
}

func ExampleStandard_Withhold() {
	s, err := ocds.Load()
	if err != nil {
		log.Fatal(err)
	}
	f := exampleFramework()
	signed := time.Date(2026, time.September, 1, 8, 0, 0, 0, time.UTC)
	full, err := s.CallOff(f, ocds.CallOff{
		OCID: ocds.CallOffOCID(f.OCID, f.Eligible[0], 1), Buyer: f.Eligible[0], Supplier: ocds.Organisation{ID: "l", Name: "Leverancier"},
		Lots: []string{"1"}, Award: "a", Contract: "c", Value: ocds.Money{Cents: 1_450_000, Currency: "EUR"}, Signed: signed,
	}, ocds.Stamp{ID: "1", Date: signed})
	if err != nil {
		log.Fatal(err)
	}
	secret := []ocds.Withheld{{Path: "contracts/value", Reason: "Vertrouwelijk verstrekt", Until: signed.AddDate(2, 0, 0)}}
	shown, err := s.Withhold(full, secret)
	if err != nil {
		log.Fatal(err)
	}
	later, err := s.Disclose(full, secret, ocds.Stamp{ID: "2", Date: signed.AddDate(2, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(shown.OCID())
	fmt.Println(later.ID(), later.Tags())
	// Output:
	// ocds-213czf-mantel-1-no-nl-oin-00000009000000001000-01
	// 2 [contractUpdate]
}
