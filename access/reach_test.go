package access_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
	"entente/standard/tlp"
)

// randomRoster is a file of a dialogue with institutions that succeeded one another, people in
// their posts, circles and meetings, all drawn by chance. Of each there are n.
func randomRoster(r *rand.Rand, n int) string {
	var b strings.Builder
	add := func(kind, key, rest string) { fmt.Fprintf(&b, "---\nkind: %s\nkey: %s\n%s", kind, key, rest) }
	some := func(prefix string) string { return fmt.Sprint(prefix, "-", r.IntN(n)) }
	period := func() string {
		return []string{"", "    from: 2001\n", "    until: 2011\n", "    from: 2190\n", "    from: 2001\n    until: 2189\n"}[r.IntN(5)]
	}
	both := func(field, s string) string { return field + ":\n  en: " + s + "\n  zh: " + s + "\n" }
	add("dialogue", "d", "mark: CLEAR\naudience: [anyone]\n"+both("name", "D")+"languages: [en, zh]\n")
	add("side", "s-0", both("name", "EU"))
	add("side", "s-1", both("name", "CN"))
	stood := make([]string, n) // on which side, if on any: no succession crosses them
	for i := range n {
		rest := fmt.Sprintf("names:\n  - name:\n      en: I%d\n      zh: I%d\n", i, i)
		if r.IntN(4) > 0 {
			stood[i] = fmt.Sprintf("s-%d", r.IntN(2))
			rest += "standings:\n  - as: side\n    side: " + stood[i] + "\n" + period()
		}
		if next := r.IntN(i + 1); next < i && stood[next] == stood[i] && r.IntN(3) > 0 {
			rest += fmt.Sprintf("successors:\n  - institution: i-%d\n", next) + []string{"", "    from: 2001\n", "    from: 2190\n"}[r.IntN(3)]
		}
		add("institution", fmt.Sprint("i-", i), rest)
	}
	for i := range n {
		rest := both("title", fmt.Sprint("P", i))
		if r.IntN(5) > 0 {
			rest += "posts:\n  - institution: " + some("i") + "\n" + period()
		}
		if f := r.IntN(8); f < 7 {
			rest += "functions:\n  - function: " + access.Function("").Options()[f] + "\n" + period()
		}
		add("person", fmt.Sprint("p-", i), rest)
	}
	for i := range n {
		members := []string{some("i"), some("i"), some("i")}
		slices.Sort(members)
		add("circle", fmt.Sprint("c-", i), both("name", "C")+"members: ["+strings.Join(slices.Compact(members), ", ")+"]\n")
	}
	for i := range n {
		rest := both("title", fmt.Sprint("M", i)) + "type: seminar\nstate: planned\n"
		if r.IntN(2) == 0 {
			rest += "participants:\n  - institution: " + some("i") + "\n"
		}
		if r.IntN(2) == 0 {
			rest += "agenda:\n  - title:\n      en: x\n    speakers:\n      - institution: " + some("i") + "\n"
		}
		add("meeting", fmt.Sprint("m-", i), rest)
	}
	return b.String()
}

// load reads a file of objects into a database.
func load(t testing.TB, d *db.DB, text string) {
	t.Helper()
	if _, err := bundle.Import(t.Context(), d, bundle.Objects(d), access.Operator("test"), []bundle.File{{Name: "r.yaml", Data: []byte(text)}}, bundle.Options{Admit: true}); err != nil {
		t.Fatal(err)
	}
}

