package web

import (
	"context"
	"time"

	"entente/internal/db"
	"entente/internal/files"
)

// partTime is how long a part may take to say that it is there. Whoever asks /readyz waits less
// than a reader would.
const partTime = 5 * time.Second

// retryAfter is when one may ask again, in seconds, as the pages say.
const retryAfter = "30"

// Part is one thing that the node needs in order to serve.
type Part struct {
	Name  string // "database", "files"
	Lacks string // what to say of it when Fault is not nil, to anybody
	Fault error  // for the operator's log
}

// Parts looks at what the node needs.
func Parts(ctx context.Context, d *db.DB, store files.Store) []Part {
	ctx, cancel := context.WithTimeout(ctx, partTime)
	defer cancel()
	all := []Part{{Name: "database", Lacks: "it does not answer", Fault: d.Ping(ctx)}}
	if what := db.Trouble(all[0].Fault); what != "" {
		all[0].Lacks = "it " + what
	}
	if all[0].Fault == nil {
		if all[0].Fault = d.Stopped(); all[0].Fault != nil {
			all[0].Lacks = "it does not contain the log that was published"
		} else if all[0].Fault = d.Room(); all[0].Fault != nil {
			all[0].Lacks = "its disk is full"
		}
	}
	if store != nil {
		all = append(all, Part{Name: "files", Lacks: "the folder of attached files is not there, or its disk is full", Fault: store.Ready()})
	}
	return all
}
