// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"strings"

	"github.com/samenspel/samenspel/fsc"
	"github.com/samenspel/samenspel/internal/operator"
)

// organisation is one member of the federation. All are fictional.
type organisation struct {
	id   fsc.PeerID
	name string
	key  string // name of its folder
	role string // what it does: directory, source, municipality or supplier
	port int    // first of the ports it would like to have; see config
}

// person is somebody of an organisation. Names are functions: nobody is
// invented whom somebody could be.
type person struct {
	key  string
	name string
	role operator.Role
}

func (o organisation) people() []person {
	of := " van " + strings.TrimPrefix(strings.Replace(o.name, "Landelijke", "de Landelijke", 1), "Gemeente ")
	return []person{
		{"beheerder", "Beheerder" + of, operator.RoleAdministrator},
		{"tekenaar", "Tekenaar" + of, operator.RoleSigner},
		{"lezer", "Lezer" + of, operator.RoleReader},
	}
}

// email is what the account of a person goes by; nothing is ever sent there.
func (o organisation) email(p person) string { return p.key + "@" + o.key + ".example" }

const (
	groupID     = "fieldlab.samenspel"
	serviceName = "personen"
	servicePath = "/haalcentraal/api/brp"
)

func stelselbeheer() organisation {
	return organisation{"00000099000000100000", "Stelselbeheer", "stelselbeheer", "directory", 21100}
}

func personenbron() organisation {
	return organisation{"00000099000000200000", "Landelijke Personenbron", "personenbron", "source", 21200}
}

func duinwijk() organisation {
	return organisation{"00000099000000300000", "Gemeente Duinwijk", "duinwijk", "municipality", 21300}
}

func veenhoven() organisation {
	return organisation{"00000099000000400000", "Gemeente Veenhoven", "veenhoven", "municipality", 21400}
}

func formulierenhuis() organisation {
	return organisation{"00000099000000500000", "Formulierenhuis", "formulierenhuis", "supplier", 21500}
}

// organisations are all of them, in the order in which pages list them.
func organisations() []organisation {
	return []organisation{stelselbeheer(), personenbron(), duinwijk(), veenhoven(), formulierenhuis()}
}
