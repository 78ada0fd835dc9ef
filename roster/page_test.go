package roster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// company is a small register: two sides, institutions that succeeded one another, people.
type company struct {
	t        *testing.T
	d        *db.DB
	s        *Service
	dialogue ref.Dialogue
	eu, cn   ref.Side
	ids      map[string]ref.Institution
	people   map[string]ref.Person
}

func put[T any](c *company, k *access.Kind[T], v T) ref.ID {
	c.t.Helper()
	o := &access.Object[T]{Value: v}
	o.Dialogue = c.dialogue
	err := c.d.Write(c.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return k.Save(ctx, tx, access.Operator("test"), k.Name+".create", o, "")
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return o.ID
}

func newCompany(t *testing.T, d *db.DB) *company {
	c := &company{t: t, d: d, s: New(d), dialogue: ref.Dialogue(ref.New()), ids: map[string]ref.Institution{}, people: map[string]ref.Person{}}
	c.eu = ref.Side(put(c, Sides, Side{Name: text.Both("EU side", "欧方"), Lang: "en"}))
	c.cn = ref.Side(put(c, Sides, Side{Name: text.Both("Chinese side", "中方"), Lang: "zh"}))
	add := func(key, zh string, side ref.Side, until when.Date, next ...Succession) {
		i := Institution{Names: []Name{{Name: text.Both(key, zh)}}, Short: text.Both(strings.ToUpper(key[:1]), ""), Successors: next, Level: "national"}
		switch {
		case side != "":
			i.Standings = []Period{{As: OnSide, Side: side, Until: until}}
		case key == "facilitator":
			i.Standings = []Period{{As: Facilitator}}
		}
		c.ids[key] = ref.Institution(put(c, Institutions, i))
	}
	add("mohrss", "人社部", c.cn, "")
	add("most", "科技部", c.cn, "", Succession{Institution: c.ids["mohrss"], From: "2023", Matter: text.Both("experts", "外国专家")})
	add("safea", "外专局", c.cn, "2018", Succession{Institution: c.ids["most"], From: "2018"})
	add("uk", "英国", c.eu, "2020-01-31")
	add("nl", "荷兰", c.eu, "")
	add("facilitator", "国际移民组织", "", "")
	add("nobody", "未注明", "", "")
	add("later", "将来", c.cn, "", Succession{Institution: c.ids["mohrss"], From: "2190"})
	person := func(key, at string, from, until when.Date, fs ...access.Function) {
		p := Person{Title: text.Both(key, key)}
		if at != "" {
			p.Posts = []Post{{Institution: c.ids[at], From: from, Until: until}}
		}
		for _, f := range fs {
			p.Functions = append(p.Functions, Held{Function: f})
		}
		c.people[key] = ref.Person(put(c, People, p))
	}
	person("team", "facilitator", "", "", access.ProjectTeam)
	person("operator", "facilitator", "", "", access.Administrator)
	person("both", "facilitator", "", "", access.Administrator, access.Observer)
	person("attaché", "nl", "", "", access.FocalPoint)
	person("former", "nl", "2010", "2012", access.FocalPoint)
	person("left", "uk", "", "", access.FocalPoint)
	person("expert", "mohrss", "", "", access.Expert)
	person("reader", "most", "", "")
	person("outside", "", "", "", access.Expert)
	person("heir", "nl", "2011", "", access.Contributor)
	return c
}

// TestReachCounts: who is counted can sign in, whatever the register says of others, and each once.
func TestReachCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCompany(t, d)
		in := func(key string) access.Principal { return access.InstitutionOf(c.ids[key]) }
		two := ref.Person(put(c, People, Person{Title: text.Both("Two posts", "兼任"), Posts: []Post{{Institution: c.ids["nl"]}, {Institution: c.ids["mohrss"]}}, Functions: []Held{{Function: access.Expert}}}))
		circle := access.CircleOf(ref.Circle(put(c, Circles, Circle{Name: text.Both("C", "组"), Members: []ref.Institution{c.ids["nl"], c.ids["most"]}})))
		count := func(s *Service, want, of, silent int, a ...access.Principal) {
			t.Helper()
			got, err := s.Reach(t.Context(), "", access.NewAudience(a...))
			if err != nil || got.People != want || len(got.Institutions) != of || len(got.Silent) != silent {
				t.Errorf("%v reaches %+v (%v), want %d of %d, and %d of which nobody", a, got, err, want, of, silent)
			}
		}
		count(c.s, 0, 0, 1, in("mohrss")) // an expert without an account, or invited and not yet there
		signing := func(keys ...string) *Service {
			var people []ref.Person
			for _, k := range keys {
				people = append(people, c.people[k])
			}
			return c.s.Demonstrated(append(people, two)...)
		}
		at, _ := c.s.Actor(t.Context(), two)
		for _, i := range []string{"nl", "mohrss"} { // of two posts the one that is spoken for counts, once
			if n := map[bool]int{true: 1}[at.Institution == c.ids[i]]; true {
				count(signing(), n, n, 1-n, in(i))
			}
		}
		count(signing(), 1, 1, 1, in("nl"), in("mohrss"))
		count(signing("former"), 0, 0, 1, in("uk"))                                                  // one whose post ended speaks for nobody
		count(signing("former"), 2, 1, 0, access.PersonOf(c.people["former"]), access.PersonOf(two)) // and reads what names them
		count(signing(), 0, 0, 1, in("nobody"))                                                      // nobody is entered
		count(signing("reader"), 1, 1, 0, in("safea"))                                               // most took over from it
		count(signing("reader", "attaché", "heir"), 3+map[bool]int{true: 1}[at.Institution == c.ids["nl"]], 2, 0, circle)
		count(signing("team", "operator"), 1, 1, 0, access.TeamOf(c.dialogue), in("nowhere"))
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `insert into credential (person, login, hash, changed) values ($1, 'expert', '', '')`, c.people["expert"])
			return err
		}); err != nil {
			t.Fatal(err)
		}
		count(c.s, 1, 1, 0, in("mohrss"))
	})
}

