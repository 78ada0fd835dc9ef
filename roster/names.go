package roster

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
)

// borne is a name in one language, with the field in which it stands.
type borne struct{ field, text string }

func inLangs(field string, m text.Multi) (out []borne) {
	for _, l := range m.Langs() {
		out = append(out, borne{field, m[l].Text})
	}
	return out
}

// borneBy gives all names that a value of the register bears, those of other days too. Of a person it is
// the function in words.
func borneBy(value any) (out []borne) {
	switch v := value.(type) {
	case *Institution:
		for n, m := range v.Names {
			out = append(out, inLangs("names."+strconv.Itoa(n)+".name", m.Name)...)
		}
		out = append(out, inLangs("short", v.Short)...)
	case *Side:
		out = append(inLangs("name", v.Name), inLangs("short", v.Short)...)
	case *Person:
		out = inLangs("title", v.Title)
	}
	return out
}

// ownName refuses a name, whatever day it is for, that another side or institution of the dialogue bears
// or ever bore, or that is how somebody is entered: who reads it below a statement takes it for the one
// that they know, and what was said under the other's name for its words. A person is entered under none
// of theirs. What stood so before may stay, and an operator enters the one that bears the name of another
// which has ended.
func ownName[T any](ctx context.Context, tx *db.Tx, who access.Actor, c access.Proposal[T], f *fault.Fields) error {
	if who.IsOperator() {
		return nil
	}
	stood := map[string]bool{"": true}
	if c.Old != nil {
		for _, n := range borneBy(&c.Old.Value) {
			stood[text.Sought(n.text)] = true
		}
	}
	fresh := slices.DeleteFunc(borneBy(&c.New.Value), func(n borne) bool { return stood[text.Sought(n.text)] })
	if len(fresh) == 0 {
		return nil
	}
	kinds := []string{"side", "institution"}
	if c.Kind.Name != "person" {
		kinds = append(kinds, "person")
	}
	taken, err := everBorne(ctx, tx, c.New.Dialogue, c.New.ID, kinds)
	for _, n := range fresh {
		if taken[text.Sought(n.text)] {
			f.Add(n.field, n.text, "fault.institution-name")
		}
	}
	return err
}

// everBorne gives the names that others of these kinds bear, or bore in any revision. Who was removed
// counts where anything is its own.
func everBorne(ctx context.Context, tx *db.Tx, d ref.Dialogue, but ref.ID, kinds []string) (map[string]bool, error) {
	out := map[string]bool{}
	var a db.Args
	rows, err := tx.Query(ctx, `select o.kind, r.body from object o join revision r on r.object = o.id and r.body is not null
		where o.dialogue = `+a.Add(string(d))+` and o.id <> `+a.Add(string(but))+` and o.kind in `+a.In(kinds)+`
			and (o.tombstone = '' or exists (select 1 from object w where w.owner = o.id)) -- roster.everBorne`, a.List()...)
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var kind string
		var body []byte
		if err := r.Scan(&kind, &body); err != nil {
			return struct{}{}, err
		}
		_, v, err := bodies[kind](body)
		for _, n := range borneBy(v) {
			out[text.Sought(n.text)] = true
		}
		return struct{}{}, err
	})
	return out, err
}

// bodies reads a revision of each kind of the register. They are put in here, since the rules of the kinds
// ask for them.
var bodies = map[string]func([]byte) (access.Header, any, error){}

func init() {
	bodies["side"], bodies["institution"], bodies["person"] = Sides.Decode, Institutions.Decode, People.Decode
}

// Renamed says whether a side or an institution is called otherwise by a new value.
func Renamed(old, new any) bool {
	switch old.(type) {
	case *Side, *Institution:
		return !slices.EqualFunc(borneBy(old), borneBy(new), func(a, b borne) bool { return a.text == b.text })
	}
	return false
}

// called gives the institutions whose name an entry is: the institution, or those that stand on the side today.
func called(ctx context.Context, tx *db.Tx, id ref.ID, value any) (is []ref.Institution, err error) {
	if _, side := value.(*Side); !side {
		return []ref.Institution{ref.Institution(id)}, nil
	}
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	return db.Collect(ctx, tx, db.One[ref.Institution], `select distinct b.id from roster_standing b where b.side = $1 and `+sideOn("b.id", "$2")+` = $1 order by b.id -- roster.called`, string(id), string(today))
}

