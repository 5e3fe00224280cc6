// SPDX-License-Identifier: EUPL-1.2

package personen

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// checker decodes parameters one by one and collects what is wrong with them.
type checker struct {
	params params
	known  map[string]bool
	faults []fault
}

func (c *checker) reject(name, code, reason string) {
	c.faults = append(c.faults, fault{Name: name, Code: code, Reason: reason})
}

// raw gives a parameter's JSON. Null and, for required ones, the empty string
// count as not given.
func (c *checker) raw(name string, required bool) (json.RawMessage, bool) {
	c.known[name] = true
	value, given := c.params[name]
	given = given && string(value) != "null" && (!required || string(value) != `""`)
	if !given && required {
		c.faults = append(c.faults, missing(name))
	}
	return value, given
}

func (c *checker) text(name string, required bool, pattern *regexp.Regexp) string {
	value, given := c.raw(name, required)
	if !given {
		return ""
	}
	return c.matching(name, value, pattern)
}

// matching decodes a string and holds it against its pattern.
func (c *checker) matching(name string, value json.RawMessage, pattern *regexp.Regexp) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		c.reject(name, "string", "Waarde is geen string.")
		return ""
	}
	if !pattern.MatchString(text) {
		c.reject(name, "pattern", "Waarde voldoet niet aan patroon "+pattern.String()+".")
		return ""
	}
	return text
}

// list decodes an array of 1 to limit strings.
func (c *checker) list(name string, limit int, pattern *regexp.Regexp) []string {
	value, given := c.raw(name, true)
	if !given {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil {
		c.reject(name, "array", "Parameter is geen array.")
		return nil
	}
	if len(items) == 0 {
		c.reject(name, "minItems", "Array bevat minder dan 1 items.")
		return nil
	}
	if len(items) > limit {
		c.reject(name, "maxItems", fmt.Sprintf("Array bevat meer dan %d items.", limit))
		return nil
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = c.matching(fmt.Sprintf("%s[%d]", name, i), item, pattern)
	}
	return texts
}

// birthDate decodes a full date and gives its eight digits.
func (c *checker) birthDate(required bool) string {
	const name = "geboortedatum"
	value, given := c.raw(name, required)
	if !given {
		return ""
	}
	var text string
	if err := json.Unmarshal(value, &text); err == nil {
		if day, err := time.Parse(time.DateOnly, text); err == nil {
			return day.Format("20060102")
		}
	}
	c.reject(name, "date", "Waarde is geen geldige datum.")
	return ""
}

// houseNumber decodes a whole number from 1 to maxNumber.
func (c *checker) houseNumber() int {
	const name = "huisnummer"
	value, given := c.raw(name, true)
	if !given {
		return 0
	}
	number, err := strconv.Atoi(string(value))
	switch {
	case err != nil:
		c.reject(name, "integer", "Waarde is geen geldig getal.")
	case number < 1:
		c.reject(name, "minimum", "Waarde is lager dan minimum 1.")
	case number > maxNumber:
		c.reject(name, "maximum", fmt.Sprintf("Waarde is hoger dan maximum %d.", maxNumber))
	}
	return number
}

// includeDead decodes whether the dead are wanted too.
func (c *checker) includeDead() bool {
	const name = "inclusiefOverledenPersonen"
	value, given := c.raw(name, false)
	if !given {
		return false
	}
	var on bool
	if json.Unmarshal(value, &on) != nil {
		c.reject(name, "boolean", "Waarde is geen boolean.")
	}
	return on
}

// fields decodes the paths of the fields asked for.
func (c *checker) fields(tree fieldTree, pattern *regexp.Regexp) selection {
	chosen := selection{}
	before := len(c.faults)
	paths := c.list("fields", maxFields, pattern)
	if len(c.faults) > before {
		return chosen
	}
	for i, path := range paths {
		name := fmt.Sprintf("fields[%d]", i)
		if automatic(path) {
			c.reject(name, "fields", "Parameter bevat een niet toegestane veldnaam.")
			continue
		}
		resolved, ok := tree.resolve(strings.Split(path, "."))
		if !ok {
			c.reject(name, "fields", "Parameter bevat een niet bestaande veldnaam.")
			continue
		}
		chosen.add(resolved)
	}
	return chosen
}
