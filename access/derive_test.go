package access_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/search"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/ledger"
)

// A kind as one release keeps it. It bears the name of a kind that the policy knows.
type scratch1 struct {
	Title    text.Multi `json:"title" shape:"required,label"`
	DateNote text.Multi `json:"date_note,omitempty"`
	Zone     string     `json:"zone,omitempty"`
	Room     string     `json:"room,omitempty"`
	Figures  []int      `json:"figures,omitempty"`
	Items    []item1    `json:"items,omitempty"`
	Hint     text.Multi `json:"hint,omitempty"`
}

type item1 struct {
	Speaker string     `json:"speaker,omitempty"`
	Note    string     `json:"note,omitempty"`
	Aside   text.Multi `json:"aside,omitempty"`
}

func stated1(fs []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(fs), "[]"), " ", "+")
}

func kind1() *access.Kind[scratch1] {
	return &access.Kind[scratch1]{
		Name: "meeting", Table: "scratch", Columns: []string{"stated"},
		Row: func(s *scratch1) []any { return []any{stated1(s.Figures)} },
	}
}

// The same kind a release later: a field more, which is written also where it is empty; figures
// with blanks between; the zone in a column of its own; three fields with other names, one of them
// holding it otherwise; two fields dropped.
type scratch2 struct {
	Title   text.Multi `json:"title" shape:"required,label"`
	Venue   text.Multi `json:"venue"`
	Remark  text.Multi `json:"remark,omitempty"`
	Zone    string     `json:"zone,omitempty"`
	Rooms   []string   `json:"rooms,omitempty"`
	Figures []int      `json:"figures,omitempty"`
	Items   []item2    `json:"items,omitempty"`
}

type item2 struct {
	Speaker string `json:"speaker,omitempty"`
	Word    string `json:"word,omitempty"`
}

func kind2() *access.Kind[scratch2] {
	return &access.Kind[scratch2]{
		Name: "meeting", Table: "scratch", Version: 2, Columns: []string{"stated", "zone"},
		Row: func(s *scratch2) []any {
			return []any{strings.ReplaceAll(stated1(s.Figures), "+", " + "), s.Zone}
		},
		Former: []access.Former{
			{Name: "date_note", Until: 1, Now: "remark"},
			{Name: "items.note", Until: 1, Now: "word"},
			{Name: "room", Until: 1, Now: "rooms", As: func(b json.RawMessage) (json.RawMessage, error) {
				return json.RawMessage("[" + string(b) + "]"), nil
			}},
			{Name: "hint", Until: 1, Was: text.Multi{}},
			{Name: "items.aside", Until: 1, Was: text.Multi{}},
		},
	}
}

func exec(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func one[T any](t *testing.T, d *db.DB, query string, args ...any) (v T) {
	t.Helper()
	if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, query, args...).Scan(&v)
	}); err != nil {
		t.Fatal(err)
	}
	return v
}

