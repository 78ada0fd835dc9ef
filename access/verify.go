package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/label"
	"entente/internal/ref"
	"entente/internal/search"
	"entente/internal/shape"
	"entente/internal/text"
)

// mostTold is how many differences are told; the others are counted.
const mostTold = 20

// Findings are the differences that verification found.
type Findings struct {
	Told  []string // the first of them, each a sentence without its end
	Count int

	NoSearch bool // the search's index is not made yet, and left out

	exempt int // duties whose deadlines no act says

	Broken []string // tables that cannot be asked, since they or a column of them are missing
	Left   []string // what was not compared for a reason, each a sentence without its end
}

// Lacks says whether one of some tables cannot be asked, and notes then what is not compared for it.
func (f *Findings) Lacks(what string, tables ...string) bool {
	for _, t := range tables {
		if slices.Contains(f.Broken, t) {
			f.Leave(what, "what stands in "+t+" cannot be read")
			return true
		}
	}
	return false
}

// Leave notes what was not compared, and why.
func (f *Findings) Leave(what, why string) {
	if s := what + " not compared: " + why; !slices.Contains(f.Left, s) {
		f.Left = append(f.Left, s)
	}
}

// Add notes one.
func (f *Findings) Add(format string, args ...any) {
	if f.Count++; f.Count <= mostTold {
		f.Told = append(f.Told, fmt.Sprintf(format, args...))
	}
}

// String gives the differences in one line, "" where there are none.
func (f *Findings) String() string {
	if f.Count == 0 {
		return ""
	}
	s := strings.Join(f.Told, "; ")
	if more := f.Count - len(f.Told); more > 0 {
		s += fmt.Sprintf("; and %d more", more)
	}
	if len(f.Left) > 0 {
		s += "; " + strings.Join(f.Left, "; ")
	}
	return s
}

// Verify compares every current row with the newest revision of its object, which the ledger has
// verified before: the rows of the kinds, what all kinds share, what objects are found by, and what
// is owed about them. It gives how many objects there are and the differences, "" for none.
func (s *Objects) Verify(ctx context.Context, tx *db.Tx) (objects int64, difference string, err error) {
	var f Findings
	objects, err = s.Compare(ctx, tx, &f)
	return objects, f.String(), err
}

// Compare is Verify, and adds to what was found. It holds one page of objects in memory, and of the
// search's index a number for each row.
func (s *Objects) Compare(ctx context.Context, tx *db.Tx, f *Findings) (objects int64, err error) {
	if !f.Lacks("audiences were", "aset", "aset_member") {
		if err := verifyAudiences(ctx, tx, f); err != nil {
			return 0, err
		}
	}
	if f.Lacks("objects, duties and the search were", "entry", "revision", "object", "label", "link", "aset", "aset_member", "language") {
		return 0, nil
	}
	var index *search.Stored
	if !f.NoSearch && !f.Lacks("the search was", "search", "search_index") {
		if index, err = search.Load(ctx, tx); err != nil && tx.Engine() == db.SQLite && ctx.Err() == nil {
			// It is tables of its own there, which somebody changed; all else can be compared.
			f.Add("the index of the search cannot be read: %v", err)
			f.Leave("the search was", "its index cannot be read")
			index = nil
		} else if err != nil {
			return 0, err
		}
	}
	var duties *dutyActs
	if !f.Lacks("duties were", append(s.Tables(), "duty")...) {
		if duties, err = s.loadActs(ctx, tx); err != nil {
			return 0, err
		}
	}
	for after := ""; ; {
		page, err := db.Collect(ctx, tx, scanCurrent, `select object, rev, '', null from (
			select r.object, max(r.rev) as rev from revision r where r.object > $1 group by r.object order by r.object limit 500) p
			order by object -- access.Compare`, after)
		if err != nil {
			return objects, err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].id
		objects += int64(len(page))
		if err := s.comparePage(ctx, tx, f, page, index, duties); err != nil {
			return objects, err
		}
	}
	if index != nil {
		if n := index.Left(); n > 0 {
			f.Add("the search finds words in %d rows that belong to no object", n)
		}
		if n := index.Odd(); n > 0 {
			f.Add("of %d rows of the search's index the words are counted otherwise than they stand there: SQLite's own table search_index_docsize was changed", n)
		}
		if n := index.Lost(); n > 0 {
			f.Add("by %d words of the search's index other rows are found than hold them, or none: SQLite's own table search_index_idx was changed", n)
		}
		if err := index.Close(ctx); err != nil {
			return objects, err
		}
	}
	if f.exempt > 0 {
		f.Leave(fmt.Sprintf("the deadlines of %d duties were", f.exempt), "they are older than release 0.2.0, and no act says them")
	}
	if !f.Lacks("the counts of duties were", "duty", "duty_tally") {
		if err := compareTally(ctx, tx, f); err != nil {
			return objects, err
		}
	}
	return objects, s.strays(ctx, tx, f)
}

