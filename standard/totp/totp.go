// Package totp makes and checks one-time passwords by time (RFC 6238) as authenticator programs
// make them: HMAC-SHA-1, steps of thirty seconds, six digits.
package totp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	period = 30 // seconds; RFC 6238, section 4.1
	digits = 6

	// SecretSize is the size of a secret in bytes: that of the hash, as RFC 4226, section 4, R6 advises.
	SecretSize = sha1.Size
)

// NewSecret makes a secret.
func NewSecret() []byte {
	s := make([]byte, SecretSize)
	rand.Read(s) // never fails; it would end the program
	return s
}

// Code gives the password of a moment.
func Code(secret []byte, at time.Time) string { return code(secret, step(at)) }

func step(at time.Time) int64 { return at.Unix() / period }

// Time gives the moment in which a step began.
func Time(step int64) time.Time { return time.Unix(step*period, 0) }

func code(secret []byte, step int64) string {
	return fmt.Sprintf("%0*d", digits, truncated(secret, step)%1_000_000)
}

// truncated is the number that a counter's HMAC is cut down to (RFC 4226, section 5.3).
func truncated(secret []byte, counter int64) uint32 {
	m := hmac.New(sha1.New, secret)
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(counter))
	m.Write(b[:])
	sum := m.Sum(nil)
	off := sum[len(sum)-1] & 0xf
	return binary.BigEndian.Uint32(sum[off:]) & 0x7fffffff
}

// Check says whether a password is right at a moment, or was one step before or will be one step
// after it (RFC 6238, section 5.2), and in which step. One of the step last, or of an earlier
// one, is refused: a password is good once. Whoever keeps secrets keeps that step beside each. One that
// is still to come was kept by a clock that was ahead, and refuses nothing.
func Check(secret []byte, given string, at time.Time, last int64) (used int64, ok bool) {
	if last > step(at)+1 {
		last = 0
	}
	for _, s := range []int64{step(at) - 1, step(at), step(at) + 1} {
		if subtle.ConstantTimeCompare([]byte(code(secret, s)), []byte(given)) == 1 && s > last {
			used, ok = s, true
		}
	}
	return used, ok
}

// Text gives a secret as it is typed: base32 without padding.
func Text(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// Parse reads a secret as it is typed, in either case and in groups.
func Parse(typed string) ([]byte, error) {
	s := strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(typed))
	b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("totp: not a secret in base32: %w", err)
	}
	return b, nil
}

// Address gives a secret in the form that authenticator programs take over (Key Uri Format). A
// colon divides issuer and account there, so neither keeps its own.
func Address(issuer, account string, secret []byte) string {
	issuer, account = name(issuer), name(account)
	return "otpauth://totp/" + issuer + ":" + account + "?secret=" + Text(secret) + "&issuer=" + issuer
}

// name escapes a name. A space is %20: some programs show the plus sign of a query as such.
func name(s string) string {
	return strings.ReplaceAll(url.QueryEscape(strings.ReplaceAll(s, ":", " ")), "+", "%20")
}
