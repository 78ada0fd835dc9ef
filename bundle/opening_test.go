package bundle_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entente/bundle"
	"entente/internal/db"
)

// opens finds the notices that what an institution wrote is open to others.
var opens = regexp.MustCompile(`"(joined|opened|succeeded|team-opened|several-opened)`)

// TestEachOpeningIsTold: of a file that opens what an institution wrote, its people are told by what: that a
// circle it does not belong to grew says nothing of the meeting, and nothing of a succession. Where nobody acts
// for the institution, whoever is of it is told.
func TestEachOpeningIsTold(t *testing.T) {
	institution := func(key, more string) string {
		return "---\nkind: institution\nkey: " + key + "\nnames:\n  - name:\n      en: " + key + "\n" + more
	}
	person := func(key, at, function string) string {
		return "---\nkind: person\nkey: " + key + "\ntitle:\n  en: " + key + "\nposts:\n  - institution: " + at + "\nfunctions:\n  - function: " + function + "\n"
	}
	circle := func(key string, members ...string) string {
		return "---\nkind: circle\nkey: " + key + "\nname:\n  en: " + key + "\nmembers:\n  - " + strings.Join(members, "\n  - ") + "\n"
	}
	meeting := func(key, audience string, participants ...string) string {
		return "---\nkind: meeting\nkey: " + key + "\nowner: nia\nmark: AMBER+STRICT\naudience: [" + audience + ", institution:nia, team]\ntitle:\n  en: " + key +
			"\ntype: workshop\nstate: planned\nparticipants:\n  - institution: " + strings.Join(participants, "\n  - institution: ") + "\n"
	}
	rest := circle("cy", "iom") + institution("nia", "") + institution("iom", "") + institution("nl", "") + person("np", "nl", "focal-point")
	of := map[string]struct {
		before, after, is string
		focal             bool
		told              []string
	}{
		"a circle beside, and a meeting": {
			circle("cz", "iom") + meeting("mp", "participants:mp", "nia"),
			circle("cz", "iom", "nl") + meeting("mp", "participants:mp", "nia", "nl"), "nia", true,
			[]string{"joined"},
		},
		"a circle and a meeting, both of them": {
			circle("cz", "nia", "iom") + meeting("mp", "participants:mp", "nia") + meeting("mc", "circle:cz", "nia"),
			circle("cz", "nia", "iom", "nl") + meeting("mp", "participants:mp", "nia", "nl") + meeting("mc", "circle:cz", "nia"), "nia", true,
			[]string{"joined", "opened"},
		},
		"a circle beside, and a succession": {
			institution("old", "") + circle("cb", "old", "nia") + meeting("mc", "circle:cb", "nia"),
			circle("cy", "iom", "nl") + institution("old", "ended: 2020\nsuccessors:\n  - institution: nl\n") + circle("cb", "old", "nia") + meeting("mc", "circle:cb", "nia"),
			"nia", true,
			[]string{"succeeded"},
		},
		"a person's function, and a succession": {
			institution("old", "") + meeting("mp", "participants:mp", "nia", "old"),
			person("np", "nl", "expert") + institution("old", "ended: 2020\nsuccessors:\n  - institution: nl\n") + meeting("mp", "participants:mp", "nia", "old"),
			"nia", true,
			[]string{"succeeded"},
		},
		"a meeting's words, and a succession": {
			institution("old", "") + meeting("mp", "participants:mp", "nia", "old"),
			institution("old", "ended: 2020\nsuccessors:\n  - institution: nl\n") + strings.Replace(meeting("mp", "participants:mp", "nia", "old"), "en: mp", "en: MP", 1), "nia", true,
			[]string{"succeeded"},
		},
		"a member taken, and a succession": {
			institution("old", "") + circle("cb", "old", "nia", "iom") + meeting("mc", "circle:cb", "nia"),
			institution("old", "ended: 2020\nsuccessors:\n  - institution: nl\n") + circle("cb", "old", "nia") + meeting("mc", "circle:cb", "nia"), "nia", true,
			[]string{"succeeded"},
		},
		"another member, and a succession": {
			institution("old", "") + circle("cb", "old", "nia") + meeting("mc", "circle:cb", "nia"),
			institution("old", "ended: 2020\nsuccessors:\n  - institution: nl\n") + circle("cb", "old", "nia", "iom") + meeting("mc", "circle:cb", "nia"), "nia", true,
			[]string{"succeeded", "opened"},
		},
		"the owner was succeeded": {
			institution("nia", "ended: 2021\nsuccessors:\n  - institution: iom\n") + person("ip", "iom", "focal-point") + meeting("mp", "participants:mp", "nia"),
			institution("nia", "ended: 2021\nsuccessors:\n  - institution: iom\n") + meeting("mp", "participants:mp", "nia", "nl"), "nia", true,
			[]string{"joined"},
		},
		"an institution's standing, and somebody for the project team": {
			meeting("mp", "participants:mp", "nia") + person("tp", "iom", "expert"),
			institution("nl", "standings:\n  - as: observer\n    from: 2020-01-01\n") + meeting("mp", "participants:mp", "nia") + person("tp", "iom", "project-team"), "nia", true,
			[]string{"team-opened"},
		},
		"nobody acts for the owner": {
			meeting("mp", "participants:mp", "nia"), meeting("mp", "participants:mp", "nia", "nl"), "nia", false, []string{"joined"},
		},
		"the owner has ended": {
			institution("nia", "ended: 2021\n") + meeting("mp", "participants:mp", "nia"),
			institution("nia", "ended: 2021\n") + meeting("mp", "participants:mp", "nia", "nl"), "nia", true,
			[]string{"joined"},
		},
	}
	each(t, func(t *testing.T, n node) {
		for name, c := range of {
			function := "contributor"
			if c.focal {
				function = "focal-point"
			}
			key := strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), ",", "")
			key = strings.ReplaceAll(key, "'", "")
			file := func(parts string) string {
				docs := strings.Split(parts+rest+person("fp", c.is, function), "---\n")
				var kept []string // the first of a key stands
				for _, d := range docs {
					k := strings.Join(strings.SplitN(d, "\n", 3)[:min(2, strings.Count(d, "\n"))], "\n")
					if !slices.ContainsFunc(kept, func(o string) bool { return d != "" && strings.HasPrefix(o, k+"\n") }) {
						kept = append(kept, d)
					}
				}
				return strings.ReplaceAll(start, "mmd", key) + strings.Join(kept, "---\n")
			}
			if r, err := n.try(file(c.before), bundle.Options{Admit: true}); err != nil {
				t.Fatal(name, r, err)
			}
			var fp string
			read := func(query string, args ...any) (out []string) {
				t.Helper()
				if err := n.d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
					out, err = db.Collect(ctx, tx, db.One[string], query, args...)
					return err
				}); err != nil {
					t.Fatal(err)
				}
				return out
			}
			fp = read(`select o.id from object o join label k on k.object = o.id and k.field = 'key' where o.kind = 'person' and k.text = 'fp' order by o.id desc`)[0]
			before := len(read(`select id from notice where person = $1`, fp))
			if r, err := n.try(file(c.after), bundle.Options{Widen: true}); err != nil {
				t.Fatal(name, r, err)
			}
			told := read(`select detail || ' ' || coalesce((select k.text from label k where k.object = notice.object and k.field = 'key'), '') from notice where person = $1 order by id`, fp)[before:]
			for _, word := range c.told {
				if !slices.ContainsFunc(told, func(d string) bool { return strings.Contains(d, `"`+word) }) {
					t.Errorf("%s: told of %q, not %q", name, told, word)
				}
			}
			for _, d := range told {
				if strings.Contains(d, "team-opened") && !strings.HasSuffix(d, " tp") && !strings.Contains(d, "hidden") {
					t.Errorf("%s: told of %q by another cause", name, d)
				}
				if opens.MatchString(d) && !slices.ContainsFunc(c.told, func(word string) bool { return strings.Contains(d, `"`+word) }) {
					t.Errorf("%s: told of %q", name, told)
				}
			}
		}
	})
}
