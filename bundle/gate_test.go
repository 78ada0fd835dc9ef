package bundle_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/seal"
	"entente/internal/when"
	"entente/notice"
	"entente/roster"
)

// sealed lets the accounts send letters.
func (c *canary) sealed() *seal.Box {
	c.t.Helper()
	box, err := seal.New("the key of a node that a test made up")
	if err != nil {
		c.t.Fatal(err)
	}
	c.accounts.Sealing(box)
	return box
}

// letters gives how many codes are on their way to a person, and to which address.
func (c *canary) letters(p ref.Person) (n int, to string) {
	c.t.Helper()
	c.read(func(ctx context.Context, tx *db.Tx) error {
		a, err := notice.AddressOf(ctx, tx, p)
		if err != nil {
			return err
		}
		to = a.Address
		return tx.QueryRow(ctx, `select count(*) from notice where person = $1 and kind = 'invitation' and ended = ''`, p).Scan(&n)
	})
	return n, to
}

// addressed gives a person an address as that one does, and confirms it.
func (c *canary) addressed(box *seal.Box, p ref.Person, address string) {
	c.t.Helper()
	err := notice.NewService(c.d, box).SetAddress(c.t.Context(), c.actor(p), address, notice.AtOnce)
	if err == nil {
		err = c.d.Write(c.t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `update notice_address set confirmed = $2, token = '' where person = $1`, p, db.Stamp(tx.Now()))
			return err
		})
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// TestCodeLetter: a code that lets in goes by mail to no address but one that the admitted person gave,
// or who gives the code; who had the account meanwhile, or entered the person, may have given another,
// which is forgotten once somebody came in.
func TestCodeLetter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		box := c.sealed()
		ctx, nia, team, p := t.Context(), c.as("cn-focal-point"), c.team(), c.person("cn-contributor")
		gives := func(what string, by access.Actor, to ref.Person, letter string) (code string) {
			t.Helper()
			st, err := c.accounts.StateOf(ctx, by, to)
			if err == nil {
				code, err = c.accounts.Reinvite(ctx, by, to)
			}
			if err != nil {
				t.Fatal(err)
			}
			n, at := c.letters(to)
			now, err := c.accounts.StateOf(ctx, by, to)
			if (n == 1) != (letter != "") || n == 1 && at != letter || st.Letter != letter || now.Sent != letter || err != nil {
				t.Errorf("%s: %d letters to %q; said before %q, after %q (%v)", what, n, at, st.Letter, now.Sent, err)
			}
			return code
		}
		c.addressed(box, p, "real@nia.example")
		code := gives("the admitted person's own address", nia, p, "real@nia.example")
		c.accept(code)
		c.inside("by the letter", true, p)
		gives("the same, once more", nia, p, "real@nia.example")

		c.accept(gives("by the team", team, p, "real@nia.example"))
		c.inside("by the team", false, p)
		c.addressed(box, p, "attacker@evil.example")
		code = gives("an address given under the team's way in", nia, p, "")
		c.accept(code)
		c.inside("by the card", true, p)
		if _, at := c.letters(p); at != "" {
			t.Errorf("the address %s is kept", at)
		}
		if n := c.told(p, notice.Security, "address"); n != 1 {
			t.Errorf("told %d times that the address went", n)
		}

		// A code that waits to be sent does not go to an address that is given meanwhile.
		c.addressed(box, p, "real@nia.example")
		gives("again", nia, p, "real@nia.example")
		c.addressed(box, p, "other@nia.example")
		if n, _ := c.letters(p); n != 0 {
			t.Errorf("%d codes go to the new address", n)
		}

		evil := newcomer(nia.Institution, access.Contributor)
		evil.Address = "attacker@evil.example"
		invented, _ := c.invited(team, evil)
		if n, _ := c.letters(invented); n != 1 {
			t.Errorf("%d letters to an address typed with the code", n)
		}
		code = gives("an address that the team typed", nia, invented, "")
		c.accept(code)
		if _, at := c.letters(invented); at != "" {
			t.Errorf("the address %s is kept", at)
		}
		own := newcomer(nia.Institution, access.Contributor)
		own.Address = "colleague@nia.example"
		colleague, code := c.invited(nia, own)
		if n, _ := c.letters(colleague); n != 1 {
			t.Errorf("%d letters to the address that the focal point typed", n)
		}
		c.accept(code)
		gives("not confirmed", nia, colleague, "")
		if _, at := c.letters(colleague); at != "colleague@nia.example" {
			t.Errorf("the address is %q", at)
		}
		if err := c.accounts.SetPassword(ctx, operator, colleague, "colleague", canaryPassword); err != nil {
			t.Fatal(err)
		}
		if _, at := c.letters(colleague); at != "" {
			t.Errorf("after a command set the password the address is %q", at)
		}
	})
}

// told counts what a person was told of a kind, by a word.
func (c *canary) told(p ref.Person, k notice.Kind, what string) (n int) {
	c.t.Helper()
	c.read(func(ctx context.Context, tx *db.Tx) error {
		list, err := notice.Own(ctx, tx, c.actor(p), "", 100)
		for _, x := range list {
			if x.Kind == k && x.Detail.What == what {
				n++
			}
		}
		return err
	})
	return n
}

