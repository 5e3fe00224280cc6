// SPDX-License-Identifier: EUPL-1.2

package usage

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/samenspel/samenspel/internal/collective/deed"
)

// body reads a body strictly. All members have to be there: zero calls is
// something else than nothing said.
func body(c *deed.Content, want deed.Type, v any, members ...string) error {
	if c.Type != want {
		return malformed("type", "the deed is of type %d, not %d", c.Type, want)
	}
	if err := deed.Unmarshal(c.Body, v); err != nil {
		return malformed("body", "%s", err.Error())
	}
	var have map[string]jsontext.Value
	if err := json.Unmarshal(c.Body, &have); err != nil {
		return malformed("body", "must be an object")
	}
	for _, m := range members {
		if _, ok := have[m]; !ok {
			return malformed(m, "is missing")
		}
	}
	return nil
}
