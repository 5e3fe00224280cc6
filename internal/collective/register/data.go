// SPDX-License-Identifier: EUPL-1.2

package register

// Data is the content of the data file, in the order of the file.
type Data struct {
	Sources        []Source
	Attributes     []Attribute
	Municipalities []Municipality
	Ended          []Ended
	Mergers        []Merger
	Splits         []Split
	Parties        []Party
	Arrangements   []Arrangement
	Processes      []Process
	Frameworks     []Framework
}

// Source is where facts come from and the day they were taken or published.
type Source struct {
	ID   string
	Text string
	Date Date
}

// Attribute tells which source the values of one attribute come from. Names
// are those of the constants below.
type Attribute struct {
	Name   string
	Source string
}

// The attributes that have a source of their own.
const (
	AttrCode        = "cbs_code"
	AttrName        = "name"
	AttrOIN         = "oin"
	AttrRSIN        = "rsin"
	AttrKvK         = "kvk"
	AttrROO         = "roo_id"
	AttrProvince    = "province"
	AttrInhabitants = "inhabitants"
	AttrEnded       = "ended"
	AttrMerger      = "merger"
	AttrArrangement = "arrangement"
	AttrProcess     = "process"
	AttrFramework   = "framework"
)

// Municipality is a municipality that exists today. Numbers keep their leading
// zeros. RSIN and Province are empty where the source has none; no field is
// computed from another.
type Municipality struct {
	Code        Code
	Name        string
	OIN         string // 20 digits: the identity in certificates
	RSIN        string // 9 digits, or empty
	KvK         string // 8 digits
	ROO         string // number in the national register of organisations
	Province    string
	Inhabitants int
}

// Ended is a municipality, or a city district that was kept among them, that
// no longer exists. All fields but Name and On may be empty: the sources know
// little of the older ones.
type Ended struct {
	Code Code
	Name string
	OIN  string
	KvK  string
	ROO  string
	// On is the first day without it.
	On Date
}

// Merger says that From ended and To is the one that came after it. From the
// day On its rights and duties are those of To.
type Merger struct {
	From   Code
	Name   string
	To     Code
	On     Date
	Source string // the ID of a Source; empty for the attribute's own
}

// Split says that the territory of From went to several others. Who takes over
// its agreements is not in any table: people decide it.
type Split struct {
	From   Code
	Name   string
	On     Date
	To     []Code
	Source string
}

// Party is an organisation that takes part in arrangements and is not a
// municipality: a province, water board, ministry or other body.
type Party struct {
	Code Code
	Name string
}

// Arrangement is an inter-municipal arrangement (gemeenschappelijke regeling).
type Arrangement struct {
	ROO  string
	Name string
	// Form is the legal form, in the words of the source.
	Form  string
	Since Date
	// Body is the name of the body it set up; empty when there is none.
	Body string
	// BodyOIN is the body's identity; empty when the source has none.
	BodyOIN string
	Areas   []string
	Members []Participation
}

// Participation is one organisation in one arrangement. Organisations without
// a code (most are foreign) have only a Name.
type Participation struct {
	Code   Code
	Name   string
	Joined Date
}

// Process is one of the thirty processes of the board.
type Process struct {
	Code  string
	Title string
	// Login is how its users identify themselves; empty when not known.
	Login string
	// Fields are those of its form; known for two processes.
	Fields []Field
}

// Field is one field of a process's form. Type is a description for people.
type Field struct {
	Name     string
	Required bool
	Type     string
}

// Framework holds the published facts of a framework agreement that was
// tendered elsewhere. Facts without a signature are only ever asserted.
type Framework struct {
	ID    string
	Name  string
	Facts []Fact
}

// Fact is one published fact of a framework. Keys are lower case words; a key
// may occur more than once (several suppliers, several sources).
type Fact struct {
	Key   string
	Value string
}
