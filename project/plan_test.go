package project

import (
	"context"
	"slices"
	"testing"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/roster"
	"entente/standard/tlp"
)

// bench is a dialogue with a project, a phase and a plan, and those who look at it.
type bench struct {
	t            *testing.T
	d            *db.DB
	s            *Service
	dialogue     ref.Dialogue
	team, member access.Actor
	side         access.Principal // an audience narrower than the dialogue
	insider      access.Actor     // of that side
	phase        ref.Phase
	plan         ref.Plan
}

func newBench(t *testing.T, d *db.DB) *bench {
	b := &bench{t: t, d: d, s: New(d), dialogue: ref.Dialogue(ref.New())}
	who := func(f access.Function, ps ...access.Principal) access.Actor {
		return access.NewActor(access.Actor{Person: ref.Person(ref.New()), Dialogue: b.dialogue, Functions: []access.Function{f}},
			append(ps, access.DialogueOf(b.dialogue))...)
	}
	b.team = who(access.ProjectTeam, access.TeamOf(b.dialogue))
	b.member = who(access.FocalPoint)
	b.side = access.SideOf(ref.Side(save(b, roster.Sides, access.Header{}, roster.Side{Name: text.Both("EU side", "欧方")})))
	b.insider = who(access.FocalPoint, b.side)
	p := save(b, Projects, access.Header{}, Project{Name: text.Both("Project", "项目")})
	b.phase = ref.Phase(save(b, Phases, access.Header{}, Phase{Name: text.Both("Phase", "第一期"), Project: ref.Project(p), State: "running"}))
	b.plan = ref.Plan(save(b, Plans, access.Header{}, Plan{Title: text.Both("Work plan", "工作计划"), Phase: b.phase, State: PlanDraft}))
	return b
}

// save makes an object as the project team.
func save[T any](b *bench, k *access.Kind[T], h access.Header, v T) ref.ID {
	b.t.Helper()
	h.Dialogue = b.dialogue
	o := &access.Object[T]{Header: h, Value: v}
	err := b.d.Write(b.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return k.Save(ctx, tx, b.team, k.Name+".create", o, "")
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return o.ID
}

func (b *bench) activity(title string, starts when.Date, h access.Header) ref.Activity {
	return ref.Activity(save(b, Activities, h, Activity{Title: text.Both(title, title), Phase: b.phase, Type: "workshop", State: Scheduled, Starts: starts}))
}

// change edits an activity as the project team.
func (b *bench) change(id ref.Activity, act string, fn func(*access.Object[Activity])) {
	b.t.Helper()
	err := b.d.Write(b.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		o, err := Activities.Load(ctx, tx, b.team, ref.ID(id))
		if err != nil {
			return err
		}
		fn(&o)
		return Activities.Save(ctx, tx, b.team, act, &o, "a reason")
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) page(who access.Actor) PlanPage {
	b.t.Helper()
	p, err := b.s.Page(b.t.Context(), who, b.plan, Filter{})
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// holds gives what the plan holds that somebody reads.
func (b *bench) holds(who access.Actor) (c access.Contents) {
	b.t.Helper()
	err := b.d.Read(b.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		o, err := Plans.Load(ctx, tx, who, ref.ID(b.plan))
		if err == nil {
			c, err = access.ContentsOf(ctx, tx, who, o.Header)
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bench) endorse(on when.Date) (ref.Baseline, error) {
	p := b.page(b.team)
	return b.s.Endorse(b.t.Context(), b.team, b.plan, p.Plan.Rev, Print(p.All), b.holds(b.team), on, text.Both("minutes", "会议纪要"))
}

func drifts(p PlanPage) map[Drift]int {
	n := map[Drift]int{}
	for _, c := range Compare(p.Frozen, p.Removed, p.All) {
		n[c.Drift]++
	}
	return n
}

// TestEndorse: an endorsed version stays as it was; the first change begins the next one.
func TestEndorse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		if _, err := b.endorse("2021-03-01"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a plan without activities: %v", err)
		}
		moved := b.activity("moved", "2021-05", access.Header{})
		kept := b.activity("kept", "2021-06-01", access.Header{})
		gone := b.activity("gone", "2021-07", access.Header{})
		if _, err := b.endorse(""); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a day: %v", err)
		}
		if _, err := b.endorse(when.DateOf(time.Now().UTC().AddDate(0, 0, 3))); !fault.Is(err, fault.Invalid) {
			t.Errorf("on a day to come: %v", err)
		}
		first, err := b.endorse("2021-03-01")
		if err != nil {
			t.Fatal(err)
		}
		p := b.page(b.member)
		if p.Plan.Value.Version != 1 || p.Plan.Value.State != PlanEndorsed || p.Plan.Value.Baseline != first || len(p.Frozen) != 3 {
			t.Fatalf("after the endorsement: version %d, %s, %d frozen", p.Plan.Value.Version, p.Plan.Value.State, len(p.Frozen))
		}
		if _, err := b.endorse("2021-03-02"); !fault.Is(err, fault.Invalid) {
			t.Errorf("endorsing what is endorsed: %v", err)
		}

		b.change(kept, "object.publish", func(o *access.Object[Activity]) {
			o.Mark, o.Audience = tlp.CLEAR, access.NewAudience(append(o.Audience, access.Anyone)...)
		})
		if v := b.page(b.member).Plan.Value; v.Version != 1 || v.State != PlanEndorsed {
			t.Errorf("showing an activity to more people made version %d, %s", v.Version, v.State)
		}
		b.change(moved, "activity.edit", func(o *access.Object[Activity]) { o.Value.Starts = "2021-09" })
		p = b.page(b.member)
		if p.Plan.Value.Version != 2 || p.Plan.Value.State != PlanDraft || p.Plan.Value.Baseline != first {
			t.Errorf("after a change: version %d, %s", p.Plan.Value.Version, p.Plan.Value.State)
		}
		b.change(moved, "activity.edit", func(o *access.Object[Activity]) { o.Value.Starts = "2021-10" })
		b.change(gone, "object.remove", func(o *access.Object[Activity]) { o.Tombstone = "entered twice" })
		b.activity("added", "", access.Header{})
		p = b.page(b.member)
		if p.Plan.Value.Version != 2 {
			t.Errorf("a second change made version %d", p.Plan.Value.Version)
		}
		if n := drifts(p); n[Moved] != 1 || n[AsEndorsed] != 1 || n[Removed] != 1 || n[Added] != 1 || len(n) != 4 {
			t.Errorf("what changed: %v", n)
		}
		base, err := b.s.Baseline(t.Context(), b.member, first)
		if err != nil {
			t.Fatal(err)
		}
		if len(base.Activities) != 3 || base.Activities[0].Starts != "2021-05" || !base.Removed[gone] || base.Removed[kept] {
			t.Errorf("the baseline moved: %+v", base)
		}
		err = d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			o, err := Baselines.Load(ctx, tx, b.team, ref.ID(first))
			if err != nil {
				return err
			}
			o.Value.Version = 7
			return Baselines.Save(ctx, tx, b.team, "baseline.create", &o, "")
		})
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("changing a baseline: %v", err)
		}
		second, err := b.endorse("2021-11")
		if err != nil || second == first {
			t.Fatalf("the second endorsement: %v", err)
		}
		if n := drifts(b.page(b.member)); len(n) != 1 || n[AsEndorsed] != 3 {
			t.Errorf("after the second endorsement: %v", n)
		}
	})
}

