package roster

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
)

// Lost is what the people of an institution counted as until a day came, and do not count as today.
type Lost struct {
	Institution ref.Institution
	Began       time.Time // the day
	As          []access.Principal
}

// LostSince gives what dates of standings and successions took from institutions on the days after one
// and until today: nothing else happens on these. "": on all days that have come.
func LostSince(ctx context.Context, tx *db.Tx, since string) (out []Lost, err error) {
	now, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	zone, err := access.Zone(ctx, tx)
	if err != nil {
		return nil, err
	}
	today := string(now)
	rows, err := tx.Query(ctx, `select id, from_day, until_day from roster_standing
		union select successor, from_day, '' from roster_succession -- roster.LostSince`)
	turned := map[string][]ref.Institution{}
	if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var i ref.Institution
		var from, until string
		err := r.Scan(&i, &from, &until)
		for _, d := range []string{from, after(until)} {
			if d != "" && d > since && d <= today {
				turned[d] = append(turned[d], i)
			}
		}
		return struct{}{}, err
	}); err != nil {
		return nil, err
	}
	for _, d := range slices.Sorted(maps.Keys(turned)) {
		began, err := time.ParseInLocation(time.DateOnly, d, zone.Location())
		if err != nil {
			return nil, err
		}
		before := began.AddDate(0, 0, -1).Format(time.DateOnly)
		of, err := heirsOf(ctx, tx, turned[d])
		if err != nil {
			return nil, err
		}
		for _, i := range of {
			was, _, err := countsOn(ctx, tx, i, before)
			if err != nil {
				return nil, err
			}
			is, _, err := countsOn(ctx, tx, i, today)
			if err != nil {
				return nil, err
			}
			if as := without(was, is); len(as) > 0 {
				out = append(out, Lost{i, began, as})
			}
		}
	}
	return out, nil
}

// heirsOf gives institutions and all that count as them, or ever will, by succession.
func heirsOf(ctx context.Context, tx *db.Tx, of []ref.Institution) ([]ref.Institution, error) {
	var a db.Args
	return db.Collect(ctx, tx, db.One[ref.Institution], `with recursive heir(id) as (
			select h.id from roster_institution h where h.id in `+db.In(&a, of)+`
			union
			select s.successor from roster_succession s join heir on s.id = heir.id
		) select id from heir order by id -- roster.heirsOf`, a.List()...)
}

// turning are the days on which what stands of people and institutions begins, or has ended.
type turning struct {
	people      map[ref.Person][]string
	at          map[ref.Person][]ref.Institution // the posts of each
	standings   map[ref.Institution][]string
	successions []string // of all of them: one follows from another
}

// turnsOf gives those of some people and their posts, and of some institutions and who succeeds them.
func turnsOf(ctx context.Context, tx *db.Tx, people []ref.Person, of []ref.Institution) (t turning, err error) {
	t = turning{map[ref.Person][]string{}, map[ref.Person][]ref.Institution{}, map[ref.Institution][]string{}, nil}
	var a db.Args
	among := db.In(&a, people)
	rows, err := tx.Query(ctx, `select id, institution, from_day, until_day from roster_post where id in `+among+`
		union select id, '', from_day, until_day from roster_function where id in `+among+` -- roster.turnsOf`, a.List()...)
	if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var p ref.Person
		var at ref.Institution
		var from, until string
		err := r.Scan(&p, &at, &from, &until)
		if t.people[p] = append(t.people[p], from, after(until)); at != "" {
			t.at[p] = append(t.at[p], at)
			of = append(of, at)
		}
		return struct{}{}, err
	}); err != nil {
		return t, err
	}
	slices.Sort(of)
	var b db.Args
	among = db.In(&b, slices.Compact(of))
	rows, err = tx.Query(ctx, `select id, '', from_day, until_day from roster_standing where id in `+among+`
		union select id, successor, from_day, '' from roster_succession where id in `+among+` or successor in `+among+` -- roster.turnsOf`, b.List()...)
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var i, successor ref.Institution
		var from, until string
		err := r.Scan(&i, &successor, &from, &until)
		if successor != "" {
			t.successions = append(t.successions, from)
		} else {
			t.standings[i] = append(t.standings[i], from, after(until))
		}
		return struct{}{}, err
	})
	return t, err
}

// after gives the day after one; "" after none.
func after(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}
