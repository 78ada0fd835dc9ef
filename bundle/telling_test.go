package bundle_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"testing"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
	"entente/roster"
	"entente/standard/tlp"
)

// door is how an act of the register comes about, and who is told of it by that: people of the example by
// key. An act of which nobody has to be told says why.
type door struct {
	first  func(c *canary, ctx context.Context) error // how it stands before
	do     func(c *canary, ctx context.Context) error
	told   []string
	nobody string
}

// change is the door by which what decides is changed.
func change(who, kind, key string, of func(c *canary, v any)) func(c *canary, ctx context.Context) error {
	return func(c *canary, ctx context.Context) error {
		id := c.key(kind, key)
		h, v, err := c.objects.Get(ctx, c.as(who), id)
		if err != nil {
			return err
		}
		of(c, v)
		return bundle.Authority(ctx, c.d, c.objects, c.as(who), id, h.Rev, v, "letter")
	}
}

func (c *canary) institution(key string) ref.Institution {
	return ref.Institution(c.key("institution", key))
}

func (c *canary) sideOf(key string) ref.Side { return ref.Side(c.key("side", key)) }

// edited is the door by which a word, or by a command a function, is changed.
func edited(who access.Actor, kind, key string, of func(c *canary, v any)) func(c *canary, ctx context.Context) error {
	return func(c *canary, ctx context.Context) error {
		by := who
		if !by.IsOperator() {
			by = c.team()
		}
		h, v, err := c.objects.Get(ctx, by, c.key(kind, key))
		if err != nil {
			return err
		}
		of(c, v)
		return bundle.Edit(ctx, c.d, c.objects, by, h.ID, h.Rev, v, "letter")
	}
}

func makes(kind string, of func(c *canary) any) func(c *canary, ctx context.Context) error {
	return func(c *canary, ctx context.Context) error {
		_, err := bundle.Create(ctx, c.d, c.objects, c.team(), kind, access.Header{Dialogue: c.team().Dialogue}, of(c))
		return err
	}
}

func removes(who, kind, key string) func(c *canary, ctx context.Context) error {
	return func(c *canary, ctx context.Context) error {
		h, _, err := c.objects.Get(ctx, c.as(who), c.key(kind, key))
		if err != nil {
			return err
		}
		return bundle.Remove(ctx, c.d, c.objects, c.as(who), h.ID, h.Rev, "letter")
	}
}

func invites(at string, f access.Function) func(c *canary, ctx context.Context) error {
	return func(c *canary, ctx context.Context) error {
		_, _, err := bundle.Invite(ctx, c.d, c.accounts, c.team(), newcomer(c.institution(at), f))
		return err
	}
}

func handsOver(key string, f access.Function, stays bool) func(c *canary, ctx context.Context) error {
	return func(c *canary, ctx context.Context) error {
		_, _, _, err := bundle.HandOver(ctx, c.d, c.objects, c.team(), account.Handover{
			From: c.person(key), Function: f, Stays: stays, Newcomer: account.Newcomer{Title: text.Both("Somebody", "某人"), Language: "zh"},
		}, nil)
		return err
	}
}

func ends(keys ...string) func(c *canary, ctx context.Context) error {
	return func(c *canary, ctx context.Context) (err error) {
		for _, key := range keys {
			err = errors.Join(err, bundle.End(ctx, c.d, c.accounts, c.team(), c.person(key), "left"))
		}
		return err
	}
}

func narrows(c *canary, ctx context.Context) error {
	h, _, err := c.objects.Get(ctx, c.team(), c.key("meeting", "launch-phase-2"))
	if err != nil {
		return err
	}
	return c.objects.SetAudience(ctx, c.team(), h.ID, h.Rev, tlp.AMBERSTRICT, access.Audience{access.InstitutionOf(c.institution("nia")), access.TeamOf(h.Dialogue)}, "letter")
}

