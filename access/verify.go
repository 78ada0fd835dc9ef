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
)

// Uncovered are the tables whose rows no ledger entry commits to, each with the reason.
var Uncovered = map[string]string{
	"session":         "who is signed in at the moment",
	"onetime":         "one-time links, by their hash",
	"credential":      "secrets; that one was set is an entry",
	"duty":            "derived from acts; done and due change with time",
	"account_feed":    "addresses of calendars, by their hash",
	"duty_tally":      "counts the duties",
	"duty_reminder":   "which reminders went out",
	"node":            "settings of this node; that one was changed is an entry",
	"job":             "what is to be done; what came of it is an entry of its own",
	"account_attempt": "counts attempts to sign in",
	"derivation":      "by which version rows are derived; that they were derived anew is an entry",
	"form":            "which forms were sent, so that each acts once",
	"search":          "derived from the objects; rebuilt by a command",
	"search_index":    "belongs to search",

	"notice":           "what people are told; the acts have entries of their own",
	"notice_address":   "where letters go",
	"account_factor":   "sealed secrets; that one was set or dropped is an entry",
	"account_recovery": "codes by their hash; that they were made is an entry",
}

// Verify compares every current row with the newest revision of its object, which the ledger
// has verified before, and names the first difference, or "". It holds one page of objects in
// memory.
func (s *Objects) Verify(ctx context.Context, tx *db.Tx) (objects int64, difference string, err error) {
	if d, err := verifyAudiences(ctx, tx); err != nil || d != "" {
		return 0, d, err
	}
	after := ""
	for {
		rows, err := tx.Query(ctx, `select r.object, max(r.rev) from revision r where r.object > $1
			group by r.object order by r.object limit 500 -- access.Verify`, after)
		type at struct {
			id  ref.ID
			rev int64
		}
		page, err := db.Rows(rows, err, func(r *sql.Rows) (a at, err error) { err = r.Scan(&a.id, &a.rev); return a, err })
		if err != nil {
			return objects, "", err
		}
		if len(page) == 0 {
			break
		}
		for _, o := range page {
			objects++
			if d, err := s.differs(ctx, tx, o.id, o.rev); err != nil || d != "" {
				return objects, d, err
			}
		}
		after = page[len(page)-1].id
	}
	d, err := s.strays(ctx, tx)
	return objects, d, err
}

func (s *Objects) differs(ctx context.Context, tx *db.Tx, id ref.ID, rev int64) (string, error) {
	var body []byte
	if err := tx.QueryRow(ctx, `select body from revision where object = $1 and rev = $2 -- access.differs`, id, rev).Scan(&body); err != nil {
		return "", err
	}
	if body == nil {
		return "", nil // erased: there is nothing to compare with
	}
	var head struct {
		Object struct {
			Kind string `json:"kind"`
		} `json:"object"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return "", fmt.Errorf("revision %d of %s: %w", rev, id, err)
	}
	k, ok := s.kinds[head.Object.Kind]
	if !ok {
		return "", fmt.Errorf("revision %d of %s is of the unknown kind %q", rev, id, head.Object.Kind)
	}
	d, err := k.differs(ctx, tx, id, rev, body)
	if d != "" {
		d = fmt.Sprintf("%s %s: %s", head.Object.Kind, id, d)
	}
	return d, err
}

// strays finds rows that no object has.
func (s *Objects) strays(ctx context.Context, tx *db.Tx) (string, error) {
	q := []string{
		`select id from object where not exists (select 1 from revision r where r.object = object.id) limit 1`,
		`select object from label where not exists (select 1 from object o where o.id = label.object) limit 1`,
		`select from_id from link where not exists (select 1 from object o where o.id = link.from_id) limit 1`,
	}
	what := []string{"object", "label", "link"}
	for _, k := range s.ordered {
		for _, t := range k.tables() {
			what = append(what, t)
			q = append(q, `select id from `+t+` where not exists (select 1 from object o where o.id = `+t+`.id and o.kind = '`+k.KindName()+`') limit 1`)
		}
	}
	for i := range q {
		rows, err := tx.Query(ctx, q[i]+` -- access.strays`)
		ids, err := db.Rows(rows, err, func(r *sql.Rows) (id string, err error) { err = r.Scan(&id); return id, err })
		if err != nil {
			return "", err
		}
		if len(ids) > 0 {
			return fmt.Sprintf("a row of %s with id %s belongs to no act", what[i], ids[0]), nil
		}
	}
	return "", nil
}

// verifyAudiences recomputes the name of every interned audience from its members.
func verifyAudiences(ctx context.Context, tx *db.Tx) (string, error) {
	rows, err := tx.Query(ctx, `select s.id, coalesce(m.principal, '') from aset s
		left join aset_member m on m.aset = s.id order by s.id, m.principal -- access.verifyAudiences`)
	type member struct {
		set string
		p   Principal
	}
	all, err := db.Rows(rows, err, func(r *sql.Rows) (m member, err error) { err = r.Scan(&m.set, &m.p); return m, err })
	if err != nil {
		return "", err
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
			return fmt.Sprintf("the members of audience %s were changed", all[i].set), nil
		}
		i = j
	}
	var stray int64
	err = tx.QueryRow(ctx, `select count(*) from aset_member m where not exists (select 1 from aset s where s.id = m.aset) -- access.verifyAudiences`).Scan(&stray)
	if err == nil && stray > 0 {
		return fmt.Sprintf("%d rows of aset_member belong to no audience", stray), nil
	}
	return "", err
}

// differs compares every row of one object with what its newest revision derives.
func (k *Kind[T]) differs(ctx context.Context, tx *db.Tx, id ref.ID, rev int64, body []byte) (string, error) {
	want, err := k.decode(body)
	if err != nil {
		return "", err
	}
	o := &Object[T]{want.Object, want.Value}
	o.ID, o.Rev = id, rev
	k.derive(o) // an earlier version may have derived the header otherwise
	if o.Room, err = k.room(ctx, tx, o); err != nil {
		return "", err
	}
	if d, err := differHeader(ctx, tx, o.Header); err != nil || d != "" {
		return d, err
	}
	langs, err := Languages(ctx, tx, o.Dialogue)
	if err != nil {
		return "", err
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
