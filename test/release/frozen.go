package release

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// frozenMost is how many revisions of a kind are frozen at most.
const frozenMost = 12

// Frozen chooses of each kind few revisions that together have every field that any has, in the
// order in which they were given.
func Frozen(all []Revision) map[string][]Revision {
	byKind := map[string][]Revision{}
	for _, r := range all {
		if r.Body != nil {
			byKind[r.Kind] = append(byKind[r.Kind], r)
		}
	}
	for kind, list := range byKind {
		byKind[kind] = cover(list)
	}
	return byKind
}

// cover takes again and again the revision that adds most, the first of several.
func cover(list []Revision) (out []Revision) {
	have, take := map[string]bool{}, make([]bool, len(list))
	for range frozenMost {
		best, most := -1, 0
		for i, r := range list {
			n := 0
			for f := range Fields(r.Body) {
				if !have[f] {
					n++
				}
			}
			if n > most {
				best, most = i, n
			}
		}
		if best < 0 {
			break
		}
		take[best] = true
		maps.Copy(have, Fields(list[best].Body))
	}
	for i, r := range list {
		if take[i] {
			out = append(out, r)
		}
	}
	return out
}

// chosen are the names of fields that hold one of few words.
var chosen = []string{
	"as", "by", "channel", "consent", "for", "format", "function", "kind", "level", "mark", "measure", "menu", "role", "scheme", "sort", "state", "status", "type",
}

// Fields gives the names of all fields in a revision, from the top, without positions in lists:
// "value.agenda.speakers.institution". A text has the languages that it is in, and a field that
// holds one of few words is there once more with the word: "object.state held".
func Fields(body []byte) map[string]bool {
	out := map[string]bool{}
	var v any
	if json.Unmarshal(body, &v) == nil {
		walk("", v, out)
	}
	return out
}

func walk(at string, v any, out map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			path := strings.TrimPrefix(at+"."+name, ".")
			out[path] = true
			if word, is := inner.(string); is && slices.Contains(chosen, name) {
				out[path+" "+word] = true
			}
			walk(path, inner, out)
		}
	case []any:
		for _, inner := range v {
			walk(at, inner, out)
		}
	}
}

// Missing gives the names that are in no revision of the list, sorted.
func Missing(names []string, list []Revision) []string {
	have := map[string]bool{}
	for _, r := range list {
		maps.Copy(have, Fields(r.Body))
	}
	return slices.DeleteFunc(slices.Sorted(slices.Values(names)), func(n string) bool { return have[n] })
}
