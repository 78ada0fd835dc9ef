package bundle_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/roster"
	"entente/standard/tlp"
)

// TestOmissionWidensNothing: what a file does not say of the readers of an object stays as it is,
// and a new one has no more readers than what it is part of.
func TestOmissionWidensNothing(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		project := "---\nkind: project\nkey: p\nname:\n  en: P\n"
		// The part stands before the whole, and says nothing of its readers.
		n.load(start + "---\nkind: phase\nkey: f\nproject: p\nstate: running\nname:\n  en: F\n" +
			"---\nkind: person\nkey: zhang\ntitle:\n  en: Official\n" +
			strings.Replace(project, "key: p\n", "key: p\nmark: RED\nnational: LIMITE\naudience: [person:zhang]\n", 1))
		zhang := access.NewAudience(access.Principal("person:" + n.id("person", "zhang")))
		for _, at := range [][2]string{{"project", "p"}, {"phase", "f"}} {
			h, _, err := n.objects.Get(t.Context(), operator, n.id(at[0], at[1]))
			if err != nil || h.Mark != tlp.RED || !slices.Equal(h.Audience, zhang) {
				t.Errorf("%s is %s, read by %v (%v)", at[0], h.Mark, h.Audience, err)
			}
		}
		if r := n.load(start + project); r.Unchanged != 2 {
			t.Errorf("a project without a word of its readers: %+v", r)
		}
		size := n.ledgerSize()
		n.load(start + strings.Replace(project, "en: P", "en: Project", 1))
		h, _, err := n.objects.Get(t.Context(), operator, n.id("project", "p"))
		if err != nil || h.Mark != tlp.RED || h.National != "LIMITE" || !slices.Equal(h.Audience, zhang) || fmt.Sprint(n.acts(size)) != "[project.edit]" {
			t.Errorf("a changed name: %s %q, read by %v, by %v (%v)", h.Mark, h.National, h.Audience, n.acts(size), err)
		}
		// Half of it is held against what stands.
		_, err = n.try(start+strings.Replace(project, "key: p\n", "key: p\naudience: [dialogue]\n", 1), bundle.Options{Widen: true})
		if f := fieldsOf(err); len(f) != 1 || f[0].Key != "fault.audience-wide" || f[0].Path != "audience.0" {
			t.Errorf("an audience without a mark: %v", err)
		}
		// Readers can be few under a wide mark, too; and it holds for whoever makes the part.
		n.load(start + "---\nkind: project\nkey: q\naudience: [team]\nname:\n  en: Q\n---\nkind: phase\nkey: g\nproject: q\nstate: running\nname:\n  en: G\n")
		if h, _, err = n.objects.Get(t.Context(), operator, n.id("phase", "g")); err != nil || h.Mark != tlp.GREEN || len(h.Audience) != 1 {
			t.Errorf("a part of what few read: %s, read by %v (%v)", h.Mark, h.Audience, err)
		}
		n.sound()
	})
}