func (s *Objects) comparePage(ctx context.Context, tx *db.Tx, f *Findings, page []current, index *search.Stored, duties *dutyActs) error {
	var ids []ref.ID
	var whole []expected
	for _, o := range page {
		ids = append(ids, o.id)
		e, d, err := s.differs(ctx, tx, f, o.id, o.rev)
		if err != nil {
			return err
		}
		if d != "" {
			f.Add("%s", d)
		}
		if e.value != nil {
			whole = append(whole, e)
		}
	}
	if err := s.compareSearch(ctx, f, ids, whole, index); err != nil {
		return err
	}
	if duties == nil {
		return nil
	}
	return s.compareDuties(ctx, tx, f, whole, duties)
}

func (s *Objects) compareSearch(ctx context.Context, f *Findings, ids []ref.ID, whole []expected, index *search.Stored) error {
	if index == nil {
		return nil
	}
	sums, err := index.Of(ctx, ids)
	if err != nil {
		return err
	}
	for _, e := range whole {
		same, err := index.Same(ctx, e.found, sums[e.ID])
		switch {
		case err != nil:
			return err
		case same:
		case len(sums[e.ID]) == 0:
			f.Add("%s: the search does not find it: its rows in search are missing", e)
		default:
			f.Add("%s: the search finds it by other words than it has", e)
		}
	}
	return nil
}

// expected is what the newest revision of an object gives.
type expected struct {
	Header
	value any // *Object[T]; nil where the revision is erased
	found search.Text
	owed  []Duty // translations, and words on them
}

// String names the object for an operator.
func (e expected) String() string {
	if e.Key != "" {
		return fmt.Sprintf("%s %s (%s)", e.Kind, e.ID, e.Key)
	}
	return e.Kind + " " + e.ID
}

func (s *Objects) differs(ctx context.Context, tx *db.Tx, f *Findings, id ref.ID, rev int64) (e expected, difference string, err error) {
	var body []byte
	if err := tx.QueryRow(ctx, `select body from revision where object = $1 and rev = $2 -- access.differs`, id, rev).Scan(&body); err != nil {
		return e, "", err
	}
	if body == nil {
		return e, "", nil // erased: there is nothing to compare with
	}
	k, err := s.kindOf(body)
	if err != nil {
		return e, "", fmt.Errorf("revision %d of %s: %w", rev, id, err)
	}
	e, d, err := k.differs(ctx, tx, f, id, rev, body)
	if d != "" {
		d = fmt.Sprintf("%s %s: %s", k.KindName(), id, d)
	}
	return e, d, err
}

