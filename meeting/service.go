package meeting

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// Service is the door to the subject's own acts and lists; making and editing a meeting is the
// same as for every kind (access.Objects).
type Service struct{ db *db.DB }

// New gives the service over a database.
func New(d *db.DB) *Service { return &Service{d} }

// Get gives a meeting that the actor may read, or NotFound.
func (s *Service) Get(ctx context.Context, who access.Actor, id ref.Meeting) (m access.Object[Meeting], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err = Meetings.Load(ctx, tx, who, ref.ID(id))
		return err
	})
	return m, err
}

// Postpone moves a meeting, with a reason; an empty starts says that no new date is set yet. It
// returns fault.NotFound if the actor may not read it, fault.Forbidden if policy does not let
// the actor change it, fault.Conflict if it changed since rev, fault.Invalid without a reason.
func (s *Service) Postpone(ctx context.Context, who access.Actor, id ref.Meeting, rev int64, starts, ends when.Date, reason text.Multi) error {
	return s.change(ctx, who, id, rev, "meeting.postpone", func(m *Meeting) {
		m.State, m.Starts, m.Ends, m.Reason = Postponed, starts, ends, reason
	})
}

// Cancel calls a meeting off, with a reason. Faults as with Postpone.
func (s *Service) Cancel(ctx context.Context, who access.Actor, id ref.Meeting, rev int64, reason text.Multi) error {
	return s.change(ctx, who, id, rev, "meeting.cancel", func(m *Meeting) {
		m.State, m.Reason = Cancelled, reason
	})
}

func (s *Service) change(ctx context.Context, who access.Actor, id ref.Meeting, rev int64, act string, fn func(*Meeting)) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := Meetings.Load(ctx, tx, who, ref.ID(id))
		if err != nil {
			return err
		}
		m.Rev = rev // what the actor read; Save compares it with what stands
		fn(&m.Value)
		return Meetings.Save(ctx, tx, who, act, &m, "")
	})
}

// Sort is a column of the list.
type Sort string

// The orders of the list.
const (
	ByDate  Sort = "date"
	ByTitle Sort = "title"
)

// Query chooses a page of the list. Empty words choose all.
type Query struct {
	Dialogue    ref.Dialogue
	Lang        text.Lang
	Title       string // part of the title, in any case and without accents
	Type        Type
	State       State
	Phase       ref.Phase
	Institution ref.Institution   // takes part
	OneOf       []ref.Institution // one of these takes part: an institution and those it succeeded
	Year        string
	Sort        Sort
	Ascending   bool
	Before      string // a day "2026-11-23": only meetings that begin earlier
	From        string // a day: only meetings that begin then or later
	Page        Page
}

// Page is where a list stands: at most Limit rows after, or before, a cursor that a Listing gave.
type Page struct {
	Limit    int
	Cursor   string
	Backward bool
}

// Row is one line of the list.
type Row struct {
	ID         ref.Meeting
	Title      string
	TitleLang  text.Lang
	Place      string
	PlaceLang  text.Lang
	Type       Type
	Format     Format
	State      State
	Starts     when.Date
	Ends       when.Date
	Mark       string
	Persons    sql.NullInt64 // counted; null: not held
	Stated     string        // by sources, in short: "~25/26" of the same people, "33+7" of different ones
	cursorSort string
}

// Listing is a page of rows, how many there are in all, and the cursors of the pages beside it,
// "" where there is none.
type Listing struct {
	Rows       []Row
	Total      int
	Next, Prev string
}

// List gives a page of the meetings that the actor may read.
func (s *Service) List(ctx context.Context, who access.Actor, q Query) (l Listing, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		l, err = list(ctx, tx, who, q)
		return err
	})
	return l, err
}

// Facets are what a list can be narrowed by: the types and years that occur in it. A choice that
// nothing readable stands behind is not among them, so that it tells nobody what there is.
type Facets struct {
	Types []Type   // in the order of the options
	Years []string // newest first
}

// Facets gives those of the meetings that the actor may read.
func (s *Service) Facets(ctx context.Context, who access.Actor, d ref.Dialogue) (f Facets, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		rows, err := tx.Query(ctx, `select distinct t.type, t.year from object o join meeting t on t.id = o.id
			where `+who.CanRead(&a, "o")+` and o.kind = 'meeting' and o.dialogue = `+a.Add(d)+` -- meeting.Facets`, a.List()...)
		types, years := map[string]bool{}, map[string]bool{}
		_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var typ, year string
			err := r.Scan(&typ, &year)
			types[typ], years[year] = true, year != ""
			return struct{}{}, err
		})
		for _, t := range Type("").Options() {
			if types[t] {
				f.Types = append(f.Types, Type(t))
			}
		}
		for y, stated := range years {
			if stated {
				f.Years = append(f.Years, y)
			}
		}
		slices.SortFunc(f.Years, func(a, b string) int { return strings.Compare(b, a) })
		return err
	})
	return f, err
}

// Feed gives whole meetings for a calendar, newest first, at most limit.
func (s *Service) Feed(ctx context.Context, who access.Actor, d ref.Dialogue, limit int) (out []access.Object[Meeting], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = Meetings.List(ctx, tx, who, access.Select{
			Args: &a, Where: `o.dialogue = ` + a.Add(d) + ` and o.sort_time <> ''`, Order: `o.sort_time desc, o.id`, Limit: limit,
		})
		return err
	})
	return out, err
}

// Of gives the meetings of an activity, oldest first.
func (s *Service) Of(ctx context.Context, who access.Actor, a ref.Activity) (out []access.Object[Meeting], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var args db.Args
		out, err = Meetings.List(ctx, tx, who, access.Select{
			Args: &args, Where: `t.activity = ` + args.Add(a), Order: `o.sort_time, o.id`, Limit: 200,
		})
		return err
	})
	return out, err
}