// TestWideningIsSaid: an import that gives objects more readers lists them, in a dry run too, and
// changes nothing until it is said that this is meant. One that takes readers away just does.
func TestWideningIsSaid(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		base := start + "---\nkind: side\nkey: eu\nname:\n  en: EU\n" +
			"---\nkind: institution\nkey: nia\nnames:\n  - name:\n      en: NIA\nstandings:\n  - as: side\n    side: eu\n" +
			"---\nkind: institution\nkey: iom\nnames:\n  - name:\n      en: IOM\n" +
			"---\nkind: circle\nkey: c\nname:\n  en: C\nmembers:\n  - nia\n"
		round := func(mark, audience string) string {
			return base + "---\nkind: round\nkey: r\nlevel: summit\nmark: " + mark + "\naudience: [" + audience + "]\ntitle:\n  en: R\n"
		}
		n.load(round("AMBER", "side:eu, team"))
		n.load(round("AMBER+STRICT", "institution:nia, team")) // of the side
		wide := strings.Replace(round("GREEN", "dialogue, team"), "  - nia\n---", "  - nia\n  - iom\n---", 1)
		before, size := n.export(operator), n.ledgerSize()
		_, err := n.try(wide, bundle.Options{})
		var e *fault.Error
		if !errors.As(err, &e) || e.Kind != fault.Invalid {
			t.Fatalf("without a word for it: %v", err)
		}
		dry, err := n.try(wide, bundle.Options{DryRun: true})
		if err != nil || !slices.EqualFunc(e.Fields, dry.Widened, func(a, b fault.Field) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) || len(dry.Widened) != 3 {
			t.Fatalf("dry: %+v, refused: %v (%v)", dry.Widened, e.Fields, err)
		}
		for i, w := range []string{
			"circle c team, institution:nia -> team, institution:iom, institution:nia", "round r TLP:AMBER+STRICT -> TLP:GREEN", "round r team, institution:nia -> dialogue, team",
		} {
			f := dry.Widened[i]
			if got := fmt.Sprint(f.Args[1], " ", f.Args[3], " ", f.Args[5], " -> ", f.Value); got != w || f.Line == 0 || f.Key != bundle.FaultWider && f.Path != "mark" {
				t.Errorf("got %q at line %d, want %q", got, f.Line, w)
			}
		}
		if same(t, n.export(operator), before); n.ledgerSize() != size {
			t.Errorf("it left %v", n.acts(size))
		}
		if r, err := n.try(wide, bundle.Options{Widen: true}); err != nil || r.Changed != 2 || len(r.Widened) != 3 {
			t.Errorf("with the word for it: %+v (%v)", r, err)
		}
		n.sound()
	})
}

// TestWiderMarkIsSaid: a mark that becomes wider is listed as more readers are, in a dry run too, also
// where nobody reads the object by it today; a stricter one is not.
func TestWiderMarkIsSaid(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		base := start + "---\nkind: institution\nkey: nia\nnames:\n  - name:\n      en: NIA\n---\nkind: person\nkey: zhang\ntitle:\n  en: Official\n"
		round := func(mark, audience string) string {
			return base + "---\nkind: round\nkey: r\nlevel: summit\nmark: " + mark + "\n" + audience + "title:\n  en: R\n"
		}
		for _, c := range []struct{ before, audience, after string }{
			{"AMBER+STRICT", "institution:nia, team", "TLP:CLEAR"}, {"RED", "person:zhang", "TLP:AMBER"}, {"AMBER", "institution:nia", "GREEN"},
		} {
			if _, err := n.try(round(c.before, "audience: ["+c.audience+"]\n"), bundle.Options{Widen: true}); err != nil {
				t.Fatal(err)
			}
			size := n.ledgerSize()
			_, err := n.try(round(c.after, ""), bundle.Options{})
			dry, dryErr := n.try(round(c.after, ""), bundle.Options{DryRun: true})
			if dryErr != nil || len(dry.Widened) != 1 || fmt.Sprint(fieldsOf(err)) != fmt.Sprint(fault.Fields(dry.Widened)) || n.ledgerSize() != size {
				t.Fatalf("%s to %s: %v, dry: %+v (%v)", c.before, c.after, err, dry.Widened, dryErr)
			}
			if f := dry.Widened[0]; f.Key != bundle.FaultMark || f.Path != "mark" || f.Line == 0 || f.Value == "" || f.Value == c.before || f.Args[3] != "r" {
				t.Errorf("%s to %s: %+v", c.before, c.after, f)
			}
			if r, err := n.try(round(c.after, ""), bundle.Options{Widen: true}); err != nil || r.Changed != 1 {
				t.Errorf("%s to %s with the word for it: %+v (%v)", c.before, c.after, r, err)
			}
			if r := n.load(round(c.before, "")); r.Changed != 1 || len(r.Widened) != 0 {
				t.Errorf("%s to %s: %+v", c.after, c.before, r)
			}
		}
		n.sound()
	})
}

