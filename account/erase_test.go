package account_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/search"
	"entente/internal/text"
	"entente/internal/when"
	"entente/ledger"
	"entente/roster"
)

// The names of somebody who is erased: what they bear now, and bore before a correction.
var gone = []string{"Quendelbach", "quendelbach", "Zibetkatze", "zibetkatze", "Wolpertinger", "wolpertinger", "欧阳锦瑟", "锦瑟", "jin se"}

// TestErase: the name goes by every door and from the file; what the person held and did stays,
// and the ledger verifies.
func TestErase(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		_, public := dbtest.Key(t, d)
		ctx, s, team := t.Context(), p.s, p.actor(p.team)
		objects := access.NewObjects(d, roster.Sides, roster.Institutions, roster.People)
		n := p.newcomer(p.nia, access.FocalPoint)
		n.Title = text.Both("Dr Quendelbach, focal point", "欧阳锦瑟处长")
		n.Family, n.Given = "Zibetkatze", "Wolpertinger"
		id, code, err := s.Invite(ctx, team, n)
		want(t, err, "")
		_, err = s.Accept(ctx, "a", code, "zibetkatze.w", password)
		want(t, err, "")
		self := p.actor(id)
		o, err := roster.New(d).Person(ctx, self, id)
		want(t, err, "")
		want(t, s.Correct(ctx, self, o.Rev, account.Correction{Family: "欧阳", Given: "锦瑟", Language: "zh"}), "")
		want(t, s.Correct(ctx, self, o.Rev, account.Correction{}), fault.Conflict)
		want(t, s.Correct(ctx, access.Visitor, 1, account.Correction{}), fault.Forbidden)
		want(t, s.Correct(ctx, p.actor(p.root), 1, account.Correction{}), fault.Forbidden)
		o, err = roster.New(d).Person(ctx, self, id)
		want(t, err, "")
		want(t, s.Correct(ctx, self, o.Rev, account.Correction{Family: "Quendelbach", Given: "锦瑟", SortName: "Quendelbach Jinse", Language: "zh"}), "")
		if err := d.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `insert into session (token, data, expires, person, agent, last_use) values ('t', $2, '9', $1, '', '')`, id, []byte("{}"))
			return err
		}); err != nil {
			t.Fatal(err)
		}

		want(t, s.Erase(ctx, team, id, "asked for"), fault.Forbidden) // the function has not ended
		want(t, s.End(ctx, team, id, "Zibetkatze left"), "")
		for _, c := range []struct {
			who    access.Actor
			reason string
			want   fault.Kind
		}{
			{self, "asked for", fault.Forbidden},
			{access.Visitor, "asked for", fault.NotFound},
			{team, " ", fault.Invalid},
			{team, "ZIBETKATZE asked for it", fault.Invalid},
			{team, "本人（锦瑟）要求", fault.Invalid},
		} {
			want(t, s.Erase(ctx, c.who, id, c.reason), c.want)
		}
		want(t, s.Erase(ctx, team, p.root, "asked for"), fault.Forbidden)
		if got := found(t, d, objects, team, "Quendelbach"); got != 1 {
			t.Fatalf("before, %d found", got)
		}
		want(t, s.Erase(ctx, team, id, "asked for"), "")
		want(t, s.Erase(ctx, team, id, ""), "") // again: the file alone

		o, err = roster.New(d).Person(ctx, team, id)
		want(t, err, "")
		v := o.Value
		if v.Family+v.Given+v.SortName+v.Language != "" || v.Erased.IsZero() || v.Title.Get("en") != "Focal point, I" || len(v.Functions) != 1 || len(v.Posts) != 1 {
			t.Errorf("%+v", v)
		}
		_, err = s.SignIn(ctx, "x", "zibetkatze.w", password)
		want(t, err, fault.Invalid)
		for _, w := range gone {
			if got := found(t, d, objects, operator, w); got != 0 {
				t.Errorf("%s is found", w)
			}
		}
		versions, err := objects.History(ctx, team, ref.ID(id), 0, 50)
		want(t, err, "")
		var acts []string
		for i, v := range versions {
			acts = append(acts, v.Act)
			if (v.Value == nil) != (i > 0) {
				t.Errorf("revision %d: %+v", v.Rev, v.Value)
			}
		}
		if strings.Join(acts, " ") != "person.erase person.end person.correct person.correct person.invite" || versions[1].By.Person != ref.ID(p.team) || versions[1].When == "" || versions[1].Reason != "" { // the reason of the end named the person
			t.Errorf("history: %q", acts)
		}
		if gifts, err := roster.New(d).Gifts(ctx, team, id); err != nil || gifts[id][0].When != "" {
			t.Errorf("%+v %v", gifts, err)
		}
		want(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			r, err := ledger.Verify(ctx, tx, public, "")
			if r.Difference != "" || r.Erased != 5 {
				t.Errorf("%+v", r)
			}
			if err != nil {
				return err
			}
			_, difference, err := objects.Verify(ctx, tx)
			if difference != "" {
				t.Error(difference)
			}
			return err
		}), "")
		// A name that is entered again can be erased again.
		o.Value.Family = gone[0]
		want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			return roster.People.Save(ctx, tx, team, "person.edit", &o, "")
		}), "")
		want(t, s.Erase(ctx, team, id, "asked for again"), "")
		if o, err = roster.New(d).Person(ctx, team, id); err != nil || o.Value.Family != "" || o.Value.Erased.IsZero() {
			t.Errorf("%+v %v", o.Value, err)
		}
		if d.Path() != "" {
			noneIn(t, filepath.Dir(d.Path()))
		}
	}, db.Options{Clock: func() time.Time { return now }})
}

