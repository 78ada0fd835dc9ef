package clearance_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/clearance"
	"entente/demo"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/search"
	"entente/internal/text"
	"entente/roster"
	"entente/standard/tlp"
)

// node is the example with its people as actors.
type node struct {
	*testing.T
	db      *db.DB
	objects *access.Objects
	s       *clearance.Service
}

func example(t *testing.T, d *db.DB) *node {
	t.Helper()
	n := &node{t, d, bundle.Objects(d), clearance.New(d)}
	files, err := bundle.Files(demo.Files())
	if err == nil {
		_, err = bundle.Import(t.Context(), d, n.objects, access.Operator("test"), files, bundle.Options{Admit: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// admit lets somebody in as a command of the operator does.
func (n *node) admit(p ref.Person) error {
	return n.db.Write(n.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, _, err := roster.Admit(ctx, tx, access.Operator("test"), p, "")
		return err
	})
}

func (n *node) id(kind, key string) (id ref.ID) {
	n.Helper()
	if err := n.db.Read(n.Context(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select o.id from object o join label k on k.object = o.id
			where k.field = 'key' and k.text = $1 and o.kind = $2`, key, kind).Scan(&id)
	}); err != nil {
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

func (n *node) in(keys ...string) (a access.Audience) {
	n.Helper()
	for _, k := range keys {
		a = append(a, access.InsideOf(ref.Institution(n.id("institution", k))))
	}
	return a
}

func (n *node) reads(who access.Actor, id ref.ID) bool {
	_, _, err := n.objects.Get(n.Context(), who, id)
	return err == nil
}

func (n *node) want(err error, k fault.Kind) {
	n.Helper()
	if fault.Of(err) != k || k == "" && err != nil {
		n.Errorf("got %v, want the fault %q", err, k)
	}
}

// keys gives the messages of a fault's fields.
func keys(err error) (out []string) {
	var f *fault.Error
	if e, ok := err.(*fault.Error); ok {
		f = e
		for _, x := range f.Fields {
			out = append(out, x.Key)
		}
	}
	return out
}

func note(title string) clearance.Note {
	return clearance.Note{Title: text.Both("", title), Text: text.Both("", "内容"), Sort: clearance.Position}
}

func (n *node) verified() {
	n.Helper()
	if err := n.db.Read(n.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, d, err := n.objects.Verify(ctx, tx)
		if d != "" {
			n.Errorf("verification: %s", d)
		}
		return err
	}); err != nil {
		n.Fatal(err)
	}
}

const launch = "launch-phase-2"

// TestRoom: MFA opens a note for NIA and MPS; nobody else finds it, and each answers with a note of
// the own institution.
func TestRoom(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		mfa, nia := n.as("cn-ministry"), n.as("cn-focal-point")
		meeting := n.id("meeting", launch)
		o, err := n.s.Open(t.Context(), mfa, meeting, note("本方立场"), tlp.AMBERSTRICT, n.in("mfa", "nia", "mps"))
		if err != nil {
			t.Fatal(err)
		}
		outside := []access.Actor{
			n.as("project-team"), n.as("eu-focal-point"), n.as("member-state"), n.as("donor"), n.as("expert"), n.as("administrator"), access.Visitor,
		}
		for _, who := range outside {
			if n.reads(who, o.ID) {
				t.Errorf("%v reads the note", who.Functions)
			}
			found, err := n.objects.Search(t.Context(), who, search.Query{Dialogue: mfa.Dialogue, Words: "本方立场", Lang: "zh", Limit: 10})
			if err != nil || found.Total != 0 {
				t.Errorf("%v finds %d (%v)", who.Functions, found.Total, err)
			}
			counts, err := n.s.Counts(t.Context(), who, meeting)
			if err != nil || len(counts) != 0 {
				t.Errorf("%v counts %v (%v)", who.Functions, counts, err)
			}
			if owed, err := n.objects.Translations(t.Context(), who, access.TranslationQuery{Dialogue: mfa.Dialogue, Lang: "en", Kind: "note"}); err != nil || owed.Total != 0 {
				t.Errorf("%v owes %d translations (%v)", who.Functions, owed.Total, err)
			}
		}
		for _, who := range []access.Actor{mfa, nia, n.as("cn-contributor")} {
			if !n.reads(who, o.ID) {
				t.Errorf("%v does not read the note", who.Institution)
			}
		}
		var duties int
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRow(ctx, `select count(*) from duty where object = $1`, o.ID).Scan(&duties)
		}); err != nil || duties != 0 {
			t.Errorf("the note makes %d duties (%v)", duties, err)
		}

		// An answer is within those who read what it answers, and it is NIA's own.
		answer := note("答复")
		answer.Re = ref.Note(o.ID)
		a, err := n.s.Open(t.Context(), nia, meeting, answer, tlp.AMBERSTRICT, n.in("nia", "mfa"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = n.s.Open(t.Context(), nia, meeting, answer, tlp.AMBERSTRICT, n.in("nia", "mofcom"))
		if !slices.Equal(keys(err), []string{"fault.note-answer"}) {
			t.Errorf("an answer beyond the readers of the note: %v", err)
		}
		r, err := n.s.Room(t.Context(), nia, meeting, "zh")
		if err != nil || len(r.Notes) != 2 || !r.MayWrite || len(r.Institutions) < 5 || len(r.Notes[0].Audience) != 3 {
			t.Errorf("NIA's room: %+v (%v)", r, err)
		}
		for _, i := range r.Institutions {
			if slices.Contains([]string{n.id("institution", "nl"), n.id("institution", "iom"), n.id("institution", "beea")}, i.ID) {
				t.Errorf("the room offers %s", i.Value.Name().Get("en"))
			}
		}
		_, err = n.s.Room(t.Context(), n.as("project-team"), meeting, "zh")
		n.want(err, fault.NotFound)
		eu, err := n.s.Room(t.Context(), n.as("eu-focal-point"), meeting, "en")
		if err != nil || len(eu.Notes) != 0 {
			t.Errorf("the EU side's room: %d notes (%v)", len(eu.Notes), err)
		}

		// Only the institution that wrote a note changes it.
		_, err = n.objects.Edit(t.Context(), nia, o.ID, o.Rev, &clearance.Note{}, "")
		n.want(err, fault.Forbidden)
		n.want(n.objects.Remove(t.Context(), mfa, a.ID, a.Rev, "why"), fault.Forbidden)
		changed := a.Value
		changed.Text = text.Both("", "新内容")
		if _, err := n.objects.Edit(t.Context(), n.as("cn-contributor"), a.ID, a.Rev, &changed, ""); err != nil {
			t.Error(err)
		}
		moved := changed
		moved.Of = n.id("meeting", "exchange-visit-2016")
		_, err = n.objects.Edit(t.Context(), nia, a.ID, a.Rev+1, &moved, "")
		n.want(err, fault.Forbidden)

		// Narrowing and removing are acts with a reason, at once.
		n.want(n.objects.SetAudience(t.Context(), mfa, o.ID, o.Rev, tlp.AMBERSTRICT, n.in("mfa"), " "), fault.Invalid)
		n.want(n.objects.SetAudience(t.Context(), mfa, o.ID, o.Rev, tlp.AMBERSTRICT, n.in("mfa"), "for us first"), "")
		if n.reads(nia, o.ID) || !n.reads(mfa, o.ID) || !n.reads(nia, a.ID) {
			t.Error("narrowing did not take effect, or touched the answer")
		}
		n.want(n.objects.Remove(t.Context(), mfa, o.ID, o.Rev+1, "done"), "")
		if n.reads(mfa, o.ID) {
			t.Error("the removed note is read")
		}
		n.verified()
	})
}

// TestClosed: nothing that anybody does lets somebody from outside the side into a note.
func TestClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		mfa, meeting := n.as("cn-ministry"), n.id("meeting", launch)
		team, dialogue := access.TeamOf(mfa.Dialogue), access.DialogueOf(mfa.Dialogue)
		person := func(key string) access.Principal { return access.PersonOf(ref.Person(n.id("person", key))) }
		circle := access.CircleOf(ref.Circle(n.id("circle", "border-practice")))
		wide := map[string]access.Audience{
			"the other side":             append(n.in("mfa"), n.in("nl")...),
			"the facilitator":            append(n.in("mfa"), n.in("iom")...),
			"the donor":                  append(n.in("mfa"), n.in("fpi")...),
			"an institution of old":      append(n.in("mfa"), n.in("safea")...),
			"the project team":           append(n.in("mfa"), team),
			"the dialogue":               append(n.in("mfa"), dialogue),
			"the own side":               append(n.in("mfa"), access.SideOf(mfa.Side)),
			"everybody":                  append(n.in("mfa"), access.Anyone),
			"whoever is posted there":    append(n.in("mfa"), access.InstitutionOf(ref.Institution(n.id("institution", "nia")))),
			"a circle":                   append(n.in("mfa"), circle),
			"the participants":           append(n.in("mfa"), access.ParticipantsOf(ref.Meeting(meeting))),
			"a person of the other side": append(n.in("mfa"), person("member-state")),
			"the programme manager":      append(n.in("mfa"), person("project-team")),
			"the administrator":          append(n.in("mfa"), person("administrator")),
			"not oneself":                n.in("nia"),
			"nobody":                     {},
			"somebody who is not":        append(n.in("mfa"), access.PersonOf(ref.Person(ref.New()))),
		}
		for who, a := range wide {
			for _, mark := range tlp.Options() {
				if _, err := n.s.Open(t.Context(), mfa, meeting, note("x"), mark, a); fault.Of(err) != fault.Invalid {
					t.Errorf("%s under %s: %v", who, mark, err)
				}
			}
		}
		for mark, k := range map[tlp.Label]fault.Kind{tlp.CLEAR: fault.Invalid, tlp.GREEN: fault.Invalid, tlp.AMBER: fault.Invalid, tlp.AMBERSTRICT: "", tlp.RED: fault.Invalid} {
			_, err := n.s.Open(t.Context(), mfa, meeting, note("x"), mark, n.in("mfa"))
			n.want(err, k)
		}
		o, err := n.s.Open(t.Context(), mfa, meeting, note("Zibetkatze"), tlp.AMBERSTRICT, n.in("mfa", "nia"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = n.s.Open(t.Context(), mfa, meeting, note("Persons"), tlp.RED, access.Audience{person("cn-ministry"), person("cn-focal-point")}); err != nil {
			t.Error(err)
		}
		for who, a := range wide {
			if err := n.objects.SetAudience(t.Context(), mfa, o.ID, o.Rev, tlp.AMBERSTRICT, a, "why"); fault.Of(err) != fault.Invalid {
				t.Errorf("widened to %s: %v", who, err)
			}
		}
		n.want(n.objects.Publish(t.Context(), mfa, o.ID, o.Rev), fault.Forbidden)
		n.want(n.objects.Withdraw(t.Context(), mfa, o.ID, o.Rev, "why"), fault.Forbidden)

		// Nobody from outside writes, whatever they name.
		for role, k := range map[string]fault.Kind{"project-team": fault.NotFound, "donor": fault.NotFound, "administrator": fault.NotFound, "expert": fault.Forbidden} {
			_, err := n.s.Open(t.Context(), n.as(role), meeting, note("x"), tlp.AMBERSTRICT, n.in("mfa"))
			n.want(err, k)
		}
		_, err = n.s.Open(t.Context(), n.as("eu-focal-point"), meeting, note("x"), tlp.AMBERSTRICT, n.in("mfa"))
		n.want(err, fault.Invalid)
		stranger := note("x")
		stranger.Re = ref.Note(o.ID)
		_, err = n.s.Open(t.Context(), n.as("eu-focal-point"), meeting, stranger, tlp.AMBERSTRICT, n.in("eud"))
		if !slices.Equal(keys(err), []string{"fault.ref"}) { // as if there were no such note
			t.Errorf("an answer to a note that cannot be read: %v", err)
		}
		team2 := n.as("project-team")
		for _, err := range []error{
			n.objects.Publish(t.Context(), team2, o.ID, o.Rev), n.objects.Withdraw(t.Context(), team2, o.ID, o.Rev, "why"),
			n.objects.Remove(t.Context(), team2, o.ID, o.Rev, "why"),
			n.objects.SetAudience(t.Context(), team2, o.ID, o.Rev, tlp.AMBERSTRICT, access.Audience{team}, "why"),
		} {
			n.want(err, fault.NotFound)
		}
		_, err = n.objects.Edit(t.Context(), team2, o.ID, o.Rev, &clearance.Note{}, "")
		n.want(err, fault.NotFound)
		forged := access.Header{Dialogue: mfa.Dialogue, Owner: n.id("institution", "nia"), Mark: tlp.AMBERSTRICT, Audience: n.in("mfa", "nia")}
		v := note("x")
		v.Of, v.Side = meeting, mfa.Side
		_, err = n.objects.Create(t.Context(), mfa, "note", forged, &v)
		n.want(err, fault.Forbidden)
		v.Side = n.as("eu-focal-point").Side
		_, err = n.objects.Create(t.Context(), mfa, "note", access.Header{Dialogue: mfa.Dialogue, Mark: tlp.AMBERSTRICT, Audience: append(n.in("nl"), access.PersonOf(mfa.Person))}, &v)
		n.want(err, fault.Forbidden)

		// An operator's commands neither make nor change one, nor do they write one to a file.
		op := access.Operator("test")
		for _, err := range []error{
			n.objects.Publish(t.Context(), op, o.ID, o.Rev), n.objects.Remove(t.Context(), op, o.ID, o.Rev, "why"),
			n.objects.SetAudience(t.Context(), op, o.ID, o.Rev, tlp.AMBERSTRICT, access.Audience{team}, "why"),
		} {
			n.want(err, fault.Forbidden)
		}
		var b strings.Builder
		if err := bundle.Export(t.Context(), d, n.objects, op, &b); err != nil || strings.Contains(b.String(), "Zibetkatze") || strings.Contains(b.String(), "kind: note") {
			t.Errorf("the export holds the note (%v)", err)
		}
		_, err = bundle.Import(t.Context(), d, n.objects, op, []bundle.File{{Name: "n.yaml", Data: []byte("kind: dialogue\nkey: migration-mobility\n---\nkind: note\nkey: n\ntitle:\n  en: x\nsort: comment\n")}}, bundle.Options{})
		if !slices.Equal(keys(err), []string{bundle.FaultKind}) {
			t.Errorf("an import of a note: %v", err)
		}

		// What becomes of the meeting changes nothing in the room.
		h, _, err := n.objects.Get(t.Context(), team2, meeting)
		if err != nil {
			t.Fatal(err)
		}
		n.want(n.objects.SetAudience(t.Context(), op, meeting, h.Rev, tlp.AMBERSTRICT, access.Audience{team}, "narrowed"), "")
		n.want(n.objects.Remove(t.Context(), team2, meeting, h.Rev+1, "entered twice"), "")
		if got, err := n.s.Get(t.Context(), n.as("cn-focal-point"), ref.Note(o.ID)); err != nil || got.Rev != o.Rev {
			t.Errorf("the note after its meeting was removed: %d (%v)", got.Rev, err)
		}
		n.verified()
	})
}

// TestNarrowObject: a note is for those alone who may read what it is about.
func TestNarrowObject(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team, mfa, nia := n.as("project-team"), n.as("cn-ministry"), n.as("cn-focal-point")
		meeting := n.id("meeting", launch)
		institution := func(key string) access.Principal {
			return access.InstitutionOf(ref.Institution(n.id("institution", key)))
		}
		narrow := func(mark tlp.Label, a access.Audience) {
			t.Helper()
			h, _, err := n.objects.Get(t.Context(), access.Operator("test"), meeting)
			if err == nil {
				err = n.objects.SetAudience(t.Context(), access.Operator("test"), meeting, h.Rev, mark, a, "test")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		narrow(tlp.AMBERSTRICT, access.Audience{institution("nia"), institution("mfa"), access.TeamOf(team.Dialogue)})
		_, err := n.s.Open(t.Context(), nia, meeting, note("x"), tlp.AMBERSTRICT, n.in("nia", "mps"))
		if !slices.Equal(keys(err), []string{"fault.note-object"}) {
			t.Errorf("a note for who may not read the meeting: %v", err)
		}
		o, err := n.s.Open(t.Context(), nia, meeting, note("x"), tlp.AMBERSTRICT, n.in("nia", "mfa"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := n.s.Room(t.Context(), nia, meeting, "zh")
		if err != nil || len(r.Institutions) != 2 {
			t.Errorf("the room of a narrow meeting offers %d institutions (%v)", len(r.Institutions), err)
		}
		is, ps, err := n.s.Choices(t.Context(), nia, ref.Note(o.ID), "zh")
		if err != nil || len(is) != 2 || len(ps) != 3 {
			t.Errorf("the note's choices: %d institutions, %d people (%v)", len(is), len(ps), err)
		}
		// Once for one person, the institution has no room at it; and the earlier note stays.
		narrow(tlp.RED, access.Audience{access.PersonOf(nia.Person), access.PersonOf(mfa.Person)})
		_, err = n.s.Open(t.Context(), nia, meeting, note("x"), tlp.AMBERSTRICT, n.in("nia"))
		if !slices.Equal(keys(err), []string{"fault.note-object"}) {
			t.Errorf("a note for an institution about what a person may read: %v", err)
		}
		if _, err = n.s.Open(t.Context(), nia, meeting, note("x"), tlp.RED, access.Audience{access.PersonOf(nia.Person), access.PersonOf(mfa.Person)}); err != nil {
			t.Error(err)
		}
		if !n.reads(n.as("cn-contributor"), o.ID) {
			t.Error("the earlier note went with the meeting")
		}
		// The own text is still the owner's to change; who may no longer read the meeting has to go first.
		v := o.Value
		v.Text = text.Both("", "新内容")
		_, err = n.objects.Edit(t.Context(), nia, o.ID, o.Rev, &v, "")
		if !slices.Equal(keys(err), []string{"fault.note-object"}) {
			t.Errorf("editing for an institution that may not read the meeting any more: %v", err)
		}
		n.want(n.objects.SetAudience(t.Context(), nia, o.ID, o.Rev, tlp.AMBERSTRICT, n.in("nia"), "narrowed"), "")
		_, err = n.objects.Edit(t.Context(), nia, o.ID, o.Rev+1, &v, "")
		n.want(err, "")
		n.verified()
	})
}

// TestPosted: who is posted at an institution of the side for the project team, the donor or the node
// is not inside; nor is anybody of an institution that left the side.
func TestPosted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		mfa, meeting := n.as("cn-ministry"), n.id("meeting", launch)
		o, err := n.s.Open(t.Context(), mfa, meeting, note("x"), tlp.AMBERSTRICT, n.in("mfa", "nia"))
		if err != nil {
			t.Fatal(err)
		}
		nia := ref.Institution(n.id("institution", "nia"))
		for f, inside := range map[access.Function]bool{
			access.FocalPoint: true, access.Contributor: true, access.Expert: true,
			access.ProjectTeam: false, access.DonorOfficer: false, access.Administrator: false, "": false,
		} {
			p := roster.Person{Title: text.Both("Somebody", "某人"), Posts: []roster.Post{{Institution: nia}}}
			if f != "" {
				p.Functions = []roster.Held{{Function: f}}
			}
			h, err := n.objects.Create(t.Context(), access.Operator("test"), "person", access.Header{Dialogue: mfa.Dialogue}, &p)
			if err != nil {
				t.Fatal(err)
			}
			who, err := roster.New(d).Actor(t.Context(), ref.Person(h.ID))
			if err != nil || who.Inside() || n.reads(who, o.ID) {
				t.Errorf("%q posted at NIA is inside before anybody of the side said so (%v)", f, err)
			}
			admitted := n.admit(ref.Person(h.ID))
			if (admitted == nil) != inside {
				t.Errorf("%q was admitted: %v", f, admitted)
			}
			who, err = roster.New(d).Actor(t.Context(), ref.Person(h.ID))
			if err != nil || who.Inside() != inside || n.reads(who, o.ID) != inside {
				t.Errorf("%q posted at NIA is inside: %v (%v)", f, who.Inside(), err)
			}
			_, err = n.s.Open(t.Context(), mfa, meeting, note("x"), tlp.RED, access.Audience{access.PersonOf(mfa.Person), access.PersonOf(ref.Person(h.ID))})
			if (err == nil) != inside {
				t.Errorf("a note for %q in person: %v", f, err)
			}
		}
		h, v, err := n.objects.Get(t.Context(), access.Operator("test"), ref.ID(nia))
		if err == nil {
			for i := range v.(*roster.Institution).Standings {
				v.(*roster.Institution).Standings[i].Until = "2020"
			}
			_, err = n.objects.Edit(t.Context(), access.Operator("test"), h.ID, h.Rev, v, "")
		}
		if err != nil {
			t.Fatal(err)
		}
		if n.reads(n.as("cn-focal-point"), o.ID) || !n.reads(mfa, o.ID) {
			t.Error("an institution that left the side still reads")
		}
	})
}
