package clearance_test

import (
	"context"
	"slices"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/roster"
	"entente/standard/tlp"
)

// decide changes an institution by the act that is for it, or as an operator by an edit.
func (n *node) decide(who access.Actor, key string, fn func(*roster.Institution)) error {
	n.Helper()
	h, v, err := n.objects.Get(n.Context(), access.Operator("test"), n.id("institution", key))
	if err != nil {
		n.Fatal(err)
	}
	fn(v.(*roster.Institution))
	if who.IsOperator() {
		_, err = n.objects.Edit(n.Context(), who, h.ID, h.Rev, v, "")
		return err
	}
	return bundle.Authority(n.Context(), n.db, n.objects, who, h.ID, h.Rev, v, "test")
}

func (n *node) load(s string) error {
	_, err := bundle.Import(n.Context(), n.db, n.objects, access.Operator("test"), []bundle.File{{Name: "a.yaml", Data: []byte("kind: dialogue\nkey: migration-mobility\n---\n" + s)}}, bundle.Options{})
	return err
}

// strict is a meeting of NIA and the project team alone, what NIA said on it, and a note inside the
// Chinese side about it.
func (n *node) strict() (paper, said, inner ref.ID) {
	n.Helper()
	team, nia := n.as("project-team"), n.as("cn-focal-point")
	h, err := n.objects.Create(n.Context(), team, "meeting", access.Header{
		Dialogue: team.Dialogue, Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(access.InstitutionOf(nia.Institution), access.TeamOf(team.Dialogue)),
	}, &meeting.Meeting{Title: text.Both("Paper", "文件"), Type: "seminar", State: "planned"})
	if err != nil {
		n.Fatal(err)
	}
	st, err := exchange.New(n.db).State(n.Context(), nia, h.ID, exchange.Said{Sort: exchange.Comment, Seen: h.Rev, Text: text.Both("", "意见")})
	if err != nil {
		n.Fatal(err)
	}
	o, err := n.s.Open(n.Context(), nia, h.ID, note("本方立场"), tlp.AMBERSTRICT, n.in("nia"))
	if err != nil {
		n.Fatal(err)
	}
	return h.ID, st.ID, o.ID
}

