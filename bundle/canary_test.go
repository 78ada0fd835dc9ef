package bundle_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/clearance"
	"entente/demo"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/files"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/library"
	"entente/roster"
	"entente/standard/tlp"
)

const canaryPassword = "a long pass phrase for nobody"

// canary is the example with notes in the inner room of the Ministry of Foreign Affairs, and whoever
// could read anything inside before the project team did anything.
type canary struct {
	t        *testing.T
	d        *db.DB
	ctx      context.Context // of the transaction in which something is tried
	objects  *access.Objects
	accounts *account.Service
	library  *library.Service
	first    map[ref.Person]string // the way in which each signed in who was inside at first
	sided    []ref.ID              // the institutions that stood on a side at first
	done     map[string]int        // how often an act was done
	keep     bool                  // what is done stays
}

func newCanary(t *testing.T, d *db.DB) *canary {
	t.Helper()
	c := &canary{t: t, d: d, ctx: t.Context(), objects: bundle.Objects(d), accounts: account.New(d), done: map[string]int{}}
	dbtest.Key(t, d)
	fs, err := bundle.Files(demo.Files())
	if err == nil {
		_, err = bundle.Import(t.Context(), d, c.objects, operator, fs, bundle.Options{Admit: true})
	}
	store, e := files.Open(t.TempDir(), 1<<20)
	if err = errors.Join(err, e); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	c.library = library.New(d, store, files.Scanner{})
	// The ministry's people sign in as people do, so that a code in place of their password is another way.
	for _, key := range []string{"cn-ministry", "cn-focal-point", "cn-contributor", "expert", "eu-focal-point"} {
		if err := c.accounts.SetPassword(t.Context(), operator, c.person(key), key, canaryPassword); err != nil {
			t.Fatal(err)
		}
		if err := c.accounts.Admit(t.Context(), operator, c.person(key), ""); err != nil {
			t.Fatal(err)
		}
	}
	mfa := c.as("cn-ministry")
	s := clearance.New(d)
	at := c.key("meeting", "launch-phase-2")
	n := clearance.Note{Title: text.Both("", "本方立场"), Text: text.Both("", "我部不同意。"), Sort: clearance.Position}
	if _, err := s.Open(t.Context(), mfa, at, n, tlp.AMBERSTRICT, access.Audience{access.InsideOf(mfa.Institution)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), mfa, at, n, tlp.RED, access.Audience{access.PersonOf(mfa.Person), access.PersonOf(c.person("cn-focal-point"))}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.objects.Create(t.Context(), mfa, "circle", access.Header{Dialogue: mfa.Dialogue}, &roster.Circle{Name: text.Both("Own circle", ""), Members: []ref.Institution{mfa.Institution, c.as("cn-focal-point").Institution}}); err != nil {
		t.Fatal(err)
	}
	c.read(func(ctx context.Context, tx *db.Tx) (err error) {
		c.sided, err = db.Collect(ctx, tx, db.One[ref.ID], `select distinct id from roster_standing where side <> '' order by id`)
		return err
	})
	c.first = map[ref.Person]string{}
	for _, p := range c.everybody() {
		if c.actor(p).Inside() {
			c.first[p] = c.way(p)
		}
	}
	if len(c.first) != 6 { // the six of the example who work for a side
		t.Fatalf("%d people are inside at first", len(c.first))
	}
	return c
}

func (c *canary) key(kind, key string) (id ref.ID) {
	c.t.Helper()
	c.read(func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select k.object from label k join object o on o.id = k.object where k.field = 'key' and k.text = $1 and o.kind = $2`, key, kind).Scan(&id)
	})
	return id
}

func (c *canary) person(key string) ref.Person { return ref.Person(c.key("person", key)) }

func (c *canary) as(key string) access.Actor { return c.actor(c.person(key)) }

func (c *canary) actor(p ref.Person) (a access.Actor) {
	c.t.Helper()
	a, err := roster.New(c.d).Actor(c.ctx, p)
	if err != nil && !fault.Is(err, fault.NotFound) {
		c.t.Fatal(err)
	}
	return a
}

// all gives the ids of a kind that stand.
func (c *canary) all(kind string) (ids []ref.ID) {
	c.read(func(ctx context.Context, tx *db.Tx) (err error) {
		ids, err = db.Collect(ctx, tx, db.One[ref.ID], `select id from object where kind = $1 and tombstone = '' order by id`, kind)
		return err
	})
	return ids
}

func (c *canary) everybody() (ps []ref.Person) {
	for _, id := range c.all("person") {
		ps = append(ps, ref.Person(id))
	}
	return ps
}

func (c *canary) way(p ref.Person) (way string) {
	c.read(func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select coalesce((select way from credential where person = $1), '')`, p).Scan(&way)
	})
	return way
}