// TestReach: one query counts whom the membership of each person would let read.
func TestReach(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCompany(t, d)
		in := func(key string) access.Principal { return access.InstitutionOf(c.ids[key]) }
		everybody := slices.Collect(maps.Values(c.people))
		for _, a := range []access.Audience{
			{},
			{access.Anyone},
			{access.DialogueOf(c.dialogue)},
			{access.TeamOf(c.dialogue)},
			{access.SideOf(c.eu)},
			{access.SideOf(c.cn)},
			{in("safea")},
			{in("most")},
			{in("mohrss")},
			{in("nl")},
			{in("later")},
			{in("uk"), in("facilitator")},
			{access.PersonOf(c.people["former"])},
			{access.PersonOf(c.people["reader"]), access.SideOf(c.eu), access.TeamOf(c.dialogue)},
			{access.DialogueOf(ref.Dialogue(ref.New()))},
			{access.TeamOf(c.dialogue), access.DialogueOf(c.dialogue), in("nobody")},
		} {
			want := 0
			for _, p := range c.people {
				who, err := c.s.Actor(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				if slices.ContainsFunc(who.Principals(), a.Has) {
					want++
				}
			}
			got, err := c.s.Demonstrated(everybody...).Reach(t.Context(), "", access.NewAudience(a...))
			if err != nil || got.People != want {
				t.Errorf("%v reaches %d (%v), want %d", a, got.People, err, want)
			}
		}
	})
}