// TestMovedPerson: a note that names a person is read by that person as long as they work for the
// side on which the note stands, whatever moved: their institution, their post, their function. So is
// what is attached to it, and a side's circle by an institution as long as it stands there.
func TestMovedPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		op, mfa := access.Operator("test"), n.as("cn-ministry")
		paper := n.id("meeting", launch)
		o, err := n.s.Open(t.Context(), mfa, paper, note("本方立场"), tlp.RED, access.Audience{access.PersonOf(mfa.Person), access.PersonOf(n.as("cn-focal-point").Person)})
		if err != nil {
			t.Fatal(err)
		}
		circle, err := n.objects.Create(t.Context(), mfa, "circle", access.Header{Dialogue: mfa.Dialogue}, &roster.Circle{Name: text.Both("C", "组"), Members: []ref.Institution{mfa.Institution, n.as("cn-focal-point").Institution}})
		if err != nil {
			t.Fatal(err)
		}
		across, err := n.objects.Create(t.Context(), n.as("project-team"), "circle", access.Header{Dialogue: mfa.Dialogue}, &roster.Circle{Name: text.Both("D", "组"), Members: []ref.Institution{mfa.Institution, n.as("cn-focal-point").Institution}})
		if err != nil {
			t.Fatal(err)
		}
		of := access.CircleOf(ref.Circle(circle.ID))
		shared, err := n.objects.Create(t.Context(), op, "meeting", access.Header{Dialogue: mfa.Dialogue, Mark: tlp.AMBERSTRICT, Audience: access.Audience{of}},
			&meeting.Meeting{Title: text.Both("Paper", "文件"), Type: "seminar", State: "planned"})
		if err != nil {
			t.Fatal(err)
		}
		agrees := func(what string, reads bool) {
			t.Helper()
			who := n.as("cn-focal-point")
			h, _, err := n.objects.Get(t.Context(), mfa, o.ID)
			if err != nil || h.Room != mfa.Side || who.Reads(h) != reads || n.reads(who, o.ID) != reads || n.reads(who, circle.ID) != reads || n.reads(who, shared.ID) != reads {
				t.Errorf("%s: the note stands inside %q (%v), it is read: %v, the circle: %v, what is for it: %v", what, h.Room, err, n.reads(who, o.ID), n.reads(who, circle.ID), n.reads(who, shared.ID))
			}
			if !n.reads(who, across.ID) || !n.reads(mfa, o.ID) || !n.reads(n.as("cn-ministry"), shared.ID) {
				t.Errorf("%s: a circle across sides, or those who stayed, lost something", what)
			}
		}
		agrees("at first", true)
		if n.reads(n.as("project-team"), o.ID) || n.reads(n.as("member-state"), shared.ID) {
			t.Error("others read what stands inside")
		}
		eu := n.as("member-state").Side
		var was []roster.Period
		if err := n.decide(op, "nia", func(i *roster.Institution) {
			was = slices.Clone(i.Standings)
			i.Standings[0].Until = "2019"
			i.Standings = append(i.Standings, roster.Period{As: roster.OnSide, Side: eu, From: "2020"})
		}); err != nil {
			t.Fatal(err)
		}
		agrees("the institution moved", false)
		if err := n.decide(op, "nia", func(i *roster.Institution) { i.Standings = was }); err == nil {
			t.Error("its standing on the other side was written away")
		}
		n.verified()
	})
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		op, mfa, nia := access.Operator("test"), n.as("cn-ministry"), n.as("cn-focal-point")
		o, err := n.s.Open(t.Context(), mfa, n.id("meeting", launch), note("本方立场"), tlp.RED, access.Audience{access.PersonOf(mfa.Person), access.PersonOf(nia.Person)})
		if err != nil {
			t.Fatal(err)
		}
		for what, change := range map[string]func(*roster.Person){
			"the post moved": func(p *roster.Person) { p.Posts[0].Institution = ref.Institution(n.id("institution", "nl")) },
			"no post":        func(p *roster.Person) { p.Posts = nil },
			"no function":    func(p *roster.Person) { p.Functions = nil },
			"the team's":     func(p *roster.Person) { p.Functions[0].Function = access.ProjectTeam },
		} {
			h, v, err := n.objects.Get(t.Context(), op, ref.ID(nia.Person))
			if err != nil {
				t.Fatal(err)
			}
			p := v.(*roster.Person)
			posts, functions := slices.Clone(p.Posts), slices.Clone(p.Functions)
			change(p)
			if h, err = n.objects.Edit(t.Context(), op, h.ID, h.Rev, p, ""); err != nil {
				t.Fatal(err)
			}
			if n.reads(n.as("cn-focal-point"), o.ID) {
				t.Errorf("%s: the note is read still", what)
			}
			p.Posts, p.Functions = posts, functions
			if _, err := n.objects.Edit(t.Context(), op, h.ID, h.Rev, p, ""); err != nil {
				t.Fatal(err)
			}
			if n.reads(n.as("cn-focal-point"), o.ID) {
				t.Errorf("%s and came back: the note is read before the side let the person in again", what)
			}
			if err := n.admit(nia.Person); err != nil || !n.reads(n.as("cn-focal-point"), o.ID) {
				t.Errorf("%s, came back and was let in: the note is not read (%v)", what, err)
			}
		}
		n.verified()
	})
}

