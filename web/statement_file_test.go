package web

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/files"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/library"
	"entente/meeting"
	"entente/roster"
	"entente/standard/tlp"
)

// TestFileOfClosedWhole: who may no longer read what a statement is about reads neither that nor a file
// attached to it, by no door, though both still name the reader; those whose words it is do.
func TestFileOfClosedWhole(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		team, nia, nl := s.actor("project-team"), s.actor("cn-focal-point"), s.actor("member-state")
		attached := library.New(s.db, nil, files.Scanner{})
		circle := s.create("circle", access.Header{}, &roster.Circle{Name: text.Both("Circle", "组"), Members: []ref.Institution{nia.Institution, nl.Institution}})
		of := s.create("meeting", access.Header{Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(access.CircleOf(ref.Circle(circle.ID)), access.TeamOf(team.Dialogue))},
			&meeting.Meeting{Title: text.Both("Paper", "文件"), Type: "seminar", State: meeting.Planned})
		said := s.said(s.send("cn-focal-point", "/en/objects/"+of.ID+"/statements/new", "scan.txt", canary, map[string]string{"sort": "comment", "text.en": canary, "rev": s.rev(of.ID)}))
		var file ref.ID
		list, err := attached.Of(t.Context(), s.actor("cn-focal-point"), said)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d files are attached (%v)", len(list), err)
		}
		file = list[0].ID
		named := access.NewAudience(access.InstitutionOf(nia.Institution), access.InstitutionOf(nl.Institution), access.TeamOf(team.Dialogue))
		// No act of today gives a statement other readers by name; what an earlier program or another node
		// wrote may have them.
		like := s.create("meeting", access.Header{Mark: tlp.AMBERSTRICT, Audience: named}, &meeting.Meeting{Title: text.Both("Like", "同"), Type: "seminar", State: meeting.Planned})
		readers := func(from ref.ID) {
			t.Helper()
			if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				for _, id := range []ref.ID{said, file} {
					if _, err := tx.Exec(ctx, `update object set aset = (select o.aset from object o where o.id = $1) where id = $2`, from, id); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		readers(like.ID)
		look := func(what, role string, reads bool) {
			t.Helper()
			status := http.StatusOK
			if !reads {
				status = http.StatusNotFound
			}
			for _, page := range []string{"/en/statements/" + said, "/en/files/" + file, "/files/" + file + "/" + list[0].Value.Name, "/en/objects/" + file + "/history", "/en/objects/" + said + "/files"} {
				if a := s.get(role, page); a.Status != status {
					t.Errorf("%s: %s at %s: %d", what, role, page, a.Status)
				}
			}
			found, err := attached.Of(t.Context(), s.actor(role), said)
			if (err == nil) != reads || (len(found) == 1) != reads {
				t.Errorf("%s: %s lists %d files (%v)", what, role, len(found), err)
			}
			all := 0
			if err := attached.All(t.Context(), s.actor(role), func(o access.Object[library.File]) error {
				if o.ID == file {
					all++
				}
				return nil
			}); err != nil || (all == 1) != reads {
				t.Errorf("%s: %s has it %d times in the archive (%v)", what, role, all, err)
			}
			want := "/statements/" + said
			if !reads {
				want = "!" + want
			}
			s.want(s.get(role, "/en/search?"+url.Values{"q": {canary}}.Encode()), http.StatusOK, want)
		}
		for _, role := range []string{"cn-focal-point", "member-state", "project-team"} {
			look("open", role, true)
		}
		ch, v, err := s.objects.Get(t.Context(), access.Operator("test"), circle.ID)
		if err != nil {
			t.Fatal(err)
		}
		v.(*roster.Circle).Members = []ref.Institution{nia.Institution, s.actor("eu-focal-point").Institution}
		if _, err := s.objects.Edit(t.Context(), access.Operator("test"), ch.ID, ch.Rev, v, "x"); err != nil {
			t.Fatal(err)
		}
		look("closed", "member-state", false)
		look("closed", "cn-focal-point", true)
		look("closed", "project-team", true)
		readers(of.ID) // for the verification
	})
}
