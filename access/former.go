package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"entente/internal/shape"
)

// Former declares a field that revisions of earlier versions of a kind hold and today's value does
// not hold under that name, or holds otherwise. Revisions are never rewritten, so the declaration
// stays for ever. Lines with one Until are read at once, those with an earlier one before.
//
// Where a group or list was renamed, what was in it is declared by its name after that, with the
// Until of that line or a later one; where it was dropped, Was has all that any version of it held, and no
// other line names a part of it. Fields of the header keep their names for ever.
type Former struct {
	Name  string // as it was: json names from the value down, "agenda.note" in the items of a list
	Until int    // the last version of the kind whose revisions may hold it; lower than today's
	Now   string // its name today, in the same place; "": it was dropped. It may be the same, with As
	// As gives what it held as the field of today's name holds it; nil: they hold the same.
	As func(json.RawMessage) (json.RawMessage, error)
	// Was is an empty value of the type that a dropped field had. History and exports of revisions
	// show by it what the field held.
	Was any
}

// snapshot is what a revision holds: enough to derive every row of the object again.
type snapshot[T any] struct {
	Object  Header `json:"object"`
	Value   T      `json:"value"`
	Version int    `json:"version,omitempty"` // of the kind; none is the first

	dropped any // what the value held and holds no longer, as Kind.lost has it
}

// version is the version of the kind as it is stored.
func (k *Kind[T]) version() int { return max(k.Version, 1) }

// snap is the snapshot of an object as it stands.
func (k *Kind[T]) snap(o *Object[T]) snapshot[T] {
	s := snapshot[T]{Object: o.Header, Value: o.Value}
	if v := k.version(); v > 1 {
		s.Version = v
	}
	return s
}

// decode reads a stored snapshot, of whatever version of the kind. It is strict: a field that is
// neither one of today's nor declared as a former one is an error, so that nothing a revision holds
// is ever passed over.
func (k *Kind[T]) decode(body []byte) (s snapshot[T], err error) {
	if len(k.Former) > 0 {
		return k.decodeFormer(body)
	}
	if err := strictly(body, &s); err != nil {
		return s, k.unreadable(1, err)
	}
	shape.Visible(&s.Value)
	return s, k.newer(s.Version)
}

func (k *Kind[T]) decodeFormer(body []byte) (s snapshot[T], err error) {
	var raw struct {
		Object  Header          `json:"object"`
		Value   json.RawMessage `json:"value"`
		Version int             `json:"version"`
	}
	if err := strictly(body, &raw); err != nil {
		return s, k.unreadable(1, err)
	}
	if err := k.newer(raw.Version); err != nil {
		return s, err
	}
	s.Object, s.Version = raw.Object, raw.Version
	value, dropped := any(nil), map[string]any{}
	if err := loosely(raw.Value, &value); err != nil {
		return s, k.unreadable(raw.Version, err)
	}
	// What was renamed twice passes through the name between.
	for until := max(raw.Version, 1); until < k.version(); until++ {
		for depth := range k.deepest() {
			if err := k.rename(value, dropped, until, depth); err != nil {
				return s, k.unreadable(raw.Version, err)
			}
		}
	}
	today, err := json.Marshal(value)
	if err == nil {
		err = strictly(today, &s.Value)
		shape.Visible(&s.Value)
	}
	if err == nil {
		s.dropped, err = k.lost(dropped)
	}
	if err != nil {
		return s, k.unreadable(raw.Version, err)
	}
	return s, nil
}

// deepest is how many names the longest path of a former field has.
func (k *Kind[T]) deepest() (n int) {
	for _, f := range k.Former {
		n = max(n, 1+strings.Count(f.Name, "."))
	}
	return n
}

