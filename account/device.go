package account

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"

	"entente/internal/db"
	"entente/internal/ref"
)

// A browser with which a person has signed in keeps a sealed word that says so. It opens nothing and
// proves nobody: attempts from there are counted apart from those of the world (attempts).

const (
	devicePurpose = "known device"

	// DeviceLasts is how long a device is known after the last signing in there.
	DeviceLasts = 180 * 24 * time.Hour

	deviceRenew   = 30 * 24 * time.Hour
	devicesAtOnce = 8 // people who share one browser
)

// On gives the service as it stands to a caller whose browser keeps these words.
func (s *Service) On(devices string) *Service {
	on := *s
	on.devices = devices
	return &on
}

// device gives the device that the caller is known to use as a person; "" for none.
func (s *Service) device(person ref.Person) string {
	if s.box == nil || person == "" {
		return ""
	}
	for _, word := range words(s.devices) {
		if id, _, ok := s.known(person, word); ok {
			return id
		}
	}
	return ""
}

func words(devices string) []string {
	all := strings.Split(devices, ".")
	return all[:min(len(all), devicesAtOnce)]
}

func (s *Service) known(person ref.Person, word string) (id string, until time.Time, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(word)
	if err != nil || word == "" {
		return "", until, false
	}
	b, err := s.box.Open(devicePurpose, string(person), sealed)
	if err != nil {
		return "", until, false
	}
	stamp, id, _ := strings.Cut(string(b), " ")
	until, err = db.ParseStamp(stamp)
	return id, until, err == nil && until.After(s.db.Now())
}

// Remember gives the words that the caller's browser is to keep now that the person has signed in
// there; ok is false where nothing changes.
func (s *Service) Remember(person ref.Person) (devices string, ok bool) {
	if s.box == nil || person == "" {
		return "", false
	}
	var others []string
	id := rand.Text()
	for _, word := range words(s.devices) {
		was, until, known := s.known(person, word)
		if known && until.Sub(s.db.Now()) > DeviceLasts-deviceRenew {
			return "", false
		}
		if known {
			id = was
		} else if word != "" {
			others = append(others, word)
		}
	}
	secret := s.box.Seal(devicePurpose, string(person), []byte(db.Stamp(s.db.Now().Add(DeviceLasts))+" "+id))
	all := append([]string{base64.RawURLEncoding.EncodeToString(secret)}, others...)
	return strings.Join(all[:min(len(all), devicesAtOnce)], "."), true
}
