// SPDX-License-Identifier: EUPL-1.2

package facts

// Tables holds the code tables the persons refer to, from code to description.
type Tables struct {
	// Municipalities maps a four digit code to a name ("0599": "Rotterdam").
	Municipalities map[string]string `json:"gemeenten"`
	// Countries maps a four digit code to a name ("6030": "Nederland").
	Countries map[string]string `json:"landen"`
	// Nationalities maps a four digit code to a name ("0001": "Nederlandse").
	Nationalities map[string]string `json:"nationaliteiten"`
	// Reasons maps a three digit code to why a nationality was recorded.
	Reasons map[string]string `json:"redenen"`
	// Titles maps a title or predicate code to its description and kind.
	Titles map[string]Title `json:"titels"`
}

// Title is a title of nobility ("titel") or a predicate ("predicaat").
type Title struct {
	Name string `json:"n"`
	Kind string `json:"s"`
}

// Person is one person of the test set, current facts only.
type Person struct {
	BSN     string `json:"b,omitempty"`
	ANumber string `json:"a,omitempty"`
	Name    Name   `json:"n"`
	Sex     string `json:"g,omitempty"`
	// NameUse is the code of the "aanduiding naamgebruik": E, N, P or V.
	NameUse string `json:"u,omitempty"`
	Birth   Event  `json:"d"`
	Death   *Event `json:"o,omitempty"`
	// Suspended is why (Code) and since when the record is no longer kept.
	Suspended *Suspension `json:"x,omitempty"`
	// Secret says the person's data may not be given to third parties.
	Secret bool `json:"s,omitempty"`
	// FirstRegistered is the date of the first registration in the GBA.
	FirstRegistered string        `json:"r,omitempty"`
	Nationalities   []Nationality `json:"t,omitempty"`
	Residence       *Residence    `json:"v,omitempty"`
	Parents         []Parent      `json:"p,omitempty"`
	Partners        []Partner     `json:"m,omitempty"`
	Children        []Relative    `json:"k,omitempty"`
}

// Name is a name with and without its diacritics. The diacritic forms are
// empty when they equal the plain ones.
type Name struct {
	Given            string `json:"v,omitempty"`
	GivenDiacritic   string `json:"w,omitempty"`
	Title            string `json:"t,omitempty"`
	Prefix           string `json:"p,omitempty"`
	Surname          string `json:"g,omitempty"`
	SurnameDiacritic string `json:"h,omitempty"`
}

// Event is when and where something happened. Place is a municipality code
// for places in the Netherlands, else free text.
type Event struct {
	Date    string `json:"d,omitempty"`
	Place   string `json:"p,omitempty"`
	Country string `json:"c,omitempty"`
}

// Suspension is the code (O, E, M, R or a full stop) and the date since which
// a record is no longer kept.
type Suspension struct {
	Code string `json:"c"`
	Date string `json:"d,omitempty"`
}

// Nationality is a current nationality. Special is B (treated as Dutch) or V
// (established not to be Dutch), with an empty Code.
type Nationality struct {
	Code    string `json:"c,omitempty"`
	Reason  string `json:"r,omitempty"`
	Special string `json:"b,omitempty"`
	Since   string `json:"d,omitempty"`
}

// Residence is where a person is registered and lives.
type Residence struct {
	Municipality      string `json:"g,omitempty"`
	MunicipalitySince string `json:"h,omitempty"`
	// Use is W for a home and B for a postal address.
	Use   string `json:"f,omitempty"`
	Since string `json:"d,omitempty"`
	Valid string `json:"e,omitempty"`
	// Address is nil abroad, and where the test set gives no address.
	Address *Address `json:"a,omitempty"`
	Abroad  *Abroad  `json:"b,omitempty"`
	// CameFrom is the country code, CameOn the date of settling.
	CameFrom string `json:"i,omitempty"`
	CameOn   string `json:"j,omitempty"`
}

// Address is an address in the Netherlands, or a Location without one.
type Address struct {
	Street      string `json:"s,omitempty"`
	PublicSpace string `json:"o,omitempty"`
	Number      int    `json:"n,omitempty"`
	Letter      string `json:"l,omitempty"`
	Addition    string `json:"t,omitempty"`
	// Marker is "by" or "to": near or opposite the number.
	Marker   string `json:"b,omitempty"`
	Postcode string `json:"p,omitempty"`
	City     string `json:"w,omitempty"`
	// Object and Designation are the sixteen digit identifiers of the BAG.
	Object      string `json:"v,omitempty"`
	Designation string `json:"i,omitempty"`
	Location    string `json:"x,omitempty"`
}

// Abroad is an address outside the Netherlands; country 0000 is unknown.
type Abroad struct {
	Country string `json:"c"`
	Since   string `json:"d,omitempty"`
	Line1   string `json:"1,omitempty"`
	Line2   string `json:"2,omitempty"`
	Line3   string `json:"3,omitempty"`
}

// Relative is what a person's own record says of a parent, partner or child.
type Relative struct {
	BSN   string `json:"b,omitempty"`
	Name  Name   `json:"n"`
	Sex   string `json:"g,omitempty"`
	Birth Event  `json:"d"`
}

// Parent is parent 1 or 2 and the date the family tie began.
type Parent struct {
	Relative
	Number string `json:"o"`
	Since  string `json:"s,omitempty"`
}

// Partner is a spouse (Kind H) or registered partner (Kind P). Ended is empty
// while the union lasts.
type Partner struct {
	Relative
	Kind  string `json:"k,omitempty"`
	Begun Event  `json:"s"`
	Ended string `json:"e,omitempty"`
}