// TestWideningByRegister: an import by which somebody comes to read more, because of a post, a
// succession, a side or who takes part in a meeting, lists what that opens, in a dry run too, and is
// refused without a word for it. Those concerned are told, each once, and not by a dry run.
func TestWideningByRegister(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		base := start + "---\nkind: side\nkey: cn\nname:\n  en: CN\n"
		institution := func(key, rest string) string {
			return "---\nkind: institution\nkey: " + key + "\nnames:\n  - name:\n      en: " + key + "\n" + rest
		}
		person := func(key, at string) string {
			return "---\nkind: person\nkey: " + key + "\ntitle:\n  en: " + key + "\nposts:\n  - institution: " + at + "\nfunctions:\n  - function: focal-point\n"
		}
		paper := func(key, audience string) string {
			return "---\nkind: round\nkey: " + key + "\nlevel: summit\nmark: AMBER+STRICT\naudience: [" + audience + "]\ntitle:\n  en: " + key + "\n"
		}
		meeting := func(rest string) string {
			return "---\nkind: meeting\nkey: m\ntype: seminar\nstate: held\ntitle:\n  en: M\nparticipants:\n  - institution: nia\n" + rest
		}
		on := "standings:\n  - as: side\n    side: cn\n"
		old := "standings:\n  - as: side\n    side: cn\n    until: 2018\n"
		file := base + institution("nia", on) + institution("beea", old) + institution("iom", "") + institution("new", "") +
			person("zhang", "nia") + person("li", "iom") + person("wang", "new") + paper("ours", "institution:nia") + paper("former", "institution:beea") +
			paper("sides", "side:cn, team") + paper("those", "participants:m") + meeting("")
		file = strings.Replace(file, "key: sides\nlevel: summit\nmark: AMBER+STRICT", "key: sides\nlevel: summit\nmark: AMBER", 1)
		if r, err := n.try(file, bundle.Options{Admit: true}); err != nil || r.Admitted != 1 {
			t.Fatalf("%d people were let in, want who works for the side (%v)", r.Admitted, err)
		}
		notices := func() (out []string) {
			t.Helper()
			n.read(func(ctx context.Context, tx *db.Tx) (err error) {
				out, err = db.Collect(ctx, tx, db.One[string], `select k.text from notice p join label k on k.object = p.person and k.field = 'key' where p.kind = 'authority' order by k.text`)
				return err
			})
			return out
		}
		for what, x := range map[string]struct{ from, to, opens string }{
			"a post":         {person("li", "iom"), person("li", "nia"), "round/ours round/those round/sides "},
			"a succession":   {institution("beea", old), institution("beea", old+"successors:\n  - institution: nia\n    from: 2018\n"), "round/former "},
			"a side":         {institution("new", ""), institution("new", on), "round/sides "},
			"a participant":  {meeting(""), meeting("  - institution: iom\n"), "round/those "},
			"nothing at all": {"", "", ""},
		} {
			changed := strings.Replace(file, x.from, x.to, 1)
			size := n.ledgerSize()
			opens := func(fs fault.Fields) (out string) {
				inside := ""
				for _, f := range fs {
					switch f.Key {
					case bundle.FaultGains:
						out += fmt.Sprint(f.Args[1], "/", f.Args[3], " ")
					case bundle.FaultInside:
						inside = "inside "
					}
					if f.Line == 0 {
						t.Errorf("%s: no line", what)
					}
				}
				if want := map[string]string{"a post": "inside ", "a side": "inside "}[what]; inside != want {
					t.Errorf("%s: of the inner room it says %q", what, inside)
				}
				return out
			}
			if alone, err := n.try(changed, bundle.Options{DryRun: true}); err != nil || alone.Admitted != 0 ||
				slices.ContainsFunc(alone.Widened, func(f fault.Field) bool { return f.Key == bundle.FaultInside }) {
				t.Errorf("%s: the file alone lets %d people in (%v)", what, alone.Admitted, err)
			}
			dry, err := n.try(changed, bundle.Options{DryRun: true, Admit: true})
			if got := opens(dry.Widened); err != nil || got != x.opens {
				t.Errorf("%s, dry: opens %q, want %q (%v)", what, got, x.opens, err)
			}
			_, err = n.try(changed, bundle.Options{Admit: true})
			if got := opens(fieldsOf(err)); got != x.opens || n.ledgerSize() != size || len(notices()) > 0 {
				t.Errorf("%s, without a word for it: opens %q, want %q; %v were told (%v)", what, got, x.opens, notices(), err)
			}
		}
		all := file
		for _, x := range [][2]string{{person("li", "iom"), person("li", "nia")}, {institution("new", ""), institution("new", on)}, {meeting(""), meeting("  - institution: iom\n")}} {
			all = strings.Replace(all, x[0], x[1], 1)
		}
		if _, err := n.try(all, bundle.Options{Widen: true}); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(notices()); got != "[li wang zhang]" { // zhang speaks for NIA, which the post names
			t.Errorf("%s were told", got)
		}
		n.sound()
	})
}

