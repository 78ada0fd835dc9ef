package bundle_test

import (
	"fmt"
	"strings"
	"testing"

	"entente/bundle"
)

// TestImportFrozen: a file records no second baseline of a version, none with an activity of another plan's
// phase, and none of a revision that never was, whichever of the objects it names first; parts of one
// version, and what another node endorsed, it does.
func TestImportFrozen(t *testing.T) {
	const (
		phases = "---\nkind: project\nkey: p\nname:\n  en: P\n---\nkind: phase\nkey: f\nproject: p\nstate: ended\nname:\n  en: F\n---\nkind: phase\nkey: g\nproject: p\nstate: ended\nname:\n  en: G\n"
		plan   = "---\nkind: plan\nkey: plan\nphase: f\nversion: 3\nstate: draft\ntitle:\n  en: Plan\n"
	)
	activity := func(key, phase string) string {
		return "---\nkind: activity\nkey: " + key + "\nphase: " + phase + "\ntype: workshop\nstate: planned\ntitle:\n  en: X\n"
	}
	baseline := func(key, readers, day, of string, rev int) string {
		return fmt.Sprintf("---\nkind: baseline\nkey: %s\nmark: TLP:GREEN\naudience: %s\nplan: plan\nversion: 3\nendorsed: %s\ntitle:\n  en: Plan (3)\nactivities:\n  - activity: %s\n    rev: %d\n    title:\n      en: X\n", key, readers, day, of, rev)
	}
	const all, few = "[dialogue, team]", "[team]"
	base := start + phases + plan + activity("a", "f") + activity("b", "f") + activity("c", "g")
	each(t, func(t *testing.T, n node) {
		refused := func(what, src, want string) {
			t.Helper()
			_, err := n.try(src, bundle.Options{})
			var got []string
			for _, f := range fieldsOf(err) {
				got = append(got, fmt.Sprint(f.Path, " ", f.Value, " ", f.Key))
			}
			if s := strings.Join(got, ";"); s != want {
				t.Errorf("%s: got %q (%v), want %q", what, s, err, want)
			}
		}
		refused("of another phase", base+baseline("x", all, "2020-01-01", "c", 1), "activities.0.activity c fault.baseline-activity")
		refused("of another phase, the activity last", start+phases+plan+baseline("x", all, "2020-01-01", "c", 1)+activity("c", "g"), "phase c fault.baseline-activity")
		refused("of another phase, the plan last", start+phases+activity("c", "g")+baseline("x", all, "2020-01-01", "c", 1)+plan, "activities.0.activity c fault.baseline-activity")
		refused("no revision", base+baseline("x", all, "2020-01-01", "a", 0), "activities.0.rev 0 fault.baseline-revision")
		refused("two at once", base+baseline("x", all, "2020-01-01", "a", 1)+baseline("y", all, "2020-01-01", "b", 1), "version 3 fault.baseline-second")

		n.load(base)
		refused("a revision to come", start+baseline("x", all, "2020-01-01", "a", 2), "activities.0.rev 2 fault.baseline-revision")
		n.load(start + baseline("x", all, "2020-01-01", "a", 1))
		refused("a second", start+baseline("y", all, "2020-01-01", "b", 1), "version 3 fault.baseline-second")
		refused("a second, for others, with the same activity", start+baseline("y", few, "2020-01-01", "a", 1), "version 3 fault.baseline-second")
		refused("a second, of another day", start+baseline("y", few, "2020-01-02", "b", 1), "version 3 fault.baseline-second")
		n.load(start + baseline("y", few, "2020-01-01", "b", 1))
		out := n.export(operator)
		if r := n.load(out); r.Created+r.Changed != 0 {
			t.Errorf("the own export changes %+v", r)
		}
	})
	each(t, func(t *testing.T, n node) {
		n.load(base + baseline("x", all, "2020-01-01", "a", 7)) // it had its seven revisions on the node that it comes from
		n.load(n.export(operator))
	})
}