// comments has the EU Delegation say something about a meeting by its focal point, who leaves then.
func comments(c *canary, ctx context.Context) error {
	h, _, err := c.objects.Get(ctx, c.as("eu-focal-point"), c.key("meeting", "launch-phase-2"))
	if err == nil {
		_, err = exchange.New(c.d).State(ctx, c.as("eu-focal-point"), h.ID, exchange.Said{Sort: exchange.Comment, Text: text.Both("Noted.", "已阅。"), Seen: h.Rev})
	}
	return errors.Join(err, ends("eu-focal-point")(c, ctx))
}

// all does one after the other.
func all(list ...func(*canary, context.Context) error) func(*canary, context.Context) error {
	return func(c *canary, ctx context.Context) (err error) {
		for _, do := range list {
			err = errors.Join(err, do(c, ctx))
		}
		return err
	}
}

func resets(key string) func(c *canary, ctx context.Context) error {
	return func(c *canary, ctx context.Context) error {
		_, err := c.accounts.Reinvite(ctx, c.team(), c.person(key))
		return err
	}
}

func signsIn(key string) func(c *canary, ctx context.Context) error {
	return func(c *canary, ctx context.Context) error {
		return c.accounts.SetPassword(ctx, operator, c.person(key), key, canaryPassword)
	}
}

const (
	sighted   = "the own account: for nobody it changes who reads or who speaks"
	nobodys   = "nobody does it"
	ownFactor = "the own way of signing in, by who knows the one of before; the person is told of it"
)