// TestHandoverLetsNobodyIn: by a handover stays inside who was; a colleague whose account somebody took,
// before the form was opened or after, or whom somebody invented, waits on.
func TestHandoverLetsNobodyIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		ctx, nia, team, p := t.Context(), c.as("cn-focal-point"), c.team(), c.person("cn-contributor")
		waits := func(by access.Actor) []ref.Person {
			t.Helper()
			x, err := c.accounts.Passing(ctx, by, nia.Person)
			if err != nil {
				t.Fatal(err)
			}
			return x.Waits
		}
		if w := waits(nia); len(w) != 0 {
			t.Errorf("%v wait", w)
		}
		over := func(what string, inside bool) {
			t.Helper()
			err := d.Together(ctx, func(ctx context.Context) error {
				h := account.Handover{From: nia.Person, Function: access.FocalPoint, To: p, Stays: true}
				if _, _, _, err := bundle.HandOver(ctx, d, c.objects, nia, h, nil); err != nil {
					return err
				}
				if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
					for q, want := range map[ref.Person]bool{p: inside, nia.Person: true} {
						if a, err := roster.ActorFor(ctx, tx, q); err != nil || a.Inside() != want {
							t.Errorf("%s: %s is inside: %v, want %v (%v)", what, q, a.Inside(), want, err)
						}
					}
					return nil
				}); err != nil {
					return err
				}
				return db.ErrRollback
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		over("one who is inside", true)
		code, err := c.accounts.Reinvite(ctx, team, p)
		if err != nil {
			t.Fatal(err)
		}
		c.accept(code)
		over("one whose account was taken", false)
		if w := waits(nia); !slices.Equal(w, []ref.Person{p}) {
			t.Errorf("%v wait, want the one whose account was taken", w)
		}
		if w := waits(team); len(w) != 0 {
			t.Errorf("the team learns that %v wait", w)
		}
		if got := c.admits(nia, p); got != "" {
			t.Fatal(got)
		}
		over("let in again", true)
	})
}

// TestGapAhead: a change that leaves a gap on days to come ends an admission at once, since nothing
// happens on those days that would; an end does not, nor what was so when the person was let in.
func TestGapAhead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		nia, p := c.as("cn-focal-point"), c.person("cn-contributor")
		on := func(days int) when.Date { return when.DateOf(d.Now().Add(time.Duration(days) * 24 * time.Hour)) }
		change := func(by access.Actor, id ref.ID, fn func(any)) {
			t.Helper()
			h, v, err := c.objects.Get(t.Context(), by, id)
			if err != nil {
				t.Fatal(err)
			}
			fn(v)
			if by.IsOperator() {
				_, err = c.objects.Edit(t.Context(), by, id, h.Rev, v, "")
			} else {
				err = bundle.Authority(t.Context(), d, c.objects, by, id, h.Rev, v, "letter")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		held := func(from, until when.Date, f access.Function) roster.Held {
			return roster.Held{Function: f, From: from, Until: until}
		}
		functions := func(hs ...roster.Held) {
			t.Helper()
			change(c.team(), ref.ID(p), func(v any) { v.(*roster.Person).Functions = hs })
		}
		again := func() {
			t.Helper()
			change(operator, ref.ID(p), func(v any) {
				q := v.(*roster.Person)
				q.Posts, q.Functions = q.Posts[:1], []roster.Held{held("", "", access.Contributor)}
			})
			if got := c.admits(nia, p); got != "" {
				t.Fatal(got)
			}
			c.inside("let in", true, p)
		}
		functions(held("", on(2), access.Contributor), held(on(3), "", access.Contributor))
		c.inside("without a day between", true, p)
		functions(held("", on(10), access.Contributor))
		c.inside("an end to come", true, p)
		change(operator, ref.ID(p), func(v any) { v.(*roster.Person).Functions = []roster.Held{held("", "", access.Contributor)} })
		c.inside("no end", true, p)
		functions(held("", on(2), access.Contributor), held(on(5), "", access.Contributor))
		c.inside("a gap in the function", false, p)
		again()
		functions(held("", "", access.Contributor), held(on(2), on(3), access.FocalPoint))
		c.inside("another function for a while", false, p)
		again()
		change(c.team(), ref.ID(p), func(v any) {
			q := v.(*roster.Person)
			q.Posts = append(q.Posts, roster.Post{Institution: ref.Institution(c.key("institution", "iom")), From: on(2), Until: on(3)})
		})
		c.inside("a post elsewhere for a while", false, p)
		again()
		change(c.team(), ref.ID(nia.Institution), func(v any) {
			i := v.(*roster.Institution)
			i.Standings = append(i.Standings, roster.Period{As: roster.Observer, From: on(2), Until: on(2)})
		})
		c.inside("the institution beside its side for a day", false, p, nia.Person)
		c.read(func(ctx context.Context, tx *db.Tx) error {
			_, difference, err := c.objects.Verify(ctx, tx)
			if difference != "" {
				t.Error(difference)
			}
			return err
		})
	})
}

// TestAdmitAllIsTold: who is inside is told whom a command lets in, and where nobody was nobody is.
func TestAdmitAllIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		nia := c.as("cn-focal-point")
		if n := c.told(nia.Person, notice.Admission, "given"); n != 1 { // the contributor, let in anew by a command
			t.Errorf("told %d times at first", n)
		}
		p, code := c.invited(c.team(), newcomer(nia.Institution, access.Contributor))
		c.accept(code)
		first, _ := c.invited(c.team(), newcomer(ref.Institution(c.key("institution", "mps")), access.FocalPoint))
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			n, err := account.AdmitAll(ctx, tx, operator, p, first, nia.Person)
			if n != 2 {
				t.Errorf("%d people were let in", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		c.inside("by the import", true, p)
		if n := c.told(nia.Person, notice.Admission, "given"); n != 2 {
			t.Errorf("NIA's focal point was told %d times", n)
		}
		if a, b := c.told(p, notice.Admission, "own"), c.told(first, notice.Admission, "own"); a != 1 || b != 0 {
			t.Errorf("they themselves were told %d and %d times", a, b)
		}
	})
}