// TestLineage: the line of an institution leads over others, in both directions.
func TestLineage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCompany(t, d)
		words := func(steps []Step) (out []string) {
			for _, s := range steps {
				out = append(out, fmt.Sprintf("%s %s %s", s.Value.Name().Get("en"), s.Date, s.Matter.Get("en")))
			}
			return out
		}
		for key, want := range map[string][2][]string{
			"mohrss": {{"safea 2018 ", "most 2023 experts", "later 2190 "}, nil},
			"most":   {{"safea 2018 "}, {"mohrss 2023 experts"}},
			"safea":  {nil, {"most 2018 ", "mohrss 2023 experts"}},
			"uk":     {nil, nil},
		} {
			p, err := c.s.Institution(t.Context(), access.Operator("test"), c.ids[key], "en")
			if err != nil {
				t.Fatal(err)
			}
			if b, a := words(p.Before), words(p.After); !slices.Equal(b, want[0]) || !slices.Equal(a, want[1]) {
				t.Errorf("%s: %q and %q, want %q", key, b, a, want)
			}
		}
	})
}

// TestPartners: institutions stand with what they are today, the sides in the order given.
func TestPartners(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCompany(t, d)
		ask := func(q PartnerQuery, sides ...ref.Side) string {
			t.Helper()
			q.Dialogue = c.dialogue
			groups, people, err := c.s.Partners(t.Context(), access.Operator("test"), q, sides)
			if err != nil {
				t.Fatal(err)
			}
			if n := people[c.ids["nl"]]; n != 2 {
				t.Errorf("%d people at nl today", n)
			}
			var out []string
			for _, g := range groups {
				name := map[ref.Side]string{c.eu: "EU", c.cn: "CN"}[g.Side] + string(g.As)
				for _, o := range g.List {
					name += " " + o.Value.Name().Get("en")
				}
				out = append(out, name)
			}
			return strings.Join(out, "; ")
		}
		for _, x := range []struct {
			q     PartnerQuery
			sides []ref.Side
			want  string
		}{
			{PartnerQuery{Lang: "en"}, []ref.Side{c.eu, c.cn}, "EUside nl; CNside later mohrss most; facilitator facilitator;  nobody; former safea uk"},
			{PartnerQuery{Lang: "zh"}, []ref.Side{c.cn, c.eu}, "CNside later most mohrss; EUside nl; facilitator facilitator;  nobody; former safea uk"},
			{PartnerQuery{Lang: "en", Side: c.cn}, []ref.Side{c.eu, c.cn}, "CNside later mohrss most"},
			{PartnerQuery{Lang: "en", As: Former}, []ref.Side{c.eu, c.cn}, "former safea uk"},
			{PartnerQuery{Lang: "en", Title: "科技"}, []ref.Side{c.eu, c.cn}, "CNside most"},
			{PartnerQuery{Lang: "en", Title: "100%"}, []ref.Side{c.eu, c.cn}, ""},
			{PartnerQuery{Lang: "en", Level: "provincial"}, []ref.Side{c.eu, c.cn}, ""},
		} {
			if got := ask(x.q, x.sides...); got != x.want {
				t.Errorf("%+v: %q, want %q", x.q, got, x.want)
			}
		}
	})
}

func TestSideOn(t *testing.T) {
	r := Register{"uk": {Standings: []Period{{As: OnSide, Side: "eu", Until: "2020-01-31"}, {As: Observer, From: "2020-02-01"}}}}
	for d, want := range map[when.Date]ref.Side{"2018": "eu", "2020-01-31": "eu", "2020-02": "", "2024": "", "": "eu"} {
		if got := r.SideOn("uk", d); got != want {
			t.Errorf("on %q: %q, want %q", d, got, want)
		}
	}
	if got := r.SideOn("elsewhere", "2018"); got != "" {
		t.Errorf("an unknown institution is on side %q", got)
	}
	uk := Institution{Standings: []Period{{As: OnSide, Side: "eu", Until: "2020-01-31"}}}
	if as, _ := uk.Today(time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)); as != Former {
		t.Errorf("after it left it is %q", as)
	}
}
