package web

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"html/template"
	"strings"

	"entente/access"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/mail"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/notice"
	"entente/roster"
	"entente/standard/tlp"
)

//go:embed letters/*.html
var letterFiles embed.FS

var letterTemplate = func() *template.Template {
	t := template.Must(template.New("").Funcs(isolating).ParseFS(letterFiles, "letters/*.html"))
	isolateAll(t)
	return t
}()

// Letters puts notices into words: for the mail, and for a person's page. What a letter holds may lie
// on servers of strangers, so it names nothing above TLP:GREEN: of such a matter it gives the
// address alone.
type Letters struct {
	DB   *db.DB
	Base string // where the world reaches the node
}

// Letter is what the letter's template shows.
type Letter struct {
	Words
	Subject  string
	Mark     tlp.Label
	Colour   string
	Dialogue string
	Lines    []Link
	Why      string
}

// tlpColours are the colours of the labels as FIRST publishes them (TLP 2.0, "TLP in RGB").
var tlpColours = map[tlp.Label]string{tlp.CLEAR: "#ffffff", tlp.GREEN: "#33ff00"}

// Write makes the letter about notices to one person, in that person's language. It is a
// notice.Writer: what the person may no longer read it leaves out.
func (l Letters) Write(ctx context.Context, who access.Actor, list []notice.Notice) (m mail.Letter, told []ref.ID, err error) {
	var reader roster.Reader
	if reader, err = roster.New(l.DB).Reader(ctx, who.Person); err != nil {
		return m, nil, err
	}
	// Who is invited, or has no language of record, reads the first of the interface.
	w := Words{Lang: PageReader{Language: reader.Language}.Prefers("en")}
	page := Letter{Words: w, Mark: tlp.CLEAR}
	err = l.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		d, err := dialogue.New(l.DB).First(ctx, who)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		page.Dialogue = say(d.Value.Name, w.Lang).Text
		lines, err := noticeLines(ctx, tx, w, who, list, l.Base, true)
		for i, n := range lines {
			if n.Void {
				continue
			}
			told = append(told, list[i].ID)
			page.Lines = append(page.Lines, Link{Said: plainly(n.Text), Path: n.Path})
			page.Mark = tlp.Strictest(page.Mark, n.Mark)
		}
		return err
	})
	if err != nil || len(told) == 0 {
		return m, told, err
	}
	kind := "digest"
	if len(list) == 1 {
		kind = string(list[0].Kind)
	}
	page.Subject = w.T("letter.subject."+kind, "dialogue", page.Dialogue)
	page.Colour = tlpColours[page.Mark]
	if kind != string(notice.Invitation) && kind != string(notice.Confirm) {
		page.Why = w.T("letter.why", "link", l.Base+w.To("/account"))
	}
	var b bytes.Buffer
	if err := letterTemplate.ExecuteTemplate(&b, "letter", page); err != nil {
		return m, nil, err
	}
	return mail.Letter{
		Lang: w.Lang, Subject: "[" + string(page.Mark) + "] " + page.Subject, Text: page.plain(), HTML: b.String(),
	}, told, nil
}

// plain writes the letter without HTML.
func (l Letter) plain() string {
	var b strings.Builder
	b.WriteString(string(l.Mark) + "\n\n")
	for _, x := range l.Lines {
		b.WriteString(x.Text + "\n")
		if x.Path != "" {
			b.WriteString(x.Path + "\n")
		}
		b.WriteByte('\n')
	}
	b.WriteString("-- \n" + l.Dialogue + "\n")
	if l.Why != "" {
		b.WriteString(l.Why + "\n")
	}
	b.WriteString(l.T("letter.no-answer") + "\n")
	return b.String()
}

// NoticeLine is a notice in words.
type NoticeLine struct {
	Words
	Text string
	Path string // of what it is about, from the root of the site or with it
	When string
	How  string
	Mark tlp.Label
	Void bool // the person may not read what it is about
}