// TestEndorseSeen: what is endorsed is what was looked at.
func TestEndorseSeen(t *testing.T) {
	b := newBench(t, dbtest.New(t))
	a := b.activity("one", "2021", access.Header{})
	p := b.page(b.team)
	b.change(a, "activity.edit", func(o *access.Object[Activity]) { o.Value.Starts = "2022" })
	if _, err := b.s.Endorse(t.Context(), b.team, b.plan, p.Plan.Rev, Print(p.All), b.holds(b.team), "2021", nil); !fault.Is(err, fault.Conflict) {
		t.Errorf("an activity changed meanwhile: %v", err)
	}
	if _, err := b.s.Endorse(t.Context(), b.team, b.plan, p.Plan.Rev+1, Print(b.page(b.team).All), b.holds(b.team), "2021", nil); !fault.Is(err, fault.Conflict) {
		t.Errorf("another revision of the plan: %v", err)
	}
	if _, err := b.s.Endorse(t.Context(), b.member, b.plan, p.Plan.Rev, Print(b.page(b.member).All), b.holds(b.member), "2021", nil); !fault.Is(err, fault.Forbidden) {
		t.Errorf("somebody else endorses: %v", err)
	}
}

// TestEndorseNarrow: an activity that few may read stays with them in the endorsed version too,
// also when it became narrow only afterwards.
func TestEndorseNarrow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := newBench(t, d)
		narrow := access.Header{Mark: tlp.AMBER, Audience: access.NewAudience(b.side, access.TeamOf(b.dialogue))}
		b.activity("secret one", "2021-05", narrow)
		b.activity("secret two", "2021-06", narrow)
		later := b.activity("later narrow", "2021-07", access.Header{})
		open := b.activity("open", "2021-08", access.Header{Mark: tlp.CLEAR, Audience: access.NewAudience(access.Anyone)})
		id, err := b.endorse("2021-03-01")
		if err != nil {
			t.Fatal(err)
		}
		sees := func(who access.Actor, want int) {
			t.Helper()
			p := b.page(who)
			base, err := b.s.Baseline(t.Context(), who, id)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.All) != want || len(p.Frozen) != want || len(base.Activities) != want {
				t.Errorf("%d activities, %d and %d frozen, want %d", len(p.All), len(p.Frozen), len(base.Activities), want)
			}
		}
		sees(b.member, 2)
		sees(b.insider, 4)
		sees(b.team, 4)
		// The stored baseline that everybody may read does not hold them either.
		err = d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			o, err := Baselines.Load(ctx, tx, b.member, ref.ID(id))
			if err == nil && len(o.Value.Activities) != 2 {
				t.Errorf("the stored baseline holds %d activities", len(o.Value.Activities))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		b.change(later, "object.audience", func(o *access.Object[Activity]) { o.Mark, o.Audience = narrow.Mark, narrow.Audience })
		sees(b.member, 1)
		sees(b.insider, 4)
		b.change(open, "object.remove", func(o *access.Object[Activity]) { o.Tombstone = "mistake" })
		if n := drifts(b.page(b.member)); n[Removed] != 1 || len(n) != 1 {
			t.Errorf("a member sees %v", n)
		}
		if got := b.page(access.NewActor(access.Actor{}, access.DialogueOf(b.dialogue))); len(got.Frozen) != 1 {
			t.Errorf("%d frozen", len(got.Frozen))
		}
	})
}

