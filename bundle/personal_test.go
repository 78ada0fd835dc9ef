package bundle_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
)

// TestPersonalTables: every table of the database is a subject's, or is named among those that
// hold data on people or among those that hold none. Whoever adds one says which, and with which
// words the page on personal data tells of it.
func TestPersonalTables(t *testing.T) {
	d := dbtest.New(t)
	known := append(slices.Clone(account.Impersonal), bundleTables(d)...)
	for _, h := range account.Personal {
		known = append(known, h.Tables...)
	}
	n := newNode(t, d)
	var all []string
	n.read(func(ctx context.Context, tx *db.Tx) (err error) {
		all, err = db.Collect(ctx, tx, db.One[string], `select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like 'search_index_%'`)
		return err
	})
	for _, table := range all {
		if !slices.Contains(known, table) {
			t.Errorf("the table %s: does it hold data on people? Name it in account.Personal (with its words) or in account.Impersonal", table)
		}
	}
	for _, table := range known {
		if !slices.Contains(all, table) {
			t.Errorf("there is no table %s any more", table)
		}
	}
}

func bundleTables(d *db.DB) (out []string) {
	for _, table := range newNode(nil, d).objects.Tables() {
		if !slices.Contains([]string{"roster_person", "roster_post", "roster_function"}, table) {
			out = append(out, table)
		}
	}
	return out
}

// TestPersonalRows: after a person was invited, came in, acted and owed, the tables in which the
// person stands are those that are said to hold data on people.
func TestPersonalRows(t *testing.T) {
	d := dbtest.New(t)
	n := newNode(t, d)
	ctx := t.Context()
	n.load(start + "---\nkind: institution\nkey: nia\nnames:\n  - name:\n      en: NIA\n---\nkind: person\nkey: pm\ntitle:\n  en: PM\nposts:\n  - institution: nia\nfunctions:\n  - function: project-team\n")
	s, r := account.New(d), roster.New(d)
	actor := func(id ref.ID) access.Actor {
		a, err := r.Actor(ctx, ref.Person(id))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	team := actor(n.id("person", "pm"))
	id, code, err := s.Invite(ctx, team, account.Newcomer{Institution: ref.Institution(n.id("institution", "nia")), Function: access.FocalPoint, Title: text.Both("Wolpertinger", "Wolpertinger"), Family: "Wolpertinger"})
	must(err)
	_, err = s.Accept(ctx, "a", code, "wolpertinger", "several words of mine")
	must(err)
	_, err = s.Reinvite(ctx, operator, id)
	must(err)
	// Another fresh code is asked for, where somebody else could confirm it.
	second, code, err := s.Invite(ctx, team, account.Newcomer{Institution: ref.Institution(n.id("institution", "nia")), Function: access.Contributor, Title: text.Both("S", "S")})
	must(err)
	_, err = s.Accept(ctx, "a", code, "second", "several words of mine")
	must(err)
	must(d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := roster.People.Load(ctx, tx, operator, ref.ID(second))
		if err != nil {
			return err
		}
		o.Value.Functions = []roster.Held{{Function: access.ProjectTeam}}
		return roster.People.Save(ctx, tx, operator, "person.edit", &o, "")
	}))
	must(s.AskReset(ctx, team, id))
	who := actor(ref.ID(id))
	must(s.Correct(ctx, who, 1, account.Correction{Family: "Wolpertinger", Given: "W"}))
	must(d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		err := access.Owe(ctx, tx, access.Duty{Object: n.id("institution", "nia"), Principal: access.PersonOf(id), Kind: access.DutyAnswer, Drafter: id})
		if err == nil {
			_, err = tx.Exec(ctx, `insert into session (token, data, expires, person, agent, last_use) values ('t', $2, '9', $1, '', '')`, id, []byte("{}"))
		}
		return err
	}))

	hold := []string{}
	for _, h := range account.Personal {
		hold = append(hold, h.Tables...)
	}
	n.read(func(ctx context.Context, tx *db.Tx) error {
		tables, err := db.Collect(ctx, tx, db.One[string], `select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like 'search_index%'`)
		if err != nil {
			return err
		}
		for _, table := range tables {
			rows, err := tx.Query(ctx, `select * from `+table)
			lines, err := db.Rows(rows, err, whole)
			if err != nil {
				return err
			}
			for _, l := range lines {
				if (strings.Contains(l, string(id)) || strings.Contains(strings.ToLower(l), "wolpertinger")) && !slices.Contains(hold, table) {
					t.Errorf("%s holds %s", table, l)
				}
			}
		}
		return nil
	})

	own, err := newOwn(n, who)
	must(err)
	if own.Entry.Family != "Wolpertinger" || own.SignIn == nil || own.SignIn.Login != "wolpertinger" || len(own.Revisions) != 2 || own.Invitation == "" || own.Reset == "" ||
		len(own.Duties) != 1 || own.Duties[0].Object.Kind != "institution" || len(own.Acts) != 2 || own.Acts[0].Object == nil || len(own.NamedIn) != 0 {
		t.Errorf("%+v", own)
	}
}

