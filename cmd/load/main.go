// Command load measures what the program costs at the size it is meant for: 1,000 meetings, 200
// institutions and 500 activities, read by 8 clients over loopback while the server shares the
// machine with them. It makes its own database in a temporary folder, asks only that server, ends
// by itself, and prints figures; it judges nothing. docs/measurements.md keeps what it printed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/ledger"
	"entente/meeting"
	"entente/roster"
	"entente/web"
)

func main() {
	clients := flag.Int("clients", 8, "connections that ask at once")
	seconds := flag.Int("seconds", 5, "how long each page is asked for")
	address := flag.String("db", "", "database: empty for SQLite in a temporary folder, or a PostgreSQL address of an empty database")
	only := flag.String("only", "", "ask for the pages whose name holds this word alone")
	var k keeping
	flag.StringVar(&k.program, "keep", "", "measure backup, restore, move and upgrade instead, with the program at this path")
	flag.StringVar(&k.other, "to", "", "with -keep: the address of another empty database, to move to")
	flag.IntVar(&k.objects, "objects", 100_000, "with -keep: how many objects")
	flag.IntVar(&k.megabytes, "megabytes", 700, "with -keep: how much of attached files")
	profile := flag.String("cpuprofile", "", "write a CPU profile of the whole run to this file")
	flag.Parse()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200) // as entente itself does
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "load:", err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	do := func() error {
		return run(context.Background(), *address, *only, *clients, time.Duration(min(*seconds, 60))*time.Second)
	}
	if k.program != "" {
		k.address, k.seconds = *address, time.Duration(*seconds)*time.Second
		do = func() error { return k.run(context.Background()) }
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		pprof.StopCPUProfile()
		os.Exit(1)
	}
}

func run(ctx context.Context, address, only string, clients int, each time.Duration) error {
	dir, err := os.MkdirTemp("", "entente-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if address == "" {
		address = filepath.Join(dir, "load.db")
	}
	d, err := bundle.Open(ctx, address, db.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return err
	}
	defer d.Close()
	fmt.Printf("%s, %d cores, %s, %d clients, %s a page\n", runtime.Version(), runtime.NumCPU(), d.Engine(), clients, each)

	objects := bundle.Objects(d)
	start := time.Now()
	report, err := bundle.Import(ctx, d, objects, access.Operator("load"), []bundle.File{
		{Name: "load.yaml", Data: []byte(example(200, 500) + meetings(1000))},
	}, bundle.Options{})
	if err != nil {
		return err
	}
	fmt.Printf("%-34s %8d in %s\n", "objects imported", report.Created, time.Since(start).Round(time.Millisecond))

	ids, err := keys(ctx, d)
	if err != nil {
		return err
	}
	reader := ref.Person(ids["person/reader"])
	h, err := web.New(web.Options{
		DB: d, Objects: objects, Demo: []web.DemoRole{{Role: "project-team", Person: string(reader)}},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: h}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	base := "http://" + l.Addr().String()

	pages := []struct{ name, path string }{
		{"meeting list, 50 rows", "/en/meetings"},
		{"meeting list by title, Chinese", "/zh/meetings?sort=title"},
		{"meeting page", "/en/meetings/" + ids["meeting/m-0500"]},
		{"plan of 500 activities", "/en/plans/" + ids["plan/plan"]},
		{"desk", "/en/desk"},
		{"public front page, visitor", "/en/"},
	}
	for _, p := range pages {
		if !strings.Contains(p.name, only) {
			continue
		}
		c, err := signIn(base, !strings.HasSuffix(p.name, "visitor"))
		if err != nil {
			return err
		}
		if err := ask(c, base+p.path, p.name, clients, each); err != nil {
			return err
		}
	}
	if err := predicate(ctx, d, reader, ids); err != nil {
		return err
	}
	return appends(ctx, dir, d, address)
}

// signIn gives a client, signed in or not.
func signIn(base string, in bool) (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 30 * time.Second}
	if !in {
		return c, nil
	}
	r, err := c.PostForm(base+"/demo/sign-in", url.Values{"role": {"project-team"}})
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	_, err = io.Copy(io.Discard, r.Body)
	return c, err
}

