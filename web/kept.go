package web

import (
	"cmp"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"entente/internal/message"
	"entente/internal/shape"
)

// Kept is what a person typed into a form that was refused: to copy, and to be sent again as it
// was.
type Kept struct {
	Rows   []KeptRow
	Text   string      // the rows as one text, where they are many
	Fields []KeptField // what is sent again; none where it cannot be
	Action string
	File   bool   // there was a file, which no page can give back
	SignIn string // where to sign in; empty where that is not what is missing
}

// keptRows is how many fields are shown each by itself.
const keptRows = 100

// KeptRow is one field as a person filled it.
type KeptRow struct{ Label, Lang, Text string }

// KeptField is one field as it is sent.
type KeptField struct{ Name, Value string }

// secretFields are typed and never given back. A code is one where a form asks for nothing else
// but who somebody is.
var secretFields = []string{"password", "again", "old", "code", "recovery"}

// unseenFields are those of a form that nobody typed.
var unseenFields = []string{tokenField, revField, withField, "seen", "told", "session", "do", "step", "here", "next", "field", "preview", ofField, "audience", "role", "username"}

// reference is a value that points at something and says nothing to a reader.
var reference = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}$`)

// kept gives what was typed into the form of a request, nil where that is nothing. A form of
// another site is not given back: its button would make it one of ours.
func (s *Server) kept(r *Request) *Kept {
	if r.Method != http.MethodPost || r.foreign {
		return nil
	}
	values, file := r.typed()
	k := Kept{File: file, Action: r.URL.RequestURI()}
	whole := true
	for _, name := range slices.SortedFunc(maps.Keys(values), byPosition) {
		secret := slices.Contains(secretFields, name) && (name != "code" || r.closed)
		for i, v := range values[name] {
			switch {
			case v == "" || name == tokenField:
			case secret:
				whole = false
			default:
				k.Fields = append(k.Fields, KeptField{name, v})
				if row, seen := keptRow(r.Page.Words, name, i, v); seen {
					k.Rows = append(k.Rows, row)
				}
			}
		}
	}
	if len(k.Rows) == 0 {
		return nil
	}
	if len(k.Rows) > keptRows {
		var b strings.Builder
		for _, row := range k.Rows {
			b.WriteString(row.Label + r.Page.T("list.colon") + row.Text + "\n")
		}
		k.Rows, k.Text = nil, b.String()
	}
	whole = whole && !shape.Crowded(values)
	if t, ok := openToken(s.seal, values.Get(tokenField)); !ok || !whole || t.ID == "" {
		k.Fields = nil
	}
	return &k
}

// byPosition sorts the names of a form's fields, positions in a list by their number.
func byPosition(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		m, notM := strconv.Atoi(as[i])
		n, notN := strconv.Atoi(bs[i])
		c := cmp.Compare(as[i], bs[i])
		if notM == nil && notN == nil {
			c = cmp.Or(cmp.Compare(m, n), c)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

// keptRow writes a field for a reader; seen is false for what nobody typed.
func keptRow(w Words, name string, n int, value string) (row KeptRow, seen bool) {
	if slices.Contains(unseenFields, name) || strings.HasPrefix(name, callField(revField, "")) || strings.HasPrefix(name, callField(withField, "")) || reference.MatchString(value) {
		return row, false
	}
	parts := strings.Split(name, ".")
	last := len(parts) - 1
	switch parts[last] {
	case "status", "of", "new", "open":
		return row, false
	}
	if last > 0 && (slices.Contains(message.Languages, parts[last]) || w.Has("lang."+parts[last])) {
		row.Lang, last = parts[last], last-1
	}
	at := ""
	for last > 0 {
		i, err := strconv.Atoi(parts[last])
		if err != nil {
			break
		}
		at, last = " "+strconv.Itoa(i+1), last-1
	}
	if n > 0 {
		at = " " + strconv.Itoa(n+1)
	}
	row.Label = w.T("kept.field")
	if key := "field." + parts[last]; w.Has(key) {
		row.Label = w.T(key)
	}
	for _, p := range parts[:last] {
		if i, err := strconv.Atoi(p); err == nil {
			at = " " + strconv.Itoa(i+1)
		}
	}
	row.Label += at
	if row.Lang != "" && w.Has("lang."+row.Lang) {
		row.Label += w.T("list.aside", "aside", w.T("lang."+row.Lang))
	}
	row.Text = value
	if key := "option." + value; w.Has(key) {
		row.Text = w.T(key)
	}
	return row, true
}