// differs verifies log and rows.
func differs(t *testing.T, d *db.DB, o *access.Objects) (difference string) {
	t.Helper()
	if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		r, err := ledger.Verify(ctx, tx, "", "")
		if difference = r.Difference; err == nil && difference == "" {
			_, difference, err = o.Verify(ctx, tx)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return difference
}

var operator = access.Operator("test")

// scratch fills a database by the release before, and gives the first object, which has two
// revisions. The column that the next release brings is there, as after its migration.
func scratch(t *testing.T, d *db.DB, n int) (first access.Header) {
	t.Helper()
	exec(t, d, `create table scratch (id text not null primary key, body text not null, stated text not null)`)
	o := access.NewObjects(d, kind1())
	dialogue := ref.Dialogue(ref.New())
	h := access.Header{Dialogue: dialogue, Mark: "TLP:GREEN", Audience: access.NewAudience(access.DialogueOf(dialogue))}
	if err := d.Together(t.Context(), func(ctx context.Context) error {
		for i := range n {
			v := &scratch1{
				Title:    text.Both(fmt.Sprintf("Seminar %d", i), fmt.Sprintf("研讨会%d", i)),
				DateNote: text.Both("after the holiday", "节后"), Zone: "Asia/Shanghai",
				Room: "Jade", Figures: []int{25, 26}, Hint: text.Both("an old hint", "旧提示"),
				Items: []item1{{Speaker: "first", Note: "a word"}, {Speaker: "second", Note: "another", Aside: text.Both("by the way", "")}},
			}
			made, err := o.Create(ctx, operator, "meeting", h, v)
			if err == nil && i == 0 {
				v.Zone = "Europe/Brussels"
				first, err = o.Edit(ctx, operator, made.ID, made.Rev, v, "moved")
			}
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if d := differs(t, d, o); d != "" {
		t.Fatal(d)
	}
	exec(t, d, `alter table scratch add column zone text not null default ''`)
	return first
}

// said writes changes as a reader would see them.
func said(cs []shape.Change) string {
	var out []string
	for _, c := range cs {
		out = append(out, c.Path+": "+c.Before+" > "+c.After)
	}
	return strings.Join(out, "\n")
}

func digests(t *testing.T, d *db.DB) string {
	return one[string](t, d, `select string_agg(digest, ' ' order by seq) from revision`)
}

// TestDerive: what a release wrote is whole in the next one, in lists, in the object, in its history
// and in verification, and nothing that was logged was touched.
func TestDerive(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first := scratch(t, d, 3)
		logged := digests(t, d)
		o := access.NewObjects(d, kind2())
		if kinds, begun, err := o.Moved(t.Context()); err != nil || begun || len(kinds) != 1 {
			t.Fatalf("moved: %v %v %v", kinds, begun, err)
		}
		if differs(t, d, o) == "" {
			t.Error("what the older release derived does not differ")
		}
		var told string
		n, err := o.Derive(t.Context(), func(kind string, done, total int64) { told = fmt.Sprintf("%s %d/%d", kind, done, total) })
		if err != nil || n != 3 || told != "meeting 3/3" {
			t.Fatalf("derived %d, told %q: %v", n, told, err)
		}
		if diff := differs(t, d, o); diff != "" {
			t.Error(diff)
		}
		if digests(t, d) != logged {
			t.Error("a revision was written anew")
		}
		if n := one[int](t, d, `select count(*) from scratch where zone <> '' and stated = '25 + 26'`); n != 3 {
			t.Errorf("%d rows have the new columns", n)
		}
		if kinds, _, err := o.Moved(t.Context()); err != nil || len(kinds) > 0 {
			t.Errorf("moved still: %v %v", kinds, err)
		}
		var e ledger.Entry
		if err := json.Unmarshal(one[[]byte](t, d, `select body from entry where seq = (select max(seq) from entry)`), &e); err != nil {
			t.Fatal(err)
		}
		if e.Act != access.DeriveAct || e.By.Operator == "" || !strings.HasPrefix(e.Reason, `{"kind":"meeting","objects":3,"version":2,`) {
			t.Errorf("the entry says %+v", e)
		}

		h, v, err := o.Get(t.Context(), operator, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		s := v.(*scratch2)
		if s.Remark.Get("zh") != "节后" || len(s.Rooms) != 1 || s.Rooms[0] != "Jade" || s.Items[1].Word != "another" || s.Zone != "Europe/Brussels" {
			t.Errorf("read as %+v", s)
		}
		for words, want := range map[string]int{"节后": 3, "旧提示": 0} { // what was dropped is found no longer
			if f, err := o.Search(t.Context(), operator, search.Query{Dialogue: h.Dialogue, Words: words, Lang: "zh", Limit: 5}); err != nil || f.Total != want {
				t.Errorf("%s is found %d times: %v", words, f.Total, err)
			}
		}

		// The next save loses nothing, and history tells what was dropped, from the first revision on.
		s.Venue = text.Both("Jade Hall", "")
		if _, err := o.Edit(t.Context(), operator, h.ID, h.Rev, s, ""); err != nil {
			t.Fatal(err)
		}
		vs, err := o.History(t.Context(), operator, h.ID, 0, 10)
		if err != nil || len(vs) != 3 {
			t.Fatalf("%d revisions: %v", len(vs), err)
		}
		if got := said(vs[1].Since(vs[2])); got != "zone: Asia/Shanghai > Europe/Brussels" {
			t.Errorf("between two revisions of the older release: %s", got)
		}
		if got := said(vs[0].Since(vs[1])); got != "venue.en:  > Jade Hall\nhint.en: an old hint > \nhint.zh: 旧提示 > \nitems.1.aside.en: by the way > " {
			t.Errorf("across the releases: %s", got)
		}
		if k, _ := o.Kind("meeting"); len(k.Dropped()) != 2 {
			t.Errorf("dropped: %v", k.Dropped())
		}
		if diff := differs(t, d, o); diff != "" {
			t.Error(diff)
		}
	})
}

// TestDeriveTwice: two programs that start at once derive what moved once, and say so once.
func TestDeriveTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		scratch(t, d, 3)
		before := one[int64](t, d, `select count(*) from entry`)
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if _, err := access.NewObjects(d, kind2()).Derive(t.Context(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if n := one[int64](t, d, `select count(*) from entry`); n != before+1 {
			t.Errorf("%d entries", n-before)
		}
		if diff := differs(t, d, access.NewObjects(d, kind2())); diff != "" {
			t.Error(diff)
		}
	})
}

// TestOlderProcess: the program of the release before neither writes nor opens what was derived by
// a newer one.
func TestOlderProcess(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first := scratch(t, d, 1)
		older := access.NewObjects(d, kind1())
		if _, err := access.NewObjects(d, kind2()).Derive(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		_, err := older.Edit(t.Context(), operator, first.ID, first.Rev, &scratch1{Title: text.Both("Lost", "")}, "")
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("the older program writes: %v", err)
		}
		if _, _, err := older.Moved(t.Context()); err == nil || !strings.Contains(err.Error(), "newer program") {
			t.Errorf("the older program opens: %v", err)
		}
	})
}

