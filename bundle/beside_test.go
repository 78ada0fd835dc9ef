package bundle_test

import (
	"context"
	"testing"
	"time"

	"entente/access"
	"entente/bundle"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/roster"
)

// decides changes what decides of somebody or something, as the project team.
func (c *canary) decides(id ref.ID, change func(v any)) error {
	c.t.Helper()
	h, v, err := c.objects.Get(c.t.Context(), c.team(), id)
	if err != nil {
		c.t.Fatal(err)
	}
	change(v)
	return bundle.Authority(c.t.Context(), c.d, c.objects, c.team(), id, h.Rev, v, "letter")
}

func (c *canary) rev(id ref.ID) (rev int64) {
	c.read(func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select rev from object where id = $1`, id).Scan(&rev)
	})
	return rev
}

// TestNobodyOfASide: who comes to an institution while it stands on no side for a day, or before its
// side begins, says nothing in its name, and neither does whoever bears its name beside it.
func TestNobodyOfASide(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		nia, at := c.as("cn-focal-point"), c.key("meeting", "launch-phase-2")
		says := func(what string, i ref.Institution, want fault.Kind) {
			t.Helper()
			p, code := c.invited(c.team(), newcomer(i, access.FocalPoint))
			c.accept(code)
			_, err := exchange.New(d).State(t.Context(), c.actor(p), at, exchange.Said{Seen: c.rev(at), Sort: exchange.Comment, Text: text.Both("We agree.", "")})
			if fault.Of(err) != want {
				t.Errorf("%s: %v, want %q", what, err, want)
			}
		}
		today := when.DateOf(time.Now())
		if err := c.decides(ref.ID(nia.Institution), func(v any) {
			o := v.(*roster.Institution)
			o.Standings = append(o.Standings, roster.Period{As: roster.Observer, From: today, Until: today})
		}); err != nil {
			t.Fatal(err)
		}
		says("on no side for a day", nia.Institution, fault.Forbidden)

		enter := func(i roster.Institution) (ref.Institution, error) {
			o, err := c.objects.Create(t.Context(), c.team(), "institution", access.Header{Dialogue: c.team().Dialogue}, &i)
			return ref.Institution(o.ID), err
		}
		name := func(en string) []roster.Name { return []roster.Name{{Name: text.Both(en, "")}} }
		to, err := enter(roster.Institution{Names: name("Office to come")})
		if err != nil {
			t.Fatal(err)
		}
		says("on no side", to, "")
		if err := c.decides(ref.ID(to), func(v any) {
			v.(*roster.Institution).Standings = []roster.Period{{As: roster.OnSide, Side: nia.Side, From: when.DateOf(time.Now().AddDate(1, 0, 0))}}
		}); err != nil {
			t.Fatal(err)
		}
		says("before its side begins", to, fault.Forbidden)

		for _, i := range []roster.Institution{{Names: name("national immigration  ADMINISTRATION")}, {Names: name("Another"), Short: text.Both("", "nia")}} {
			if _, err := enter(i); fault.Of(err) != fault.Invalid {
				t.Errorf("an institution called %v %v: %v", i.Name(), i.Short, err)
			}
		}
	})
}

// TestPostIsNoVoice: a member of the project team with a post at an institution of a side translates
// its words as the team does, and takes none of them away.
func TestPostIsNoVoice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		mfa, at := c.as("cn-ministry"), c.key("meeting", "launch-phase-2")
		o, err := exchange.New(d).State(t.Context(), mfa, at, exchange.Said{Seen: c.rev(at), Sort: exchange.Objection, Text: text.Both("", "我部不同意。")})
		if err != nil {
			t.Fatal(err)
		}
		said := o.ID
		if err := c.decides(ref.ID(c.team().Person), func(v any) {
			v.(*roster.Person).Posts = []roster.Post{{Institution: mfa.Institution}}
		}); err != nil {
			t.Fatal(err)
		}
		translate := func(s text.Status) (text.Version, error) {
			h, v, err := c.objects.Get(t.Context(), c.team(), said)
			if err != nil {
				t.Fatal(err)
			}
			o := v.(*exchange.Statement)
			o.Text["en"] = text.Version{Text: "The Ministry fully agrees.", Status: s}
			if _, err := c.objects.Edit(t.Context(), c.team(), said, h.Rev, o, ""); err != nil {
				return text.Version{}, err
			}
			_, v, err = c.objects.Get(t.Context(), c.team(), said)
			return v.(*exchange.Statement).Text["en"], err
		}
		if _, err := translate(text.Checked); fault.Of(err) != fault.Invalid {
			t.Errorf("checked by a member of the project team: %v", err)
		}
		v, err := translate(text.Draft)
		if want := string(access.TeamOf(mfa.Dialogue)); err != nil || v.By != want || v.Word != "" {
			t.Errorf("a translation by %q, said to be %q, want by %q: %v", v.By, v.Word, want, err)
		}
		h, _, err := c.objects.Get(t.Context(), c.team(), at)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.objects.Remove(t.Context(), c.team(), at, h.Rev, "letter"); err != nil {
			t.Fatal(err)
		}
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := access.Find(ctx, tx, c.as("cn-ministry"), said)
			return err
		}); err != nil {
			t.Errorf("the ministry has not kept its own words: %v", err)
		}
	})
}
