// SPDX-License-Identifier: EUPL-1.2

package loket

// Fault is one thing that is wrong with a notice.
type Fault struct {
	// Field is the path of the field, with points: "overledene.bsn",
	// "meeverhuizendeGezinsleden.3.bsn". It is empty for the notice as a whole.
	Field string `json:"name"`
	// Code is what is wrong, in a word that programs can tell apart.
	Code string `json:"code"`
	// Reason is the same in a Dutch sentence.
	Reason string `json:"reason"`
}

// The codes of faults.
const (
	faultJSON        = "json"
	faultUnknown     = "unknown"
	faultDuplicate   = "duplicate"
	faultType        = "type"
	faultRequired    = "required"
	faultNotNeeded   = "not_needed"
	faultTooLong     = "too_long"
	faultTooMany     = "too_many"
	faultCharacters  = "characters"
	faultKey         = "key"
	faultBSN         = "bsn"
	faultBSNReal     = "bsn_not_test"
	faultBSNTwice    = "bsn_twice"
	faultDate        = "date"
	faultTime        = "time"
	faultTooEarly    = "too_early"
	faultTooLate     = "too_late"
	faultBeforeBirth = "before_birth"
	faultPostcode    = "postcode"
	faultAddress     = "address"
	faultTown        = "town"
	faultPlace       = "place"
	faultChoice      = "choice"
	faultConsent     = "consent"
)

// fault makes one, with the sentence that goes with its code.
func fault(field, code string) Fault { return Fault{Field: field, Code: code, Reason: reasonOf(code)} }

// reasonOf gives the sentence of a code.
func reasonOf(code string) string {
	switch code {
	case faultJSON:
		return "Dit is geen geldige JSON."
	case faultUnknown:
		return "Dit veld bestaat niet."
	case faultDuplicate:
		return "Dit veld staat er twee keer."
	case faultType:
		return "De waarde heeft niet de goede soort: tekst, ja of nee, of een lijst."
	case faultRequired:
		return "Dit veld is verplicht."
	case faultNotNeeded:
		return "Dit veld hoort leeg te zijn, gezien de andere antwoorden."
	case faultTooLong:
		return "De tekst is te lang."
	case faultTooMany:
		return "Er gaan hooguit 20 gezinsleden mee."
	case faultCharacters:
		return "De tekst bevat tekens die hier niet kunnen, zoals < en >."
	case faultKey:
		return "Het kenmerk is 26 hoofdletters en cijfers 2 tot en met 7."
	case faultBSN:
		return "Een BSN heeft negen cijfers en voldoet aan de elfproef."
	case faultBSNReal:
		return "Gebruik een testnummer, dat met 9999 begint. Stuur nooit een echt BSN."
	case faultBSNTwice:
		return "Dit BSN staat er al."
	}
	return reasonOfValue(code)
}

func reasonOfValue(code string) string {
	switch code {
	case faultDate:
		return "Dit is geen bestaande datum in de vorm jjjj-mm-dd."
	case faultTime:
		return "Dit is geen tijd in de vorm uu:mm."
	case faultTooEarly:
		return "Dat is te lang geleden: hooguit een jaar bij een verhuizing, hooguit 130 jaar bij een geboorte."
	case faultTooLate:
		return "Dat ligt te ver vooruit: een verhuizing hooguit vier weken (Wet BRP, artikel 2.39), een geboorte of overlijden niet in de toekomst."
	case faultBeforeBirth:
		return "Iemand kan niet voor de geboorte zijn overleden."
	case faultPostcode:
		return "Een postcode is vier cijfers en twee letters."
	case faultAddress:
		return "Deze postcode ligt niet in een gemeente van het fieldlab: die beginnen met 01, 02 of 03."
	case faultTown:
		return "Deze plaats hoort niet bij de postcode."
	case faultPlace:
		return "Deze gemeente doet niet mee."
	case faultChoice:
		return "Dit is geen van de keuzes."
	case faultConsent:
		return "Zonder toestemming van de hoofdbewoner kan dit blok leeg blijven."
	}
	return "De waarde klopt niet."
}
