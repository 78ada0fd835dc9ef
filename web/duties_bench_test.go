package web

import (
	"context"
	"fmt"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
)

// BenchmarkDutyPages: whole pages with 100,000 open duties in the database, nine of ten the project
// team's translations, the others NIA's answers:
//
//	go test ./web -run '^$' -bench DutyPages
func BenchmarkDutyPages(b *testing.B) {
	s := newTest(b)
	team, nia := s.actor("project-team"), s.actor("cn-focal-point")
	about := s.id("meeting/launch-phase-2")
	if err := s.db.Write(b.Context(), func(ctx context.Context, tx *db.Tx) error {
		var set string
		if err := tx.QueryRow(ctx, `select aset from object where id = $1`, about).Scan(&set); err != nil {
			return err
		}
		today := when.DateOf(tx.Now())
		for i := range 100_000 {
			p, kind, detail, object := access.TeamOf(team.Dialogue), access.DutyTranslate, []string{"zh missing", "zh unchecked", "en outdated"}[i%3], ref.New()
			if i%10 == 9 {
				p, kind, detail, object = access.InstitutionOf(nia.Institution), access.DutyAnswer, fmt.Sprint(i), about
			}
			due := when.DateOf(today.First().AddDate(0, 0, i%400-100))
			if _, err := tx.Exec(ctx, `insert into duty (id, object, object_kind, dialogue, aset, principal, asker, drafter, kind, detail, due, was, reason, since, done)
				values ($1, $2, 'meeting', $3, $4, $5, $6, '', $7, $8, $9, '', '', $10, '')`,
				ref.New(), object, team.Dialogue, set, p, access.TeamOf(team.Dialogue), kind, detail, due, today); err != nil {
				return err
			}
		}
		return access.PassDuties(ctx, tx, "x", "y", false) // counts anew
	}); err != nil {
		b.Fatal(err)
	}
	for _, role := range []string{"project-team", "cn-focal-point"} {
		for _, path := range []string{"/en/desk", "/en/duties", "/en/duties?view=awaited", "/en/duties?view=overdue"} {
			b.Run(role+path, func(b *testing.B) {
				for b.Loop() {
					s.want(s.get(role, path), 200)
				}
			})
		}
	}
}
