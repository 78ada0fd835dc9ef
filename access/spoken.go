package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
)

// What an institution said, asked or attached is its own in its words. Others may translate them,
// and the translation then says who made it. It is shown beside the original, as unconfirmed, until
// the institution confirms it or writes its own (text.Multi.Unconfirmed): no other translation is
// ever given in the place of the original. This file is where that is written, whoever writes.

// The acts of an institution on a translation of its words.
const (
	actConfirm = "translation.confirm"
	actContest = "translation.contest"
)

// Vouched is the state of what was entered on behalf of an institution once that one confirmed it. What
// is attached to it is part of what was confirmed, and stays as it was then.
const Vouched = "accepted"

// Waiting is the state of what was entered on behalf of an institution that has not spoken to it yet.
const Waiting = "entered"

// IsSaid says whether the object is what the institution that owns it says: a statement, or a note. What
// that institution attaches to it is part of its words.
func (h Header) IsSaid() bool {
	return h.Owner != "" && (h.Kind == "statement" || h.Kind == "note")
}

// maker names the actor as the maker of a translation.
func (a Actor) maker() string {
	switch {
	case a.IsOperator():
		return text.ByOperator
	case a.Holds(ProjectTeam):
		return string(TeamOf(a.Dialogue))
	}
	return string(InstitutionOf(a.Institution))
}

// sign writes beside each translation of an institution's words who made it, and refuses what is the
// institution's alone: its words themselves, and to call a translation of them checked. In an object
// that holds nobody's words, nothing stands beside a translation.
func (k *Kind[T]) sign(ctx context.Context, tx *db.Tx, who Actor, act string, old, o *Object[T], faults *fault.Fields) (err error) {
	spoken := k.Part && o.Owner != ""
	own := spoken && who.Owns(o.Header)
	judged := act == actConfirm || act == actContest // written by judge, and nothing else with it
	theirs := k.byTeam(&o.Value)
	was := map[string]text.Multi{}
	var refused map[rendering]bool // read where it is needed
	if old != nil {
		for _, t := range shape.Texts(&old.Value) {
			was[t.Path] = t.Value
		}
	}
	for _, t := range shape.Texts(&o.Value) {
		before := was[t.Path]
		team := spoken && slices.Contains(theirs, t.Path)
		others := spoken && (team || !own) && !judged && !who.IsOperator()
		kept := func(l text.Lang) bool {
			return others && (team && !who.Holds(ProjectTeam) || !team && ownWords(before, l))
		}
		if spoken && before.Empty() {
			original(t.Value)
		}
		switch {
		case !others:
		case !before.Empty() && !before.SameWords(t.Value):
			faults.Add(t.Path, "", "fault.statement-words")
		case before.Empty() && !t.Value.Empty() && old != nil && act == k.Name+".edit": // a translation of nothing
			faults.Add(t.Path, "", "fault.statement-empty")
		case before.Empty(): // in one language it was said; who has it from a letter translates it into another
			orig := t.Value.OriginalLang()
			for _, l := range t.Value.Langs() {
				if s := t.Value[l].Status; l != orig && (s == text.Original || s == "") {
					faults.Add(t.Path+"."+l+".status", string(s), "fault.original-one")
				}
			}
		}
		for _, l := range slices.Compact(slices.Sorted(slices.Values(append(before.Langs(), t.Value.Langs()...)))) {
			if kept(l) && t.Value[l].Text != before[l].Text {
				key := "fault.translation-own"
				if team {
					key = "fault.statement-team"
				}
				faults.Add(t.Path+"."+l, "", key)
			}
		}
		for l, v := range t.Value {
			stood := before[l]
			same := stood.Text == v.Text && stood.Status == v.Status && stood.Of == v.Of
			switch {
			case kept(l):
				v = stood
			case !spoken || team || v.Status == text.Original:
				v.By, v.Word = "", ""
			case judged:
			case same:
				v.By, v.Word = stood.By, stood.Word
			case own:
				v.By, v.Word = string(InstitutionOf(ref.Institution(o.Owner))), text.Own
			default:
				if v.Status == text.Checked && !who.IsOperator() {
					faults.Add(t.Path+"."+l+".status", string(v.Status), "fault.translation-checked")
				}
				v.By, v.Word = who.maker(), ""
				if old != nil && refused == nil {
					if refused, err = k.refused(ctx, tx, old.ID); err != nil {
						return err
					}
				}
				if refused[rendering{t.Path, l, v.Text}] { // it is contested still, whatever others call it
					v.Word = text.Contested
				}
			}
			t.Value[l] = v
		}
	}
	return nil
}

// byTeam gives the paths of what the project team wrote on a value in its own name.
func (k *Kind[T]) byTeam(v *T) []string {
	if k.ByTeam == nil {
		return nil
	}
	return k.ByTeam(v)
}

