package meeting

import (
	"context"
	"database/sql"

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

// Postpone moves a meeting, with a reason. It returns fault.NotFound if the actor may not read it,
// fault.Forbidden if policy does not let the actor change it, fault.Conflict if it changed since
// rev, fault.Invalid without a reason.
func (s *Service) Postpone(ctx context.Context, who access.Actor, id ref.Meeting, rev int64, to Move) error {
	return s.change(ctx, who, id, rev, "meeting.postpone", func(m *Meeting) { m.Move(to) })
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

// Years gives the years in which there are meetings that the actor may read, the newest first. A
// year that nothing readable stands behind is not among them, so that it tells nobody what there is.
func (s *Service) Years(ctx context.Context, who access.Actor, d ref.Dialogue) (out []string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		// Only columns of the index that lists are read from: no meeting itself is touched.
		out, err = db.Collect(ctx, tx, db.One[string], `select distinct substr(o.sort_time, 1, 4) as year from object o
			where `+who.CanRead(&a, "o")+` and o.kind = 'meeting' and o.dialogue = `+a.Add(d)+` and o.sort_time <> ''
			order by year desc -- meeting.Years`, a.List()...)
		return err
	})
	return out, err
}

// Counted gives the newest meetings that were held and for which a source states a number.
func (s *Service) Counted(ctx context.Context, who access.Actor, d ref.Dialogue, limit int) ([]access.Object[Meeting], error) {
	return s.some(ctx, who, d, `o.state = 'held' and t.stated <> ''`, `o.sort_time desc, o.id`, limit)
}

// Coming gives the meetings that are planned or postponed and have a date, the next first. One
// whose day has passed stands among them until somebody says that it was held.
func (s *Service) Coming(ctx context.Context, who access.Actor, d ref.Dialogue, limit int) ([]access.Object[Meeting], error) {
	return s.some(ctx, who, d, `o.state in ('planned', 'postponed') and o.sort_time <> ''`, `o.sort_time, o.id`, limit)
}

func (s *Service) some(ctx context.Context, who access.Actor, d ref.Dialogue, where, order string, limit int) (out []access.Object[Meeting], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = Meetings.List(ctx, tx, who, access.Select{
			Args: &a, Where: `o.kind = 'meeting' and o.dialogue = ` + a.Add(d) + ` and ` + where, Order: order, Limit: limit,
		})
		return err
	})
	return out, err
}

// Feed gives whole meetings for a calendar, newest first, at most limit: all, or those in which one
// of some institutions takes part.
func (s *Service) Feed(ctx context.Context, who access.Actor, d ref.Dialogue, limit int, oneOf ...ref.Institution) (out []access.Object[Meeting], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		where := `o.dialogue = ` + a.Add(d) + ` and o.sort_time <> ''`
		if len(oneOf) > 0 {
			where += ` and o.id in (select id from meeting_participation where institution in ` + db.In(&a, oneOf) + `)`
		}
		out, err = Meetings.List(ctx, tx, who, access.Select{
			Args: &a, Where: where, Order: `o.sort_time desc, o.id`, Limit: limit,
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
