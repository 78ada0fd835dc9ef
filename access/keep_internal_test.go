package access

import (
	"context"
	"testing"

	"entente/internal/db"
	"entente/internal/ref"
)

// TestRemembering: one act over many parts asks once what an institution and a person count as, and the
// next act asks anew.
func TestRemembering(t *testing.T) {
	asked := 0
	s := (&Objects{}).Keep(Keeping{
		Counts: func(context.Context, *db.Tx, ref.Institution) ([]Principal, error) {
			asked++
			return []Principal{TeamOf("d")}, nil
		},
		Actor: func(_ context.Context, _ *db.Tx, p ref.Person) (Actor, error) {
			asked++
			return Actor{Person: p}, nil
		},
	})
	for range 2 {
		asked = 0
		act := s.remembering()
		for range 3 {
			for _, p := range []Principal{InstitutionOf("a"), InsideOf("a"), InstitutionOf("b")} {
				if ok, err := act.reads(t.Context(), nil, p, Header{Audience: NewAudience(TeamOf("d"))}); !ok || err != nil {
					t.Errorf("%s: %v, %v", p, ok, err)
				}
			}
			if ok, err := act.reads(t.Context(), nil, PersonOf("p"), Header{}); ok || err != nil {
				t.Errorf("the person: %v, %v", ok, err)
			}
		}
		if asked != 3 {
			t.Errorf("asked %d times, want 3", asked)
		}
	}
}
