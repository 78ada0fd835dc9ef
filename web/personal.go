package web

import (
	"encoding/json"
	"net/http"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/internal/fault"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/library"
	"entente/roster"
	"entente/standard/tlp"
)

// personalRoutes are a person's own data: what is held and why, a copy of it, its correction, and
// how a name is taken out for good.
var personalRoutes = []Route{
	get("/account/data", People, "", (*Server).dataPage),
	post("/account/data", People, "", (*Server).correctPost),
	costly(plain("GET", "/account/data.json", People, "", (*Server).dataFile)),
	get("/people/{id}/erase", People, "id=person/cn-focal-point", (*Server).erasePage),
	post("/people/{id}/erase", People, "id=person/cn-focal-point", (*Server).erasePost),
}

// DataPage says what the node holds on people, and what it holds on the reader.
type DataPage struct {
	Page
	Holdings  []Holding
	Faults    []FieldFault
	By        map[string]string
	Rev       int64 // of the reader's entry; 0: the reader may not read it and so not correct it
	Correct   account.Correction
	Languages []Option
	Contact   ContactView
}

// Holding is one kind of data on people, in words.
type Holding struct{ What, Purpose, Retention string }

func (s *Server) dataPage(r *Request) error { return s.showData(r, http.StatusOK, nil, nil) }

func (s *Server) showData(r *Request, status int, typed *account.Correction, faults fault.Fields) error {
	p := DataPage{Page: r.Page}
	p.Title = p.T("personal.title")
	p.By, p.Faults = p.byPath(faults), p.Page.Faults(faults)
	for _, h := range account.Personal {
		key := "personal." + h.Key
		p.Holdings = append(p.Holdings, Holding{p.T(key + ".what"), p.T(key + ".purpose"), p.T(key + ".retention")})
	}
	me, err := s.roster.Person(r.Context(), r.Who, r.Who.Person)
	if err != nil && !fault.Is(err, fault.NotFound) { // who only administers the node may not read the directory
		return err
	}
	if err == nil {
		v := me.Value
		p.Rev, p.Correct = me.Rev, account.Correction{Family: v.Family, Given: v.Given, SortName: v.SortName, Language: v.Language}
	}
	if typed != nil {
		p.Correct = *typed
	}
	for _, l := range message.Languages {
		p.Languages = append(p.Languages, Option{l, p.T("lang." + l), l == p.Correct.Language})
	}
	p.Contact = contactView(p.Dialogue.Value.Contact, p.Lang)
	return s.show(r, status, "personal", p)
}

func (s *Server) correctPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	v := func(name string) string { return text.CleanName(r.PostFormValue(name)) }
	c := account.Correction{Family: v("family"), Given: v("given"), SortName: v("sort_name"), Language: v("language")}
	err := s.accounts.Correct(r.Context(), r.Who, r.seenRev(0), c)
	if faults := fieldsOf(err); len(faults) > 0 {
		return s.showData(r, http.StatusUnprocessableEntity, &c, faults)
	}
	if err != nil {
		return err
	}
	s.notice(r, "personal.corrected")
	return r.redirect("/account/data")
}

// dataFile gives a person a copy of what is held on that person. The mark on its name says that it
// is for the named person alone.
func (s *Server) dataFile(r *Request) error {
	o, err := bundle.Own(r.Context(), s.db, s.objects, r.Who, r.Lang)
	if err != nil {
		return err
	}
	o.Explanation = s.base(r.Request) + "/" + r.Page.Reader.Prefers(r.Lang) + "/account/data"
	b, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return err
	}
	h := r.W.Header()
	shut(h)
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", attachment(library.MarkedName(tlp.RED, "", "own-data.json")))
	_, err = r.W.Write(append(b, '\n'))
	return err
}

// ErasePage says what an erasure takes and what it leaves, before it is done.
type ErasePage struct {
	Page
	Person string
	Name   Said
	Called string // the name that goes, where one was entered
	File   bool   // the database is a file, which is rewritten
	Reason string
	Faults []FieldFault
	By     map[string]string
}

func (s *Server) erasePage(r *Request) error { return s.showErase(r, http.StatusOK, "", nil) }

func (s *Server) showErase(r *Request, status int, reason string, faults fault.Fields) error {
	o, err := s.roster.Person(r.Context(), r.Who, ref.Person(r.PathValue("id")))
	if err != nil {
		return err
	}
	if err := s.accounts.MayErase(r.Context(), r.Who, ref.Person(o.ID)); err != nil {
		return err
	}
	r.in("partners")
	p := ErasePage{Page: r.Page, Person: o.ID, Name: say(o.Value.Title, r.Lang), Called: personName(o.Value), File: s.db.Path() != "", Reason: reason}
	p.Title = p.T("erase.title-page", "person", p.Name.Text)
	p.By, p.Faults = p.byPath(faults), p.Page.Faults(faults)
	return s.show(r, status, "erase", p)
}

func (s *Server) erasePost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	id, reason := ref.Person(r.PathValue("id")), r.reason()
	err := s.accounts.Erase(r.Context(), r.Who, id, reason)
	if faults := fieldsOf(err); len(faults) > 0 {
		return s.showErase(r, http.StatusUnprocessableEntity, reason, faults)
	}
	if err != nil {
		return err
	}
	s.notice(r, "erase.done")
	return r.redirect("/people/" + string(id))
}

// erased says on a person's page that the name was taken out, or leads to where it is done.
func (s *Server) erased(r *Request, p *PersonPage, o access.Object[roster.Person]) error {
	if !o.Value.Erased.IsZero() {
		p.Facts.add("erase.fact", plainly(p.Date(o.Value.Erased)))
		return nil
	}
	err := s.accounts.MayErase(r.Context(), r.Who, ref.Person(o.ID))
	if err == nil {
		p.Erase = p.To("/people/", o.ID, "/erase")
		return nil
	}
	if fault.Is(err, fault.Forbidden) {
		return nil
	}
	return err
}