// doors has a line, or several, for every act of the policy that changes an object of the register, and for
// every command of the operator that does.
var doors = map[string][]door{
	"side.create": {{nobody: "no institution stands on it yet"}},
	"side.edit":   {{do: edited(access.Actor{}, "side", "cn", func(_ *canary, v any) { v.(*roster.Side).Name = text.Both("Side of a new name", "新名方") }), told: []string{"cn-focal-point", "cn-ministry"}}},
	"side.authority": {{do: change("project-team", "side", "cn", func(c *canary, v any) {
		v.(*roster.Side).Leads = []roster.Lead{{Institution: c.institution("mps")}}
	}), told: []string{"cn-ministry", "cn-focal-point", "nia2"}}},
	"institution.create": {{do: makes("institution", func(c *canary) any {
		return &roster.Institution{
			Names: []roster.Name{{Name: text.Both("Bureau of a new kind", "新设局")}}, Parent: c.institution("nia"),
			Standings: []roster.Period{{As: roster.OnSide, Side: c.sideOf("cn")}},
		}
	}), told: []string{"cn-ministry", "cn-focal-point"}}},
	"institution.edit": {{do: edited(access.Actor{}, "institution", "nia", func(_ *canary, v any) { v.(*roster.Institution).Short = text.Both("NIA by a new name", "") }), told: []string{"cn-focal-point", "nia2"}}},
	"institution.authority": {
		{do: change("project-team", "institution", "beside", func(c *canary, v any) {
			v.(*roster.Institution).Standings = []roster.Period{{As: roster.Observer, Until: "2020"}, {As: roster.OnSide, Side: c.sideOf("eu"), From: "2021"}}
		}), told: []string{"eu-focal-point", "watcher"}},
		{do: change("project-team", "institution", "beside", func(c *canary, v any) { v.(*roster.Institution).Parent = c.institution("nia") }), told: []string{"cn-focal-point", "nia2"}},
	},
	"person.create": {{do: makes("person", func(c *canary) any {
		return &roster.Person{Title: text.Both("Somebody", "某人"), Posts: []roster.Post{{Institution: c.institution("nia")}}, Functions: []roster.Held{{Function: access.Contributor}}}
	}), told: []string{"cn-focal-point", "nia2", "cn-ministry"}}},
	"person.invite": {
		{do: invites("nia", access.Contributor), told: []string{"cn-focal-point", "nia2", "cn-ministry"}},
		{do: invites("mps", access.FocalPoint), told: []string{"cn-ministry"}},
		{do: invites("fpi", access.DonorOfficer), told: []string{"donor", "administrator"}},
		{do: invites("formerly", access.Observer), told: []string{"eu-focal-point"}},
		{first: ends("eu-focal-point"), do: invites("fr", access.FocalPoint), told: []string{"eud2", "member-state"}},
		{first: ends("eu-focal-point", "member-state"), do: invites("fr", access.FocalPoint), told: []string{"eud2", "administrator", "team2"}},
	},
	"person.handover": {
		{do: handsOver("cn-contributor", access.Contributor, false), told: []string{"cn-contributor", "cn-focal-point", "nia2"}},
		{do: handsOver("cn-focal-point", access.FocalPoint, true), told: []string{"cn-focal-point", "nia2"}},
		{do: handsOver("member-state", access.FocalPoint, true), told: []string{"member-state", "eu-focal-point"}},
		{do: handsOver("donor", access.DonorOfficer, false), told: []string{"donor", "administrator"}},
		{do: handsOver("eu-focal-point", access.FocalPoint, false), told: []string{"eu-focal-point", "eud2", "member-state"}},
	},
	"person.end": {
		{do: ends("cn-contributor"), told: []string{"cn-contributor", "cn-focal-point", "nia2"}},
		{do: ends("member-state"), told: []string{"eu-focal-point"}},
		{do: ends("eu-focal-point"), told: []string{"eud2", "member-state"}},
	},
	"person.authority": {
		{do: change("project-team", "person", "expert", func(_ *canary, v any) {
			p := v.(*roster.Person)
			p.Functions = append(p.Functions, roster.Held{Function: access.ProjectTeam})
		}), told: []string{"expert", "administrator", "team2", "cn-focal-point"}},
	},
	"person.edit": {{nobody: "how somebody is entered; what decides is changed by person.authority, and by a command as below"}},
	"person.password": {{do: func(c *canary, ctx context.Context) error {
		return bundle.SetPassword(ctx, c.d, c.accounts, operator, c.person("cn-contributor"), "another", canaryPassword)
	}, told: []string{"cn-contributor", "cn-focal-point", "nia2"}}},
	"person.link": {
		{do: resets("cn-contributor"), told: []string{"cn-contributor", "cn-focal-point", "nia2"}},
		{first: signsIn("watcher"), do: resets("watcher"), told: []string{"watcher", "administrator", "team2"}},
		{first: signsIn("donor"), do: resets("donor"), told: []string{"donor", "administrator"}},
		{first: all(signsIn("eud2"), ends("eu-focal-point")), do: resets("eud2"), told: []string{"eud2", "member-state"}},
	},
	"person.reset-ask":          {{nobody: "lets nobody in: who is to confirm it is told"}},
	"person.unlink":             {{nobody: "a code is good no longer"}},
	"person.accept":             {{nobody: "told when the code was given; who waits for the inner room is told of to who may let in"}},
	"person.own-password":       {{nobody: ownFactor}},
	"person.second-factor":      {{nobody: ownFactor}},
	"person.second-factor-drop": {{nobody: ownFactor}},
	"person.recovery-codes":     {{nobody: ownFactor}},
	"person.feed":               {{nobody: sighted}},
	"person.unfeed":             {{nobody: sighted}},
	"person.sign-out":           {{nobody: "the account stays as it is"}},
	"person.correct":            {{nobody: "the own name and language"}},
	"person.erase":              {{nobody: "of somebody whose functions have ended"}},
	"admission.give": {{do: func(c *canary, ctx context.Context) error {
		if err := c.accounts.EndAdmission(ctx, c.as("nia2"), c.person("cn-contributor"), "left"); err != nil {
			return err
		}
		return c.accounts.Admit(ctx, operator, c.person("cn-contributor"), "")
	}, told: []string{"cn-contributor", "cn-focal-point", "nia2"}}},
	"admission.end": {{do: func(c *canary, ctx context.Context) error {
		return c.accounts.EndAdmission(ctx, c.as("nia2"), c.person("cn-contributor"), "left")
	}, told: []string{"cn-contributor", "cn-focal-point"}}},
	"admission.lapse":  {{nobody: "follows from another act, which tells of it"}},
	"admission.create": {{nobody: nobodys}},
	"admission.edit":   {{nobody: nobodys}},
	"admission.remove": {{nobody: nobodys}},
	"circle.create": {{do: makes("circle", func(c *canary) any {
		return &roster.Circle{Name: text.Both("Circle", ""), Members: []ref.Institution{c.institution("nia"), c.institution("nl")}}
	}), told: []string{"cn-focal-point", "member-state"}}},
	"circle.edit": {{nobody: "a circle's words"}},
	"circle.authority": {{do: change("project-team", "circle", "three", func(c *canary, v any) {
		v.(*roster.Circle).Members = append(v.(*roster.Circle).Members, c.institution("nl"))
	}), told: []string{"member-state", "cn-focal-point", "cn-ministry"}}},
	"circle.remove": {{do: removes("project-team", "circle", "three"), told: []string{"cn-focal-point", "cn-ministry"}}},

	"object.audience": {
		{first: comments, do: narrows, told: []string{"eud2"}},
		{first: all(comments, invites("eud", access.FocalPoint)), do: narrows, told: []string{"eud2"}}, // who never came
		{first: all(comments, makes("person", func(c *canary) any { // who cannot sign in
			return &roster.Person{Title: text.Both("Somebody", "某人"), Posts: []roster.Post{{Institution: c.institution("eud")}}, Functions: []roster.Held{{Function: access.FocalPoint}}}
		})), do: narrows, told: []string{"eud2"}},
	},
	"object.remove": {{do: removes("project-team", "person", "cn-contributor"), told: []string{"cn-focal-point", "nia2"}}},
	"entente admin person add": {{do: func(c *canary, ctx context.Context) error {
		p := roster.Person{Title: text.Both("Somebody", "某人"), Posts: []roster.Post{{Institution: c.institution("nia")}}, Functions: []roster.Held{{Function: access.Contributor}}}
		_, err := bundle.Enrol(ctx, c.d, operator, c.team().Dialogue, bundle.Newcomer{Person: p, Login: "somebody", Password: canaryPassword})
		return err
	}, told: []string{"cn-focal-point", "nia2"}}},
	"entente admin person end": {{do: func(c *canary, ctx context.Context) error {
		return bundle.End(ctx, c.d, c.accounts, operator, c.person("cn-contributor"), "left")
	}, told: []string{"cn-focal-point", "nia2"}}},
	"entente admin person give": {{do: edited(operator, "person", "cn-contributor", func(_ *canary, v any) {
		p := v.(*roster.Person)
		p.Functions = append(p.Functions, roster.Held{Function: access.FocalPoint})
	}), told: []string{"cn-contributor", "cn-focal-point", "nia2"}}},
	"entente admin person take": {{do: edited(operator, "person", "cn-contributor", func(_ *canary, v any) { v.(*roster.Person).Functions = nil }), told: []string{"cn-contributor", "cn-focal-point", "nia2"}}},
}

