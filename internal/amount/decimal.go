// Package amount has exact decimal numbers: sums of money, values of indicators, counts. It must
// never pass a number through a binary float, and never change how precisely one was stated:
// 1.50 stays 1.50.
package amount

import (
	"fmt"
	"math/big"
	"strings"
)

// MaxDigits is the largest number of digits, before and after the point together.
const MaxDigits = 30

// Error is the fault of a text that is not a decimal. Key is fault.decimal, or
// fault.decimal-long where only its length is wrong.
type Error struct {
	Key   string
	Value string
}

// Error gives the text for logs.
func (e *Error) Error() string { return fmt.Sprintf("%s: %q", e.Key, e.Value) }

// FaultKey gives the key of the message for the person who entered the value.
func (e *Error) FaultKey() string { return e.Key }

// Decimal is a decimal number as it was written: "1600000", "-12.50". Its unit (currency,
// persons, per cent) stands beside it. The zero value is a number that is not stated, which is
// not 0. Equal numbers may be written differently, so compare their worth with Cmp. A value that
// was converted from a string without being parsed and is not valid behaves like the zero value.
type Decimal string

// Parse reads a decimal: an optional "-", digits without superfluous leading zeros, and
// optionally a point and digits. Separators of thousands, a decimal comma, exponents, "+", "-0"
// and more than MaxDigits digits are refused, because what they mean differs between the people
// of a dialogue, or is nothing. "" is not stated. The fault is an *Error.
func Parse(s string) (Decimal, error) {
	if d := Decimal(s); s == "" || d.Valid() {
		return d, nil
	}
	key := "fault.decimal"
	if len(s) > MaxDigits && len(strings.Trim(s, "0123456789.-")) == 0 {
		key = "fault.decimal-long"
	}
	return "", &Error{Key: key, Value: s}
}

// FaultArgs gives what the message names.
func (e *Error) FaultArgs() []any { return []any{"limit", MaxDigits} }

// Valid says whether d is stated and a decimal.
func (d Decimal) Valid() bool {
	s, neg := strings.CutPrefix(string(d), "-")
	whole, frac, point := strings.Cut(s, ".")
	if whole == "" || point && frac == "" || len(whole)+len(frac) > MaxDigits || whole[0] == '0' && len(whole) > 1 {
		return false
	}
	zero := true
	for _, part := range [...]string{whole, frac} {
		for i := range len(part) {
			if part[i] < '0' || part[i] > '9' {
				return false
			}
			zero = zero && part[i] == '0'
		}
	}
	return !neg || !zero
}

// IsZero says whether the number is not stated. It is false for "0".
func (d Decimal) IsZero() bool { return d == "" }

// MarshalText gives the number as it was written. A value that is not a decimal is a fault.
func (d Decimal) MarshalText() ([]byte, error) {
	_, err := Parse(string(d))
	return []byte(d), err
}

// UnmarshalText reads a decimal as Parse does and leaves d alone on a fault.
func (d *Decimal) UnmarshalText(b []byte) error {
	v, err := Parse(string(b))
	if err == nil {
		*d = v
	}
	return err
}

// Rat gives the exact value, nil when not stated.
func (d Decimal) Rat() *big.Rat {
	if !d.Valid() {
		return nil
	}
	r, _ := new(big.Rat).SetString(string(d))
	return r
}

// Places gives the number of digits after the point.
func (d Decimal) Places() int {
	_, frac, _ := strings.Cut(string(d), ".")
	return len(frac)
}

// Cmp compares the worth of two numbers: -1 when d is less than o, 0 when they are equal however
// written, 1 when d is more. A number that is not stated is less than any other.
func (d Decimal) Cmp(o Decimal) int {
	a, b := d.Rat(), o.Rat()
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return a.Cmp(b)
}

// Words gives the number for reading, thousands grouped by commas and a true minus sign:
// "1,600,000.50". English and Chinese write it alike, and other languages are given the same.
func (d Decimal) Words(lang string) string {
	if !d.Valid() {
		return ""
	}
	return grouped(string(d))
}

func grouped(s string) string {
	s, neg := strings.CutPrefix(s, "-")
	whole, frac, point := strings.Cut(s, ".")
	var b strings.Builder
	if neg {
		b.WriteString("−")
	}
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if point {
		b.WriteString("." + frac)
	}
	return b.String()
}

// Percent gives num as a share of den, "33.3%": computed exactly and rounded once, to one place,
// half to even. It is false when either is not stated or den is 0.
func Percent(num, den Decimal) (string, bool) {
	n, d := num.Rat(), den.Rat()
	if n == nil || d == nil || d.Sign() == 0 {
		return "", false
	}
	q := n.Mul(n.Quo(n, d), big.NewRat(1000, 1))
	neg := q.Sign() < 0
	q.Abs(q)
	i, rest := new(big.Int).QuoRem(q.Num(), q.Denom(), new(big.Int))
	half := rest.Lsh(rest, 1).Cmp(q.Denom())
	if half > 0 || half == 0 && i.Bit(0) == 1 {
		i.Add(i, big.NewInt(1))
	}
	s := i.String()
	if len(s) == 1 {
		s = "0" + s
	}
	s = grouped(s[:len(s)-1]+"."+s[len(s)-1:]) + "%"
	if neg && i.Sign() != 0 {
		s = "−" + s
	}
	return s, true
}

// Sum adds the numbers that are stated, with as many places as the most precise of them. It is
// false when none is stated or the sum has more than MaxDigits digits.
func Sum(ds ...Decimal) (Decimal, bool) {
	total, places, any := new(big.Rat), 0, false
	for _, d := range ds {
		if r := d.Rat(); r != nil {
			total.Add(total, r)
			places, any = max(places, d.Places()), true
		}
	}
	s := Decimal(total.FloatString(places)) // exact: no summand has more places
	return s, any && s.Valid()
}
