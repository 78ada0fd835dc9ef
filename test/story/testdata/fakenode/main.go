// Command fakenode behaves as a node does towards the story helpers: it becomes ready a moment
// after it listens, answers forms, and ends well when it is asked to. FAKE names a misbehaviour.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

const page = `<!doctype html><title>Fake</title><h1>Fish &amp;
  chips</h1><form action="/save" method="post"><input type="hidden" name="rev" value="7"><input name="title" value="Old">
<input type="checkbox" name="a" value="1" checked><input type="checkbox" name="b" value="1">
<textarea name="note">two
lines</textarea><select name="side"><option value="cn">CN</option><option value="eu" selected>EU</option></select>
<select name="mark"><option>TLP:AMBER</option></select><button name="go" value="now">Save</button></form>`

func main() {
	fmt.Println("starting with", os.Args[1:])
	switch os.Getenv("FAKE") {
	case "dies":
		fmt.Fprintln(os.Stderr, "the reason why it dies")
		os.Exit(3)
	case "command":
		fmt.Println("done in", os.Getenv("ENTENTE_DATA") != "")
		return
	}
	var ready atomic.Bool
	time.AfterFunc(100*time.Millisecond, func() { ready.Store(true) })
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !ready.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes", Path: "/"})
		_, _ = fmt.Fprint(w, page)
	})
	mux.HandleFunc("POST /save", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/saved?title="+r.FormValue("title")+"&rev="+r.FormValue("rev"), http.StatusSeeOther)
	})
	mux.HandleFunc("POST /upload", func(w http.ResponseWriter, r *http.Request) {
		_, h, err := r.FormFile("scan")
		_, _ = fmt.Fprint(w, r.FormValue("title"), " ", h.Filename, " ", h.Size, err)
	})
	mux.HandleFunc("GET /saved", func(w http.ResponseWriter, r *http.Request) {
		c, _ := r.Cookie("seen")
		_, _ = fmt.Fprintf(w, "saved %s at revision %s, %v", r.FormValue("title"), r.FormValue("rev"), c)
	})
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	server := &http.Server{Addr: os.Getenv("ENTENTE_LISTEN"), Handler: http.NewCrossOriginProtection().Handler(mux)}
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	_ = server.ListenAndServe()
	if os.Getenv("FAKE") == "ends badly" {
		os.Exit(4)
	}
}
