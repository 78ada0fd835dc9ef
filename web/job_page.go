package web

import (
	"net/url"
	"slices"
	"strconv"

	"entente/bundle"
	"entente/internal/fault"
	"entente/internal/jobs"
)

var jobRoutes = []Route{
	get("/operation/jobs", Admin, "", (*Server).jobsPage),
	post("/operation/jobs", Admin, "", (*Server).jobsPost),
}

// JobsPage shows the administrator what the node does by itself. It holds no content.
type JobsPage struct {
	Page
	Sums          []JobSum
	States, Kinds []Option
	Filtered      bool
	Rows          []JobRow
	Earlier       string // address of the page of older ones; empty: there is none
	Here          string // the query of this page, to come back to after an act
}

// JobSum is how many jobs stand in a state.
type JobSum struct {
	Word string
	N    int64
	Path string
	Here bool
}

// JobRow is a job in the list.
type JobRow struct {
	ID, Kind      string
	State         StateWord
	Made          string
	What, When    string // what its time means, and the time
	Attempts      int
	Done          string // progress; empty: none was told
	Code, Error   string // of the last attempt
	Retry, Cancel bool
}

// jobStates are the states with their signs.
var jobStates = map[jobs.State]string{
	jobs.Waiting: "is-waiting", jobs.Running: "is-underway", jobs.Done: "is-done", jobs.Refused: "is-withdrawn",
	jobs.Dead: "is-late", jobs.Cancelled: "is-cancelled",
}

const jobsShown = 50

func (s *Server) jobsPage(r *Request) error {
	p := JobsPage{Page: r.Page}
	p.Title = p.T("jobs.title")
	q := jobs.Query{Kind: r.FormValue("kind"), Before: r.FormValue("before"), Limit: jobsShown + 1}
	if st := jobs.State(r.FormValue("state")); slices.Contains(jobs.States, st) {
		q.State = st
	}
	w, err := bundle.WorkOf(r.Context(), s.db, r.Who, q)
	if err != nil {
		return err
	}
	p.fill(w, q)
	return s.ok(r, "jobs", p)
}

// fill makes the page of what was found.
func (p *JobsPage) fill(w bundle.Work, q jobs.Query) {
	asked := url.Values{}
	for k, v := range map[string]string{"state": string(q.State), "kind": q.Kind} {
		if v != "" {
			asked.Set(k, v)
			p.Filtered = true
		}
	}
	n := map[jobs.State]int64{}
	for _, c := range w.Counts {
		n[c.State] += c.N
		if !slices.ContainsFunc(p.Kinds, func(o Option) bool { return o.Value == c.Kind }) {
			p.Kinds = append(p.Kinds, Option{Value: c.Kind, Text: p.jobKind(c.Kind), Selected: c.Kind == q.Kind})
		}
	}
	for _, st := range jobs.States {
		word := p.T("jobs.state." + string(st))
		p.States = append(p.States, Option{Value: string(st), Text: capital(word), Selected: st == q.State})
		if n[st] > 0 {
			p.Sums = append(p.Sums, JobSum{capital(word), n[st], p.To("/operation/jobs?state=" + string(st)), st == q.State})
		}
	}
	if len(w.Jobs) > jobsShown {
		w.Jobs = w.Jobs[:jobsShown]
		asked.Set("before", w.Jobs[jobsShown-1].ID)
		p.Earlier = p.To("/operation/jobs?" + asked.Encode())
		asked.Del("before")
	}
	if q.Before != "" {
		asked.Set("before", q.Before)
	}
	p.Here = asked.Encode()
	for _, j := range w.Jobs {
		p.Rows = append(p.Rows, p.jobRow(j))
	}
}

func (w Words) jobRow(j jobs.Job) JobRow {
	row := JobRow{
		ID: j.ID, Kind: w.jobKind(j.Kind), State: StateWord{jobStates[j.State], capital(w.T("jobs.state." + string(j.State)))},
		Made: w.Moment(j.Made, "Asia/Shanghai"), What: capital(w.T("jobs.at." + string(j.State))), When: w.Moment(j.At, "Asia/Shanghai"),
		Attempts: j.Attempts, Code: j.Error, Error: j.Error,
	}
	row.Retry, row.Cancel = j.Can()
	if k := "jobs.error." + j.Error; w.Has(k) {
		row.Error = w.T(k)
	}
	if j.Total > 0 && j.State != jobs.Done {
		row.Done = strconv.FormatInt(j.Done*100/j.Total, 10) + "%"
	}
	return row
}

// jobKind names a kind of job, or gives its code.
func (w Words) jobKind(kind string) string {
	if k := "jobs.kind." + kind; w.Has(k) {
		return w.T(k)
	}
	return kind
}

func (s *Server) jobsPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	acts := map[string]func(id string) error{
		"retry":  func(id string) error { return bundle.RetryJob(r.Context(), s.db, r.Who, id) },
		"cancel": func(id string) error { return bundle.CancelJob(r.Context(), s.db, r.Who, id) },
	}
	act := r.PostFormValue("do")
	if acts[act] == nil {
		return fault.New(fault.Invalid, "")
	}
	if err := acts[act](r.PostFormValue("id")); err != nil {
		return err
	}
	s.notice(r, "notice.job."+act)
	to := "/operation/jobs"
	if q, err := url.ParseQuery(r.PostFormValue("here")); err == nil && len(q) > 0 {
		to += "?" + q.Encode()
	}
	return r.redirect(to)
}