// TestSuccessionKeepsSides: no institution of one side succeeds one of the other, whoever writes it
// and in however many steps; and none reads what its predecessor wrote inside.
func TestSuccessionKeepsSides(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team, op := n.as("project-team"), access.Operator("test")
		paper, said, inner := n.strict()
		nobody := func(role string, what string) {
			t.Helper()
			for name, id := range map[string]ref.ID{"meeting": paper, "statement": said, "note": inner} {
				if n.reads(n.as(role), id) {
					t.Errorf("%s: %s reads NIA's %s", what, role, name)
				}
			}
		}
		refused := func(what string, err error, want string) {
			t.Helper()
			if !slices.Contains(keys(err), want) {
				t.Errorf("%s: %v, want %s", what, err, want)
			}
			nobody("eu-focal-point", what)
			nobody("member-state", what)
		}
		to := func(key string) func(*roster.Institution) {
			return func(i *roster.Institution) {
				i.Successors = append(i.Successors, roster.Succession{Institution: ref.Institution(n.id("institution", key)), From: "2020"})
			}
		}
		ended := func(i *roster.Institution) { i.Ended = "2021" }
		eu, cn := ref.Side(n.id("side", "eu")), ref.Side(n.id("side", "cn"))
		refused("the team's act", n.decide(team, "nia", to("eud")), "fault.succession-side")
		refused("a command", n.decide(op, "nia", to("eud")), "fault.succession-side")
		refused("ended as well", n.decide(op, "nia", func(i *roster.Institution) { to("eud")(i); ended(i) }), "fault.succession-side")
		refused("an institution on neither side", n.decide(team, "nia", to("iom")), "fault.succession-side")
		refused("an import of one that comes later", n.load("kind: institution\nkey: before\nnames:\n  - name: {en: Before, zh: 前}\nstandings:\n  - {as: side, side: cn, until: 2020}\nsuccessors:\n  - institution: after\n---\n"+
			"kind: institution\nkey: after\nnames:\n  - name: {en: After, zh: 后}\nstandings:\n  - {as: side, side: eu}\n"), "fault.succession-side")
		// Over a third that stood on both, and by a side that comes or goes afterwards.
		refused("the side is written away", n.decide(op, "eud", func(i *roster.Institution) { i.Standings = []roster.Period{{As: roster.OnSide, Side: cn}} }), "fault.side-kept")
		refused("in two steps", n.decide(op, "eud", func(i *roster.Institution) { i.Standings = nil }), "fault.side-kept")
		// The team writes the side away, ends the institution and lets the donor succeed it, in one.
		none := func(i *roster.Institution) {
			to("fpi")(i)
			i.Ended, i.Standings = "2021", []roster.Period{{As: roster.Observer}}
		}
		refused("no side at all", n.decide(team, "nia", none), "fault.side-kept")
		refused("no side at all, by a command", n.decide(op, "nia", none), "fault.side-kept")
		refused("no side at all, by a file", n.load("kind: institution\nkey: nia\nnames:\n  - name: {en: National Immigration Administration, zh: 国家移民管理局}\n"+
			"standings:\n  - {as: observer}\nsuccessors:\n  - {institution: fpi, from: 2020}\nended: 2021\n"), "fault.side-kept")
		nobody("donor", "the side was written away")
		n.want(n.decide(op, "eud", func(i *roster.Institution) {
			i.Standings = []roster.Period{{As: roster.OnSide, Side: cn, Until: "2010"}, {As: roster.OnSide, Side: eu, From: "2011"}}
		}), "")
		refused("one that stood on both", n.decide(team, "nia", to("eud")), "fault.succession-side")
		n.want(n.load("kind: institution\nkey: third\nnames:\n  - name: {en: Third, zh: 第三}\nstandings:\n  - {as: side, side: cn}\n"), "")
		n.want(n.decide(op, "nia", func(i *roster.Institution) { to("third")(i); ended(i) }), "")
		refused("a chain", n.decide(op, "third", func(i *roster.Institution) { to("nl")(i); ended(i) }), "fault.succession-side")
		n.want(n.decide(op, "third", to("mps")), "")
		n.want(n.decide(op, "third", func(i *roster.Institution) {
			i.Standings[0].Until = "2021"
			i.Standings = append(i.Standings, roster.Period{As: roster.OnSide, Side: eu, From: "2022"})
		}), "")
		h, err := n.objects.Create(t.Context(), op, "person", access.Header{Dialogue: team.Dialogue, Key: "of-third"}, &roster.Person{
			Title: text.Both("Of the third", "第三单位人员"), Posts: []roster.Post{{Institution: ref.Institution(n.id("institution", "third"))}}, Functions: []roster.Held{{Function: access.FocalPoint}},
		})
		n.want(err, "")
		nobody("of-third", "it took the other side after it succeeded")
		who, err := roster.New(d).Actor(t.Context(), ref.Person(h.ID))
		if err != nil || who.Side != eu || who.Inside() {
			t.Errorf("an institution that stood on both sides is inside %s (%v)", who.Side, err)
		}
		n.verified()
	})
}

