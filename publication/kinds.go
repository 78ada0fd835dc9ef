package publication

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
)

// Pages, NewsItems and Releases are how the subject's objects are kept.
var (
	Pages = &access.Kind[Page]{
		Name: "page", Table: "publication_page",
		Columns: []string{"place"},
		Row:     func(p *Page) []any { return []any{int64(p.Order)} },
	}
	NewsItems = &access.Kind[News]{
		Name: "news", Table: "publication_news",
		Sort: func(n *News) string { return n.Date.Sort() },
	}
	Releases = &access.Kind[Release]{
		Name: "release", Table: "publication_release",
		Columns: []string{"meeting"},
		Row:     func(r *Release) []any { return []any{string(r.Meeting)} },
		Sort:    func(r *Release) string { return r.Date.Sort() },
		Parent:  func(r *Release) ref.ID { return ref.ID(r.Meeting) },
		Guard:   guardRelease,
		Seek: func(r Release) Release { // how consent is known is no part of what goes out
			r.Quotations = slices.Clone(r.Quotations)
			for i := range r.Quotations {
				r.Quotations[i].Evidence = nil
			}
			return r
		},
	}
)

// guardRelease keeps from the public what a speaker has not agreed to: a release that anyone may
// read holds only quotations with consent or that their institution has published itself.
func guardRelease(_, o *access.Object[Release], _ string) error {
	if !o.Audience.Has(access.Anyone) {
		return nil
	}
	var f fault.Fields
	for i, q := range o.Value.Quotations {
		if q.Consent != Given && q.Consent != Published {
			f.Add("quotations."+strconv.Itoa(i)+".consent", string(q.Consent), "fault.consent")
		}
	}
	return f.Err()
}

// Service is the door to the subject's lists; making, editing and publishing are the same as for
// every kind (access.Objects).
type Service struct{ db *db.DB }

// New gives the service over a database.
func New(d *db.DB) *Service { return &Service{d} }

// Pages gives the pages of a dialogue in their order.
func (s *Service) Pages(ctx context.Context, who access.Actor, d ref.Dialogue) (out []access.Object[Page], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = Pages.List(ctx, tx, who, access.Select{
			Args: &a, Where: `o.dialogue = ` + a.Add(d), Order: `t.place, o.id`, Limit: 100,
		})
		return err
	})
	return out, err
}

// News gives the newest news, at most limit, that stand after the given place in the list: a day
// and the id of an item of that day, "2019-05-01_ID", or a day alone for what came before it. ""
// begins with the newest. What has no date comes last.
func (s *Service) News(ctx context.Context, who access.Actor, d ref.Dialogue, before string, limit int) (out []access.Object[News], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		out, err = dated(ctx, tx, who, NewsItems, d, before, limit)
		return err
	})
	return out, err
}

// Releases gives the newest press releases, as News does.
func (s *Service) Releases(ctx context.Context, who access.Actor, d ref.Dialogue, before string, limit int) (out []access.Object[Release], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		out, err = dated(ctx, tx, who, Releases, d, before, limit)
		return err
	})
	return out, err
}

func dated[T any](ctx context.Context, tx *db.Tx, who access.Actor, k *access.Kind[T], d ref.Dialogue, before string, limit int) ([]access.Object[T], error) {
	var a db.Args
	where := `o.dialogue = ` + a.Add(d)
	if day, id, at := strings.Cut(before, "_"); at {
		d := a.Add(day)
		where += ` and (o.sort_time < ` + d + ` or o.sort_time = ` + d + ` and o.id > ` + a.Add(id) + `)`
	} else if before != "" {
		where += ` and o.sort_time < ` + a.Add(before)
	}
	return k.List(ctx, tx, who, access.Select{Args: &a, Where: where, Order: `o.sort_time desc, o.id`, Limit: limit})
}

// Release gives a press release that the actor may read, or NotFound.
func (s *Service) Release(ctx context.Context, who access.Actor, id ref.Release) (o access.Object[Release], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err = Releases.Load(ctx, tx, who, ref.ID(id))
		return err
	})
	return o, err
}

// ReleasesOf gives the releases written from a meeting.
func (s *Service) ReleasesOf(ctx context.Context, who access.Actor, m ref.Meeting) (out []access.Object[Release], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = Releases.List(ctx, tx, who, access.Select{
			Args: &a, Where: `t.meeting = ` + a.Add(m), Order: `o.sort_time desc, o.id`, Limit: 20,
		})
		return err
	})
	return out, err
}