// TestUndeclared: a field that has another name and is not declared is an error that names it, and
// nothing is derived.
func TestUndeclared(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		scratch(t, d, 2)
		k := kind2()
		k.Former = k.Former[1:]
		before := one[string](t, d, `select string_agg(body, ' ' order by id) from scratch`)
		_, err := access.NewObjects(d, k).Derive(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), `"date_note"`) {
			t.Errorf("an undeclared field: %v", err)
		}
		if got := one[string](t, d, `select string_agg(body, ' ' order by id) from scratch`); got != before {
			t.Error("rows were written")
		}
		if diff := differs(t, d, access.NewObjects(d, kind1())); diff != "" {
			t.Error(diff)
		}
	})
}

// TestChangedBeforeUpgrade: what somebody changed behind the program's back, so that it cannot be
// read, is named as that; and from the first attempt on the derivation counts as begun, so that no
// later start takes what is half derived for a state to go back to.
func TestChangedBeforeUpgrade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first := scratch(t, d, 2)
		body := one[[]byte](t, d, `select body from revision where object = $1 and rev = $2`, first.ID, first.Rev)
		exec(t, d, `update revision set body = $3 where object = $1 and rev = $2`, first.ID, first.Rev, []byte(strings.Replace(string(body), `"zone"`, `"zoom"`, 1)))
		o := access.NewObjects(d, kind2())
		if _, err := o.Derive(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "changed outside the program") || !strings.Contains(err.Error(), first.ID) {
			t.Errorf("derived from what was changed: %v", err)
		}
		if _, begun, err := o.Moved(t.Context()); err != nil || !begun {
			t.Errorf("begun: %v %v", begun, err)
		}
	})
}

// TestNamesChange: names that are exchanged, that come back, that pass through another, and parts of
// what was renamed.
func TestNamesChange(t *testing.T) {
	type part struct {
		Word string `json:"word,omitempty"`
	}
	type today struct {
		Title   text.Multi `json:"title" shape:"required,label"`
		Zone    string     `json:"zone,omitempty"`
		Room    string     `json:"room,omitempty"`
		Note    string     `json:"note,omitempty"` // once a text in several languages, then nothing, now this
		Entries []part     `json:"entries,omitempty"`
	}
	k := &access.Kind[today]{Name: "meeting", Table: "scratch", Version: 4, Former: []access.Former{
		{Name: "zone", Until: 1, Now: "room"},
		{Name: "room", Until: 1, Now: "zone"},
		{Name: "note", Until: 1, Was: text.Multi{}},
		{Name: "items", Until: 2, Now: "entries"},
		{Name: "entries.aside", Until: 2, Was: ""},
		{Name: "entries.note", Until: 2, Now: "remark"},
		{Name: "entries.remark", Until: 3, Now: "word"},
	}}
	o := access.NewObjects(nil, k)
	for body, want := range map[string]string{
		`{"object":{"kind":"meeting","mark":"TLP:GREEN","audience":[],"changed_at":""},"value":{"title":{},"zone":"a","room":"b","note":{"en":{"text":"x"}},"items":[{"note":"n"},{"aside":"s"}]}}`: `{"title":{},"zone":"b","room":"a","entries":[{"word":"n"},{}]}`,
		`{"object":{"kind":"meeting","mark":"TLP:GREEN","audience":[],"changed_at":""},"value":{"title":{},"zone":"a"}}`:                                                                            `{"title":{},"room":"a"}`,
		`{"object":{"kind":"meeting","mark":"TLP:GREEN","audience":[],"changed_at":""},"value":{"title":{},"zone":"a","note":"n","entries":[{"remark":"r"}]},"version":3}`:                          `{"title":{},"zone":"a","note":"n","entries":[{"word":"r"}]}`,
	} {
		kind, _ := o.Kind("meeting")
		_, v, err := kind.Decode([]byte(body))
		if got, _ := json.Marshal(v); err != nil || string(got) != want {
			t.Errorf("%s is read as %s: %v", body, got, err)
		}
	}
	for name, wrong := range map[string]*access.Kind[today]{
		"a version that was not raised": {Name: "meeting", Version: 2, Former: []access.Former{{Name: "old", Until: 2, Now: "zone"}}},
		"no type":                       {Name: "meeting", Version: 2, Former: []access.Former{{Name: "old", Until: 1}}},
		"a part of what is gone":        {Name: "meeting", Version: 2, Former: []access.Former{{Name: "gone.part", Until: 1, Was: ""}}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is taken", name)
				}
			}()
			access.NewObjects(nil, wrong)
		}()
	}
}

