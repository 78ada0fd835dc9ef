package totp

import (
	"bytes"
	"net/url"
	"testing"
	"time"
)

var secret = []byte("12345678901234567890")

// TestCounters: RFC 4226, appendix D: the numbers before and after they are cut to six digits.
func TestCounters(t *testing.T) {
	for counter, want := range []struct {
		number uint32
		code   string
	}{
		{1284755224, "755224"},
		{1094287082, "287082"},
		{137359152, "359152"},
		{1726969429, "969429"},
		{1640338314, "338314"},
		{868254676, "254676"},
		{1918287922, "287922"},
		{82162583, "162583"},
		{673399871, "399871"},
		{645520489, "520489"},
	} {
		if n, c := truncated(secret, int64(counter)), code(secret, int64(counter)); n != want.number || c != want.code {
			t.Errorf("%d: %d %s, want %d %s", counter, n, c, want.number, want.code)
		}
	}
}

// TestVectors: RFC 6238, appendix B, for SHA-1; of its eight digits the last six.
func TestVectors(t *testing.T) {
	for at, want := range map[int64]uint32{
		59: 94287082, 1111111109: 7081804, 1111111111: 14050471, 1234567890: 89005924, 2000000000: 69279037, 20000000000: 65353130,
	} {
		when := time.Unix(at, 0)
		if got := truncated(secret, step(when)) % 100_000_000; got != want {
			t.Errorf("%d: %d, want %d", at, got, want)
		}
		if got := Code(secret, when); len(got) != digits {
			t.Errorf("%d: %q", at, got)
		}
	}
	if got := Code(secret, time.Unix(1111111109, 0)); got != "081804" {
		t.Errorf("a code that begins with a nought is %q", got)
	}
}

func TestCheck(t *testing.T) {
	at := time.Unix(1234567890, 0)
	for off, want := range map[int]bool{-60: false, -30: true, 0: true, 30: true, 60: false} {
		c := Code(secret, at.Add(time.Duration(off)*time.Second))
		used, ok := Check(secret, c, at, 0)
		if ok != want {
			t.Errorf("a code of %d seconds from now: %v", off, ok)
		}
		if ok {
			if _, again := Check(secret, c, at, used); again {
				t.Error("a code is good twice")
			}
		}
	}
	for _, wrong := range []string{"", "005925", "5924", "0059240", "００５９２４"} {
		if _, ok := Check(secret, wrong, at, 0); ok {
			t.Errorf("%q is good", wrong)
		}
	}
}

func TestText(t *testing.T) {
	if got := Text(secret); got != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" {
		t.Error(got)
	}
	for _, typed := range []string{"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ"} {
		if got, err := Parse(typed); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%s: %q %v", typed, got, err)
		}
	}
	for _, wrong := range []string{"1", "密码", "GEZDGNB!"} {
		if got, err := Parse(wrong); err == nil {
			t.Errorf("%s: %q", wrong, got)
		}
	}
	a, b := NewSecret(), NewSecret()
	if len(a) != SecretSize || bytes.Equal(a, b) {
		t.Errorf("new secrets %x %x", a, b)
	}
}

func TestAddress(t *testing.T) {
	want := "otpauth://totp/Entente:li%20wei?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Entente"
	if got := Address("Entente", "li wei", secret); got != want {
		t.Error(got)
	}
	u, err := url.Parse(Address("对话: a&b/c", "O'Neill-Ünal", secret))
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/对话  a&b/c:O'Neill-Ünal" || u.Query().Get("issuer") != "对话  a&b/c" {
		t.Errorf("%v %v", u, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("gezd gnbv gy3t qojq")
	f.Add("1")
	f.Fuzz(func(t *testing.T, typed string) {
		b, err := Parse(typed)
		if err != nil {
			return
		}
		if again, err := Parse(Text(b)); err != nil || !bytes.Equal(b, again) {
			t.Errorf("%q: %x, then %x %v", typed, b, again, err)
		}
	})
}
