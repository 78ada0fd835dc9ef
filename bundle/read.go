package bundle

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"entente/access"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/standard/tlp"

	"github.com/goccy/go-yaml/ast"
)

// maxFaults bounds what one reading tells: a file of another kind has a fault in every line.
const maxFaults = 1000

// reading is what files say. It goes in three steps: parse sorts the documents, claim gives each
// its id, and decode reads one's value, when every key that a reference may name is known.
type reading struct {
	objects *access.Objects
	files   []File
	docs    []*document
	scopes  []*scope
	keyed   map[string]*scope // by the key of the dialogue
	faults  []located
	more    bool // there were more than maxFaults

	parsed *document // whose tree is
	tree   ast.Node
}

// located is a fault with the position of its file.
type located struct {
	file int
	fault.Field
}

// document is one document on its way to an object. It keeps its text and not its tree, which
// is many times larger: a document is parsed for its key, and once more for its value.
type document struct {
	file   int    // position in files
	source string // the part of the file it stands in
	first  int    // the line of the file at which source begins
	nth    int    // its place among the documents in source
	line   int    // where it begins

	kind     access.AnyKind
	key      string
	scope    *scope
	held     *held
	mark     tlp.Label       // "" where the document does not say it, until settle
	national string          // the same, with saysNational
	audience access.Audience // nil where the document does not say it, until settle
	forms    []string        // the audience as it is written
	owner    ref.ID
	derived  bool // mark and audience follow from the value
	value    any  // nil before decode, and where nothing is to be written

	saysNational bool
	saysAudience bool
	misread      bool // mark or audience has a fault, so that whether they agree cannot be judged

	stands      access.Header // as it was stored when the import was staged
	decides     []string      // fields that it changes and that decide who reads or who speaks for whom
	sameValue   bool
	sameReaders bool
	settled     bool // it was written, or needs no writing

	mention bool         // names a dialogue that stands, and says nothing of it
	bad     bool         // has a fault, and is not written
	told    fault.Fields // the faults that were found so far
}

// scope is a dialogue and what can be referred to in it.
type scope struct {
	id    ref.Dialogue
	stood bool // the dialogue was there before
	key   string
	keyed map[name]*held
	ids   map[ref.ID]*held
}

type name struct{ kind, key string }

// held is an object that stands in the database, or will when the files are read.
type held struct {
	id      ref.ID
	key     string // "" without one
	kind    string
	exists  bool
	removed bool      // its tombstone stands
	doc     *document // that says it
}

func (s *scope) add(h *held, key string) {
	if s.ids == nil {
		s.ids, s.keyed = map[ref.ID]*held{}, map[name]*held{}
	}
	h.key = key
	s.ids[h.id] = h
	if key != "" {
		s.keyed[name{h.kind, key}] = h
	}
}

// find gives what a file calls key, which may be an id.
func (s *scope) find(kind, key string) *held {
	if ref.Valid(key) {
		if h := s.ids[key]; h != nil && h.kind == kind {
			return h
		}
		return nil
	}
	return s.keyed[name{kind, key}]
}

// names finds what one document refers to (shape.Keys).
type names struct {
	scope  *scope
	absent []string
}

// ID gives the id behind a key, or behind an id that the document declares as absent.
func (n names) ID(kind, key string) (string, bool) {
	if h := n.scope.find(kind, key); h != nil && !h.removed {
		return h.id, true
	}
	return key, slices.Contains(n.absent, key)
}

// Key is not needed for reading.
func (names) Key(_, id string) string { return id }

func (r *reading) fail(d *document, fs ...fault.Field) {
	d.bad, d.told = d.bad || len(fs) > 0, append(d.told, fs...)
	for _, f := range fs {
		r.note(d.file, shape.Shift(f, d.first-1))
	}
}

func (r *reading) note(file int, f fault.Field) {
	if len(r.faults) >= maxFaults {
		r.more = true
		return
	}
	f.File = r.files[file].Name
	r.faults = append(r.faults, located{file, f})
}