// whole is a row as text.
func whole(r *sql.Rows) (string, error) {
	columns, err := r.Columns()
	if err != nil {
		return "", err
	}
	vals := make([]sql.RawBytes, len(columns))
	ptrs := make([]any, len(vals))
	for i := range vals {
		ptrs[i] = &vals[i]
	}
	if err := r.Scan(ptrs...); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s", vals), nil
}

// TestOwnHidesWhatIsHidden: in the export of own data an act on an object that the person may no
// longer read names no object.
func TestOwnHidesWhatIsHidden(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		n.load(start + "---\nkind: person\nkey: pm\ntitle:\n  en: PM\nfunctions:\n  - function: project-team\n---\nkind: meeting\nkey: m\ntitle:\n  en: Wolpertinger\ntype: seminar\nstate: planned\n")
		ctx := t.Context()
		who, err := roster.New(n.d).Actor(ctx, ref.Person(n.id("person", "pm")))
		if err != nil {
			t.Fatal(err)
		}
		h, v, err := n.objects.Get(ctx, who, n.id("meeting", "m"))
		if err == nil {
			err = n.objects.Publish(ctx, who, h.ID, h.Rev)
		}
		if err != nil {
			t.Fatal(err, v)
		}
		own, err := newOwn(n, who)
		if err != nil || len(own.Acts) != 1 || own.Acts[0].Object == nil || own.Acts[0].Object.Title != "Wolpertinger" {
			t.Errorf("%+v %v", own.Acts, err)
		}
		if err := n.objects.SetAudience(ctx, operator, h.ID, h.Rev+1, "TLP:RED", access.NewAudience(access.PersonOf("somebody")), "closed"); err != nil {
			t.Fatal(err)
		}
		own, err = newOwn(n, who)
		if err != nil || len(own.Acts) != 1 || own.Acts[0].Object != nil || own.Acts[0].Act != "object.publish" {
			t.Errorf("%+v %v", own.Acts, err)
		}
		if _, err := newOwn(n, access.Visitor); err == nil {
			t.Error("a visitor has data")
		}
	})
}

func newOwn(n node, who access.Actor) (bundle.OwnData, error) {
	return bundle.Own(n.t.Context(), n.d, n.objects, who, "en")
}

// TestErasedInExport: a file of objects holds nothing of an erased name and loads as before.
func TestErasedInExport(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		n.load(start + "---\nkind: person\nkey: wei-wolpertinger\ntitle:\n  en: Focal point\nfamily: Wolpertinger\ngiven: Wei\n")
		id := ref.Person(n.id("person", "wei-wolpertinger"))
		if out := n.export(operator); !strings.Contains(out, "Wolpertinger") {
			t.Fatal(out)
		}
		dbtest.Key(t, n.d)
		if err := account.New(n.d).Erase(t.Context(), operator, id, "asked for"); err != nil {
			t.Fatal(err)
		}
		out := n.export(operator)
		if strings.Contains(strings.ToLower(out), "wolpertinger") || !strings.Contains(out, "erased: ") {
			t.Error(out)
		}
		if r := n.load(out); r.Created+r.Changed != 0 {
			t.Errorf("loaded again: %+v", r)
		}
		n.sound()
	})
}