// kindOf gives the kind of a revision.
func (s *Objects) kindOf(body []byte) (AnyKind, error) {
	var head struct {
		Object struct {
			Kind string `json:"kind"`
		} `json:"object"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return nil, err
	}
	k, ok := s.kinds[head.Object.Kind]
	if !ok {
		return nil, fmt.Errorf("it is of the unknown kind %q", head.Object.Kind)
	}
	return k, nil
}

// strays finds rows that no object has.
func (s *Objects) strays(ctx context.Context, tx *db.Tx, f *Findings) error {
	q := []string{
		`select id from object where not exists (select 1 from revision r where r.object = object.id) limit 1`,
		`select object from label where not exists (select 1 from object o where o.id = label.object) limit 1`,
		`select from_id from link where not exists (select 1 from object o where o.id = link.from_id) limit 1`,
		`select object from search where not exists (select 1 from object o where o.id = search.object) limit 1`,
		`select object from duty where not exists (select 1 from object o where o.id = duty.object) limit 1`,
	}
	what := []string{"object", "label", "link", "search", "duty"}
	for _, k := range s.ordered {
		for _, t := range k.tables() {
			what = append(what, t)
			q = append(q, `select id from `+t+` where not exists (select 1 from object o where o.id = `+t+`.id and o.kind = '`+k.KindName()+`') limit 1`)
		}
	}
	for i := range q {
		if f.Lacks("rows of "+what[i]+" were", what[i]) {
			continue
		}
		rows, err := tx.Query(ctx, q[i]+` -- access.strays`)
		ids, err := db.Rows(rows, err, func(r *sql.Rows) (id string, err error) { err = r.Scan(&id); return id, err })
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			f.Add("a row of %s with id %s belongs to no act", what[i], ids[0])
		}
	}
	return nil
}

// verifyAudiences recomputes the name of every interned audience from its members.
func verifyAudiences(ctx context.Context, tx *db.Tx, f *Findings) error {
	rows, err := tx.Query(ctx, `select s.id, coalesce(m.principal, '') from aset s
		left join aset_member m on m.aset = s.id order by s.id, m.principal -- access.verifyAudiences`)
	type member struct {
		set string
		p   Principal
	}
	all, err := db.Rows(rows, err, func(r *sql.Rows) (m member, err error) { err = r.Scan(&m.set, &m.p); return m, err })
	if err != nil {
		return err
	}
	for i := 0; i < len(all); {
		j := i
		var a Audience
		for ; j < len(all) && all[j].set == all[i].set; j++ {
			if all[j].p != "" {
				a = append(a, all[j].p)
			}
		}
		if NewAudience(a...).set() != all[i].set {
			f.Add("the members of audience %s were changed", all[i].set)
		}
		i = j
	}
	var stray int64
	err = tx.QueryRow(ctx, `select count(*) from aset_member m where not exists (select 1 from aset s where s.id = m.aset) -- access.verifyAudiences`).Scan(&stray)
	if err == nil && stray > 0 {
		f.Add("%d rows of aset_member belong to no audience", stray)
	}
	return err
}

// differs compares every row of one object with what its newest revision derives.
func (k *Kind[T]) differs(ctx context.Context, tx *db.Tx, f *Findings, id ref.ID, rev int64, body []byte) (e expected, difference string, err error) {
	want, err := k.decode(body)
	if err != nil {
		return e, "", err
	}
	o := &Object[T]{want.Object, want.Value}
	o.ID, o.Rev = id, rev
	k.derive(o) // an earlier version may have derived the header otherwise
	if o.Room, err = k.room(ctx, tx, o); err != nil {
		return e, "", err
	}
	langs, err := Languages(ctx, tx, o.Dialogue)
	if err != nil {
		return e, "", err
	}
	e = expected{Header: o.Header, value: o, found: k.sought(o).index()}
	if !k.Fixed && !k.Apart {
		e.owed = translations(o.Header, langs, shape.Texts(&o.Value), k.Said(&o.Value))
	}
	difference, err = k.rowsDiffer(ctx, tx, f, o, langs)
	return e, difference, err
}

func (k *Kind[T]) rowsDiffer(ctx context.Context, tx *db.Tx, f *Findings, o *Object[T], langs []text.Lang) (string, error) {
	id := o.ID
	if d, err := differHeader(ctx, tx, o.Header); err != nil || d != "" {
		return d, err
	}
	have, err := storedLabels(ctx, tx, id)
	if err != nil {
		return "", err
	}
	if d := label.Differ(k.labels(o, langs), have); d != "" {
		return d, nil
	}
	links, err := storedLinks(ctx, tx, id)
	if err != nil {
		return "", err
	}
	if d := differLinks(linksOf(&o.Value), links); d != "" {
		return d, nil
	}
	tables, err := k.rows(o)
	if err != nil {
		return "", err
	}
	for _, t := range tables {
		if f.Lacks("rows of "+t.table+" were", t.table) {
			continue
		}
		if d, err := t.differ(ctx, tx, id); err != nil || d != "" {
			return d, err
		}
	}
	return "", nil
}

func differHeader(ctx context.Context, tx *db.Tx, want Header) (string, error) {
	var have Header
	var set string
	rows, err := tx.Query(ctx, `select `+columns+` from object o where o.id = $1 -- access.differHeader`, want.ID)
	n, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) { return struct{}{}, r.Scan(have.fields(&set)...) })
	if err != nil {
		return "", err
	}
	if len(n) == 0 {
		return "its row in object is missing", nil
	}
	if have.Rev != want.Rev {
		return fmt.Sprintf("its row stands at revision %d, the newest revision is %d", have.Rev, want.Rev), nil
	}
	if set != want.Audience.set() {
		return "its audience was changed", nil
	}
	a, _ := json.Marshal(want)
	have.Audience, have.Key = want.Audience, want.Key // the members are compared with the set, the key with its label
	b, _ := json.Marshal(have)
	if string(a) != string(b) || have.Room != want.Room {
		return "its row in object was changed", nil
	}
	return "", nil
}

// differ compares the rows of one table, as text and without regard to order; the value in a body
// is compared as a value.
func (t tableRows) differ(ctx context.Context, tx *db.Tx, id ref.ID) (string, error) {
	rows, err := tx.Query(ctx, `select `+strings.Join(t.columns, ", ")+` from `+t.table+` where id = $1 -- access.differ`, id)
	have, err := db.Rows(rows, err, func(r *sql.Rows) (string, error) {
		vals := make([]sql.NullString, len(t.columns))
		ptrs := make([]any, len(vals))
		for i := range vals {
			ptrs[i] = &vals[i]
		}
		if err := r.Scan(ptrs...); err != nil {
			return "", err
		}
		if t.same != nil {
			vals[1].String = t.same(vals[1].String)
		}
		return rowText(vals), nil
	})
	if err != nil {
		return "", err
	}
	var want []string
	for _, r := range t.rows {
		vals := make([]sql.NullString, len(r))
		for i, v := range r {
			if v != nil {
				vals[i] = sql.NullString{String: fmt.Sprint(v), Valid: true}
			}
		}
		want = append(want, rowText(vals))
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(want, have) {
		return "its row in " + t.table + " was changed", nil
	}
	return "", nil
}

// rowText writes a row so that two rows are equal as text when they are equal as rows.
func rowText(vals []sql.NullString) string {
	var b strings.Builder
	for _, v := range vals {
		if v.Valid {
			fmt.Fprintf(&b, "%q,", v.String)
		} else {
			b.WriteString("null,")
		}
	}
	return b.String()
}