// err gives all faults in the order of files and lines, or nil.
func (r *reading) err() error {
	if len(r.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(r.faults, func(a, b located) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.Line, b.Line))
	})
	e := &fault.Error{Kind: fault.Invalid}
	for _, f := range r.faults {
		e.Fields = append(e.Fields, f.Field)
	}
	if r.more {
		e.Fields = append(e.Fields, fault.Field{Key: FaultMore, Args: []any{"limit", maxFaults}})
	}
	return e
}

// parse reads kind and key of every document and sorts them by dialogue.
func (r *reading) parse() {
	var now *scope
	orphans := false
	for i, f := range r.files {
		lines, encoding, ok := f.lines()
		if !ok {
			r.note(i, shape.WrongEncoding("", encoding))
			continue
		}
		for first, source := range parts(lines) {
			docs, faults := shape.ParseFile("", []byte(source))
			r.fail(&document{file: i, first: first}, faults...)
			for n, doc := range docs {
				d := &document{file: i, source: source, first: first, nth: n, line: doc.Line}
				if !r.identify(d, doc) {
					continue
				}
				switch {
				case d.kind.KindName() == dialogueKind:
					now = r.scope(d.key)
				case now == nil:
					if !orphans {
						r.fail(d, fault.Field{Path: "kind", Line: doc.Line, Value: d.kind.KindName(), Key: FaultNoDialogue})
					}
					orphans = true
					continue
				}
				d.scope = now
				r.docs = append(r.docs, d)
			}
		}
	}
}

// parts cuts a file before each line that parts documents, and gives the line at which each
// part begins.
func parts(src string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		first, start, line := 1, 0, 1
		for at := 0; at < len(src); line++ {
			end := strings.IndexByte(src[at:], '\n') + 1
			if end == 0 {
				end = len(src) - at
			}
			l := strings.TrimSuffix(src[at:at+end], "\n")
			if at > start && separates(l) {
				if !yield(first, src[start:at]) {
					return
				}
				first, start = line, at
			}
			at += end
		}
		if start < len(src) {
			yield(first, src[start:])
		}
	}
}

func separates(line string) bool {
	return (strings.HasPrefix(line, "---") || strings.HasPrefix(line, "...")) &&
		(len(line) == 3 || line[3] == ' ' || line[3] == '\t')
}

// identify reads kind and key; false when the kind is not known, so that nothing can be said of
// the rest.
func (r *reading) identify(d *document, doc shape.Document) bool {
	kind, line, _ := doc.Text("kind")
	kind = text.ASCII(strings.TrimSpace(kind))
	k, known := r.objects.Kind(kind)
	known = known && !k.IsPart() // what it is part of is not in the file
	switch {
	case kind == "":
		r.fail(d, fault.Field{Path: "kind", Line: line, Key: shape.FaultRequired})
	case !known:
		var options []string
		for _, k := range r.objects.Kinds() {
			if !k.IsPart() {
				options = append(options, k.KindName())
			}
		}
		r.fail(d, fault.Field{Path: "kind", Line: line, Value: short(kind), Key: FaultKind, Args: []any{"options", strings.Join(options, ", ")}})
	}
	if !known {
		return false
	}
	d.kind = k
	d.key, line, _ = doc.Text("key")
	d.key = text.ASCII(strings.TrimSpace(d.key))
	switch {
	case d.key == "":
		r.fail(d, fault.Field{Path: "key", Line: line, Key: shape.FaultRequired})
	case !access.ValidKey(d.key) && !ref.Valid(d.key):
		r.fail(d, fault.Field{Path: "key", Line: line, Value: short(d.key), Key: "fault.key"})
	}
	return true
}