// reads counts what an actor may read of all that stands inside a side.
func (c *canary) reads(who access.Actor) (n int) {
	c.read(func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		return tx.QueryRow(ctx, `select count(*) from object o where o.room <> '' and o.kind <> 'admission' and `+who.CanRead(&a, "o"), a.List()...).Scan(&n)
	})
	return n
}

// watch looks through all accounts: nobody has come inside or speaks for an institution on a side who
// was not inside at first and signs in as then.
func (c *canary) watch(what string) {
	c.t.Helper()
	for _, p := range c.everybody() {
		way, was := c.first[p]
		if was && way == c.way(p) {
			continue
		}
		who := c.actor(p)
		if n := c.reads(who); n > 0 || who.Inside() {
			c.t.Errorf("%s: a person (%v at %s, inside at first: %v) reads %d things inside", what, who.Functions, who.Institution, was, n)
		}
		if slices.Contains(c.sided, ref.ID(who.Institution)) && access.May(who, "statement.create", access.Header{Dialogue: who.Dialogue, Owner: ref.ID(who.Institution)}) == nil {
			c.t.Errorf("%s: a person (%v at %s) speaks for an institution on a side", what, who.Functions, who.Institution)
		}
	}
}

// try does something as the policy lets the team do it, looks, and undoes it. That it is refused is
// well too.
func (c *canary) try(act string, do func(ctx context.Context) error) {
	c.t.Helper()
	done := false
	err := c.d.Together(c.t.Context(), func(ctx context.Context) error {
		if err := do(ctx); err != nil {
			return err
		}
		done = true
		c.ctx = ctx
		c.watch(act)
		c.ctx = c.t.Context()
		if c.keep {
			return nil
		}
		return db.ErrRollback
	})
	if err != nil && fault.Of(err) == "" {
		c.t.Errorf("%s: %v", act, err)
	}
	if done {
		c.done[act]++
	}
}

func (c *canary) read(fn func(ctx context.Context, tx *db.Tx) error) {
	c.t.Helper()
	if err := c.d.Read(c.ctx, fn); err != nil {
		c.t.Fatal(err)
	}
}

// TestCanary: whatever the project team, an administrator, or anybody who holds one of their accounts
// does by the acts that the policy gives them, with every person and institution of the example, a note of a
// ministry's inner room stays closed to every account that they can then use, and none of these speaks
// for an institution on a side. First each act by itself, then one upon the other.
func TestCanary(t *testing.T) {
	if testing.Short() {
		t.Skip("one act after the other: nothing of it is concurrent, and it takes its time")
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		c.watch("at first")
		theirs := func(r access.Rule) bool {
			return slices.ContainsFunc(r.Who, func(w access.Who) bool {
				return slices.Contains([]access.Who{access.TheTeam, access.OwnTeam, access.Administrators, access.People, access.Everybody, access.Oneself}, w)
			})
		}
		ways := []bool{false, true}
		if d.Engine() == db.PostgreSQL {
			ways = ways[1:] // an act alone is the same on both; one upon the other is what an engine might keep otherwise
		}
		for _, keep := range ways {
			c.keep = keep
			for _, r := range access.Policy {
				if !theirs(r) {
					continue
				}
				switch do, why := c.driver(r.Act), elsewhere[r.Act]; {
				case (do == nil) == (why == ""):
					t.Errorf("the act %s is to be tried here, or else it is to be said why not", r.Act)
				case do != nil:
					do()
					if !keep && c.done[r.Act] == 0 {
						t.Errorf("the act %s was never done", r.Act)
					}
				}
			}
		}
		for _, r := range access.Policy {
			if elsewhere[r.Act] != "" && !theirs(r) {
				t.Errorf("the act %s is not theirs", r.Act)
			}
		}
	})
}
