package web

import (
	"net/url"

	"entente/access"
	"entente/internal/text"
)

var translationRoutes = []Route{get("/translations", Team, "", (*Server).translationsPage)}

// TranslationsPage lists the texts that wait for a translation.
type TranslationsPage struct {
	Page
	Tongues, States, Kinds []Option
	Filtered               bool
	Total                  int
	Rows                   []TranslationRow
	Pager
	Sums []TranslationSum
}

// TranslationSum says how many objects wait for a language, by state.
type TranslationSum struct {
	Tongue, State string
	N             int
	Path          string
	Here          bool
}

// TranslationRow is an object with the texts that wait.
type TranslationRow struct {
	Title  Said
	Path   string // of the form
	View   string // of the object
	Kind   string
	Tongue string
	State  StateWord
	Do     string
	Texts  []string // the names of the fields
	More   int      // fields that are not named
}

const (
	translationsShown = 50
	textsNamed        = 6
)

// translationStates are the states of what is owed, with their signs.
var translationStates = map[text.State]string{text.Missing: "is-unknown", text.Outdated: "is-late", text.Unchecked: "is-draft"}

func (s *Server) translationsPage(r *Request) error {
	p := TranslationsPage{Page: r.Page}
	p.Title = p.T("room.translations")
	n := pageOf(r)
	q := access.TranslationQuery{Dialogue: p.Dialogue.ID, Lang: r.Lang, Limit: translationsShown, Offset: (n - 1) * translationsShown}
	choose := func(name string, opts []Option) ([]Option, string) {
		chosen := ""
		for i := range opts {
			if v := r.FormValue(name); v != "" && v == opts[i].Value {
				opts[i].Selected, chosen = true, v
			}
		}
		p.Filtered = p.Filtered || chosen != ""
		return opts, chosen
	}
	var state string
	p.Tongues, q.To = choose("to", tongues(r.Page))
	p.States, state = choose("state", p.stateOptions())
	q.State = text.State(state)
	p.Kinds, q.Kind = choose("kind", s.kindOptions(r))
	found, err := s.objects.Translations(r.Context(), r.Who, q)
	if err != nil {
		return err
	}
	p.Total = found.Total
	p.sums(found.Counts, q)
	asked := url.Values{}
	for k, v := range map[string]string{"to": q.To, "state": state, "kind": q.Kind} {
		if v != "" {
			asked.Set(k, v)
		}
	}
	p.Pager = pagerFor(p.Page.To("/translations"), asked, n, translationsShown, found.Total)
	for _, o := range found.List {
		p.Rows = append(p.Rows, translationRow(p.Words, o))
	}
	return s.ok(r, "translations", p)
}

// tongues gives the dialogue's languages as choices.
func tongues(p Page) []Option {
	list := p.Dialogue.Value.Languages
	if len(list) == 0 {
		list = []string{"en", "zh"}
	}
	var out []Option
	for _, l := range list {
		out = append(out, Option{Value: l, Text: tongue(p.Words, l)})
	}
	return out
}

// tongue names a language, or gives its tag.
func tongue(w Words, lang string) string {
	if k := "lang." + lang; w.Has(k) {
		return w.T(k)
	}
	return lang
}

func (p *TranslationsPage) stateOptions() []Option {
	var out []Option
	for _, s := range []text.State{text.Missing, text.Outdated, text.Unchecked} {
		out = append(out, Option{Value: string(s), Text: capital(p.T("translations.state." + string(s)))})
	}
	return out
}

func (s *Server) kindOptions(r *Request) []Option {
	var out []Option
	for _, k := range s.objects.Kinds() {
		if k.CanEdit() {
			out = append(out, Option{Value: k.KindName(), Text: capital(r.Page.T("kind." + k.KindName()))})
		}
	}
	return out
}

// sums adds up what waits, whatever is chosen, by language and state.
func (p *TranslationsPage) sums(counts []access.TranslationCount, q access.TranslationQuery) {
	p.Sums = translationSums(p.Words, counts)
	for i := range p.Sums {
		p.Sums[i].Here = p.Sums[i].Path == p.Page.To("/translations?to="+q.To+"&state="+string(q.State))
	}
}

// translationSums adds up what waits by language and state, in the order of the counts.
func translationSums(w Words, counts []access.TranslationCount) []TranslationSum {
	var out []TranslationSum
	for _, state := range []text.State{text.Missing, text.Outdated, text.Unchecked} {
		at := map[string]int{}
		for _, c := range counts {
			if c.State != state {
				continue
			}
			i, ok := at[c.To]
			if !ok {
				i = len(out)
				at[c.To] = i
				out = append(out, TranslationSum{
					Tongue: tongue(w, c.To), State: string(state), Path: w.To("/translations?to=" + c.To + "&state=" + string(state)),
				})
			}
			out[i].N += c.N
		}
	}
	return out
}

func translationRow(w Words, o access.Owed) TranslationRow {
	row := TranslationRow{
		Title: Said{Text: o.Text, Lang: other(w.Lang, o.Title.Lang)}, Path: w.To("/objects/", o.ID, "/edit"), View: w.To(objectPath(o.Kind, o.ID)),
		Kind: capital(w.T("kind." + o.Kind)), Tongue: tongue(w, o.To),
		Do:    w.T("desk.translate-do." + string(o.State)),
		State: StateWord{translationStates[o.State], capital(w.T("translations.state." + string(o.State)))},
	}
	f := &form{Words: w, kind: o.Kind}
	for i, t := range o.Texts {
		if i == 0 {
			row.Path += "#" + t.Path
		}
		if i == textsNamed {
			row.More = len(o.Texts) - i
			break
		}
		row.Texts = append(row.Texts, f.pathLabel(t.Path, t.Field))
	}
	return row
}