// noticeLines puts notices into words, in their order, with the actor's rights. base stands before
// every address. A letter goes out of the house: it names nothing above GREEN.
func noticeLines(ctx context.Context, tx *db.Tx, w Words, who access.Actor, list []notice.Notice, base string, letter bool) ([]NoticeLine, error) {
	var ids []ref.ID
	for _, n := range list {
		if n.Object != "" {
			ids = append(ids, n.Object)
		}
		if n.Kind == notice.Vacant || n.Kind == notice.OnBehalf {
			ids = append(ids, n.Detail.By)
		}
	}
	titles, err := access.Titles(ctx, tx, who, w.Lang, ids...)
	if err != nil {
		return nil, err
	}
	named := func(i ref.ID) string {
		t, ok := titles[i]
		if !ok || letter && t.Mark.Compare(tlp.GREEN) > 0 {
			return w.T("audience.hidden.institution")
		}
		return t.Text
	}
	out := make([]NoticeLine, 0, len(list))
	for _, n := range list {
		line := NoticeLine{Words: w, Mark: tlp.CLEAR, When: w.Moment(n.Made, "Asia/Shanghai"), How: w.T("notice.state." + string(n.State))}
		key := "notice." + string(n.Kind)
		args := []any{}
		if n.Object != "" {
			t, ok := titles[n.Object]
			if !ok {
				line.Void, line.Text = true, w.T("notice.gone")
				out = append(out, line)
				continue
			}
			name := cmp.Or(t.Text, capital(w.T("kind."+t.Kind))) // a receipt has no words
			line.Path, line.Mark = base+w.To(objectPath(t.Kind, t.ID)), t.Mark
			if n.Detail.Duty != "" {
				line.Path = base + w.To("/duties/", n.Detail.Duty)
			}
			if letter && t.Mark.Compare(tlp.GREEN) > 0 {
				name, line.Mark = w.T("notice.matter", "mark", string(t.Mark)), tlp.GREEN
			}
			args = append(args, "title", name)
		}
		switch n.Kind {
		case notice.Invitation:
			if n.Secret == "" {
				key += ".plain"
				break
			}
			line.Path = base + w.To("/invitation/", n.Secret)
		case notice.Confirm:
			line.Path = base + w.To("/account/mail/", n.Secret)
		case notice.OnBehalf:
			if n.Detail.What != "" {
				key += "." + n.Detail.What
			} else if n.Detail.By != "" { // it is for nobody to confirm or contest
				key += ".succeeded"
				args = append(args, "name", named(n.Detail.By))
			}
		case notice.Vacant:
			key += "." + n.Detail.What
			args = append(args, "name", named(n.Detail.By))
			if n.Detail.Duty == "" {
				line.Path = base + w.To("/duties?view=awaited")
			}
		case notice.Narrowed:
			if n.Detail.What != "" {
				key += "." + n.Detail.What
			}
		case notice.Security, notice.Reminder, notice.Authority, notice.Admission:
			key += "." + n.Detail.What
		case notice.Duty:
			if n.Detail.Due == "" {
				key += ".undated"
			}
		}
		if d, err := when.ParseDate(n.Detail.Due); err == nil && n.Detail.Due != "" {
			args = append(args, "date", w.Date(d))
		}
		line.Text = w.T(key, args...)
		if n.Detail.Until != "" {
			line.Text = w.Sentences(line.Text, w.T("notice.until", "date", w.Moment(n.Detail.Until, "Asia/Shanghai")))
		}
		if n.Kind == notice.Confirm {
			line.Text = w.Sentences(line.Text, w.T("notice.confirm-else"))
		}
		if n.Detail.What == "translations" {
			line.Path = base + w.To("/translations")
		}
		if n.Kind == notice.Handover || n.Kind == notice.Security {
			line.Path = base + w.To("/account")
		}
		out = append(out, line)
	}
	return out, nil
}
