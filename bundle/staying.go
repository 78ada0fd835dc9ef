package bundle

import (
	"context"
	"slices"

	"entente/access"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/meeting"
)

// Staying is a meeting that an import gives another day or calls off, with the open calls about it: a
// file moves no deadline.
type Staying struct {
	Key   string
	Off   bool // it is called off
	Calls []access.Object[exchange.Call]
	id    ref.ID
}

// Outside is a meeting to which an import gives other hours, with those items of its agenda that lie
// outside them: what a file says of an agenda is taken as it says it.
type Outside struct {
	Key   string
	Items []meeting.Item
}

// noteMoved notes a meeting that begins on another day than the one that stands, or is called off, and
// one whose hours or agenda changed so that they do not fit one another.
func (im *importer) noteMoved(d *document, now any) {
	was, ok := now.(*meeting.Meeting)
	is, _ := d.value.(*meeting.Meeting)
	if !ok || is == nil {
		return
	}
	if off := is.State == meeting.Cancelled && was.State != meeting.Cancelled; off || is.Starts != was.Starts {
		im.staying = append(im.staying, Staying{Key: d.key, Off: off, id: d.held.id})
	}
	if places := is.Outside(); !slices.Equal(places, was.Outside()) || is.At != was.At || is.Until != was.Until {
		var items []meeting.Item
		for _, i := range places {
			items = append(items, is.Agenda[i])
		}
		if len(items) > 0 {
			im.outside = append(im.outside, Outside{d.key, items})
		}
	}
}

// findStaying finds the open calls about those meetings, and leaves out the meetings that have none.
func (im *importer) findStaying(ctx context.Context, d *db.DB) (err error) {
	moved := im.staying
	im.staying = nil
	for some := range slices.Chunk(moved, 500) {
		if err := im.patience(); err != nil {
			return err
		}
		var ids []ref.ID
		for _, x := range some {
			ids = append(ids, x.id)
		}
		calls, err := exchange.New(d).OpenOn(ctx, im.who, ids...)
		if err != nil {
			return err
		}
		of := map[ref.ID][]access.Object[exchange.Call]{}
		for _, c := range calls {
			of[c.Parent] = append(of[c.Parent], c)
		}
		for _, x := range some {
			if x.Calls = of[x.id]; len(x.Calls) > 0 {
				im.staying = append(im.staying, x)
			}
		}
	}
	return nil
}