// rename takes out what the lines of one Until name at one depth, and then puts back what has
// another name: so two fields can exchange theirs.
func (k *Kind[T]) rename(value any, dropped map[string]any, until, depth int) (err error) {
	var moves []move
	for _, f := range k.Former {
		if f.Until != until || strings.Count(f.Name, ".") != depth {
			continue
		}
		if moves, err = f.take(value, dropped, strings.Split(f.Name, "."), moves); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	for _, m := range moves {
		if _, both := m.to[m.name]; both {
			return fmt.Errorf("%s stands beside what is called so since", m.name)
		}
		m.to[m.name] = m.held
	}
	return nil
}

// move is a field that was taken out and goes back under another name, once all are out.
type move struct {
	to   map[string]any
	name string
	held any
}

// take takes one former field out, wherever it stands: to what was dropped, or to moves.
func (f Former) take(value any, dropped map[string]any, path []string, moves []move) ([]move, error) {
	at, ok := value.(map[string]any)
	if !ok {
		return moves, nil // null
	}
	held, ok := at[path[0]]
	if !ok {
		return moves, nil
	}
	if len(path) > 1 {
		return f.within(held, dropped, path, moves)
	}
	delete(at, path[0])
	if f.Now == "" {
		dropped[path[0]] = held
		return moves, nil
	}
	if f.As != nil {
		b, err := json.Marshal(held)
		if err == nil {
			b, err = f.As(b)
		}
		if err == nil {
			err = loosely(b, &held)
		}
		if err != nil {
			return moves, err
		}
	}
	return append(moves, move{at, f.Now, held}), nil
}

// within takes it out of a group, or of each item of a list.
func (f Former) within(held any, dropped map[string]any, path []string, moves []move) (_ []move, err error) {
	items, list := held.([]any)
	if !list {
		part := map[string]any{}
		if was, ok := dropped[path[0]].(map[string]any); ok {
			part = was
		}
		dropped[path[0]] = part
		return f.take(held, part, path[1:], moves)
	}
	parts, ok := dropped[path[0]].([]any)
	if !ok {
		parts = make([]any, len(items))
		for i := range parts {
			parts[i] = map[string]any{}
		}
		dropped[path[0]] = parts
	}
	for i, item := range items {
		if moves, err = f.take(item, parts[i].(map[string]any), path[1:], moves); err != nil {
			return moves, err
		}
	}
	return moves, nil
}

// sound panics where the declarations of a kind cannot be right: that is a mistake of the program,
// and not of what is stored.
func (k *Kind[T]) sound() {
	for _, f := range k.Former {
		switch {
		case f.Until < 1 || f.Until >= k.version():
			panic(fmt.Sprintf("kind %s: the former field %s is held until version %d, and today's is %d: raise Kind.Version (the first is 1)", k.Name, f.Name, f.Until, k.version()))
		case f.Now == "" && f.Was == nil:
			panic(fmt.Sprintf("kind %s: the former field %s was dropped, and Was does not say what type it had", k.Name, f.Name))
		}
	}
	if _, err := k.lost(nil); err != nil { // and where a part is named of what is no group any more
		panic(fmt.Sprintf("kind %s: what was dropped: %v", k.Name, err))
	}
}

// lost gives what was dropped as a value that can be compared and shown as others are; nil where
// the kind has dropped nothing.
func (k *Kind[T]) lost(dropped map[string]any) (any, error) {
	named := map[string]reflect.Type{}
	for _, f := range k.Former {
		if f.Now == "" {
			named[f.Name] = reflect.TypeOf(f.Was)
		}
	}
	if len(named) == 0 {
		return nil, nil
	}
	v := shape.Assemble(k.Fields(), named)
	// A group on the way to a renamed field has dropped nothing.
	for name := range dropped {
		if !slices.ContainsFunc(k.Former, func(f Former) bool { return f.Now == "" && (f.Name == name || strings.HasPrefix(f.Name, name+".")) }) {
			delete(dropped, name)
		}
	}
	b, err := json.Marshal(dropped)
	if err != nil {
		return nil, err
	}
	return v, strictly(b, v)
}

// Dropped describes the fields that revisions of earlier versions held and that were dropped since.
func (k *Kind[T]) Dropped() []shape.Field {
	v, err := k.lost(nil)
	if v == nil || err != nil {
		return nil
	}
	return shape.FieldsOf(v)
}

func (k *Kind[T]) newer(version int) error {
	if version <= k.version() {
		return nil
	}
	return fmt.Errorf("a revision of a %s is of version %d and this program knows versions up to %d: a newer program wrote it", k.Name, version, k.version())
}

func (k *Kind[T]) unreadable(version int, err error) error {
	return fmt.Errorf("a revision of a %s, of version %d, cannot be read whole (a field that is named otherwise today, or not at all, is declared in Kind.Former): %w",
		k.Name, max(version, 1), err)
}

// strictly reads one JSON value into v and refuses fields that v does not have.
func strictly(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	return atEnd(d)
}

// loosely reads one JSON value whole, with numbers as they are written.
func loosely(b []byte, v *any) error {
	*v = nil
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return err
	}
	return atEnd(d)
}

// within says whether every member of the objects in one JSON text stands in another, by the same
// name and with the same value; lists are of one length.
func within(part, whole []byte) bool {
	var a, b any
	return loosely(part, &a) == nil && loosely(whole, &b) == nil && inside(a, b)
}

func inside(part, whole any) bool {
	switch p := part.(type) {
	case map[string]any:
		w, ok := whole.(map[string]any)
		for name, v := range p {
			in, has := w[name]
			if !has || !inside(v, in) {
				return false
			}
		}
		return ok
	case []any:
		w, ok := whole.([]any)
		if !ok || len(p) != len(w) {
			return false
		}
		for i := range p {
			if !inside(p[i], w[i]) {
				return false
			}
		}
		return true
	}
	return part == whole
}

func atEnd(d *json.Decoder) error {
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind it")
	}
	return nil
}
