package access

import (
	"encoding/json"
	"testing"

	"entente/internal/text"
)

// TestDecodeVisible: what turns the direction of a text is taken out of whatever an earlier version
// stored when it is read, in revisions of whatever version of the kind.
func TestDecodeVisible(t *testing.T) {
	type thing struct {
		Title text.Multi `json:"title"`
		Hint  string     `json:"hint,omitempty"`
	}
	for name, k := range map[string]*Kind[thing]{
		"today's": {Name: "thing"}, "a former one": {Name: "thing", Version: 2, Former: []Former{{Name: "tip", Until: 1, Now: "hint"}}},
	} {
		field := map[bool]string{true: "tip", false: "hint"}[len(k.Former) > 0]
		body := `{"object":{},"value":{"title":{"en":{"text":"a\u202eb"},"zh":{"text":"甲\u200b","status":"checked","of":"` + text.Hash("a\u202eb") + `"}},"` + field + `":"\u2066x"}}`
		s, err := k.decode([]byte(body))
		if err != nil {
			t.Fatal(name, err)
		}
		got, _ := json.Marshal(s.Value)
		if want := `{"title":{"en":{"text":"ab"},"zh":{"text":"甲","status":"checked","of":"` + text.Hash("ab") + `"}},"hint":"x"}`; string(got) != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