// TestSuccessionReads: who succeeded an institution of the own side reads what it could once it has
// ended, and what stands inside never; who took over one matter, and before the end, reads nothing by it.
func TestSuccessionReads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		op := access.Operator("test")
		paper, said, inner := n.strict()
		next := ref.Institution(n.id("institution", "mfa"))
		want := func(what string, reads bool) {
			t.Helper()
			mfa := n.as("cn-ministry")
			if n.reads(mfa, paper) != reads || n.reads(mfa, said) != reads {
				t.Errorf("%s: the successor reads: %v", what, !reads)
			}
			if n.reads(mfa, inner) {
				t.Errorf("%s: the successor reads the note", what)
			}
		}
		for _, c := range []struct {
			what   string
			ended  when.Date
			matter text.Multi
			reads  bool
		}{
			{"before the end", "", nil, false},
			{"ending later", "2190", nil, false},
			{"of one matter", "2021", text.Both("Visas", "签证"), false},
			{"after the end", "2021", nil, true},
		} {
			n.want(n.decide(op, "nia", func(i *roster.Institution) {
				i.Ended, i.Successors = c.ended, []roster.Succession{{Institution: next, From: "2020", Matter: c.matter}}
			}), "")
			want(c.what, c.reads)
		}
		n.verified()
	})
}

// TestSuccessionOfEachDay: a successor reads what its predecessor could on its side, and nothing that was
// let the predecessor when it stood on none; nor once it stands on none itself. A time on none is not
// written away, by nobody, and neither does a side that is added later bring the reading back.
func TestSuccessionOfEachDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		op, team := access.Operator("test"), n.as("project-team")
		paper, _, _ := n.strict()
		cn := ref.Side(n.id("side", "cn"))
		reads := func(what string, want bool) {
			t.Helper()
			mfa := n.as("cn-ministry")
			if got := n.reads(mfa, paper); got != want {
				t.Errorf("%s: the successor reads: %v", what, got)
			}
		}
		stands := func(key string, ps ...roster.Period) error {
			return n.decide(op, key, func(i *roster.Institution) { i.Standings = ps })
		}
		side := func(from, until when.Date) roster.Period {
			return roster.Period{As: roster.OnSide, Side: cn, From: from, Until: until}
		}
		none := func(from, until when.Date) roster.Period {
			return roster.Period{As: roster.Observer, From: from, Until: until}
		}
		n.want(n.decide(op, "nia", func(i *roster.Institution) {
			i.Ended, i.Successors = "2021", []roster.Succession{{Institution: ref.Institution(n.id("institution", "mfa"))}}
		}), "")
		reads("both on the side", true)
		n.want(stands("mfa", side("", "2021"), none("2022", "2022"), side("2023", "")), "")
		reads("the successor left the side for a year as it took over", false)
		n.want(stands("mfa", none("", "2021"), side("2022", "")), "")
		reads("the successor came to the side before it took over", true)
		n.want(stands("mfa", side("", "2021-12-31"), side("2022", ""), none("2190", "")), "")
		reads("the successor will leave the side", true)
		n.want(stands("mfa", side("", "")), "")
		n.want(stands("nia", none("", "2009"), side("2010", "")), "")
		reads("the predecessor stood on no side at first", false)
		for _, who := range []access.Actor{op, team} {
			if err := n.decide(who, "nia", func(i *roster.Institution) { i.Standings = []roster.Period{side("", "")} }); !slices.Equal(keys(err), []string{"fault.beside-kept"}) {
				t.Errorf("the time on no side is written away: %v", err)
			}
		}

		// Two that stood on no side: one succeeded the other, and then each is put on one.
		n.want(n.load("kind: institution\nkey: after\nnames:\n  - name: {en: After, zh: 后}\nstandings:\n  - {as: observer}\n---\n"+
			"kind: institution\nkey: before\nnames:\n  - name: {en: Before, zh: 前}\nsuccessors:\n  - {institution: after}\nended: 2020\n"), "")
		before, after := ref.Institution(n.id("institution", "before")), ref.Institution(n.id("institution", "after"))
		counts := func(what string, want bool) {
			t.Helper()
			var a []access.Principal
			err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
				a, _, err = roster.CountsAs(ctx, tx, after)
				return err
			})
			if got := slices.Contains(a, access.InstitutionOf(before)); err != nil || got != want {
				t.Errorf("%s: the successor counts as its predecessor: %v, %v", what, got, err)
			}
		}
		counts("both on no side", true)
		n.want(n.decide(team, "after", func(i *roster.Institution) {
			i.Standings = []roster.Period{{As: roster.Observer, Until: "2024"}, side("2025", "")}
		}), "")
		counts("the successor took a side", false)
		if err := n.decide(team, "before", func(i *roster.Institution) { i.Standings = []roster.Period{side("", "2020")} }); !slices.Equal(keys(err), []string{"fault.beside-kept"}) {
			t.Errorf("the predecessor is given the same side: %v", err)
		}
		n.want(n.decide(team, "before", func(i *roster.Institution) {
			i.Standings = []roster.Period{{As: roster.Observer, Until: "2015"}, side("2016", "2020")}
		}), "")
		counts("both are on the side since", false)
		n.verified()
	})
}

