package roster

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
)

// Reached is who an audience reaches: how many people, and the institutions that they speak for.
type Reached struct {
	People       int
	Institutions []ref.Institution
}

// Reach finds who will be able to read an audience: the people whose membership today makes them
// count as one of its principals, without naming them. It says in one query what ActorFor says of
// one person.
func (s *Service) Reach(ctx context.Context, audience access.Audience) (out Reached, err error) {
	ids := map[string][]ref.ID{}
	for _, p := range audience {
		ids[p.Kind()] = append(ids[p.Kind()], p.ID())
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		day := a.Add(tx.Now().Format(time.DateOnly))
		today := func(t string) string {
			return `(` + t + `.from_day = '' or ` + t + `.from_day <= ` + day + `) and (` + t + `.until_day = '' or ` + t + `.until_day >= ` + day + `)`
		}
		post := `(select p.institution from roster_post p where p.id = o.id and ` + today("p") + ` order by p.from_day desc limit 1)`
		side := `(select case g.standing when 'side' then g.side else '' end from roster_standing g where g.id = ` + post + ` and ` + today("g") + `
				order by g.from_day desc limit 1)`
		functions := func(extra string, dialogues []ref.ID) string {
			return `o.dialogue in ` + a.In(dialogues) + ` and exists (select 1 from roster_function f where f.id = o.id and ` + today("f") + extra + `)`
		}
		among := []string{`o.id in ` + a.In(ids["person"])}
		if len(ids["participants"]) > 0 {
			among = append(among, `o.id in (select l.to_id from link l join object g on g.id = l.from_id and g.kind = 'meeting' and g.tombstone = ''
				where l.from_id in `+a.In(ids["participants"])+`)`)
		}
		if audience.Has(access.Anyone) {
			among = append(among, `1 = 1`)
		}
		among = append(among,
			functions(` and f.name <> '`+string(access.Administrator)+`'`, ids["dialogue"]),
			functions(` and f.name = '`+string(access.ProjectTeam)+`'`, ids["team"]))
		if len(ids["side"]) > 0 {
			among = append(among, side+` in `+a.In(ids["side"]))
		}
		if len(ids["inside"]) > 0 {
			holds := func(f string) string {
				return `exists (select 1 from roster_function f where f.id = o.id and ` + today("f") + ` and f.name ` + f + `)`
			}
			among = append(among, side+` <> '' and not `+holds(`in ('`+string(access.ProjectTeam)+`', '`+string(access.DonorOfficer)+`')`)+`
				and `+holds(`<> '`+string(access.Administrator)+`'`)+` and `+post+` in `+a.In(ids["inside"])+` and `+oneSide(post))
		}
		if len(ids["institution"])+len(ids["circle"])+len(ids["participants"]) > 0 {
			among = append(among, post+` in `+heirs(&a, ids["institution"], ids["circle"], ids["participants"], day))
		}
		rows, err := tx.Query(ctx, `select x.i, count(*) from (
			select coalesce(`+post+`, '') as i from object o where o.kind = 'person' and o.tombstone = ''
			and (`+strings.Join(among, `
			or `)+`)) x group by x.i order by x.i -- roster.Reach`, a.List()...)
		_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var i ref.Institution
			var n int
			err := r.Scan(&i, &n)
			if out.People += n; i != "" {
				out.Institutions = append(out.Institutions, i)
			}
			return struct{}{}, err
		})
		return err
	})
	return out, err
}

// heirs gives the query of the institutions that are named, are in a circle or take part in a meeting,
// and of those that count as one of them by succession on a day.
func heirs(a *db.Args, named, circles, meetings []ref.ID, day string) string {
	return `(with recursive heir(id) as (
		select x.id from (
			select h.id from roster_institution h where h.id in ` + a.In(named) + `
			union
			select m.institution from roster_circle_member m join object g on g.id = m.id and g.tombstone = '' where m.id in ` + a.In(circles) + `
			union
			select l.to_id from link l join object g on g.id = l.from_id and g.kind = 'meeting' and g.tombstone = ''
				where l.from_id in ` + a.In(meetings) + ` and l.rel in ` + a.In(TakesPart) + `
		) x
		union
		select s.successor from roster_succession s join heir on s.id = heir.id where ` + inherits(day) + `
		) select id from heir)`
}
