package main

import (
	"context"
	"net/http"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// quietFor is how long nobody asked for anything before memory is given back.
const quietFor = 20 * time.Second

// idler gives memory back to the machine when nobody asks for anything. Go alone keeps what a
// busy hour needed, also over a night; a node often shares a modest server.
type idler struct{ requests atomic.Int64 }

// lessOften lets garbage grow to twice what is in use before it is collected: the heap is small,
// and at the usual measure a busy node spends a quarter of its time collecting. GOGC overrules it.
func lessOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// count wraps a handler.
func (i *idler) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.requests.Add(1)
		next.ServeHTTP(w, r)
	})
}

// run gives back after each quiet time that follows requests.
func (i *idler) run(ctx context.Context) {
	tick := time.NewTicker(quietFor)
	defer tick.Stop()
	for seen, given := int64(0), int64(-1); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := i.requests.Load()
		if now == seen && now != given {
			debug.FreeOSMemory()
			given = now
		}
		seen = now
	}
}
