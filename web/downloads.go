package web

import (
	"net/http"
	"time"

	"entente/bundle"
	"entente/internal/jobs"
	"entente/library"
	"entente/standard/tlp"
)

var downloadRoutes = []Route{
	get("/downloads", People, "", (*Server).downloadsPage),
	post("/downloads", People, "", (*Server).downloadsPost),
	costly(get("/downloads/{id}/archive.zip", People, "id=meeting/launch-phase-2", (*Server).downloadContent)),
}

// DownloadsPage offers one file with everything that a person may read, and shows how far it is.
type DownloadsPage struct {
	Page
	Marks   []DownloadMark // what would be in it
	Total   int64
	Strict  tlp.Label // the strictest of them
	Rows    []DownloadRow
	Working bool // one is on its way
	Ready   bool // one can be fetched
}

// DownloadMark is how much a person may read under a mark.
type DownloadMark struct {
	Mark tlp.Label
	N    int64
}

// DownloadRow is one archive.
type DownloadRow struct {
	Words
	Asked   string
	State   StateWord
	Working bool
	Percent int64  // of the work; -1: not known yet
	Get     string // address of the file; empty: it cannot be fetched
	Until   string
	Size    string
	Text    string // what it holds, in words
	Missing int
	Mark    tlp.Label
	Stale   bool
	Failed  string // why, in words; empty: it has not
}

func (s *Server) downloadsPage(r *Request) error {
	p := DownloadsPage{Page: r.Page}
	p.Title = p.T("downloads.title")
	marks, err := s.archives.Marks(r.Context(), r.Who)
	if err != nil {
		return err
	}
	for _, k := range marks {
		p.Marks = append(p.Marks, DownloadMark{k.Mark, k.N})
		p.Total += k.N
		p.Strict = stricter(p.Strict, k.Mark)
	}
	all, err := s.archives.Of(r.Context(), r.Who)
	if err != nil {
		return err
	}
	for i, a := range all {
		row := p.archive(a)
		p.Working, p.Ready = p.Working || row.Working, p.Ready || row.Get != ""
		if i == 0 || row.Working || row.Get != "" { // of what is over only the last is worth a word
			p.Rows = append(p.Rows, row)
		}
	}
	return s.ok(r, "downloads", p)
}

func (w Words) archive(a bundle.Archive) DownloadRow {
	row := DownloadRow{
		Words: w, Asked: w.Moment(a.Asked, "Asia/Shanghai"), Percent: -1, Mark: a.Mark, Missing: a.Missing, Stale: a.Stale,
		Working: a.State == jobs.Waiting || a.State == jobs.Running,
	}
	word := string(a.State)
	switch {
	case row.Working:
		if a.Total > 0 {
			row.Percent = min(99, a.Done*100/a.Total)
		}
	case a.State != jobs.Done:
		word = "failed"
		row.Failed = w.T("downloads.failed")
		if k := "jobs.error." + a.Error; w.Has(k) {
			row.Failed = w.T(k)
		}
	case a.Stale:
		word = "stale"
	case a.Until == "":
		word = "over"
	default:
		word = "ready"
		row.Get = w.To("/downloads/", a.ID, "/archive.zip")
		row.Until, row.Size = w.Moment(a.Until, "Asia/Shanghai"), w.size(a.Size)
		row.Text = w.T("downloads.holds", "objects", a.Objects, "files", a.Files)
	}
	row.State = StateWord{downloadStates[word], w.T("downloads.state." + word)}
	return row
}

var downloadStates = map[string]string{
	"waiting": "is-waiting", "running": "is-underway", "ready": "is-done", "failed": "is-late", "stale": "is-withdrawn", "over": "is-silent",
}

func (s *Server) downloadsPost(r *Request) error {
	if err := s.archives.Ask(r.Context(), r.Who); err != nil {
		return err
	}
	s.notice(r, "notice.download")
	return r.redirect("/downloads")
}

// downloadContent gives an archive to the person it was made for.
func (s *Server) downloadContent(r *Request) error {
	f, a, err := s.archives.Open(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	defer f.Close()
	h := r.W.Header()
	shut(h)
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Type", "application/zip")
	name := r.Page.Dialogue.Name.Text + " " + a.Asked[:len(time.DateOnly)] + ".zip"
	h.Set("Content-Disposition", attachment(library.MarkedName(a.Mark, "", library.CleanName(name))))
	_ = http.NewResponseController(r.W).SetWriteDeadline(time.Now().Add(fileTime))
	http.ServeContent(r.W, r.Request, "", time.Time{}, f)
	return nil
}
