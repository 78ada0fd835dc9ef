package roster

import (
	"context"
	"slices"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
)

// TestStandingsAlike: two standings that begin on one day are refused, and of those that were entered
// before that, the rules and the actor take the same one, in whatever order they stand.
func TestStandingsAlike(t *testing.T) {
	side := Period{As: OnSide, Side: ref.Side(ref.New())}
	other := Period{As: OnSide, Side: ref.Side(ref.New())}
	observer := Period{As: Observer}
	dated := Period{As: Donor, From: "2024-03-01"}
	month := Period{As: Facilitator, From: "2024-03"}
	for _, ps := range [][]Period{{observer, side}, {side, other}, {dated, month}, {side, dated, month}} {
		var f fault.Fields
		if checkInstitution(&Institution{Standings: ps}, &f); !slices.ContainsFunc(f, func(x fault.Field) bool { return x.Key == "fault.standing-day" }) {
			t.Errorf("%v were taken: %v", ps, f)
		}
	}
	var f fault.Fields
	if checkInstitution(&Institution{Standings: []Period{side, dated}}, &f); len(f) > 0 {
		t.Errorf("what begins on two days was refused: %v", f)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		day := when.Date("2024-03-15")
		for _, ps := range [][]Period{{observer, side}, {side, observer}, {side, other}, {other, side}, {dated, month}, {month, dated, side}} {
			id := ref.Institution(ref.New())
			if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				for _, p := range ps {
					if _, err := tx.Exec(ctx, `insert into roster_standing (id, standing, side, from_day, until_day) values ($1, $2, $3, $4, '')`,
						id, string(p.As), string(p.Side), firstDay(p.From)); err != nil {
						return err
					}
				}
				as, on, err := standing(ctx, tx, id, string(day))
				if err != nil {
					return err
				}
				var again ref.Side
				if err := tx.QueryRow(ctx, `select `+sideOn("$1", "$2"), string(id), string(day)).Scan(&again); err != nil {
					return err
				}
				i := Institution{Standings: ps}
				end, _ := i.end()
				if p, _ := i.StandingOn(day.First()); p.As != as || p.Side != on || again != p.Side || end != p.Until {
					t.Errorf("%v: %v by the rules, %s %s by the actor, %s by an admission", ps, p, as, on, again)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