// ToldOfName gives the people of an institution, or of a side, who have a post there today and a function:
// whom its renaming is told.
func ToldOfName(ctx context.Context, tx *db.Tx, id ref.ID, value any) (out []ref.Person, err error) {
	is, err := called(ctx, tx, id, value)
	if err != nil || len(is) == 0 {
		return nil, err
	}
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	var a db.Args
	day := a.Add(string(today))
	return db.Collect(ctx, tx, db.One[ref.Person], `select distinct p.id from roster_post p join roster_function f on f.id = p.id and `+onDay("f", day)+`
		where `+onDay("p", day)+` and p.institution in `+db.In(&a, is)+` order by p.id -- roster.ToldOfName`, a.List()...)
}

// Words names one side or institution in words that were said: those words, and whom they name.
type Words struct{ Said, Named ref.ID }

// Known is how the register calls a side or an institution today, and how it did when the words were said.
type Known struct{ Now, Then Calling }

// Calling is a name with its short form.
type Calling struct{ Name, Short text.Multi }

// In gives the name in a language, or in another where there is none, and the language it is in; brief: the
// short form, where there is one.
func (c Calling) In(lang text.Lang, brief bool) (string, text.Lang) {
	if s, l := c.Short.In(lang); brief && s != "" {
		return s, l
	}
	return c.Name.In(lang)
}

// Before gives how it was called then, where that is not how it is called now: in the language, or where it
// had no name in that, in any.
func (k Known) Before(lang text.Lang, brief bool) string {
	then, in := k.Then.In(lang, brief)
	if now, _ := k.Now.In(lang, brief); now == then {
		return ""
	}
	if in == lang || slices.ContainsFunc(k.Then.Name.Langs(), func(l text.Lang) bool { return k.Then.Name[l].Text != k.Now.Name[l].Text }) {
		return then
	}
	return "" // since it got a name in this language too
}

func calling(value any) Calling {
	switch v := value.(type) {
	case *Institution:
		return Calling{v.Name(), v.Short}
	case *Side:
		return Calling{v.Name, v.Short}
	}
	return Calling{}
}

// Known gives how the sides and institutions are called that words name, whoever reads their entries, and
// also where they were removed: to whoever reads the words, these say whose they are. The words must be
// such as their reader may read.
func (s *Service) Known(ctx context.Context, words ...ref.ID) (map[Words]Known, error) {
	out := map[Words]Known{}
	type at struct {
		object ref.ID
		rev    int64
	}
	type named struct {
		Words
		kind      string
		then, now int64
	}
	return out, s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		for chunk := range slices.Chunk(words, 400) {
			var a, b db.Args
			list, err := db.Collect(ctx, tx, func(r *sql.Rows) (n named, err error) {
				return n, r.Scan(&n.Said, &n.Named, &n.kind, &n.then, &n.now)
			}, `select l.from_id, l.to_id, l.rel,
					coalesce((select max(r.rev) from revision r where r.object = l.to_id and r.seq < s.seq and r.body is not null), 0),
					coalesce((select max(r.rev) from revision r where r.object = l.to_id and r.body is not null), 0)
				from link l join revision s on s.object = l.from_id and s.rev = 1
				where l.rel in ('institution', 'side') and l.from_id in `+a.In(chunk)+` -- roster.Known`, a.List()...)
			if err != nil || len(list) == 0 {
				return err
			}
			kinds := map[at]string{}
			var wanted []string
			for _, n := range list {
				for _, rev := range []int64{n.then, n.now} {
					if kinds[at{n.Named, rev}] == "" {
						kinds[at{n.Named, rev}] = n.kind
						wanted = append(wanted, "("+b.Add(string(n.Named))+", "+strconv.FormatInt(rev, 10)+")")
					}
				}
			}
			callings := map[at]Calling{}
			rows, err := tx.Query(ctx, `select object, rev, body from revision where (object, rev) in (values `+strings.Join(wanted, ", ")+`) -- roster.Known`, b.List()...)
			if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
				var x at
				var body []byte
				if err := r.Scan(&x.object, &x.rev, &body); err != nil {
					return struct{}{}, err
				}
				_, v, err := bodies[kinds[x]](body)
				callings[x] = calling(v)
				return struct{}{}, err
			}); err != nil {
				return err
			}
			for _, n := range list {
				now := callings[at{n.Named, n.now}]
				then, is := callings[at{n.Named, n.then}]
				if !is { // a file entered it after the words
					then = now
				}
				out[n.Words] = Known{now, then}
			}
		}
		return nil
	})
}
