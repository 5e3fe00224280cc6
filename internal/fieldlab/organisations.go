// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import (
	"slices"
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
	// host is the key of the partner on whose machines the node runs, with the
	// organisation's own certificates and keys; empty: on its own.
	host string
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

	moveService  = "verhuizing-doorgeven" // of the supplier
	deathService = "aangifte-overlijden"  // of the supplier
	deskService  = "meldingen"            // of each municipality, for the supplier
)

func stelselbeheer() organisation {
	return organisation{"00000099000000100000", "Stelselbeheer", "stelselbeheer", "directory", 21100, ""}
}

func personenbron() organisation {
	return organisation{"00000099000000200000", "Landelijke Personenbron", "personenbron", "source", 21200, ""}
}

func duinwijk() organisation {
	return organisation{"00000099000000300000", "Gemeente Duinwijk", "duinwijk", "municipality", 21300, ""}
}

func veenhoven() organisation {
	return organisation{"00000099000000400000", "Gemeente Veenhoven", "veenhoven", "municipality", 21400, ""}
}

func formulierenhuis() organisation {
	return organisation{"00000099000000500000", "Formulierenhuis", "formulierenhuis", "supplier", 21500, ""}
}

// zilverbroek is small: its node stands at Stelselbeheer.
func zilverbroek() organisation {
	return organisation{"00000099000000600000", "Gemeente Zilverbroek", "zilverbroek", "municipality", 21600, stelselbeheer().key}
}

// organisationOf gives the organisation with a key.
func organisationOf(key string) organisation {
	all := organisations()
	return all[slices.IndexFunc(all, func(o organisation) bool { return o.key == key })]
}

// municipalities are those of the tale, which use the web services.
func municipalities() []organisation { return []organisation{duinwijk(), veenhoven(), zilverbroek()} }

// takesPart tells whether it acts with others in the tale: all but the source do.
func (o organisation) takesPart() bool { return o.id != personenbron().id }

// deskPath is where the supplier's Outway takes calls for a municipality's desk.
func deskPath(o organisation) string { return "/" + deskService + "/" + o.key }

// webServices are those of the supplier, by their names in the layer.
func webServices() []string { return []string{moveService, deathService} }

// organisations are all of them, in the order in which pages list them.
func organisations() []organisation {
	return []organisation{stelselbeheer(), personenbron(), duinwijk(), veenhoven(), zilverbroek(), formulierenhuis()}
}