// company enters whom the doors are tried with beside those of the example: a second focal point, whom the
// side let in, an observer of an institution on no side, and a circle.
func (c *canary) company() {
	c.t.Helper()
	make := func(kind, key string, v any) ref.ID {
		h, err := c.objects.Create(c.t.Context(), c.team(), kind, access.Header{Dialogue: c.team().Dialogue, Key: key}, v)
		if err != nil {
			c.t.Fatal(err)
		}
		return h.ID
	}
	held := func(at ref.Institution, f access.Function) *roster.Person {
		return &roster.Person{Title: text.Both("Somebody", "某人"), Posts: []roster.Post{{Institution: at}}, Functions: []roster.Held{{Function: f}}}
	}
	second := ref.Person(make("person", "nia2", held(c.institution("nia"), access.FocalPoint)))
	err := c.accounts.SetPassword(c.t.Context(), operator, second, "nia2", canaryPassword)
	if err == nil {
		err = c.accounts.Admit(c.t.Context(), operator, second, "")
	}
	if err != nil {
		c.t.Fatal(err)
	}
	beside := make("institution", "beside", &roster.Institution{Names: []roster.Name{{Name: text.Both("Office beside the sides", "")}}, Standings: []roster.Period{{As: roster.Observer}}})
	make("person", "watcher", held(ref.Institution(beside), access.Observer))
	make("person", "eud2", held(c.institution("eud"), access.Contributor))
	make("institution", "formerly", &roster.Institution{Names: []roster.Name{{Name: text.Both("Office that left its side", "")}}, Standings: []roster.Period{{As: roster.OnSide, Side: c.sideOf("eu"), Until: "2020"}}})
	make("circle", "three", &roster.Circle{Name: text.Both("Three", ""), Members: []ref.Institution{c.institution("nia"), c.institution("mfa")}})
	make("person", "team2", held(c.institution("iom"), access.ProjectTeam))
	if _, err := c.objects.Create(c.t.Context(), operator, "meeting", access.Header{
		Dialogue: c.team().Dialogue, Owner: ref.ID(c.institution("nia")), Mark: tlp.AMBERSTRICT,
		Audience: access.Audience{access.InstitutionOf(c.institution("nia")), access.TeamOf(c.team().Dialogue)},
	}, &meeting.Meeting{Title: text.Both("For the team", ""), Type: "seminar", State: meeting.Planned}); err != nil {
		c.t.Fatal(err)
	}
}