// TestDeriveInterrupted: what was derived before a program ended is not derived again.
func TestDeriveInterrupted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const n, dies = 600, 550
		scratch(t, d, n)
		k, done := kind2(), 0
		row := k.Row
		ctx, kill := context.WithCancel(t.Context())
		defer kill()
		k.Row = func(s *scratch2) []any {
			if done++; done == dies {
				kill()
			}
			return row(s)
		}
		o := access.NewObjects(d, k)
		if _, err := o.Derive(ctx, nil); !errors.Is(err, context.Canceled) {
			t.Fatalf("not interrupted: %v", err)
		}
		if _, begun, err := o.Moved(t.Context()); err != nil || !begun {
			t.Fatalf("begun: %v %v", begun, err)
		}
		if again, err := o.Derive(t.Context(), nil); err != nil || again >= n || again == 0 {
			t.Errorf("derived %d after the interruption: %v", again, err)
		}
		if diff := differs(t, d, o); diff != "" {
			t.Error(diff)
		}
		if n := one[int](t, d, `select count(*) from scratch where zone = ''`); n != 0 {
			t.Errorf("%d rows are as before", n)
		}
	})
}

// TestCollationMoves: names that were sorted by other rules are sorted anew.
func TestCollationMoves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		exec(t, d, `update label set sort = $1 where field = 'title'`, []byte("as it was"))
		if differs(t, d, n.objects) == "" {
			t.Error("other keys are not found")
		}
		exec(t, d, `update derivation set sorting = 'cldr1'`)
		kinds, _, err := n.objects.Moved(t.Context())
		if err != nil || len(kinds) < 15 {
			t.Fatalf("moved: %v %v", kinds, err)
		}
		size := n.size()
		if _, err := n.objects.Derive(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if diff := differs(t, d, n.objects); diff != "" {
			t.Error(diff)
		}
		if got := n.size(); got != size+int64(len(kinds)) {
			t.Errorf("%d entries for %d kinds", got-size, len(kinds))
		}
	})
}

// TestRowBody: the value in a row is compared as a value, and every other change of it is found.
func TestRowBody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		first := scratch(t, d, 1)
		o := access.NewObjects(d, kind1())
		body := one[string](t, d, `select body from scratch where id = $1`, first.ID)
		for name, c := range map[string]struct {
			from, to string
			found    bool
		}{
			"white space":       {`{"title"`, `{ "title"`, false},
			"a byte":            {`"Jade"`, `"Jads"`, true},
			"a name":            {`"zone"`, `"Zone"`, true},
			"a field more":      {`{"title"`, `{"venue":null,"title"`, true},
			"a field less":      {`"room":"Jade",`, ``, true},
			"an order":          {`[25,26]`, `[26,25]`, true},
			"no JSON":           {`}`, `]`, true},
			"one more value":    {`[25,26]`, `[25,26,27]`, true},
			"something before":  {`{"title"`, `{}{"title"`, true},
			"an empty one more": {`"zone"`, `"hint2":"","zone"`, true},
		} {
			if !strings.Contains(body, c.from) {
				t.Fatalf("%s: %s is not in %s", name, c.from, body)
			}
			exec(t, d, `update scratch set body = $2 where id = $1`, first.ID, strings.Replace(body, c.from, c.to, 1))
			if got := differs(t, d, o); (got != "") != c.found {
				t.Errorf("%s: %q", name, got)
			}
			exec(t, d, `update scratch set body = $2 where id = $1`, first.ID, body)
		}
	})
}
