// SPDX-License-Identifier: EUPL-1.2

package facts_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/samenspel/samenspel/internal/fieldlab/personen/internal/facts"
)

func written(t *testing.T, persons ...facts.Person) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := facts.Write(&out, facts.Tables{Countries: map[string]string{"6030": "Nederland"}}, persons); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestPersonsAreReadBackInTheOrderOfTheirBSN(t *testing.T) {
	first := facts.Person{BSN: "000000012", Name: facts.Name{Surname: "Jansen"}, Birth: facts.Event{Date: "19850700"}}
	second := facts.Person{BSN: "000000024", Partners: []facts.Partner{{Relative: facts.Relative{BSN: "000000012"}, Kind: "H"}}}
	file := written(t, second, first)
	if !bytes.Equal(file, written(t, first, second)) {
		t.Error("the order of the input shows in the file")
	}
	tables, persons, err := facts.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if tables.Countries["6030"] != "Nederland" || !reflect.DeepEqual(persons, []facts.Person{first, second}) {
		t.Errorf("got %v %v", tables, persons)
	}
}

func TestDamagedFilesAreRefused(t *testing.T) {
	file := written(t, facts.Person{BSN: "000000012"})
	for name, damaged := range map[string][]byte{
		"empty": nil, "not compressed": []byte("{}\n{}\n"), "cut short": file[:len(file)/2],
	} {
		if _, _, err := facts.Read(bytes.NewReader(damaged)); err == nil {
			t.Errorf("a file that is %s was read", name)
		}
	}
}