func short(s string) string {
	const most = 200
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// scope gives the dialogue with a key; without one, one of its own.
func (r *reading) scope(key string) *scope {
	if s := r.keyed[key]; s != nil && key != "" {
		return s
	}
	s := &scope{key: key}
	r.scopes = append(r.scopes, s)
	if r.keyed == nil {
		r.keyed = map[string]*scope{}
	}
	r.keyed[key] = s
	return s
}

// claim gives every document its object: one that stands, or a new id. elsewhere says which ids
// that the files use as keys belong to other dialogues; it takes in those of this reading.
func (r *reading) claim(elsewhere map[ref.ID]bool) {
	for _, s := range r.scopes {
		if s.id == "" {
			s.id = ref.Dialogue(ref.New())
			if ref.Valid(s.key) {
				s.id = ref.Dialogue(s.key)
			}
		}
	}
	for _, d := range r.docs {
		if d.key == "" || r.more {
			continue
		}
		kind := d.kind.KindName()
		h := d.scope.find(kind, d.key)
		switch {
		case h == nil:
			h = &held{id: ref.New(), kind: kind, doc: d}
			switch {
			case kind == dialogueKind:
				h.id = ref.ID(d.scope.id)
			case ref.Valid(d.key):
				h.id = d.key
			}
			if ref.Valid(d.key) && (elsewhere[d.key] || d.scope.ids[d.key] != nil) {
				r.failAt(d, "key", d.key, FaultKeyTaken)
				continue
			}
			elsewhere[h.id] = true
			d.scope.add(h, d.key)
		case h.doc != nil:
			first := h.doc.line + h.doc.first - 1
			r.failAt(d, "key", d.key, FaultKeyTwice, "file", r.files[h.doc.file].Name, "line", first)
		case h.removed:
			r.failAt(d, "key", d.key, FaultRemoved)
		default:
			h.doc = d
		}
		d.held = h
	}
}

// node parses a document once more, or gives the tree where it was the last.
func (r *reading) node(d *document) ast.Node {
	if r.parsed != d {
		docs, _ := shape.ParseFile("", []byte(d.source))
		r.parsed, r.tree = d, docs[d.nth].Node
	}
	return r.tree
}

// failAt notes a fault by its path; the line is looked up.
func (r *reading) failAt(d *document, path, value, key string, args ...any) {
	r.fail(d, fault.Field{Path: path, Line: lineOf(r.node(d), path), Value: value, Key: key, Args: args})
}

// decode reads a document's header and value.
func (r *reading) decode(d *document) {
	n := r.node(d)
	if d.mention = r.isMention(d, entries(n)); d.mention {
		return
	}
	var own []string
	for _, f := range d.kind.Fields() {
		own = append(own, f.Name)
	}
	// What is declared absent must be known before the references that may use it.
	known := names{scope: d.scope}
	if e, _ := entry(n, []string{"absent"}); e != nil {
		var w words
		shape.DecodeYAML(n, &w, nil, own...)
		for i, id := range w.Absent {
			if ref.Valid(id) {
				known.absent = append(known.absent, id)
			} else {
				path := "absent." + strconv.Itoa(i)
				r.fail(d, fault.Field{Path: path, Line: lineOf(n, path), Value: short(id), Key: FaultAbsent})
			}
		}
	}
	// Both readers see the whole document. Each has its say about its own names, and what is
	// nobody's is the second's to tell.
	var w words
	for _, f := range shape.DecodeYAML(n, &w, known, own...) {
		if isHeader(f.Path) {
			d.misread = d.misread || strings.HasPrefix(f.Path, "mark") || strings.HasPrefix(f.Path, "audience")
			r.fail(d, f)
		}
	}
	d.value = d.kind.New()
	for _, f := range shape.DecodeYAML(n, d.value, known, headerWords...) {
		if !isHeader(f.Path) {
			r.fail(d, withHeader(f))
		}
	}
	d.kind.Tidy(d.value)
	d.owner, d.mark, d.national, d.forms = ref.ID(w.Owner), w.Mark, text.CleanName(w.National), w.Audience
	d.saysNational = says(n, "national")
	if d.saysAudience = says(n, "audience"); d.saysAudience {
		d.audience = r.principals(d, n, known, w.Audience)
		d.misread = d.misread || d.audience == nil && len(w.Audience) > 0
	}
}

func says(n ast.Node, word string) bool {
	e, _ := entry(n, []string{word})
	return e != nil
}

// settle gives a document what it does not say of its readers, from a header that stands or is the
// narrowest that is usual, and sees that mark and audience agree.
func (r *reading) settle(d *document, from access.Header) {
	d.mark = cmp.Or(d.mark, from.Mark)
	if !d.saysNational {
		d.national = from.National
	}
	if !d.saysAudience {
		d.audience = access.NewAudience(from.Audience...)
	}
	if mark, a, ok := d.kind.Derived(access.Header{Dialogue: d.scope.id, Mark: d.mark, Audience: d.audience}, d.value); ok {
		d.mark, d.audience, d.derived = mark, access.NewAudience(a...), true // whatever the file says of them
		return
	}
	if d.misread {
		return
	}
	faults := access.Agree(d.mark, d.audience)
	if len(faults) == 0 {
		return
	}
	n := r.node(d)
	for _, f := range faults {
		for i, form := range d.forms { // in the file's words
			if p, _ := principal(d.scope.id, names{scope: d.scope}, form); string(p) == f.Value && f.Path == "audience" {
				f.Path, f.Value = "audience."+strconv.Itoa(i), short(form)
			}
		}
		f.Line = lineOf(n, f.Path)
		if !d.saysAudience { // it stands nowhere: the mark is what does not go with it
			f.Line = lineOf(n, "mark")
			f.Value, _, _ = strings.Cut(f.Value, ":")
		}
		r.fail(d, f)
	}
}

// isMention says whether a document only names a dialogue that stands, so that a file can add to
// it without repeating it.
func (r *reading) isMention(d *document, es []*ast.MappingValueNode) bool {
	if d.kind.KindName() != dialogueKind || d.held == nil || !d.held.exists || d.bad {
		return false
	}
	return !slices.ContainsFunc(es, func(e *ast.MappingValueNode) bool { return nameOf(e) != "kind" && nameOf(e) != "key" })
}

func isHeader(path string) bool {
	word, _, _ := strings.Cut(path, ".")
	return slices.Contains(headerWords, word)
}

// withHeader lists the header's words too where a fault says which fields there are.
func withHeader(f fault.Field) fault.Field {
	if f.Key != shape.FaultUnknownField && f.Key != shape.FaultUnknownPlain || strings.Contains(f.Path, ".") {
		return f
	}
	f.Args = slices.Clone(f.Args)
	for i := 0; i+1 < len(f.Args); i += 2 {
		if f.Args[i] == "fields" {
			f.Args[i+1] = strings.Join(headerWords, ", ") + ", " + f.Args[i+1].(string)
		}
	}
	return f
}

// principals reads an audience; nil when one of its entries is wrong.
func (r *reading) principals(d *document, n ast.Node, known names, forms []string) access.Audience {
	var out []access.Principal
	right := true
	for i, form := range forms {
		p, ok := principal(d.scope.id, known, form)
		if ok {
			out = append(out, p)
			continue
		}
		right = false
		path := "audience." + strconv.Itoa(i)
		f := fault.Field{Path: path, Line: lineOf(n, path), Value: short(form), Key: FaultPrincipal, Args: []any{"options", principalForms}}
		if shape.WideComma(form) {
			f.Key, f.Args = shape.FaultComma, nil
		} else if word, key, has := strings.Cut(text.ASCII(form), ":"); has && takesKey(word) && key != "" {
			f.Key, f.Args = shape.FaultRef, []any{"kind", kindOf(word), "key", short(key)}
		}
		r.fail(d, f)
	}
	if !right {
		return nil
	}
	return access.NewAudience(out...)
}

func takesKey(word string) bool {
	return word == "side" || slices.Index(principalWords, word) > slices.Index(principalWords, "team")
}

func principal(d ref.Dialogue, known names, form string) (access.Principal, bool) {
	word, key, has := strings.Cut(text.ASCII(form), ":")
	switch {
	case has && takesKey(word):
		id, ok := known.ID(kindOf(word), key)
		return access.Principal(word + ":" + id), ok && key != ""
	case has:
		return "", false
	case word == "anyone":
		return access.Anyone, true
	case word == "dialogue":
		return access.DialogueOf(d), true
	case word == "team":
		return access.TeamOf(d), true
	}
	return "", false
}
