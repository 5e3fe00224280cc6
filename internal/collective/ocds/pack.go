// SPDX-License-Identifier: EUPL-1.2

package ocds

import "time"

// version is the version of OCDS in a package, as major and minor.
const version = "1.1"

// Meta is what a package says about itself and its publisher.
type Meta struct {
	URI       string    // needed; unique for this package
	Publisher string    // needed; name of the publisher
	OIN       string    // of the publisher, 20 digits
	Published time.Time // needed; of the newest release in it
	License   string    // address of the licence of the data
	Policy    string    // address of the publication policy
}

// Pack puts releases into a release package, in the order given. It is refused
// with an [*InvalidError] when it isn't valid in the strict sense: the schemas
// of OCDS 1.1.5 and the five extensions, with no other field. Equal input gives
// equal bytes.
func (s *Standard) Pack(m Meta, releases ...Release) ([]byte, error) {
	unique, err := Append(nil, releases...)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(unique))
	for i, r := range unique {
		list[i] = r.tree
	}
	pack := s.envelope(m)
	pack["releases"] = list
	c := checker{strict: true}
	c.check(s.pack, "", pack)
	if err := c.found.err(); err != nil {
		return nil, err
	}
	return encode(pack)
}

// envelope is what release packages and record packages share.
func (s *Standard) envelope(m Meta) object {
	extensions := make([]any, 0, len(extensionNames()))
	for _, name := range extensionNames() {
		extensions = append(extensions, "https://raw.githubusercontent.com/open-contracting-extensions/ocds_"+name+"_extension/master/extension.json")
	}
	publisher := object{"name": m.Publisher}
	if m.OIN != "" {
		publisher["scheme"], publisher["uid"] = "NL-OIN", m.OIN
	}
	return compact(object{
		"uri": m.URI, "version": version, "publishedDate": s.date(m.Published), "publisher": publisher,
		"extensions": extensions, "license": m.License, "publicationPolicy": m.Policy,
	})
}
