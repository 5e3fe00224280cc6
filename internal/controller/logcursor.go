// SPDX-License-Identifier: EUPL-1.2

package controller

import (
	"strconv"
	"strings"

	"github.com/samenspel/samenspel/internal/operator"
	"github.com/samenspel/samenspel/internal/txlog"
)

// FormatLogCursor writes a place in the log for a query parameter; nil is empty.
func FormatLogCursor(c *txlog.Cursor) string {
	if c == nil {
		return ""
	}
	side := "out"
	if c.Direction == txlog.DirectionIncoming {
		side = "in"
	}
	return strconv.FormatInt(c.CreatedAt, 10) + "," + c.TransactionID + "," + side
}

// ParseLogCursor reads what [FormatLogCursor] wrote; empty text is nil.
func ParseLogCursor(text string) (*txlog.Cursor, error) {
	if text == "" {
		return nil, nil
	}
	parts := strings.Split(text, ",")
	directions := map[string]txlog.Direction{"in": txlog.DirectionIncoming, "out": txlog.DirectionOutgoing}
	if len(parts) == 3 {
		at, err := strconv.ParseInt(parts[0], 10, 64)
		c := txlog.Cursor{CreatedAt: at, TransactionID: parts[1], Direction: directions[parts[2]]}
		whole := txlog.Search{TransactionID: c.TransactionID}
		if err == nil && c.Direction != "" && len(whole.TransactionIDDigits()) == 32 && whole.Validate() == nil {
			return &c, nil
		}
	}
	return nil, &operator.Error{Kind: operator.KindInvalid, Field: "before", Text: "this place in the log can't be read"}
}
