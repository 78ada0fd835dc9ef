package access_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/demo"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/ledger"
	"entente/meeting"
	"entente/roster"
	"entente/standard/tlp"
)

// node is a database with the example, and its people as actors.
type node struct {
	testing.TB
	db       *db.DB
	objects  *access.Objects
	invented bool
}

func example(t testing.TB, d *db.DB) *node {
	t.Helper()
	n := &node{TB: t, db: d, objects: bundle.Objects(d)}
	files, err := bundle.Files(demo.Files())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bundle.Import(t.Context(), d, n.objects, access.Operator("test"), files, bundle.Options{Admit: true}); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *node) id(kind, key string) (id ref.ID) {
	n.Helper()
	err := n.db.Read(n.Context(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select o.id from object o join label k on k.object = o.id
			where k.field = 'key' and k.text = $1 and o.kind = $2`, key, kind).Scan(&id)
	})
	if err != nil {
		n.Fatalf("%s/%s: %v", kind, key, err)
	}
	return id
}

func (n *node) as(role string) access.Actor {
	n.Helper()
	a, err := roster.New(n.db).Actor(n.Context(), ref.Person(n.id("person", role)))
	if err != nil {
		n.Fatal(err)
	}
	return a
}

func (n *node) meeting(who access.Actor, key string) (access.Header, *meeting.Meeting, error) {
	h, v, err := n.objects.Get(n.Context(), who, n.id("meeting", key))
	m, _ := v.(*meeting.Meeting)
	return h, m, err
}

func wantKind(t *testing.T, err error, k fault.Kind) {
	t.Helper()
	if fault.Of(err) != k {
		t.Errorf("got %v, want the fault %q", err, k)
	}
}

// TestAudience: who may read the exchange visit of 2016, which was BEEA's and the embassies'.
func TestAudience(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		reads := map[string]bool{
			"project-team": true, "member-state": true, "cn-ministry": true,
			"cn-focal-point": true, // NIA succeeded BEEA, and inherits what it could read
			"eu-focal-point": false, "donor": false, "administrator": false,
		}
		for role, want := range reads {
			_, _, err := n.meeting(n.as(role), "exchange-visit-2016")
			if got := err == nil; got != want {
				t.Errorf("%s reads the exchange visit: %v (%v), want %v", role, got, err, want)
			}
			if !want {
				wantKind(t, err, fault.NotFound)
			}
		}
		if _, _, err := n.meeting(access.Visitor, "exchange-visit-2016"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a visitor: %v", err)
		}
		if _, _, err := n.meeting(access.Visitor, "launch-phase-2"); err != nil {
			t.Errorf("a visitor and the public launch: %v", err)
		}
	})
}

// TestWriting: the ways in which a save is refused, and that nothing is written then.
func TestWriting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team, nia := n.as("project-team"), n.as("cn-focal-point")
		h, m, err := n.meeting(team, "launch-phase-2")
		if err != nil {
			t.Fatal(err)
		}
		size := n.size()

		_, err = n.objects.Edit(t.Context(), nia, h.ID, h.Rev, m, "")
		wantKind(t, err, fault.Forbidden)
		m.Title["en"] = text.Version{Text: "Changed", Status: text.Original}
		_, err = n.objects.Edit(t.Context(), team, h.ID, h.Rev+1, m, "")
		wantKind(t, err, fault.Conflict)
		_, err = n.objects.Edit(t.Context(), n.as("administrator"), n.id("meeting", "exchange-visit-2016"), 1, m, "")
		wantKind(t, err, fault.NotFound)

		bad := *m
		bad.Zone, bad.At = "", "09:00"
		bad.Type = "party"
		bad.Phase = ref.Phase(h.ID) // an id, of another kind
		bad.Participants = []meeting.Participation{{Institution: ref.Institution(ref.New())}}
		_, err = n.objects.Edit(t.Context(), team, h.ID, h.Rev, &bad, "")
		wantKind(t, err, fault.Invalid)
		var f *fault.Error
		errors.As(err, &f)
		var paths []string
		for _, x := range f.Fields {
			paths = append(paths, x.Path)
		}
		slices.Sort(paths)
		if got := strings.Join(paths, " "); got != "participants.0.institution phase type zone" {
			t.Errorf("faults at %q", got)
		}
		if n.size() != size {
			t.Errorf("a refused act left %d entries", n.size()-size)
		}

		h2, err := n.objects.Edit(t.Context(), team, h.ID, h.Rev, m, "")
		if err != nil || h2.Rev != h.Rev+1 || n.size() != size+1 {
			t.Fatalf("the edit: %v, revision %d, %d entries", err, h2.Rev, n.size()-size)
		}
		// The same again says nothing new, and writes nothing.
		if _, err := n.objects.Edit(t.Context(), team, h.ID, h2.Rev, m, ""); err != nil || n.size() != size+1 {
			t.Errorf("an edit without a change: %v, %d entries", err, n.size()-size)
		}
		_, err = n.objects.Edit(t.Context(), team, h.ID, h.Rev, m, "")
		wantKind(t, err, fault.Conflict)
		n.verified()
	})
}

func (n *node) size() (size int64) {
	n.Helper()
	if err := n.db.Read(n.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		size, err = ledger.Size(ctx, tx)
		return err
	}); err != nil {
		n.Fatal(err)
	}
	return size
}

func (n *node) difference(tx *db.Tx) string {
	n.Helper()
	_, d, err := n.objects.Verify(n.Context(), tx)
	if err != nil {
		n.Fatal(err)
	}
	return d
}

func (n *node) verified() {
	n.Helper()
	if err := n.db.Read(n.Context(), func(_ context.Context, tx *db.Tx) error {
		d := n.difference(tx)
		if n.invented { // the test made duties without an act
			d = strings.Join(slices.DeleteFunc(strings.Split(d, "; "), func(s string) bool { return strings.HasSuffix(s, "no act made this duty") }), "; ")
		}
		if d != "" {
			n.Errorf("verification: %s", d)
		}
		return nil
	}); err != nil {
		n.Fatal(err)
	}
}

// TestNarrowing: a public meeting narrowed to named persons is gone for everybody else at once,
// and so are its earlier revisions.
func TestNarrowing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team := n.as("project-team")
		h, _, err := n.meeting(team, "launch-phase-2")
		if err != nil {
			t.Fatal(err)
		}
		wantKind(t, n.objects.SetAudience(t.Context(), team, h.ID, h.Rev, tlp.RED, access.Audience{access.PersonOf(team.Person)}, " "), fault.Invalid)
		wantKind(t, n.objects.SetAudience(t.Context(), team, h.ID, h.Rev, tlp.RED, access.Audience{access.TeamOf(h.Dialogue)}, "why"), fault.Invalid)
		if err := n.objects.SetAudience(t.Context(), team, h.ID, h.Rev, tlp.RED, access.Audience{access.PersonOf(team.Person)}, "for the head of delegation"); err != nil {
			t.Fatal(err)
		}
		for _, who := range []access.Actor{access.Visitor, n.as("cn-focal-point"), n.as("administrator")} {
			_, _, err := n.meeting(who, "launch-phase-2")
			wantKind(t, err, fault.NotFound)
			_, err = n.objects.History(t.Context(), who, h.ID, 0, 10)
			wantKind(t, err, fault.NotFound)
		}
		if _, _, err := n.meeting(team, "launch-phase-2"); err != nil {
			t.Error(err)
		}
		n.verified()
	})
}

// TestAudienceNamesWhoThereIs: an audience holds only what the dialogue has.
func TestAudienceNamesWhoThereIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team := n.as("project-team")
		h, _, err := n.meeting(team, "launch-phase-2")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []access.Principal{
			"friends", "side:", access.InstitutionOf("none"), access.PersonOf(ref.Person(n.id("institution", "nia"))),
			access.TeamOf("other"), access.DialogueOf(ref.Dialogue(ref.New())), "institution:" + access.Principal(n.id("side", "cn")),
		} {
			wantKind(t, n.objects.SetAudience(t.Context(), team, h.ID, h.Rev, tlp.AMBER, access.Audience{access.TeamOf(h.Dialogue), p}, "why"), fault.Invalid)
		}
		if err := n.objects.SetAudience(t.Context(), team, h.ID, h.Rev, tlp.AMBER, access.Audience{access.TeamOf(h.Dialogue), access.InstitutionOf(ref.Institution(n.id("institution", "nia")))}, "why"); err != nil {
			t.Error(err)
		}
	})
}

// TestHistoryKeepsEarlierAudience: who may read today does not read what was narrower before.
func TestHistoryKeepsEarlierAudience(t *testing.T) {
	n := example(t, dbtest.New(t))
	team := n.as("project-team")
	h, _, err := n.meeting(team, "exchange-visit-2016")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.objects.Publish(t.Context(), team, h.ID, h.Rev); err != nil {
		t.Fatal(err)
	}
	vs, err := n.objects.History(t.Context(), access.Visitor, h.ID, 0, 10)
	if err != nil || len(vs) != 1 {
		t.Errorf("a visitor sees %d revisions (%v), want the public one alone", len(vs), err)
	}
	if vs, _ := n.objects.History(t.Context(), team, h.ID, 0, 10); len(vs) != 2 {
		t.Errorf("the team sees %d revisions", len(vs))
	}
}

// TestRemove leaves a tombstone that nobody finds.
func TestRemove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team := n.as("project-team")
		h, _, err := n.meeting(team, "launch-phase-2")
		if err != nil {
			t.Fatal(err)
		}
		if err := n.objects.Remove(t.Context(), team, h.ID, h.Rev, "entered twice"); err != nil {
			t.Fatal(err)
		}
		_, _, err = n.meeting(team, "launch-phase-2")
		wantKind(t, err, fault.NotFound)
		n.verified()
	})
}

// TestVerifyRows changes one value in each covered table and wants it found.
func TestVerifyRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		id := n.id("meeting", "launch-phase-2")
		cases := []struct{ do, want string }{
			{`update object set mark = 'TLP:GREEN' where id = '%s'`, "its row in object was changed"},
			{`update object set state = 'planned' where id = '%s'`, "its row in object was changed"},
			{`update object set changed_at = '2020-01-01T00:00:00.000Z' where id = '%s'`, "its row in object was changed"},
			{`update object set rev = 7 where id = '%s'`, "its row stands at revision 7"},
			{`update object set aset = (select o.aset from object o where o.kind = 'activity' and o.mark = 'TLP:GREEN' limit 1) where id = '%s'`, "its audience was changed"},
			{`delete from object where id = '%s'`, "its row in object is missing"},
			{`update meeting set body = replace(body, '43', '44') where id = '%s'`, "its row in meeting was changed"},
			{`update meeting set year = '2020' where id = '%s'`, "its row in meeting was changed"},
			{`delete from meeting where id = '%s'`, "its row in meeting was changed"},
			{`update meeting_participation set persons = 43 where id = '%s'`, "its row in meeting_participation was changed"},
			{`update label set text = 'x' where object = '%s' and lang = 'zh' and field = 'title'`, "label title/zh was changed"},
			{`update label set sort = (select k.sort from label k where k.field = 'key' limit 1) where object = '%s' and lang = 'zh' and field = 'title'`, "label title/zh was changed"},
			{`delete from label where object = '%s' and field = 'key'`, "label key/ is missing"},
			{`insert into label (object, field, lang, text, shown_lang, sort, fold) select object, 'more', lang, text, shown_lang, sort, fold from label where object = '%s' and field = 'title' and lang = 'en'`, "label more/en was added"},
			{`delete from link where from_id = '%s'`, "its links were changed"},
			{`insert into roster_side (id, body) values ('x%s', '{}')`, "a row of roster_side with id x"},
			{`insert into aset_member (principal, aset) select 'person:x', aset from object where id = '%s'`, "the members of audience"},
			{`delete from aset_member where principal = 'anyone' and '%s' <> ''`, "the members of audience"},
			{`update roster_standing set side = 'x' where side <> '' and '%s' <> ''`, "its row in roster_standing was changed"},
			{`delete from roster_succession where '%s' <> ''`, "its row in roster_succession was changed"},
		}
		for _, c := range cases {
			q := fmt.Sprintf(c.do, id)
			err := d.Together(t.Context(), func(ctx context.Context) error {
				if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
					if _, err := tx.Exec(ctx, q); err != nil {
						return err
					}
					if got := n.difference(tx); !strings.Contains(got, c.want) {
						t.Errorf("%s\nfound %q, want %q", q, got, c.want)
					}
					return nil
				}); err != nil {
					return err
				}
				return db.ErrRollback
			})
			if err != nil {
				t.Errorf("%s: %v", q, err)
			}
		}
		n.verified()
	})
}

func TestAgree(t *testing.T) {
	const d, s, i, p = "d", "s", "i", "p"
	anyone, dialogue, side, team := access.Anyone, access.DialogueOf(d), access.SideOf(s), access.TeamOf(d)
	institution, person := access.InstitutionOf(i), access.PersonOf(p)
	all := []access.Principal{anyone, dialogue, side, team, institution, person}
	widest := map[tlp.Label]int{tlp.CLEAR: 0, tlp.GREEN: 1, tlp.AMBER: 2, tlp.AMBERSTRICT: 3, tlp.RED: 5}
	for mark, from := range widest {
		for n, q := range all {
			if got := len(access.Agree(mark, access.Audience{q})) == 0; got != (n >= from) {
				t.Errorf("%s with %s: %v", mark, q, got)
			}
		}
		if len(access.Agree(mark, nil)) == 0 {
			t.Errorf("%s with nobody is allowed", mark)
		}
	}
	if len(access.Agree("TLP:WHITE", access.Audience{person})) == 0 {
		t.Error("an unknown mark is allowed")
	}
}

// TestPolicyIsWhole: every act that an object of a kind can undergo stands in the table.
func TestPolicyIsWhole(t *testing.T) {
	acts := map[string]bool{}
	for _, r := range access.Policy {
		acts[r.Act] = true
		if len(r.Who) == 0 || r.What == "" {
			t.Errorf("%s says neither who nor what", r.Act)
		}
	}
	for _, k := range bundle.Objects(nil).Kinds() {
		if !acts[k.KindName()+".create"] || k.CanEdit() != acts[k.KindName()+".edit"] {
			t.Errorf("the policy does not name the acts on a %s", k.KindName())
		}
	}
	if err := access.May(access.Operator("x"), "meeting.invent", access.Header{}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an unknown act: %v", err)
	}
}

// TestSuccessionGivesNoAct: of all acts of the policy, who succeeded an institution may do none on what
// that one owns that it may not do on what a stranger owns: not inside a side either, where the readers
// name the successor. And the people of an institution that has ended do none that speaks for it.
func TestSuccessionGivesNoAct(t *testing.T) {
	d, own, before, other := ref.Dialogue("d"), ref.Institution("own"), ref.Institution("before"), ref.Institution("other")
	for _, f := range []access.Function{access.FocalPoint, access.Contributor} {
		a := access.NewActor(access.Actor{Person: "p", Dialogue: d, Institution: own, Side: "s", Admitted: true, Functions: []access.Function{f}},
			access.DialogueOf(d), access.SideOf("s"), access.InstitutionOf(own), access.InstitutionOf(before), access.InsideOf(own))
		ended := a
		ended.Ended.Day = "2025"
		for _, r := range access.Policy {
			for _, readers := range []access.Audience{{access.DialogueOf(d)}, {access.InsideOf(own), access.InsideOf(before)}, {access.PersonOf("p")}} {
				for _, rev := range []int64{0, 1} {
					h := access.Header{ID: "o", Rev: rev, Dialogue: d, Audience: readers}
					may := func(a access.Actor, owner ref.Institution) bool {
						h.Owner = ref.ID(owner)
						return access.May(a, r.Act, h) == nil
					}
					if may(a, before) != may(a, other) {
						t.Errorf("%s of what its institution succeeded does %s", f, r.Act)
					}
					narrows := slices.Contains([]string{"note.remove", "file.remove", "file.audience", "circle.remove"}, r.Act)
					if !narrows && may(ended, own) && !may(ended, other) {
						t.Errorf("%s of what has ended does %s", f, r.Act)
					}
				}
			}
		}
	}
}

// TestWhy: the reasons are those of the audience that the actor is, and none where it may not read.
func TestWhy(t *testing.T) {
	d, i := ref.Dialogue("d"), ref.Institution("i")
	a := access.NewActor(access.Actor{Person: "p", Dialogue: d}, access.DialogueOf(d), access.InstitutionOf(i))
	for _, c := range []struct {
		who      access.Actor
		audience access.Audience
		removed  string
		want     []access.Principal
	}{
		{access.Visitor, access.NewAudience(access.Anyone, access.DialogueOf(d)), "", []access.Principal{access.Anyone}},
		{a, access.NewAudience(access.PersonOf("p"), access.InstitutionOf(i), access.DialogueOf(d), access.PersonOf("q")), "", []access.Principal{access.DialogueOf(d), access.InstitutionOf(i), access.PersonOf("p")}},
		{a, access.NewAudience(access.InstitutionOf("other")), "", nil},
		{a, access.NewAudience(access.Anyone), "removed", nil},
		{access.Operator("test"), access.NewAudience(access.Anyone), "", nil},
	} {
		if got := c.who.Why(access.Header{Audience: c.audience, Tombstone: c.removed}); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.audience, got, c.want)
		}
	}
}