// ask fetches a page from several connections for a while, and prints how often and how fast.
func ask(c *http.Client, address, name string, clients int, each time.Duration) error {
	var mu sync.Mutex
	var took []time.Duration
	var size int64
	var failed error
	end := time.Now().Add(each)
	var wg sync.WaitGroup
	start, busy := time.Now(), processor()
	for range clients {
		wg.Go(func() {
			var mine []time.Duration
			for time.Now().Before(end) {
				at := time.Now()
				r, err := c.Get(address)
				if err == nil {
					n, copyErr := io.Copy(io.Discard, r.Body)
					r.Body.Close()
					err = copyErr
					if err == nil && r.StatusCode != http.StatusOK {
						err = fmt.Errorf("%s: %s", address, r.Status)
					}
					mu.Lock()
					size = n
					mu.Unlock()
				}
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				mine = append(mine, time.Since(at))
			}
			mu.Lock()
			took = append(took, mine...)
			mu.Unlock()
		})
	}
	wg.Wait()
	total := time.Since(start)
	if failed != nil {
		return failed
	}
	busy = (processor() - busy) / time.Duration(len(took))
	slices.Sort(took)
	at := func(p float64) time.Duration { return took[int(p*float64(len(took)-1))].Round(100 * time.Microsecond) }
	fmt.Printf("%-34s %8.0f requests/s   p50 %-8s p99 %-8s max %-8s %4d kB   %s of processor time, client included\n", name,
		float64(len(took))/total.Seconds(), at(.5), at(.99), at(1), size/1024, busy.Round(10*time.Microsecond))
	return nil
}

// processor is the processor time this process has used: unlike the clock it does not count what
// else the machine was doing.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// predicate prices the rule: the list query of a page of 50 with and without it, in turn.
func predicate(ctx context.Context, d *db.DB, reader ref.Person, ids map[string]ref.ID) error {
	who, err := roster.New(d).Actor(ctx, reader)
	if err != nil {
		return err
	}
	s := meeting.New(d)
	q := meeting.Query{Dialogue: ref.Dialogue(ids["dialogue/load"]), Lang: "en", Page: meeting.Page{Limit: 50}}
	time1 := func(a access.Actor) (time.Duration, error) {
		const n = 200
		start := time.Now()
		for range n {
			if _, err := s.List(ctx, a, q); err != nil {
				return 0, err
			}
		}
		return time.Since(start) / n, nil
	}
	var with, without []time.Duration
	for range 7 {
		a, err := time1(who)
		if err != nil {
			return err
		}
		b, err := time1(access.Operator("load"))
		if err != nil {
			return err
		}
		with, without = append(with, a), append(without, b)
	}
	slices.Sort(with)
	slices.Sort(without)
	a, b := with[len(with)/2], without[len(without)/2]
	fmt.Printf("%-34s %s with the predicate, %s without: it costs %s\n", "meeting list, service alone", a.Round(time.Microsecond), b.Round(time.Microsecond), (a - b).Round(time.Microsecond))
	return nil
}

// appends counts acts a second: one durable transaction each.
func appends(ctx context.Context, dir string, d *db.DB, address string) error {
	for _, writers := range []int{1, 8} {
		const n = 2000
		start := time.Now()
		var wg sync.WaitGroup
		var mu sync.Mutex
		var failed error
		for w := range writers {
			wg.Go(func() {
				for i := range n / writers {
					err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
						_, err := ledger.Append(ctx, tx, ledger.By{Operator: "load"},
							ledger.Act{Name: "import", Object: fmt.Sprintf("load-%d-%d", writers, w), Rev: int64(i + 1)}, map[string]string{"title": "meeting"})
						return err
					})
					if err != nil {
						mu.Lock()
						failed = err
						mu.Unlock()
						return
					}
				}
			})
		}
		wg.Wait()
		if failed != nil {
			return failed
		}
		fmt.Printf("%-34s %8.0f acts/s\n", fmt.Sprintf("ledger, durable, %d writers", writers), n/time.Since(start).Seconds())
	}
	return nil
}

func keys(ctx context.Context, d *db.DB) (map[string]ref.ID, error) {
	ids := map[string]ref.ID{}
	err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, `select o.kind, l.text, o.id from label l join object o on o.id = l.object where l.field = 'key'`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var kind, key, id string
			if err := rows.Scan(&kind, &key, &id); err != nil {
				return err
			}
			ids[kind+"/"+key] = id
		}
		return rows.Err()
	})
	return ids, err
}

