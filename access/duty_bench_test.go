package access_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/when"
)

// crowd writes open duties by the hundred thousand: nine of ten are the project team's
// translations, as after a large import, the others questions to NIA. One object in five may be
// read by neither.
func crowd(b testing.TB, n *node, team, nia access.Actor, size int) {
	b.Helper()
	n.in(func(ctx context.Context, tx *db.Tx) error {
		var read, hidden string
		if err := tx.QueryRow(ctx, `select aset from object where id = $1`, n.id("meeting", "launch-phase-2")).Scan(&read); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `select aset from object where id = $1`, n.id("meeting", "exchange-visit-2016")).Scan(&hidden); err != nil {
			return err
		}
		about := n.id("meeting", "launch-phase-2")
		day := when.DateOf(tx.Now())
		for i := range size {
			p, asker, kind, detail := access.TeamOf(team.Dialogue), access.TeamOf(team.Dialogue), access.DutyTranslate, []string{"zh missing", "zh unchecked", "en missing", "en outdated"}[i%4]
			if i%10 == 9 {
				p, kind, detail = access.InstitutionOf(nia.Institution), access.DutyAnswer, fmt.Sprint(i)
			}
			set := read
			if i%5 == 4 {
				set = hidden
			}
			due := when.DateOf(day.First().AddDate(0, 0, i%400-100))
			object := ref.New()
			if i%10 == 9 {
				object = about
			}
			if _, err := tx.Exec(ctx, `insert into duty (id, object, object_kind, dialogue, aset, principal, asker, drafter, kind, detail, due, was, reason, since, done)
				values ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, $10, '', '', $11, '')`,
				ref.New(), object, []string{"meeting", "news", "page", "activity"}[i/4%4], team.Dialogue, set, p, asker, kind, detail, due, day); err != nil {
				return err
			}
		}
		return nil
	})
	n.in(func(ctx context.Context, tx *db.Tx) error {
		return access.PassDuties(ctx, tx, "x", "y", false)
	})
}

// BenchmarkDuties: what a desk and a page of duties cost with 100,000 open duties, for the project
// team, whose most of them are, and for a focal point:
//
//	go test ./access -run '^$' -bench Duties
func BenchmarkDuties(b *testing.B) {
	engines := map[string]func(testing.TB) *db.DB{"sqlite": func(t testing.TB) *db.DB { return dbtest.New(t) }, "postgres": func(t testing.TB) *db.DB { return dbtest.Postgres(t) }}
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			d := engines[engine](b)
			n := example(b, d)
			team, nia := n.as("project-team"), n.as("cn-focal-point")
			crowd(b, n, team, nia, 100_000)
			if engine == "postgres" {
				n.in(func(ctx context.Context, tx *db.Tx) error { _, err := tx.Exec(ctx, `analyze duty`); return err })
			}
			today := when.DateOf(time.Now())
			for role, who := range map[string]access.Actor{"team": team, "focal-point": nia} {
				b.Run(role+"/counts", func(b *testing.B) {
					for b.Loop() {
						if c, err := n.objects.CountDuties(b.Context(), who, who.Dialogue, today, access.Debts{}); err != nil || c.Waiting == 0 {
							b.Fatal(c, err)
						}
					}
				})
				b.Run(role+"/translations", func(b *testing.B) {
					for b.Loop() {
						if _, err := n.objects.Translations(b.Context(), who, access.TranslationQuery{Dialogue: who.Dialogue, Lang: "zh"}); err != nil {
							b.Fatal(err)
						}
					}
				})
				page := func(name string, q access.DutyQuery) {
					b.Run(role+"/"+name, func(b *testing.B) {
						q.Dialogue, q.Lang, q.Today, q.Limit = who.Dialogue, "zh", today, 50
						for b.Loop() {
							if _, err := n.objects.Duties(b.Context(), who, q); err != nil {
								b.Fatal(err)
							}
						}
					})
				}
				page("waiting", access.DutyQuery{})
				page("desk", access.DutyQuery{Others: true})
				page("overdue", access.DutyQuery{View: access.DutiesOverdue})
				page("awaited", access.DutyQuery{View: access.DutiesAwaited})
				page("deep", access.DutyQuery{After: string(today) + "_"})
				page("done", access.DutyQuery{View: access.DutiesDone})
			}
		})
	}
}
