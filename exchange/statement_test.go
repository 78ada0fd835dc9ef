package exchange

import (
	"testing"

	"entente/access"
	"entente/internal/fault"
	"entente/internal/text"
)

func entered() Statement {
	return Statement{
		Text: text.Both("", "同意"), Institution: "i", Sort: Answer, Of: "01890a5d-ac96-774b-bcce-b302099a8057", Revision: 1, Made: "2026-11-23T00:00:00.000Z",
		Entered: Entry{By: ByTeam, Channel: Letter}, State: Entered,
	}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Statement)
		path   string
	}{
		"as it should be":          {func(*Statement) {}, ""},
		"without words":            {func(s *Statement) { s.Text = nil }, "text"},
		"a receipt without words":  {func(s *Statement) { s.Text, s.Sort = nil, Receipt }, ""},
		"nobody says how it came":  {func(s *Statement) { s.Entered.Channel = "" }, "entered.channel"},
		"a letter, but by itself":  {func(s *Statement) { s.Entered.By, s.State = "", Stands }, "entered.channel"},
		"as if it had said itself": {func(s *Statement) { s.State = Stands }, "state"},
		"contested without reason": {func(s *Statement) { s.State = Contested }, "reason"},
		"about nothing":            {func(s *Statement) { s.Of = "" }, "of"},
		"the team took it back":    {func(s *Statement) { s.State, s.WithdrawnBy = Withdrawn, ByTeam }, ""},
		"taken back, and standing": {func(s *Statement) { s.WithdrawnBy = ByTeam }, "withdrawn_by"},
		"the team took back what it did not enter": {func(s *Statement) {
			s.State, s.WithdrawnBy, s.Entered = Withdrawn, ByTeam, Entry{}
		}, "withdrawn_by"},
		"a colleague took it back": {func(s *Statement) { s.State, s.WithdrawnBy = Withdrawn, ByColleague }, "withdrawn_by"},
	} {
		s := entered()
		c.change(&s)
		var f fault.Fields
		check(&s, &f)
		if c.path == "" && len(f) > 0 || c.path != "" && (len(f) != 1 || f[0].Path != c.path) {
			t.Errorf("%s: %v", name, f)
		}
	}
}

func TestGuard(t *testing.T) {
	for name, c := range map[string]struct {
		act    string
		change func(*Statement)
		ok     bool
	}{
		"accepted":                {"statement.accept", func(s *Statement) { s.State = Accepted }, true},
		"accepted, and changed":   {"statement.accept", func(s *Statement) { s.State, s.Entered.Number = Accepted, "2" }, false},
		"contested":               {"statement.contest", func(s *Statement) { s.State, s.Contested = Contested, text.Both("No", "") }, true},
		"contested by withdrawal": {"statement.withdraw", func(s *Statement) { s.State = Contested }, false},
		"another word":            {"statement.edit", func(s *Statement) { s.Text = text.Both("", "不同意") }, false},
		"another institution":     {"object.audience", func(s *Statement) { s.Institution = "j" }, false},
		"accepted in an edit":     {"statement.edit", func(s *Statement) { s.State = Accepted }, false},
		"a second original":       {"statement.edit", func(s *Statement) { s.Text = text.Both("We agree", "同意") }, false},
		"a translation":           {"statement.edit", func(s *Statement) { s.Text = translated("We agree") }, true},
		"a reason out of nothing": {"statement.edit", func(s *Statement) { s.Contested = text.Multi{"en": {Text: "No", Status: text.Draft}} }, false},
	} {
		old, now := &access.Object[Statement]{Value: entered()}, &access.Object[Statement]{Value: entered()}
		c.change(&now.Value)
		if err := guard(old, now, c.act); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	withdrawn := entered()
	withdrawn.State = Withdrawn
	if err := guard(&access.Object[Statement]{Value: withdrawn}, &access.Object[Statement]{Value: withdrawn}, "statement.withdraw"); !fault.Is(err, fault.Conflict) {
		t.Errorf("withdrawn twice: %v", err)
	}
}

func translated(en string) text.Multi {
	m := text.Both("", "同意")
	m["en"] = text.Version{Text: en, Status: text.Draft}
	return m.Clean()
}