// TestWideningByNew: a new person or institution in a file opens what a changed one does: that is listed, in
// a dry run too, and refused without a word for it, and those concerned are told. Where the file makes the
// dialogue, nothing is opened to anybody.
func TestWideningByNew(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		institution := func(key, rest string) string {
			return "---\nkind: institution\nkey: " + key + "\nnames:\n  - name:\n      en: " + key + "\n" + rest
		}
		person := func(key, at, function string) string {
			return "---\nkind: person\nkey: " + key + "\ntitle:\n  en: " + key + "\nposts:\n  - institution: " + at + "\nfunctions:\n  - function: " + function + "\n"
		}
		paper := func(key, mark, audience string) string {
			return "---\nkind: round\nkey: " + key + "\nlevel: summit\nmark: " + mark + "\naudience: [" + audience + "]\ntitle:\n  en: " + key + "\n"
		}
		on := "standings:\n  - as: side\n    side: cn\n"
		file := start + "---\nkind: side\nkey: cn\nname:\n  en: CN\n" + institution("nia", on) + institution("iom", "") + institution("beea", "") + person("zhang", "nia", "focal-point") +
			paper("ours", "AMBER+STRICT", "institution:nia") + paper("sides", "AMBER", "side:cn, team") + paper("former", "AMBER+STRICT", "institution:beea") + paper("teams", "AMBER", "team")
		if r := n.load(file); len(r.Widened) > 0 || len(r.Decided) > 0 {
			t.Errorf("a dialogue that the file makes: %+v, %+v", r.Widened, r.Decided)
		}
		told := func() (out []string) {
			t.Helper()
			n.read(func(ctx context.Context, tx *db.Tx) (err error) {
				out, err = db.Collect(ctx, tx, db.One[string], `select k.text from notice p join label k on k.object = p.person and k.field = 'key' where p.kind = 'authority' order by k.text`)
				return err
			})
			return out
		}
		const all = "dialogue/mmd institution/nia institution/iom institution/beea person/zhang side/cn " // of the dialogue
		opens := func(fs fault.Fields) (out string) {
			for _, f := range fs {
				if f.Key == bundle.FaultGains {
					out += fmt.Sprint(f.Args[1], "/", f.Args[3], " ")
				}
				if f.Line == 0 || f.Path == "" {
					t.Errorf("no place: %+v", f)
				}
			}
			narrow, wide := strings.CutSuffix(out, all)
			if out != "" && !wide {
				t.Errorf("it ends otherwise than with what all read: %q", out)
			}
			return narrow
		}
		for what, x := range map[string]struct{ add, opens, decided string }{
			"a person":             {person("li", "nia", "focal-point"), "round/ours round/sides ", "[{person li [functions posts]}]"},
			"an institution":       {institution("new", on) + person("wang", "new", "focal-point"), "round/sides ", "[{institution new [standings]} {person wang [functions posts]}]"},
			"a function":           {person("ana", "iom", "project-team"), "round/sides round/teams ", "[{person ana [functions posts]}]"},
			"a contact":            {"---\nkind: person\nkey: lu\ntitle:\n  en: lu\n", "", "[]"},
			"a paper of their own": {person("li", "iom", "focal-point") + paper("mine", "AMBER+STRICT", "institution:iom"), "", "[{person li [functions posts]}]"},
			"nothing but its like": {institution("alone", on), "", "[{institution alone [standings]}]"},
		} {
			size := n.ledgerSize()
			dry, err := n.try(file+x.add, bundle.Options{DryRun: true})
			if got := opens(dry.Widened); err != nil || got != x.opens || fmt.Sprint(dry.Decided) != x.decided {
				t.Errorf("%s, dry: opens %q, decides %v, want %q, %s (%v)", what, got, dry.Decided, x.opens, x.decided, err)
			}
			if len(dry.Widened) == 0 {
				continue
			}
			_, err = n.try(file+x.add, bundle.Options{})
			if got := opens(fieldsOf(err)); got != x.opens || n.ledgerSize() != size || len(told()) > 0 {
				t.Errorf("%s, without a word for it: opens %q, want %q; %v were told", what, got, x.opens, told())
			}
		}
		if _, err := n.try(file+person("li", "nia", "focal-point"), bundle.Options{Widen: true}); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(told()); got != "[li zhang]" {
			t.Errorf("%s were told", got)
		}
		// Those of the lead are told of an institution on the side, also where somebody works there in the same file.
		led := strings.Replace(file, "name:\n  en: CN\n", "name:\n  en: CN\nleads:\n  - institution: nia\n", 1)
		if _, err := n.try(led, bundle.Options{Widen: true}); err != nil {
			t.Fatal(err)
		}
		before := len(told())
		if _, err := n.try(led+institution("new", on)+person("wang", "new", "focal-point"), bundle.Options{Widen: true}); err != nil {
			t.Fatal(err)
		}
		if got := told(); len(got) != before+3 || !slices.Contains(got, "wang") {
			t.Errorf("%v were told, %d before", got, before)
		}
		n.sound()
	})
}