// TestPhaseStays: an activity cannot leave an endorsed plan by changing its phase.
func TestPhaseStays(t *testing.T) {
	b := newBench(t, dbtest.New(t))
	other := ref.Phase(save(b, Phases, access.Header{}, Phase{Name: text.Both("Next", "下一期"), Project: ref.Project(b.page(b.team).Phase.Value.Project), State: "prepared"}))
	a := b.activity("one", "2021", access.Header{})
	err := b.d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		o, err := Activities.Load(ctx, tx, b.team, ref.ID(a))
		if err != nil {
			return err
		}
		o.Value.Phase = other
		return Activities.Save(ctx, tx, b.team, "activity.edit", &o, "")
	})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("moving an activity to another phase: %v", err)
	}
}

func TestDrift(t *testing.T) {
	was := func(s, e when.Date) *Planned { return &Planned{State: Scheduled, Starts: s, Ends: e} }
	for _, c := range []struct {
		was  *Planned
		now  Activity
		want Drift
	}{
		{nil, Activity{}, Added},
		{was("2021", ""), Activity{Starts: "2021"}, AsEndorsed},
		{was("2021-05", ""), Activity{Starts: "2021-05-18", Ends: "2021-05-19"}, Dated},
		{was("2021", ""), Activity{Starts: "2021-12"}, Dated},
		{was("", ""), Activity{Starts: "2021-12"}, Dated},
		{was("2021-05", ""), Activity{Starts: "2021-05-31", Ends: "2021-06-01"}, Moved},
		{was("2021-05", ""), Activity{Starts: "2021"}, Moved},
		{was("2021-05", ""), Activity{State: Postponed}, Undated},
		{was("2021-05", ""), Activity{Starts: "2021-05", State: Cancelled}, CalledOff},
		{&Planned{State: Cancelled, Starts: "2021"}, Activity{Starts: "2021", State: Cancelled}, AsEndorsed},
		{was("2019?", ""), Activity{Starts: "2019"}, Dated},
	} {
		if got := drift(c.was, &c.now); got != c.want {
			t.Errorf("%+v beside %s %s: %s, want %s", c.was, c.now.Starts, c.now.Ends, got, c.want)
		}
	}
}

func TestLine(t *testing.T) {
	phase := func(id, follows string, starts when.Date) access.Object[Phase] {
		return access.Object[Phase]{Header: access.Header{ID: id}, Value: Phase{Follows: ref.Phase(follows), Starts: starts}}
	}
	for _, c := range []struct {
		in   []access.Object[Phase]
		want []string
	}{
		{[]access.Object[Phase]{phase("d", "c", ""), phase("c", "b", "2019?"), phase("a", "", "2007~"), phase("b", "a", "2010-11-19")}, []string{"a", "b", "c", "d"}},
		{[]access.Object[Phase]{phase("x", "", "2012"), phase("y", "z", "2010")}, []string{"y", "x"}}, // z may not be read
		{[]access.Object[Phase]{phase("a", "b", "2012"), phase("b", "a", "2010")}, []string{"b", "a"}},
		{nil, nil},
	} {
		var got []string
		for _, o := range Line(c.in) {
			got = append(got, o.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}

func TestTree(t *testing.T) {
	result := func(id, serves, code string, level ResultLevel) access.Object[Result] {
		return access.Object[Result]{Header: access.Header{ID: id}, Value: Result{Serves: ref.Result(serves), Code: code, Level: level}}
	}
	l := Logframe{Results: []access.Object[Result]{
		result("o10", "c1", "OP10", Output), result("o9", "c1", "OP9", Output), result("c2", "i", "OC2", Outcome), result("c1", "i", "OC1", Outcome),
		result("i", "", "IM", Impact), result("alone", "unread", "", Output), result("r1", "r2", "", Output), result("r2", "r1", "", Output),
	}}
	var got []string
	for _, b := range l.Tree() {
		got = append(got, b.ID)
	}
	if want := []string{"i", "c1", "o9", "o10", "c2", "alone"}; !slices.Equal(got[:6], want) || len(got) != 8 {
		t.Errorf("%v, want %v and the ring", got, want)
	}
}