// example writes a dialogue with institutions, a phase, a plan and activities.
func example(institutions, activities int) string {
	var b strings.Builder
	b.WriteString(`kind: dialogue
key: load
mark: TLP:CLEAR
audience: [anyone, dialogue, team]
name: {en: Dialogue under load, zh: 负载测试对话}
summary: {en: A dialogue of the size the program is meant for., zh: 规模测试用对话。}
languages: [en, zh]
zones: [Asia/Shanghai, Europe/Brussels]
---
kind: side
key: eu
name: {en: EU side, zh: 欧方}
lang: en
---
kind: side
key: cn
name: {en: Chinese side, zh: 中方}
lang: zh
---
kind: project
key: project
name: {en: Project, zh: 项目}
---
kind: phase
key: phase
name: {en: Phase, zh: 第一期}
project: project
state: running
starts: 2024-01-01
ends: 2026-12-31
months: 36
---
kind: focus-area
key: focus
name: {en: Regular migration, zh: 正常移民}
---
kind: plan
key: plan
title: {en: Work plan, zh: 工作计划}
phase: phase
version: 1
state: draft
`)
	for i := range institutions {
		fmt.Fprintf(&b, `---
kind: institution
key: i-%[1]d
names:
  - name: {en: Institution number %[1]d, zh: 第%[1]d号单位}
short: {en: I%[1]d, zh: 单位%[1]d}
standings:
  - as: side
    side: %[2]s
`, i, []string{"eu", "cn"}[i%2])
	}
	b.WriteString(`---
kind: person
key: reader
title: {en: Programme manager, zh: 项目经理}
language: en
posts:
  - institution: i-0
functions:
  - function: project-team
`)
	states := []string{"held", "planned", "under-way", "postponed", "proposed", "cancelled"}
	for i := range activities {
		fmt.Fprintf(&b, `---
kind: activity
key: a-%[1]d
title: {en: Workshop on practical cooperation number %[1]d, zh: 第%[1]d次务实合作研习班}
phase: phase
type: workshop
state: %[2]s
focus_area: focus
lead: i-%[3]d
partners: [i-%[4]d, i-%[5]d]
starts: 202%[6]d-%02[7]d-%02[8]d
ends: 202%[6]d-%02[7]d-%02[9]d
`, i, states[i%len(states)], i%institutions, (i+7)%institutions, (i+13)%institutions, 4+i%3, 1+i%12, 1+i%20, 3+i%20)
	}
	return b.String()
}

// meetings writes meetings, a tenth of them with a narrower audience.
func meetings(n int) string {
	var b strings.Builder
	for i := range n {
		header := ""
		switch i % 10 {
		case 0:
			header = fmt.Sprintf("mark: TLP:AMBER\naudience: [team, institution:i-%d, institution:i-%d]\n", i%200, (i+1)%200)
		case 1, 2, 3, 4:
			header = "mark: TLP:CLEAR\naudience: [anyone, dialogue, team]\n"
		}
		fmt.Fprintf(&b, `---
kind: meeting
key: m-%04[1]d
%[2]stitle: {en: Seminar on mixed migration number %[1]d, zh: 混合移民研讨会第%[1]d次}
type: seminar
state: held
starts: 20%02[3]d-%02[4]d-%02[5]d
at: 09:00
until: 17:30
zone: Asia/Shanghai
place: {en: Beijing, zh: 北京}
format: in-person
phase: phase
activity: a-%[6]d
summary:
  en: Chinese and European officials discussed **practice**, [sources](https://example.org) and next steps.
  zh: 中欧双方官员就**实际工作**、信息来源和后续安排进行了讨论。
agenda:
`, i, header, 10+i%16, 1+i%12, 1+i%28, i%500)
		for k := range 8 {
			fmt.Fprintf(&b, `  - title: {en: Item %[1]d of the agenda, zh: 议程第%[1]d项}
    at: %02[2]d:00
    speakers:
      - function: {en: Head of unit, zh: 处长}
        institution: i-%[3]d
`, k, 9+k, (i+k)%200)
		}
		b.WriteString("participants:\n")
		for k := range 6 {
			fmt.Fprintf(&b, "  - {institution: i-%d, role: participant, count: %d}\n", (i+k*31)%200, k+1)
		}
		b.WriteString("stated:\n  - count: 25\n    of: {en: participants, zh: 参会人员}\n    source: {en: News, zh: 新闻}\n")
	}
	return b.String()
}
