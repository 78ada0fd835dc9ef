package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"entente/internal/seal"
)

const nodeKey = "PRIVATE+KEY+entente/abcdefghijklmnop+00000000+AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="

func box(t testing.TB, key string) *seal.Box {
	t.Helper()
	b, err := seal.New(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSeal(t *testing.T) {
	b := box(t, nodeKey)
	secret := []byte("a secret to keep")
	sealed := b.Seal("purpose", "li", secret)
	if bytes.Contains(sealed, secret) || bytes.Contains(sealed, secret[:4]) {
		t.Errorf("the secret shows: %q", sealed)
	}
	for range 2 { // another box of the same node opens it too
		got, err := box(t, nodeKey).Open("purpose", "li", sealed)
		if err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%q %v", got, err)
		}
	}
	if bytes.Equal(sealed, b.Seal("purpose", "li", secret)) {
		t.Error("the same secret looks the same twice")
	}
	if got, err := b.Open("purpose", "", b.Seal("purpose", "", nil)); err != nil || len(got) != 0 {
		t.Errorf("an empty secret: %q %v", got, err)
	}
}

func TestSealRefuses(t *testing.T) {
	b := box(t, nodeKey)
	sealed := b.Seal("purpose", "li", []byte("a secret to keep"))
	if _, err := box(t, strings.Replace(nodeKey, "AQ", "BQ", 1)).Open("purpose", "li", sealed); !errors.Is(err, seal.ErrKey) {
		t.Errorf("another node's key: %v", err)
	}
	for _, to := range [][2]string{{"purpose", "wang"}, {"other", "li"}, {"purposel", "i"}, {"", "purposeli"}} {
		if _, err := b.Open(to[0], to[1], sealed); !errors.Is(err, seal.ErrChanged) {
			t.Errorf("moved to %q: %v", to, err)
		}
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := b.Open("purpose", "li", bad); err == nil {
			t.Errorf("byte %d may be changed", i)
		}
		if _, err := b.Open("purpose", "li", sealed[:i]); err == nil {
			t.Errorf("%d bytes of it open", i)
		}
	}
	if _, err := seal.New("short"); err == nil {
		t.Error("a key that is none makes a box")
	}
}

func FuzzOpen(f *testing.F) {
	b := box(f, nodeKey)
	f.Add([]byte{})
	f.Add(b.Seal("other", "x", []byte("x")))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if _, err := b.Open("purpose", "li", sealed); err == nil {
			t.Errorf("%x opens", sealed)
		}
	})
}
