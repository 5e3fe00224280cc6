// SPDX-License-Identifier: EUPL-1.2

package fieldlab

import "github.com/samenspel/samenspel/fsc"

// organisation is one member of the federation. All are fictional.
type organisation struct {
	id   fsc.PeerID
	name string
	key  string // name of its folder
	port int    // first of the ports it would like to have; see ports
}

const (
	groupID     = "fieldlab.samenspel"
	serviceName = "personen"
	servicePath = "/haalcentraal/api/brp"
)

func stelselbeheer() organisation {
	return organisation{"00000099000000100000", "Stelselbeheer", "stelselbeheer", 21100}
}

func personenbron() organisation {
	return organisation{"00000099000000200000", "Landelijke Personenbron", "personenbron", 21200}
}

func duinwijk() organisation {
	return organisation{"00000099000000300000", "Gemeente Duinwijk", "duinwijk", 21300}
}

func veenhoven() organisation {
	return organisation{"00000099000000400000", "Gemeente Veenhoven", "veenhoven", 21400}
}

func formulierenhuis() organisation {
	return organisation{"00000099000000500000", "Formulierenhuis", "formulierenhuis", 21500}
}
