package db

import (
	"fmt"
	"time"
)

const stampForm = "2006-01-02T15:04:05.000Z"

// Stamp gives the one form in which times are stored: UTC, fixed width, in milliseconds (cut,
// not rounded), so that order as text is order in time. Years run from 0000 to 9999.
func Stamp(t time.Time) string { return t.UTC().Format(stampForm) }

// ParseStamp reads what Stamp gives, and nothing else.
func ParseStamp(s string) (time.Time, error) {
	t, err := time.Parse(stampForm, s)
	if err == nil && Stamp(t) != s {
		err = fmt.Errorf("db: %q is not a time as it is stored", s)
	}
	return t, err
}