// TestErasureKeepsWho: a name takes the words of a reason out alone where the person bore it when these were
// written, as a name and not within a word, and not by one word of every day; who acted, when and by which
// act stays, in the erasure's own signed entry.
func TestErasureKeepsWho(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		_, public := dbtest.Key(t, d)
		ctx, team := t.Context(), p.actor(p.team)
		objects := access.NewObjects(d, roster.Sides, roster.Institutions, roster.People)
		n := p.newcomer(p.nia, access.FocalPoint)
		n.Family, n.Given = "Shown", "Zibetka"
		id, _, err := p.s.Invite(ctx, team, n)
		want(t, err, "")
		change := func(act, reason string, of func(*roster.Person)) {
			t.Helper()
			o, err := roster.New(d).Person(ctx, operator, id)
			want(t, err, "")
			of(&o.Value)
			want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				return roster.People.Save(ctx, tx, team, act, &o, reason)
			}), "")
		}
		by := func(function access.Function) func(*roster.Person) {
			return func(p *roster.Person) { p.Functions[0].Function = function }
		}
		kept := []string{"shown the annex; please forget this", "the zibetkatze is an animal", "Shown what there is"}
		change("person.authority", kept[0], by(access.Contributor))
		change("person.authority", kept[1], by(access.FocalPoint))
		change("person.authority", kept[2], by(access.Contributor))
		change("person.authority", "Zibetka's own wish", by(access.FocalPoint))
		change("person.authority", "asked by ZIBETKA SHOWN", by(access.Contributor))
		change("person.edit", "", func(p *roster.Person) { p.Family, p.Given = "forget", "annex" })
		want(t, p.s.End(ctx, team, id, "left"), "")
		want(t, p.s.Erase(ctx, team, id, "asked for"), "")
		versions, err := objects.History(ctx, team, ref.ID(id), 0, 50)
		want(t, err, "")
		var acts, reasons []string
		for _, v := range versions {
			acts, reasons = append(acts, v.Act), append(reasons, v.Reason)
			if v.By.Person != ref.ID(p.team) || v.When == "" {
				t.Errorf("revision %d: %+v at %q", v.Rev, v.By, v.When)
			}
		}
		if got := strings.Join(acts, " "); got != "person.erase person.end person.edit"+strings.Repeat(" person.authority", 5)+" person.invite" {
			t.Error(got)
		}
		if got := strings.Join(reasons, "|"); got != "asked for|left||||"+kept[2]+"|"+kept[1]+"|"+kept[0]+"|" {
			t.Error(got)
		}
		// Again: the later erasure goes on saying who acted.
		o, err := roster.New(d).Person(ctx, operator, id)
		want(t, err, "")
		o.Value.Family = "Shown"
		want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			return roster.People.Save(ctx, tx, team, "person.edit", &o, "")
		}), "")
		want(t, p.s.Erase(ctx, team, id, "asked for again"), "")
		again, err := objects.History(ctx, team, ref.ID(id), int64(len(versions)), 50)
		want(t, err, "")
		for i, v := range again {
			if v.Act != acts[i+1] || v.By.Person != ref.ID(p.team) {
				t.Errorf("revision %d again: %s %+v", v.Rev, v.Act, v.By)
			}
		}
		want(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			r, err := ledger.Verify(ctx, tx, public, "")
			if r.Difference != "" || len(r.Exceptions) != 2 {
				t.Errorf("%+v", r)
			}
			return err
		}), "")
	}, db.Options{Volatile: true})
}

func found(t *testing.T, d *db.DB, objects *access.Objects, who access.Actor, words string) int {
	t.Helper()
	f, err := objects.Search(t.Context(), who, search.Query{Dialogue: "d", Words: words, Lang: "en", Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	return f.Total
}

// noneIn reads the files of the database as bytes.
func noneIn(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range gone {
			if bytes.Contains(b, []byte(w)) {
				t.Errorf("%s holds %s", filepath.Base(name), w)
			}
		}
	}
}

// TestLastDayIsNoEnd: somebody whose last day was entered before is no former person until it has passed:
// nobody takes the name out that day, and the account is looked after and ended as on any other.
func TestLastDayIsNoEnd(t *testing.T) {
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		dbtest.Key(t, d)
		ctx, team := t.Context(), p.actor(p.team)
		id := p.invite(team, p.nia, access.FocalPoint, "nia")
		planned := func(last when.Date) {
			t.Helper()
			o, err := roster.New(d).Person(ctx, operator, id)
			want(t, err, "")
			o.Value.Functions[0].Until = last
			want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				return roster.People.Save(ctx, tx, operator, "person.authority", &o, "letter")
			}), "")
		}
		planned(when.DateOf(d.Now().AddDate(0, 0, 1)))
		now = now.Add(24 * time.Hour)
		st, err := p.s.StateOf(ctx, team, id)
		want(t, err, "")
		if st.Ended || len(p.actor(id).Functions) != 1 {
			t.Errorf("on the last day: %+v", st)
		}
		want(t, p.s.Erase(ctx, team, id, "asked for"), fault.Forbidden)
		_, err = p.reset(team, id)
		want(t, err, "")
		want(t, p.s.End(ctx, team, id, "left"), "")
		if st, err = p.s.StateOf(ctx, team, id); err != nil || !st.Ended {
			t.Errorf("ended by an act: %+v, %v", st, err)
		}
		want(t, p.s.Erase(ctx, team, id, "asked for"), "")
	}, db.Options{Clock: func() time.Time { return now }, Volatile: true})
}