// TestMovedSide: an institution that changes its side, with dates, leaves what stands inside the old
// one behind; and the old side shares nothing inside with it any more. The team's own act does not give
// one whose inner room is in use a second side, on whatever day, since that shuts the room for good; nor
// does it bring one back.
func TestMovedSide(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		mfa, at, team := n.as("cn-ministry"), n.id("meeting", launch), n.as("project-team")
		o, err := n.s.Open(t.Context(), mfa, at, note("本方立场"), tlp.AMBERSTRICT, n.in("mfa", "nia"))
		if err != nil {
			t.Fatal(err)
		}
		if !n.reads(n.as("cn-focal-point"), o.ID) {
			t.Fatal("NIA does not read the note before it moves")
		}
		eu, cn := ref.Side(n.id("side", "eu")), ref.Side(n.id("side", "cn"))
		moves := func(i *roster.Institution) {
			i.Standings = []roster.Period{{As: roster.OnSide, Side: cn, Until: "2024"}, {As: roster.OnSide, Side: eu, From: "2025"}}
		}
		for _, change := range []func(*roster.Institution){moves, func(i *roster.Institution) {
			i.Standings = append(i.Standings, roster.Period{As: roster.OnSide, Side: eu, From: "2140-01-01", Until: "2140-01-02"})
		}} {
			if err := n.decide(team, "nia", change); !slices.Equal(keys(err), []string{"fault.side-second"}) {
				t.Errorf("the team shuts NIA's inner room: %v", err)
			}
		}
		if !n.reads(n.as("cn-focal-point"), o.ID) {
			t.Error("NIA's inner room is shut")
		}
		n.want(n.decide(access.Operator("test"), "nia", moves), "")
		nia := n.as("cn-focal-point")
		if nia.Side != eu || n.reads(nia, o.ID) {
			t.Errorf("NIA on the side %s still reads the note", nia.Side)
		}
		if _, err := n.s.Room(t.Context(), nia, at, "zh"); fault.Of(err) != fault.NotFound {
			t.Errorf("NIA finds the room: %v", err)
		}
		_, err = n.s.Open(t.Context(), mfa, at, note("x"), tlp.AMBERSTRICT, n.in("mfa", "nia"))
		if !slices.Equal(keys(err), []string{"fault.note-side"}) {
			t.Errorf("the Chinese side shares with NIA: %v", err)
		}
		r, err := n.s.Room(t.Context(), mfa, at, "zh")
		if err != nil || slices.ContainsFunc(r.Institutions, func(i access.Object[roster.Institution]) bool { return i.ID == ref.ID(nia.Institution) }) {
			t.Errorf("the Chinese side is offered NIA (%v)", err)
		}
		_, err = n.s.Open(t.Context(), n.as("eu-focal-point"), at, note("x"), tlp.AMBERSTRICT, n.in("eud", "nia"))
		if !slices.Equal(keys(err), []string{"fault.note-side"}) {
			t.Errorf("the EU side shares with NIA, whose room would hold what it wrote elsewhere: %v", err)
		}
		back := func(i *roster.Institution) {
			i.Standings[1].Until = "2025"
			i.Standings = append(i.Standings, roster.Period{As: roster.OnSide, Side: cn, From: "2026"})
		}
		if err := n.decide(team, "nia", back); !slices.Equal(keys(err), []string{"fault.authority-inside"}) {
			t.Errorf("the team brings it back: %v", err)
		}
		n.verified()
	})
}

// person changes a person by the act that is for it.
func (n *node) person(who access.Actor, role string, fn func(*roster.Person)) error {
	n.Helper()
	h, v, err := n.objects.Get(n.Context(), access.Operator("test"), ref.ID(n.as(role).Person))
	if err != nil {
		n.Fatal(err)
	}
	fn(v.(*roster.Person))
	return bundle.Authority(n.Context(), n.db, n.objects, who, h.ID, h.Rev, v, "test")
}

