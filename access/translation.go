package access

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/internal/when"
)

// TranslationQuery chooses translations that are owed. Empty words choose all.
type TranslationQuery struct {
	Dialogue ref.Dialogue
	Lang     text.Lang // of the reader, for titles
	To       text.Lang // the language that is owed
	State    text.State
	Kind     string
	Limit    int
	Offset   int
}

// Owed is an object with texts that wait for a translation into a language.
type Owed struct {
	Title
	To    text.Lang
	State text.State
	Texts []shape.MultiText // those that are in this state
}

// Translations is a page of what is owed. Counts are of all that the actor owes, by language and
// state, whatever the query chose.
type Translations struct {
	List   []Owed
	Total  int
	Counts []TranslationCount
}

// TranslationCount is how many objects wait for one language in one state.
type TranslationCount struct {
	To    text.Lang
	State text.State
	Kind  string
	N     int
}

// owedStates are the states in which a text is owed.
var owedStates = []text.State{text.Missing, text.Outdated, text.Unchecked}

// detailOf and readDetail write and read what a translation's duty owes: "zh missing".
func detailOf(l text.Lang, s text.State) string { return l + " " + string(s) }

func readDetail(s string) (text.Lang, text.State) {
	l, state, _ := strings.Cut(s, " ")
	return l, text.State(state)
}

// Translations gives what the actor owes: duties of the principals that the actor counts as, on
// objects that the actor may read.
func (s *Objects) Translations(ctx context.Context, who Actor, q TranslationQuery) (out Translations, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if out.Counts, err = countTranslations(ctx, tx, who, q.Dialogue); err != nil {
			return err
		}
		var details []string
		for _, c := range out.Counts {
			if (q.To == "" || q.To == c.To) && (q.State == "" || q.State == c.State) && (q.Kind == "" || q.Kind == c.Kind) {
				out.Total += c.N
				details = append(details, detailOf(c.To, c.State))
			}
		}
		if out.Total == 0 || q.Limit <= 0 {
			return nil
		}
		if out.List, err = listTranslations(ctx, tx, who, q, details); err != nil {
			return err
		}
		return s.addTexts(ctx, tx, who, out.List)
	})
	return out, err
}

// owing gives the condition on duty y.
func owing(a *db.Args, who Actor, d ref.Dialogue) string {
	return owed(a, who, d) + ` and y.done = ''`
}

// owed is the same of the tally, which holds what is not done.
func owed(a *db.Args, who Actor, d ref.Dialogue) string {
	return `y.kind = ` + a.Add(DutyTranslate) + ` and y.principal in ` + db.In(a, who.Owing()) +
		` and y.dialogue = ` + a.Add(d) + ` and ` + readDuty(a, who)
}

func countTranslations(ctx context.Context, tx *db.Tx, who Actor, d ref.Dialogue) ([]TranslationCount, error) {
	var a db.Args
	rows, err := tx.Query(ctx, `select y.detail, y.object_kind, sum(y.n) from duty_tally y where `+owed(&a, who, d)+` and y.n > 0
		group by y.detail, y.object_kind order by y.detail, y.object_kind -- access.countTranslations`, a.List()...)
	return db.Rows(rows, err, func(r *sql.Rows) (c TranslationCount, err error) {
		var detail string
		err = r.Scan(&detail, &c.Kind, &c.N)
		c.To, c.State = readDetail(detail)
		return c, err
	})
}

// DueOn is how many translations are due on a day.
type DueOn struct {
	Due when.Date
	N   int
}

// TranslationsDue says on which days what the actor owes in translations is due, the nearest first.
func (s *Objects) TranslationsDue(ctx context.Context, who Actor, d ref.Dialogue, limit int) (out []DueOn, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		rows, err := tx.Query(ctx, `select y.due, sum(y.n) from duty_tally y where `+owed(&a, who, d)+` and y.n > 0 and y.due <> ''
			group by y.due order by y.due limit `+a.Add(limit)+` -- access.TranslationsDue`, a.List()...)
		out, err = db.Rows(rows, err, func(r *sql.Rows) (x DueOn, err error) {
			err = r.Scan(&x.Due, &x.N)
			return x, err
		})
		return err
	})
	return out, err
}

func listTranslations(ctx context.Context, tx *db.Tx, who Actor, q TranslationQuery, details []string) ([]Owed, error) {
	var a db.Args
	query := `select o.id, o.kind, o.state, coalesce(l.text, ''), coalesce(l.shown_lang, ''), y.detail
		from duty y join object o on o.id = y.object
		left join label l on l.object = o.id and l.field = 'title' and l.lang = ` + a.Add(q.Lang) + `
		where ` + owing(&a, who, q.Dialogue)
	query += ` and y.detail in ` + a.In(details)
	if q.Kind != "" {
		query += ` and o.kind = ` + a.Add(q.Kind)
	}
	query += ` order by case when y.detail like '% missing' then 0 when y.detail like '% outdated' then 1 else 2 end,
		o.kind, l.sort, o.id, y.detail
		limit ` + a.Add(q.Limit) + ` offset ` + a.Add(min(max(q.Offset, 0), 100000)) + ` -- access.listTranslations`
	rows, err := tx.Query(ctx, query, a.List()...)
	return db.Rows(rows, err, func(r *sql.Rows) (o Owed, err error) {
		var detail string
		err = r.Scan(&o.ID, &o.Kind, &o.Title.State, &o.Text, &o.Title.Lang, &detail)
		o.To, o.State = readDetail(detail)
		return o, err
	})
}

