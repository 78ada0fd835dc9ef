package roster

import (
	"context"
	"database/sql"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
)

// Reached is who an audience reaches: how many people who can sign in, the institutions that they
// speak for, and those of whose people nobody can.
type Reached struct {
	People       int
	Institutions []ref.Institution
	Silent       []ref.Institution
}

// Reach finds who will be able to read what has an audience and, where it stands inside a side, that
// room: the people who can sign in and whose membership today makes them count as one of its
// principals, each once and none named. It says in one query what ActorFor says of one person.
func (s *Service) Reach(ctx context.Context, room ref.Side, audience access.Audience) (out Reached, err error) {
	ids := map[string][]ref.ID{}
	for _, p := range audience {
		ids[p.Kind()] = append(ids[p.Kind()], p.ID())
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		now, err := Today(ctx, tx)
		if err != nil {
			return err
		}
		var a db.Args
		day := a.Add(now)
		today := func(t string) string { return onDay(t, day) }
		post := postOn("o.id", day)
		side := sideOn(post, day)
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
		inside := side + ` <> '' and ` + peopleInside("o.id", day) + ` and ` + oneSide(post) + ` and ` + admitted("o.id", post, side, day)
		if len(ids["inside"]) > 0 {
			among = append(among, inside+` and `+post+` in `+a.In(ids["inside"]))
		}
		silent := ``
		if len(ids["institution"])+len(ids["circle"])+len(ids["participants"]) > 0 {
			line := heirs(&a, ids["institution"], ids["circle"], ids["participants"], day)
			among = append(among, `(`+post+`, '') in `+line)
			if len(ids["circle"]) > 0 {
				among = append(among, `(`+post+`, `+side+`) in `+line)
			}
			silent = `
			union all
			select h.id, 0 from ` + line + ` h where h.side = '' and not exists (select 1 from roster_succession s where s.id = h.id and ` + inherits("s", day) + `)`
		}
		within := ``
		if room != "" {
			within = ` and ` + inside + ` and ` + side + ` = ` + a.Add(string(room))
		}
		rows, err := tx.Query(ctx, `select x.i, sum(x.n) from (
			select coalesce(`+post+`, '') as i, case when `+s.signsIn(&a)+` then 1 else 0 end as n
				from object o where o.kind = 'person' and o.tombstone = '' and (`+strings.Join(among, `
				or `)+`)`+within+silent+`
		) x group by x.i order by x.i -- roster.Reach`, a.List()...)
		_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var i ref.Institution
			var n int
			err := r.Scan(&i, &n)
			switch out.People += n; {
			case i == "":
			case n == 0:
				out.Silent = append(out.Silent, i)
			default:
				out.Institutions = append(out.Institutions, i)
			}
			return struct{}{}, err
		})
		return err
	})
	return out, err
}

// signsIn says in SQL that the person o can sign in.
func (s *Service) signsIn(a *db.Args) string {
	return `(exists (select 1 from credential c where c.person = o.id) or o.id in ` + db.In(a, s.open) + `)`
}

// SigningIn gives those of some people who can sign in: they alone are counted where a page says how
// many something reaches.
func (s *Service) SigningIn(ctx context.Context, people ...ref.Person) (map[ref.Person]bool, error) {
	out := map[ref.Person]bool{}
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		ids, err := db.Collect(ctx, tx, db.One[ref.Person], `select o.id from object o where o.kind = 'person' and o.tombstone = ''
			and o.id in `+db.In(&a, people)+` and `+s.signsIn(&a)+` -- roster.SigningIn`, a.List()...)
		for _, id := range ids {
			out[id] = true
		}
		return err
	})
	return out, err
}

// heirs gives the query of the institutions that are named, are in a circle or take part in a meeting,
// and of those that count as one of them by succession on a day; with the side on which they have to
// stand for it, empty where on whichever.
func heirs(a *db.Args, named, circles, meetings []ref.ID, day string) string {
	return `(with recursive heir(id, side) as (
		select x.id, x.side from (
			select h.id, '' as side from roster_institution h where h.id in ` + a.In(named) + `
			union
			select m.institution, ` + sideOfCircle("m.id") + ` from roster_circle_member m join object g on g.id = m.id and g.tombstone = '' where m.id in ` + a.In(circles) + `
			union
			select l.to_id, '' from link l join object g on g.id = l.from_id and g.kind = 'meeting' and g.tombstone = ''
				where l.from_id in ` + a.In(meetings) + ` and l.rel in ` + a.In(TakesPart) + `
		) x
		union
		select s.successor, heir.side from roster_succession s join heir on s.id = heir.id where ` + inherits("s", day) + `
		) select id, side from heir)`
}

// sideOfCircle gives in SQL the side whose circle one is, empty for one that is made across the sides.
func sideOfCircle(c string) string {
	return `coalesce((select k.to_id from link k where k.from_id = ` + c + ` and k.rel = 'side'), '')`
}