// TestWideningAhead: readers grow also where nobody of an institution is there yet, or whose post, function
// or standing begins on a later day: by a circle, by who takes part. The look before says it too.
func TestWideningAhead(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		institution := func(key, rest string) string {
			return "---\nkind: institution\nkey: " + key + "\nnames:\n  - name:\n      en: " + key + "\n" + rest
		}
		person := func(key, rest string) string {
			return "---\nkind: person\nkey: " + key + "\ntitle:\n  en: " + key + "\nposts:\n  - institution: fr\n" + rest
		}
		paper := func(key, audience string) string {
			return "---\nkind: round\nkey: " + key + "\nlevel: summit\nmark: AMBER+STRICT\naudience: [" + audience + "]\ntitle:\n  en: " + key + "\n"
		}
		meeting := func(rest string) string {
			return "---\nkind: meeting\nkey: m\ntype: seminar\nstate: held\ntitle:\n  en: M\nparticipants:\n  - institution: nia\n" + rest
		}
		circle := func(rest string) string {
			return "---\nkind: circle\nkey: c\nname:\n  en: C\nmembers:\n  - nia\n" + rest
		}
		file := start + institution("nia", "") + institution("fr", "") + institution("dk", "") + institution("no", "standings:\n  - as: observer\n    from: 2090\n") + meeting("") + circle("") + paper("those", "participants:m") + paper("theirs", "circle:c")
		for what, people := range map[string]string{
			"nobody":               "",
			"a post to come":       person("zhang", "    from: 2090-12-10\nfunctions:\n  - function: focal-point\n"),
			"a function to come":   person("zhang", "functions:\n  - function: focal-point\n    from: 2090-12-10\n"),
			"somebody else's post": person("zhang", "    until: 2020\nfunctions:\n  - function: focal-point\n"),
		} {
			file := file
			if people != "" {
				file += people
			}
			if _, err := n.try(file, bundle.Options{Widen: true}); err != nil {
				t.Fatal(what, err)
			}
			for _, x := range [][3]string{{meeting(""), meeting("  - institution: fr\n  - institution: dk\n"), "round/those"}, {circle(""), circle("  - fr\n"), "round/theirs"}} {
				dry, err := n.try(strings.Replace(file, x[0], x[1], 1), bundle.Options{DryRun: true})
				if err != nil || !slices.ContainsFunc(dry.Widened, func(f fault.Field) bool {
					return f.Key == bundle.FaultGains && fmt.Sprint(f.Args[1], "/", f.Args[3]) == x[2]
				}) {
					t.Errorf("%s: %s is not listed: %v (%v)", what, x[2], dry.Widened, err)
				}
				if _, err := n.try(strings.Replace(file, x[0], x[1], 1), bundle.Options{}); fault.Of(err) != fault.Invalid {
					t.Errorf("%s: without a word for it: %v", what, err)
				}
			}
		}
		id := n.id("circle", "c")
		h, v, err := n.objects.Get(t.Context(), operator, id)
		if err != nil {
			t.Fatal(err)
		}
		c := *v.(*roster.Circle)
		c.Members = append(slices.Clone(c.Members), ref.Institution(n.id("institution", "dk")))
		w, err := bundle.Weigh(t.Context(), n.d, n.objects, operator, id, h.Rev, &c, "test")
		if err != nil || len(w.Effects) != 1 || w.Effects[0].Person != "" || !slices.Contains(w.Effects[0].Gains, access.CircleOf(ref.Circle(id))) {
			t.Errorf("the look: %+v (%v)", w.Effects, err)
		}
		n.sound()
	})
}

