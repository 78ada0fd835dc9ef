package access_test

import (
	"slices"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/meeting"
	"entente/roster"
	"entente/standard/tlp"
)

// TestCircle: who may name a circle of whom, and that it is readable by its members and by whoever
// made it, whatever anybody asks for.
func TestCircle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := example(t, d)
		team, nia, mfa, attache, donor := n.as("project-team"), n.as("cn-focal-point"), n.as("cn-ministry"), n.as("member-state"), n.as("donor")
		in := func(keys ...string) (out []ref.Institution) {
			for _, k := range keys {
				out = append(out, ref.Institution(n.id("institution", k)))
			}
			return out
		}
		make := func(who access.Actor, members ...string) (access.Header, error) {
			h := access.Header{Dialogue: team.Dialogue, Mark: tlp.CLEAR, Audience: access.Audience{access.Anyone}}
			return n.objects.Create(t.Context(), who, "circle", h, &roster.Circle{Name: text.Both("Circle", "单位组"), Members: in(members...)})
		}
		reads := func(h access.Header, who access.Actor) bool {
			_, _, err := n.objects.Get(t.Context(), who, h.ID)
			return err == nil
		}
		ours, err := make(nia, "nia", "mfa")
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := make(team, "nia", "nl")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			role string
			who  access.Actor
			// reads the Chinese side's circle, and the project team's
			ours, theirs bool
		}{
			{"nia", n.as("cn-focal-point"), true, true},
			{"mfa", n.as("cn-ministry"), true, false},
			{"nl", n.as("member-state"), false, true},
			{"team", n.as("project-team"), false, true},
			{"donor", donor, false, false},
			{"visitor", access.Visitor, false, false},
		} {
			if reads(ours, c.who) != c.ours || reads(theirs, c.who) != c.theirs {
				t.Errorf("%s reads the side's circle: %v, the team's: %v", c.role, reads(ours, c.who), reads(theirs, c.who))
			}
		}
		for _, c := range []struct {
			who     access.Actor
			members []string
			want    fault.Kind
		}{
			{nia, []string{"nia", "nl"}, fault.Invalid}, // of the other side
			{nia, []string{"nia", "iom"}, fault.Invalid},
			{nia, []string{"mfa", "mps"}, fault.Invalid}, // without the own institution
			{nia, []string{"nia", "nia"}, fault.Invalid},
			{nia, nil, fault.Invalid},
			{n.as("cn-contributor"), []string{"nia"}, fault.Forbidden},
			{donor, []string{"fpi"}, fault.Forbidden},
			{access.Visitor, []string{"nia"}, fault.Forbidden},
		} {
			_, err := make(c.who, c.members...)
			wantKind(t, err, c.want)
		}

		// Its audience is its members: no act says otherwise.
		everybody := access.Audience{access.Anyone}
		wantKind(t, n.objects.SetAudience(t.Context(), team, theirs.ID, 1, tlp.CLEAR, append(everybody, access.TeamOf(team.Dialogue)), "why"), fault.Forbidden)
		wantKind(t, n.objects.Publish(t.Context(), team, theirs.ID, 1), fault.Forbidden)
		wantKind(t, n.objects.SetAudience(t.Context(), nia, ours.ID, 1, tlp.CLEAR, append(everybody, access.InstitutionOf(nia.Institution)), "why"), fault.Forbidden)
		wantKind(t, n.objects.Remove(t.Context(), team, ours.ID, 1, "why"), fault.NotFound)
		wantKind(t, n.objects.Remove(t.Context(), mfa, ours.ID, 1, "why"), fault.Forbidden)
		_, err = n.objects.Edit(t.Context(), nia, theirs.ID, 1, &roster.Circle{Name: text.Both("x", "x"), Members: in("nia")}, "")
		wantKind(t, err, fault.Forbidden)

		// What has the circle as its audience goes with its members at once.
		paper, err := n.objects.Create(t.Context(), team, "meeting", access.Header{
			Dialogue: team.Dialogue, Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(access.CircleOf(ref.Circle(theirs.ID)), access.TeamOf(team.Dialogue)),
		}, &meeting.Meeting{Title: text.Both("Paper", "文件"), Type: "seminar", State: "planned"})
		if err != nil {
			t.Fatal(err)
		}
		if !reads(paper, n.as("member-state")) || reads(paper, n.as("cn-ministry")) {
			t.Error("the circle's members do not read what is for the circle, or others do")
		}
		if why := n.as("member-state").Why(mustFind(n, paper.ID)); len(why) != 1 || why[0].Kind() != "circle" {
			t.Errorf("the attaché reads it by %v", why)
		}
		if _, err := n.objects.Authority(t.Context(), team, theirs.ID, 1, &roster.Circle{Name: text.Both("Circle", "单位组"), Members: in("nia", "mfa")}, "agreed"); err != nil {
			t.Fatal(err)
		}
		if reads(paper, n.as("member-state")) || !reads(paper, n.as("cn-ministry")) || reads(theirs, attache) {
			t.Error("the change of members did not take effect")
		}
		if err := n.objects.Remove(t.Context(), team, theirs.ID, 2, "done"); err != nil {
			t.Fatal(err)
		}
		if reads(paper, n.as("cn-ministry")) || !reads(paper, team) {
			t.Error("a removed circle still lets somebody read")
		}

		// A circle that the actor may not read cannot be chosen; RED goes with no circle.
		_, err = n.objects.Create(t.Context(), team, "meeting", access.Header{
			Dialogue: team.Dialogue, Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(access.CircleOf(ref.Circle(ours.ID)), access.TeamOf(team.Dialogue)),
		}, &meeting.Meeting{Title: text.Both("Paper", "文件"), Type: "seminar", State: "planned"})
		wantKind(t, err, fault.Invalid)
		for mark, fine := range map[tlp.Label]bool{tlp.RED: false, tlp.AMBERSTRICT: true, tlp.AMBER: true, tlp.GREEN: true, tlp.CLEAR: true} {
			for _, p := range []access.Principal{access.CircleOf(ref.Circle(ours.ID)), access.ParticipantsOf(ref.Meeting(paper.ID))} {
				if got := len(access.Agree(mark, access.Audience{p})) == 0; got != fine {
					t.Errorf("%s with %s: %v", mark, p.Kind(), got)
				}
			}
		}
		n.verified()
	})
}

func mustFind(n *node, id ref.ID) access.Header {
	n.Helper()
	h, _, err := n.objects.Get(n.Context(), access.Operator("test"), id)
	if err != nil {
		n.Fatal(err)
	}
	return h
}

// TestParticipants: by whichever field a meeting names an institution, its people take part; a new
// field of that sort must be decided upon.
func TestParticipants(t *testing.T) {
	kinds := []string{"institution", "person"}
	for _, rel := range roster.TakesPart {
		if !slices.Contains(refsOf(meeting.Meetings.Fields(), kinds), rel) {
			t.Errorf("a meeting has no field %s", rel)
		}
	}
	for _, rel := range refsOf(meeting.Meetings.Fields(), kinds[:1]) {
		if !slices.Contains(roster.TakesPart, rel) {
			t.Errorf("the field %s names an institution, and roster.TakesPart does not know it", rel)
		}
	}
}

func refsOf(fs []shape.Field, kinds []string) (out []string) {
	for _, f := range fs {
		if f.Control == shape.Ref && slices.Contains(kinds, f.RefKind) {
			out = append(out, f.Rel)
		}
		out = append(out, refsOf(f.Fields, kinds)...)
	}
	return out
}