// notices counts those of everybody.
func (c *canary) notices() map[ref.Person]int {
	c.t.Helper()
	out := map[ref.Person]int{}
	c.read(func(ctx context.Context, tx *db.Tx) error {
		all, err := db.Collect(ctx, tx, db.One[ref.Person], `select person from notice`)
		for _, p := range all {
			out[p]++
		}
		return err
	})
	return out
}

// TestEveryDoorTells: whatever changes who reads anything or who speaks for whom is told to those whom it
// concerns, by whichever door it comes: a line an act, so that an act without one fails.
func TestEveryDoorTells(t *testing.T) {
	if testing.Short() {
		t.Skip("one act after the other: nothing of it is concurrent")
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		c.company()
		acts := map[string]bool{}
		for _, r := range access.Policy {
			if acts[r.Act] = true; regexp.MustCompile(`^(person|institution|side|circle|admission)\.`).MatchString(r.Act) && doors[r.Act] == nil {
				t.Errorf("the act %s changes the register: who is told of it?", r.Act)
			}
		}
		for act, lines := range doors {
			if !acts[act] && regexp.MustCompile(`^\w+\.`).MatchString(act) {
				t.Errorf("the policy has no act %s", act)
			}
			for n, line := range lines {
				if line.do == nil {
					if line.nobody == "" {
						t.Errorf("%s: nobody is told, and it is not said why", act)
					}
					continue
				}
				err := d.Together(t.Context(), func(ctx context.Context) error {
					c.ctx = ctx
					defer func() { c.ctx = t.Context() }()
					if line.first != nil {
						if err := line.first(c, ctx); err != nil {
							return err
						}
					}
					before := c.notices()
					people := map[string]ref.Person{}
					for _, key := range line.told {
						people[key] = c.person(key)
					}
					if err := line.do(c, ctx); err != nil {
						return err
					}
					after := c.notices()
					for key, p := range people {
						if after[p] == before[p] {
							t.Errorf("%s (%d): %s is not told", act, n, key)
						}
					}
					return db.ErrRollback
				})
				if err != nil {
					t.Errorf("%s (%d): %v", act, n, err)
				}
			}
		}
	})
}