// addTexts reads from the objects which of their texts are owed.
func (s *Objects) addTexts(ctx context.Context, tx *db.Tx, who Actor, list []Owed) error {
	var ids []ref.ID
	for _, o := range list {
		if !slices.Contains(ids, o.ID) {
			ids = append(ids, o.ID)
		}
	}
	bodies, err := snapshots(ctx, tx, who, ids)
	if err != nil {
		return err
	}
	for i, o := range list {
		k, b := s.kinds[o.Kind], bodies[o.ID]
		if k == nil || b == nil {
			continue
		}
		texts, err := k.texts(b)
		if err != nil {
			return err
		}
		for _, t := range texts {
			if t.Value.State(o.To) == o.State {
				list[i].Texts = append(list[i].Texts, t)
			}
		}
	}
	return nil
}

// oweTranslations writes down which languages of an object wait for a translation or for a word on
// one, and settles what no longer does. What stood before keeps its deadline.
func oweTranslations(ctx context.Context, tx *db.Tx, h Header, langs []text.Lang, texts, said []shape.MultiText) error {
	want := translations(h, langs, texts, said)
	open, err := db.Collect(ctx, tx, func(r *sql.Rows) (d Duty, err error) {
		d.Object = h.ID
		err = r.Scan(&d.ID, &d.Principal, &d.Kind, &d.Detail)
		return d, err
	}, `select id, principal, kind, detail from duty where object = $1 and kind in ($2, $3) and done = '' -- access.oweTranslations`,
		h.ID, DutyTranslate, DutyJudge)
	if err != nil {
		return err
	}
	by := translator(h)
	for _, d := range open {
		same := func(w Duty) bool { return w.Kind == d.Kind && w.Principal == d.Principal && w.Detail == d.Detail }
		if slices.ContainsFunc(want, same) {
			want = slices.DeleteFunc(want, same)
			continue
		}
		// What has another state now was not done; the language is owed still, in other words.
		to, _ := readDetail(d.Detail)
		moved := slices.ContainsFunc(want, func(w Duty) bool { l, _ := readDetail(w.Detail); return w.Kind == d.Kind && l == to })
		done := !moved && h.Tombstone == "" && (d.Kind == DutyJudge || d.Principal == by)
		if err := endDuty(ctx, tx, d, done); err != nil {
			return err
		}
	}
	for _, d := range want {
		if err := Owe(ctx, tx, d); err != nil {
			return err
		}
	}
	return nil
}

// translations gives what is owed in translations of an object. They are owed by whoever may mend them
// and reads the object: the project team, else the institution that owns it, as with its inner papers;
// else nobody. On those that others made of its words, which are what was said, the institution owes the
// project team a word.
func translations(h Header, langs []text.Lang, texts, said []shape.MultiText) (want []Duty) {
	if h.Tombstone != "" {
		return nil
	}
	holds := func(texts []shape.MultiText, l text.Lang, state text.State) bool {
		return slices.ContainsFunc(texts, func(t shape.MultiText) bool { return t.Value.State(l) == state })
	}
	by := translator(h)
	for _, l := range langs {
		for _, state := range owedStates {
			if by != "" && holds(texts, l, state) {
				want = append(want, Duty{Object: h.ID, Principal: by, Asker: by, Kind: DutyTranslate, Detail: detailOf(l, state)})
			}
		}
		if h.Owner != "" && holds(said, l, text.Pending) {
			want = append(want, Duty{Object: h.ID, Principal: InstitutionOf(ref.Institution(h.Owner)), Asker: TeamOf(h.Dialogue), Kind: DutyJudge, Detail: l})
		}
	}
	return want
}

// followsTexts says of a kind of duty that it is there and gone with the texts of its object, whose
// newest revision says which are open.
func followsTexts(kind string) bool { return kind == DutyTranslate || kind == DutyJudge }

// translator is who owes an object's translations.
func translator(h Header) Principal {
	team, owner := TeamOf(h.Dialogue), InstitutionOf(ref.Institution(h.Owner))
	switch {
	case h.Audience.Has(Anyone), h.Audience.Has(DialogueOf(h.Dialogue)), h.Audience.Has(team):
		return team
	case h.Owner != "" && h.Audience.Has(owner):
		return owner
	}
	return ""
}