// Said gives the texts of a value, a pointer, but for what the project team wrote on it in its own name.
func (k *Kind[T]) Said(value any) []shape.MultiText {
	v := value.(*T)
	theirs := k.byTeam(v)
	return slices.DeleteFunc(shape.Texts(v), func(t shape.MultiText) bool { return slices.Contains(theirs, t.Path) })
}

// rendering is a translation of one text of an object by its words.
type rendering struct{ path, lang, words string }

// refused gives the translations that the institution contested and has neither confirmed nor made its
// own since. The revisions tell: what others took out and write again is what was contested.
func (k *Kind[T]) refused(ctx context.Context, tx *db.Tx, id ref.ID) (map[rendering]bool, error) {
	bodies, err := db.Collect(ctx, tx, func(r *sql.Rows) (body []byte, err error) { return body, r.Scan(&body) },
		`select body from revision where object = $1 and body is not null order by rev -- access.refused`, id)
	out := map[rendering]bool{}
	for _, body := range bodies {
		s, err := k.decode(body)
		if err != nil {
			return nil, err
		}
		for _, t := range shape.Texts(&s.Value) {
			for l, v := range t.Value {
				switch v.Word {
				case text.Contested:
					out[rendering{t.Path, l, v.Text}] = true
				case text.Own, text.Confirmed:
					delete(out, rendering{t.Path, l, v.Text})
				}
			}
		}
	}
	return out, err
}

// ownWords says whether an institution's text in a language is a translation that it made or confirmed
// itself, of the original as it stands: these are its words too.
func ownWords(m text.Multi, l text.Lang) bool {
	v := m[l]
	return (v.Word == text.Own || v.Word == text.Confirmed) && m.State(l) != text.Outdated
}

// original calls the first language of a text an original where none is called that: what is new is
// not a translation of anything.
func original(m text.Multi) {
	l := m.OriginalLang()
	if v := m[l]; v.Text != "" && v.Status != text.Original {
		v.Status, v.Of = text.Original, ""
		m[l] = v
	}
}

// ConfirmTranslation says for the institution that a translation of its words is right: the act
// "translation.confirm". It then stands for them in that language.
func (s *Objects) ConfirmTranslation(ctx context.Context, who Actor, id ref.ID, rev int64, lang text.Lang) error {
	return s.judge(ctx, who, id, rev, actConfirm, lang, text.Checked, text.Confirmed)
}

// ContestTranslation says for the institution that a translation of its words is not right: the act
// "translation.contest". It is owed anew.
func (s *Objects) ContestTranslation(ctx context.Context, who Actor, id ref.ID, rev int64, lang text.Lang) error {
	return s.judge(ctx, who, id, rev, actContest, lang, text.Draft, text.Contested)
}

func (s *Objects) judge(ctx context.Context, who Actor, id ref.ID, rev int64, act string, lang text.Lang, status text.Status, word text.Word) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		h, err := Find(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if err := May(who, act, h); err != nil {
			return err
		}
		k := s.kinds[h.Kind]
		if k == nil || !k.IsPart() {
			return fault.New(fault.Forbidden, "") // it holds nobody's words
		}
		h, value, err := k.LoadAny(ctx, tx, who, id)
		if err != nil {
			return err
		}
		found := false
		for _, t := range k.Said(value) {
			v, ok := t.Value.Unconfirmed(lang)
			if !ok || v.Word == word && word == text.Contested {
				continue
			}
			v.Status, v.Word, found = status, word, true
			if word == text.Confirmed { // of the original as it stands
				v.Of = text.Hash(t.Value[t.Value.OriginalLang()].Text)
			}
			t.Value[lang] = v
		}
		if !found || h.Rev != rev {
			return fault.New(fault.Conflict, "")
		}
		return k.SaveAny(ctx, tx, who, act, &h, value, "")
	})
}

// MayJudge says whether the actor may confirm and contest translations of what the object says.
func MayJudge(who Actor, h Header) bool { return May(who, actConfirm, h) == nil }

// Unsigned declares that texts of a kind held translations before their makers were kept, up to a
// version of the kind: who made them is not known, and the institution has not confirmed them.
func Unsigned(until int, names ...string) (out []Former) {
	for _, name := range names {
		path := strings.Split(name, ".")
		out = append(out, Former{Name: name, Until: until, Now: path[len(path)-1], As: func(raw json.RawMessage) (json.RawMessage, error) {
			var m text.Multi
			if err := json.Unmarshal(raw, &m); err != nil {
				return nil, err
			}
			orig := m.OriginalLang()
			for l, v := range m {
				if l != orig && v.Status != text.Original && v.Status != "" {
					v.By = text.ByUnknown
					m[l] = v
				}
			}
			return json.Marshal(m)
		}})
	}
	return out
}