// signsIn lets people sign in.
func signsIn(t testing.TB, d *db.DB, people ...ref.ID) {
	t.Helper()
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for _, p := range people {
			if _, err := tx.Exec(ctx, `insert into credential (person, login, hash, changed) values ($1, $1, '', '')`, p); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestReachAgrees: how many an audience reaches is how many can sign in and count as one of its
// principals, and each of these reads what has it.
func TestReachAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const n = 24
		r := rand.New(rand.NewPCG(8, 2026))
		load(t, d, randomRoster(r, n))
		node := &node{TB: t, db: d, objects: bundle.Objects(d)}
		dialogue := ref.Dialogue(node.id("dialogue", "d"))
		op := access.Operator("test")
		for i := range 3 { // what is removed lets nobody read
			for _, kind := range []string{"circle", "meeting"} {
				if err := node.objects.Remove(t.Context(), op, node.id(kind, fmt.Sprint(kind[:1], "-", i)), 1, "removed"); err != nil {
					t.Fatal(err)
				}
			}
		}
		var signing []ref.ID
		signs := map[int]bool{}
		for i := range n {
			if i%3 > 0 {
				signs[i], signing = true, append(signing, node.id("person", fmt.Sprint("p-", i)))
			}
		}
		signsIn(t, d, signing...)
		for i := range n { // circles of a side, also with members that do not stand on it
			side := ref.Side(node.id("side", fmt.Sprint("s-", i%2)))
			c := roster.Circle{Name: text.Both("O", "O"), Side: side}
			for _, m := range r.Perm(n)[:4] {
				c.Members = append(c.Members, ref.Institution(node.id("institution", fmt.Sprint("i-", m))))
			}
			if _, err := node.objects.Create(t.Context(), op, "circle", access.Header{Dialogue: dialogue, Key: fmt.Sprint("o-", i)}, &c); err != nil {
				t.Fatal(err)
			}
		}
		draw := func() access.Principal {
			k := []string{"side", "team", "dialogue", "circle", "circle", "own", "participants", "participants", "institution", "person"}[r.IntN(10)]
			switch k {
			case "side":
				return access.SideOf(ref.Side(node.id("side", fmt.Sprint("s-", r.IntN(2)))))
			case "team":
				return access.TeamOf(dialogue)
			case "dialogue":
				return access.DialogueOf(dialogue)
			}
			kind, key := k, fmt.Sprint(k[:1], "-", r.IntN(n))
			if k == "own" {
				k, kind = "circle", "circle"
			}
			if k == "participants" {
				kind, key = "meeting", fmt.Sprint("m-", r.IntN(n))
			}
			return access.Principal(k + ":" + node.id(kind, key))
		}
		paper := node.id("side", "s-0")
		readers, inside := 0, 0
		for round := range 40 {
			a := access.NewAudience(draw(), draw())
			if round%3 == 0 {
				a = access.NewAudience(draw())
			}
			h, _, err := node.objects.Get(t.Context(), op, paper)
			if err != nil {
				t.Fatal(err)
			}
			if err := node.objects.SetAudience(t.Context(), op, paper, h.Rev, tlp.GREEN, a, "test"); err != nil {
				t.Fatal(err)
			}
			want := 0
			for i := range n {
				who := node.as(fmt.Sprint("p-", i))
				_, _, err := node.objects.Get(t.Context(), who, paper)
				if reads := slices.ContainsFunc(who.Principals(), a.Has); reads != (err == nil) {
					t.Errorf("p-%d counts as one of %v: %v, and reads: %v", i, a, reads, err)
				}
				if err == nil && signs[i] {
					want++
				}
			}
			readers += want
			if got, err := roster.New(d).Reach(t.Context(), "", a); err != nil || got.People != want {
				t.Errorf("%v reaches %d (%v), %d read it", a, got.People, err, want)
			}
		}
		// Notes alone have "inside" in their audience: nothing is read by it here.
		for i := range n {
			inside += reachOf(t, node, signs, access.InsideOf(ref.Institution(node.id("institution", fmt.Sprint("i-", i)))))
		}
		// Inside a side a person counts who works for it.
		for i := range n {
			who := node.as(fmt.Sprint("p-", i))
			for _, key := range []string{"s-0", "s-1"} {
				side, want := ref.Side(node.id("side", key)), 0
				if signs[i] && who.Room() == side {
					want = 1
				}
				if got, err := roster.New(d).Reach(t.Context(), side, access.Audience{access.PersonOf(who.Person)}); err != nil || got.People != want {
					t.Errorf("inside %s p-%d counts %d (%v), want %d", key, i, got.People, err, want)
				}
			}
		}
		if readers == 0 || inside == 0 {
			t.Error("nobody ever read anything, which proves nothing")
		}
	})
}

// reachOf compares whom a principal reaches with those who count as it, and gives how many they are.
func reachOf(t *testing.T, node *node, signs map[int]bool, p access.Principal) (want int) {
	t.Helper()
	for i := range signs {
		if slices.Contains(node.as(fmt.Sprint("p-", i)).Principals(), p) {
			want++
		}
	}
	if got, err := roster.New(node.db).Reach(t.Context(), "", access.Audience{p}); err != nil || got.People != want {
		t.Errorf("%s reaches %d (%v), %d count as it", p, got.People, err, want)
	}
	return want
}

// BenchmarkActorFor: every request makes its actor anew. The institution takes part in every
// second of two thousand meetings.
func BenchmarkActorFor(b *testing.B) {
	d := dbtest.New(b)
	var text strings.Builder
	text.WriteString("kind: dialogue\nkey: d\nname:\n  en: D\nlanguages: [en]\n---\nkind: side\nkey: s\nname:\n  en: S\n---\nkind: institution\nkey: i\nnames:\n  - name:\n      en: I\nstandings:\n  - as: side\n    side: s\n---\nkind: person\nkey: p\ntitle:\n  en: P\nposts:\n  - institution: i\nfunctions:\n  - function: focal-point\n")
	for i := range 2000 {
		fmt.Fprintf(&text, "---\nkind: meeting\nkey: m-%d\ntitle:\n  en: M\ntype: seminar\nstate: held\n", i)
		if i%2 == 0 {
			text.WriteString("participants:\n  - institution: i\n")
		}
	}
	load(b, d, text.String())
	var id ref.ID
	if err := d.Read(b.Context(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select id from object where kind = 'person'`).Scan(&id)
	}); err != nil {
		b.Fatal(err)
	}
	s := roster.New(d)
	for b.Loop() {
		if _, err := s.Actor(b.Context(), ref.Person(id)); err != nil {
			b.Fatal(err)
		}
	}
}