// TestEveryDayIsWeighed: what would open an inner room is found on whichever of many days it comes, and
// more days than can be looked at are refused, in a file too.
func TestEveryDayIsWeighed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team := n.as("project-team")
		nia := n.as("cn-focal-point").Institution
		entered := func(many int) func(p *roster.Person) {
			return func(p *roster.Person) {
				p.Posts, p.Functions = nil, nil
				for i := range many {
					day := when.Date("2190-01-" + string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10)))
					p.Functions = append(p.Functions, roster.Held{Function: access.Expert, From: day, Until: day})
				}
				p.Posts = append(p.Posts, roster.Post{Institution: nia, From: "2190-03-01"})
				p.Functions = append(p.Functions, roster.Held{Function: access.FocalPoint, From: "2190-03-01"})
			}
		}
		if err := n.person(team, "expert", entered(10)); !slices.Equal(keys(err), []string{"fault.authority-inside"}) {
			t.Errorf("the twelfth day: %v", err)
		}
		if err := n.person(team, "expert", entered(30)); !slices.Equal(keys(err), []string{"fault.days-to-come"}) {
			t.Errorf("more days than are looked at: %v", err)
		}
		many := "kind: person\nkey: of-many-days\ntitle: {en: Of many days, zh: 多日}\nfunctions:\n"
		for i := range 30 {
			many += "  - {function: expert, from: " + "2190-01-" + string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10)) + "}\n"
		}
		if err := n.load(many); !slices.Contains(keys(err), "fault.days-to-come") {
			t.Errorf("a file with more: %v", err)
		}
		// A change of several days says what it makes of the last of them.
		h, v, err := n.objects.Get(t.Context(), access.Operator("test"), ref.ID(n.as("expert").Person))
		if err != nil {
			t.Fatal(err)
		}
		p := v.(*roster.Person)
		entered(10)(p)
		p.Posts[0].Institution = ref.Institution(n.id("institution", "iom"))
		effects, err := bundle.Weigh(t.Context(), n.db, n.objects, team, h.ID, h.Rev, p, "test")
		if err != nil || !slices.ContainsFunc(effects.Effects, func(e roster.Effect) bool { return e.Day == "2190-03-01" && e.Then != "" }) {
			t.Errorf("the last day is not weighed: %v", err)
		}
		n.verified()
	})
}

// TestSpeaksBeside: who belongs to the project team or the donor comes to speak for no institution of a
// side: not by the team's act, a handover's functions, a command or a file, and in no order of steps.
func TestSpeaksBeside(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team, op := n.as("project-team"), access.Operator("test")
		nia := n.as("cn-focal-point").Institution
		at := func(i ref.Institution) func(*roster.Person) {
			return func(p *roster.Person) {
				p.Posts[0].Until = "2020"
				p.Posts = append(p.Posts, roster.Post{Institution: i, From: "2021"})
			}
		}
		speaks := func(f access.Function) func(*roster.Person) {
			return func(p *roster.Person) { p.Functions = append(p.Functions, roster.Held{Function: f}) }
		}
		for _, role := range []string{"project-team", "donor"} {
			for _, f := range []access.Function{access.FocalPoint, access.Contributor} {
				err := n.person(team, role, func(p *roster.Person) { at(nia)(p); speaks(f)(p) })
				if !slices.Contains(keys(err), "fault.speaks-beside") {
					t.Errorf("%s as %s of NIA: %v", role, f, err)
				}
				h, v, err := n.objects.Get(t.Context(), op, ref.ID(n.as(role).Person))
				if err != nil {
					t.Fatal(err)
				}
				at(nia)(v.(*roster.Person))
				speaks(f)(v.(*roster.Person))
				if _, err := n.objects.Edit(t.Context(), op, h.ID, h.Rev, v, ""); !slices.Contains(keys(err), "fault.speaks-beside") {
					t.Errorf("a command makes %s %s of NIA: %v", role, f, err)
				}
			}
		}
		if err := n.load("kind: person\nkey: of-both\ntitle: {en: Of both, zh: 兼任}\nposts:\n  - {institution: nia}\nfunctions:\n  - {function: project-team}\n  - {function: focal-point, from: 2190}\n"); !slices.Contains(keys(err), "fault.speaks-beside") {
			t.Errorf("a file: %v", err)
		}
		n.want(n.person(team, "project-team", speaks(access.FocalPoint)), "") // of an institution on no side
		if err := n.person(team, "project-team", at(nia)); !slices.Contains(keys(err), "fault.speaks-beside") {
			t.Errorf("first the function, then the post: %v", err)
		}
		n.verified()
	})
}