// TestNarrowestOfAll: what belongs to several has no more readers than each of them, whatever stands first
// in the file.
func TestNarrowestOfAll(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		institution := func(key string) string {
			return "---\nkind: institution\nkey: " + key + "\nnames:\n  - name:\n      en: " + key + "\n"
		}
		phase := func(key, mark, audience string) string {
			return "---\nkind: phase\nkey: " + key + "\nproject: p\nstate: running\nmark: " + mark + "\naudience: [" + audience + "]\nname:\n  en: F\n"
		}
		area := func(key, phases string) string {
			return "---\nkind: focus-area\nkey: " + key + "\nphases: [" + phases + "]\nname:\n  en: A\n"
		}
		n.load(start + institution("nia") + institution("iom") + area("none", "") + area("few", "strict") + area("both", "wide, strict") + area("shared", "one, two") +
			"---\nkind: meeting\nkey: m\ntype: seminar\nstate: held\nphase: strict\ntitle:\n  en: M\n" +
			"---\nkind: project\nkey: p\nname:\n  en: P\n" + phase("strict", "AMBER+STRICT", "team") + phase("wide", "CLEAR", "anyone, dialogue, team") +
			phase("one", "AMBER", "institution:nia, team") + phase("two", "AMBER+STRICT", "institution:iom, team"))
		for at, want := range map[string]string{
			"focus-area/none": "TLP:GREEN 2", "focus-area/few": "TLP:AMBER+STRICT 1", "focus-area/both": "TLP:AMBER+STRICT 1", "focus-area/shared": "TLP:AMBER+STRICT 1", "meeting/m": "TLP:AMBER+STRICT 1",
		} {
			kind, key, _ := strings.Cut(at, "/")
			h, _, err := n.objects.Get(t.Context(), operator, n.id(kind, key))
			if got := fmt.Sprint(h.Mark, " ", len(h.Audience)); err != nil || got != want || want != "TLP:GREEN 2" && h.Audience[0].Kind() != "team" {
				t.Errorf("%s is %s, read by %v, want %s (%v)", at, h.Mark, h.Audience, want, err)
			}
		}
		if _, err := n.try(start+area("nobody", "one, alone")+phase("alone", "AMBER+STRICT", "institution:iom"), bundle.Options{}); err == nil {
			t.Error("of what nobody reads all, there are readers")
		}
		n.sound()
	})
}

// TestEmptied: what a document leaves out of an object that stands is said, in a dry run too; what it
// says to be empty, and what it changes, is not.
func TestEmptied(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		full := start + "---\nkind: round\nkey: r\nlevel: summit\ndate: 2019-03\nnumber: 2\nplace:\n  en: Beijing\ntitle:\n  en: R\n  zh: 会\n  zh.status: draft\nnote:\n  en: Words\n"
		n.load(full)
		bare := start + "---\nkind: round\nkey: r\nlevel: summit\nnumber: 3\ntitle:\n  en: S\n  zh: 会\n"
		for _, dry := range []bool{true, false} {
			r, err := n.try(bare, bundle.Options{DryRun: dry})
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(r.Emptied); got != "[{round r [title.zh.status date place.en note.en]}]" {
				t.Errorf("dry %v: %s", dry, got)
			}
		}
		if r, err := n.try(bare, bundle.Options{}); err != nil || len(r.Emptied) > 0 || r.Unchanged == 0 {
			t.Errorf("again: %+v %v", r, err)
		}
	})
}
