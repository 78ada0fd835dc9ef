package bundle_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/internal/fault"
	"entente/internal/ref"
)

const readers = start + `---
kind: side
key: eu
name:
  en: EU
---
kind: meeting
key: m
mark: TLP:AMBER+STRICT
national: 内部 LIMITE
audience: [team, circle:c, participants:m, institution:nia]
title:
  en: M
type: seminar
state: held
---
kind: institution
key: nia
names:
  - name:
      en: NIA
standings:
  - as: side
    side: eu
---
kind: circle
key: c
name:
  en: C
members:
  - nia
---
kind: circle
key: own
name:
  en: Own
members:
  - nia
side: eu
`

// TestReadersRoundTrip: circles, participants and national marks come back as they went, and what
// stands as the file says is not written again.
func TestReadersRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		n.load(readers)
		h, _, err := n.objects.Get(t.Context(), operator, n.id("circle", "c"))
		team := access.TeamOf(h.Dialogue)
		if want := access.NewAudience(team, access.InstitutionOf(ref.Institution(n.id("institution", "nia")))); err != nil || !slices.Equal(h.Audience, want) {
			t.Errorf("the circle is read by %v (%v)", h.Audience, err)
		}
		if h, _, err = n.objects.Get(t.Context(), operator, n.id("circle", "own")); err != nil || h.Audience.Has(team) {
			t.Errorf("the side's circle is read by %v (%v)", h.Audience, err)
		}
		if h, _, err = n.objects.Get(t.Context(), operator, n.id("meeting", "m")); err != nil || h.National != "内部 LIMITE" {
			t.Errorf("the national mark is %q (%v)", h.National, err)
		}
		out := n.export(operator)
		for _, line := range []string{"national: 内部 LIMITE\n", "audience: [team, circle:c, participants:m, institution:nia]\n", "members:\n  - nia\nside: eu\n"} {
			if !strings.Contains(out, line) {
				t.Errorf("the export lacks %q", line)
			}
		}
		_, circle, _ := strings.Cut(out, "kind: circle\n")
		if circle, _, _ = strings.Cut(circle, "---"); strings.Contains(circle, "audience") || strings.Contains(circle, "mark") {
			t.Errorf("a circle is written with what follows from its members:\n%s", circle)
		}
		size := n.ledgerSize()
		if n.load(out); n.ledgerSize() != size {
			t.Errorf("the export again left %v", n.acts(size))
		}
		// What changes is one act each: the members, and the mark beside the label.
		said, err := n.try(strings.Replace(out, "members:\n  - nia\nside: eu\n", "members:\n  - nia\n  - iom\nside: eu\n", 1)+"---\nkind: institution\nkey: iom\nnames:\n  - name:\n      en: IOM\nstandings:\n  - as: side\n    side: eu\n", bundle.Options{Widen: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(said.Decided); !strings.HasPrefix(got, "[{circle ") || !strings.HasSuffix(got, " [members]} {institution iom [standings]}]") {
			t.Errorf("the report names what decides who reads as %s", got)
		}
		n.load(strings.Replace(n.export(operator), "national: 内部 LIMITE\n", "national: ''\n", 1))
		if got := n.acts(size); !slices.Equal(got, []string{"circle.authority", "institution.create", "object.audience"}) {
			t.Errorf("the changes were %v", got)
		}
		_, err = n.try(strings.Replace(readers, "内部 LIMITE", "机密★10年", 1), bundle.Options{})
		if f := fieldsOf(err); len(f) != 1 || f[0].Path != "national" || f[0].Key != "fault.national-classified" || f[0].Line == 0 {
			t.Errorf("a mark of classified material: %v", err)
		}
		n.sound()
	})
}

func fieldsOf(err error) []fault.Field {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Fields
	}
	return nil
}