// TestSuccessionOpens: who succeeds an institution comes to read what is for its circles and for the
// participants of its meetings: the page before counts it, and the owners are told. Such an institution is
// not removed.
func TestSuccessionOpens(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		c.company()
		ctx, team, nia := t.Context(), c.team(), c.as("cn-focal-point")
		make := func(kind, key string, h access.Header, v any) ref.ID {
			h.Dialogue, h.Key = team.Dialogue, key
			h, err := c.objects.Create(ctx, team, kind, h, v)
			if err != nil {
				t.Fatal(err)
			}
			return h.ID
		}
		on := []roster.Period{{As: roster.OnSide, Side: c.sideOf("cn")}}
		heir := ref.Institution(make("institution", "heir", access.Header{}, &roster.Institution{Names: []roster.Name{{Name: text.Both("Heir", "")}}, Standings: on}))
		old := ref.Institution(make("institution", "old", access.Header{}, &roster.Institution{Names: []roster.Name{{Name: text.Both("Old one", "")}}, Standings: on}))
		circle := ref.Circle(make("circle", "cb", access.Header{}, &roster.Circle{Name: text.Both("CB", ""), Members: []ref.Institution{old, nia.Institution}}))
		at := make("meeting", "cbm", access.Header{Owner: ref.ID(nia.Institution), Mark: tlp.AMBERSTRICT, Audience: access.Audience{access.CircleOf(circle), access.TeamOf(team.Dialogue)}},
			&meeting.Meeting{Title: text.Both("For the circle", ""), Type: "seminar", State: meeting.Planned})
		h, v, err := c.objects.Get(ctx, team, ref.ID(old))
		if err != nil {
			t.Fatal(err)
		}
		i := v.(*roster.Institution)
		i.Ended, i.EndedAtOnce = "2025", false
		i.Successors = []roster.Succession{{Institution: heir}}
		w, err := bundle.Weigh(ctx, d, c.objects, team, h.ID, h.Rev, i, "letter")
		if err != nil || w.Opened != 2 { // the meeting, and the circle itself
			t.Errorf("the page before counts %d (%v)", w.Opened, err)
		}
		before := c.notices()
		if err := bundle.Authority(ctx, d, c.objects, team, h.ID, h.Rev, i, "letter"); err != nil {
			t.Fatal(err)
		}
		if after := c.notices(); after[nia.Person] != before[nia.Person]+1 {
			t.Errorf("the owner of %s was told %d times", at, after[nia.Person]-before[nia.Person])
		}
		for _, is := range []ref.Institution{old, heir} {
			h, _, err := c.objects.Get(ctx, team, ref.ID(is))
			if err == nil {
				err = bundle.Remove(ctx, d, c.objects, team, h.ID, h.Rev, "letter")
			}
			if !slices.ContainsFunc(fieldsOf(err), func(f fault.Field) bool { return f.Key == "fault.institution-succession" }) {
				t.Errorf("removed: %v", err)
			}
		}
	})
}

// TestEachClosingIsTold: of several meetings that one act closes, each about which an institution said something
// is told of, once.
func TestEachClosingIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		c.company()
		ctx, nia := t.Context(), c.as("cn-focal-point")
		circle := access.CircleOf(ref.Circle(c.key("circle", "three")))
		for _, title := range []string{"First", "Second", "Third"} {
			h, err := c.objects.Create(ctx, c.team(), "meeting", access.Header{Dialogue: c.team().Dialogue, Mark: tlp.AMBERSTRICT, Audience: access.Audience{circle, access.TeamOf(c.team().Dialogue)}},
				&meeting.Meeting{Title: text.Both(title, ""), Type: "seminar", State: meeting.Planned})
			for range 2 {
				if err == nil {
					_, err = exchange.New(d).State(ctx, nia, h.ID, exchange.Said{Sort: exchange.Comment, Text: text.Both("Noted.", "已阅。"), Seen: h.Rev})
				}
				if err == nil {
					h, _, err = c.objects.Get(ctx, c.team(), h.ID)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		closed := func() (n int) {
			c.read(func(ctx context.Context, tx *db.Tx) error {
				return tx.QueryRow(ctx, `select count(*) from notice where person = $1 and kind = 'narrowed'`, nia.Person).Scan(&n)
			})
			return n
		}
		if err := change("project-team", "circle", "three", func(c *canary, v any) {
			v.(*roster.Circle).Members = []ref.Institution{c.institution("mfa"), c.institution("nl")}
		})(c, ctx); err != nil {
			t.Fatal(err)
		}
		if n := closed(); n != 3 {
			t.Errorf("told of %d of three", n)
		}
	})
}
