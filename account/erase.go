package account

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/ledger"
	"entente/roster"
)

// FaultTraces is the message of an erasure that is done, while the file could not be rewritten.
const FaultTraces = "fault.erase-traces"

// Erase takes a person's name out of the node for good: the act "person.erase". What can be told
// of the person by name goes from the present state, from all earlier revisions and from the
// search; every way in is shut. Posts and functions stay, without the name, so that what was done
// remains countable; so does the log, whose entry says what was erased. A file database is
// rewritten afterwards, so that its free space holds nothing of it either. Done again, with
// nothing entered since, it only rewrites the file. Faults: NotFound, Forbidden, Invalid with the
// field reason; Unavailable with FaultTraces when the person is erased and the file could not be
// rewritten.
func (s *Service) Erase(ctx context.Context, who access.Actor, person ref.Person, reason string) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := erasable(ctx, tx, who, person)
		if err != nil {
			return err
		}
		today, err := roster.Today(ctx, tx)
		if err != nil {
			return err
		}
		v := &o.Value
		names, states, err := namesOf(ctx, tx, person)
		if err != nil {
			return err
		}
		if !v.Erased.IsZero() && states == 1 { // nothing was entered since
			return nil
		}
		var f fault.Fields
		switch {
		case strings.TrimSpace(reason) == "":
			f.Add("reason", "", "fault.required")
		case names.in(reason):
			f.Add("reason", reason, "fault.erase-reason")
		}
		if err := f.Err(); err != nil {
			return err
		}
		if names.inAny(v.Title) {
			if v.Title, err = s.plainTitle(ctx, who, v); err != nil {
				return err
			}
		}
		for i := range v.Posts {
			if names.inAny(v.Posts[i].Title) {
				v.Posts[i].Title = nil
			}
		}
		v.Family, v.Given, v.SortName, v.Language, v.Erased = "", "", "", "", today
		if err := roster.People.Erase(ctx, tx, who, "person.erase", &o, reason, names.inKey(o.Key), func(e ledger.Entry) bool { return names.told(e) }); err != nil {
			return err
		}
		return shut(ctx, tx, person)
	})
	if err != nil {
		return err
	}
	if err := s.db.Scrub(ctx); err != nil {
		f := fault.New(fault.Unavailable, FaultTraces)
		f.Cause = err
		return f
	}
	return nil
}

// MayErase says whether the actor may take a person's name out: nil, or what Erase would return.
func (s *Service) MayErase(ctx context.Context, who access.Actor, person ref.Person) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := erasable(ctx, tx, who, person)
		return err
	})
}

func erasable(ctx context.Context, tx *db.Tx, who access.Actor, person ref.Person) (access.Object[roster.Person], error) {
	o, err := charge(ctx, tx, who, "person.erase", person)
	if err != nil {
		return o, err
	}
	today, err := roster.Today(ctx, tx)
	if err == nil && !ended(&o.Value, today) {
		err = fault.New(fault.Forbidden, "fault.erase-open")
	}
	return o, err
}

// plainTitle says what a person was without the name: the last function, and where.
func (s *Service) plainTitle(ctx context.Context, who access.Actor, p *roster.Person) (text.Multi, error) {
	var of text.Multi
	if n := len(p.Posts); n > 0 {
		at := p.Posts[n-1].Institution
		known, err := roster.New(s.db).Named(ctx, who, at)
		if err != nil {
			return nil, err
		}
		if i, ok := known[at]; ok {
			of = i.Name()
		}
	}
	say := func(lang string) string {
		word := message.In(lang, "kind.person")
		if n := len(p.Functions); n > 0 {
			word = message.In(lang, "option."+string(p.Functions[n-1].Function))
		}
		if of.Empty() {
			return word
		}
		return message.In(lang, "erase.title", "function", word, "institution", of.Get(lang))
	}
	return text.Both(say("en"), say("zh")), nil
}

// nameParts are the pieces by which a person's name is recognised in a text: folded, and those of
// the Latin alphabet at least three letters long, so that no ordinary word is taken for one.
type nameParts struct {
	written, spoken []string
	borne           []borne
}

// borne is a name as one revision of the person has it: whole, in the orders in which it is written, and its
// pieces that tell who it is alone.
type borne struct {
	rev   int64
	names []string
}

// namesOf gives the names that a person bears or bore, from all revisions that are not erased, and
// how many those are.
func namesOf(ctx context.Context, tx *db.Tx, person ref.Person) (n nameParts, states int, err error) {
	type state struct {
		rev  int64
		body []byte
	}
	rows, err := tx.Query(ctx, `select rev, body from revision where object = $1 and body is not null order by rev -- account.namesOf`, person)
	list, err := db.Rows(rows, err, func(r *sql.Rows) (s state, err error) { err = r.Scan(&s.rev, &s.body); return s, err })
	if err != nil {
		return n, 0, err
	}
	for _, s := range list {
		_, value, err := roster.People.Decode(s.body)
		if err != nil {
			return n, 0, err
		}
		p := value.(*roster.Person)
		for _, s := range []string{p.Family, p.Given, p.SortName} {
			n.written = append(n.written, text.Fold(s))
			n.spoken = append(n.spoken, text.Fold(s), strings.ReplaceAll(text.Pinyin(s), " ", ""))
		}
		n.borne = append(n.borne, bearing(s.rev, p))
	}
	short := func(s string) bool { return s == "" || len(s) < 3 && utf8.RuneCountInString(s) == len(s) }
	n.written = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(n.written))), short)
	n.spoken = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(n.spoken))), short)
	return n, len(list), nil
}

func bearing(rev int64, p *roster.Person) borne {
	family, given, sorted := text.Fold(p.Family), text.Fold(p.Given), text.Fold(strings.ReplaceAll(p.SortName, ",", " "))
	b := borne{rev: rev}
	if family != "" && given != "" {
		b.names = []string{family + " " + given, given + " " + family, family + given}
	}
	if strings.Contains(sorted, " ") {
		b.names = append(b.names, sorted)
	}
	for _, s := range []string{family, given, sorted} {
		if !ordinary(s) {
			b.names = append(b.names, s)
		}
	}
	return b
}

// ordinaryWords are the words and the text of this program's own sentences: what stands there in small
// letters, or in Chinese, is no name where it stands alone.
var ordinaryWords = sync.OnceValue(func() (out struct {
	words   map[string]bool
	chinese string
},
) {
	out.words = map[string]bool{}
	var all strings.Builder
	for _, key := range message.Keys() {
		for _, w := range strings.FieldsFunc(message.In("en", key), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if f := text.Fold(w); f == w {
				out.words[w] = true
			}
		}
		all.WriteString(text.Fold(message.In("zh", key)) + "\n")
	}
	out.chinese = all.String()
	return out
})

// ordinary says whether one piece of a name alone tells nobody: it is short, or a word of every day. The
// name as a whole does.
func ordinary(s string) bool {
	if utf8.RuneCountInString(s) < 2 || len(s) < 3 {
		return true
	}
	return ordinaryWords().words[s] || strings.Contains(ordinaryWords().chinese, s)
}

// told says whether the reason of an entry names the person, by a name that the person bore when it was
// written: one that somebody enters afterwards takes nothing out of what was written before.
func (n nameParts) told(e ledger.Entry) bool {
	s := text.Fold(e.Reason)
	return slices.ContainsFunc(n.borne, func(b borne) bool {
		return b.rev <= e.Rev && slices.ContainsFunc(b.names, func(w string) bool { return holdsWord(s, w) })
	})
}

// holdsWord says whether a word stands in a text, both folded, and not within another word. Chinese has no
// bounds between words; the s of an English genitive, whose apostrophe folding drops, belongs to none.
func holdsWord(s, word string) bool {
	within := func(r rune) bool {
		return (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)) && !unicode.Is(unicode.Han, r)
	}
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	for from := 0; ; {
		at := strings.Index(s[from:], word)
		if at < 0 {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(s[:at])
		rest := s[at+len(word):]
		after, _ := utf8.DecodeRuneInString(rest)
		next, _ := utf8.DecodeRuneInString(strings.TrimPrefix(rest, "s"))
		if !(within(first) && within(before)) && (!within(last) || !within(after) || !within(next)) {
			return true
		}
		from = at + len(word)
	}
}

// in says whether a text holds a piece of the name.
func (n nameParts) in(s string) bool {
	s = text.Fold(s)
	return slices.ContainsFunc(n.written, func(p string) bool { return strings.Contains(s, p) })
}

func (n nameParts) inAny(m text.Multi) bool {
	return slices.ContainsFunc(m.Langs(), func(l string) bool { return n.in(m[l].Text) })
}

// inKey says whether a key is made of the name, as it is written or spoken.
func (n nameParts) inKey(key string) bool {
	key = strings.ReplaceAll(key, "-", "")
	return slices.ContainsFunc(n.spoken, func(p string) bool { return strings.Contains(key, strings.ReplaceAll(p, " ", "")) })
}

// Correction is what people may put right about themselves: how they are called, and the language
// they read. Posts and functions are for others to enter.
type Correction struct{ Family, Given, SortName, Language string }

// Correct puts the actor's own entry right: the act "person.correct". Faults: Forbidden also
// for who only administers the node and may not read the directory, Conflict, Invalid with fields.
func (s *Service) Correct(ctx context.Context, who access.Actor, rev int64, c Correction) error {
	if !who.SignedIn() {
		return fault.New(fault.Forbidden, "")
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := roster.People.Load(ctx, tx, who, ref.ID(who.Person))
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Forbidden, "")
		}
		if err != nil {
			return err
		}
		v := &o.Value
		o.Rev = rev
		v.Family, v.Given, v.SortName, v.Language = c.Family, c.Given, c.SortName, c.Language
		return roster.People.Save(ctx, tx, who, "person.correct", &o, "")
	})
}
