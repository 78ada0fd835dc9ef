package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/files"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/ledger"
	"entente/library"
	"entente/meeting"
)

// keeping measures what an operator waits for: a node of many objects and files is filled, backed
// up while people act, verified, restored, moved to another engine, and upgraded from the oldest
// version that its objects fit, with one kill in between. The commands are those of the program.
type keeping struct {
	program, address, other string
	objects, megabytes      int
	seconds                 time.Duration

	dir  string
	data string
	db   *db.DB
	in   ref.Dialogue
	of   ref.ID // what files are attached to
}

// acting is how often each of the writers acts: 80 acts a second together, more than a dialogue
// ever does, and not so many that they wait for each other.
const (
	writers = 8
	acting  = 100 * time.Millisecond
)

func (k *keeping) run(ctx context.Context) (err error) {
	if k.dir, err = os.MkdirTemp("", "entente-keep-"); err != nil {
		return err
	}
	defer os.RemoveAll(k.dir)
	k.data = filepath.Join(k.dir, "data")
	if err := os.Mkdir(k.data, 0o700); err != nil {
		return err
	}
	if k.address == "" {
		k.address = filepath.Join(k.data, "entente.db")
	}
	if k.db, err = bundle.Open(ctx, k.address, db.Options{}); err != nil {
		return err
	}
	defer k.db.Close()
	if err := k.fill(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{k.backup, k.move, k.derive, k.upgrade} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// tell prints a figure.
func tell(name, format string, args ...any) {
	fmt.Printf("%-34s %s\n", name, fmt.Sprintf(format, args...))
}

// fill makes the node: objects, files, and a key.
func (k *keeping) fill(ctx context.Context) error {
	start := time.Now()
	objects := bundle.Objects(k.db)
	if _, err := bundle.Import(ctx, k.db, objects, access.Operator("load"), []bundle.File{
		{Name: "load.yaml", Data: []byte(example(200, 500))},
	}, bundle.Options{}); err != nil {
		return err
	}
	ids, err := keys(ctx, k.db)
	if err != nil {
		return err
	}
	k.in, k.of = ref.Dialogue(ids["dialogue/load"]), ids["plan/plan"]
	for made := len(ids); made < k.objects; {
		err := k.db.Together(ctx, func(ctx context.Context) error {
			for range min(1000, k.objects-made) {
				if err := k.act(ctx); err != nil {
					return err
				}
				made++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	store, err := files.Open(filepath.Join(k.data, "files"), 1<<30)
	if err != nil {
		return err
	}
	defer store.Close()
	s := library.New(k.db, store, files.Scanner{})
	for range k.megabytes {
		in, err := s.Receive(ctx, library.Upload{Name: "paper.txt", Data: strings.NewReader(noise(1_000_000))})
		if err != nil {
			return err
		}
		if _, err := s.Add(ctx, access.Operator("load"), k.of, library.File{Title: text.Both("Paper", "文件")}, in, "", nil); err != nil {
			return err
		}
	}
	secret, public, err := ledger.GenerateKey("entente/load")
	if err != nil {
		return err
	}
	if err := k.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return db.Set(ctx, tx, db.PublicKey, public) }); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(k.data, "node.key"), []byte(secret+"\n"), 0o600); err != nil {
		return err
	}
	tell("node filled", "%s, %d objects, %d files of 1 MB, in %s", k.db.Engine(), k.objects+k.megabytes, k.megabytes, time.Since(start).Round(time.Second))
	return nil
}

// noise gives text that cannot be compressed much.
func noise(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)[:n]
}

// act enters a meeting: an ordinary act with its row, header, labels, index, revision and entry.
func (k *keeping) act(ctx context.Context) error {
	return k.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o := access.Object[meeting.Meeting]{Header: access.Header{Dialogue: k.in, Mark: "TLP:GREEN", Audience: access.NewAudience(access.DialogueOf(k.in), access.TeamOf(k.in))}}
		o.Value = meeting.Meeting{
			Title: text.Both("Seminar on mixed migration "+rand.Text()[:8], "混合移民研讨会"), Type: "seminar", State: meeting.Held,
			Starts: when.Date("2026-05-04"), Place: text.Both("Beijing", "北京"), Format: "in-person",
			Summary: text.Both("Chinese and European officials discussed **practice**, sources and next steps.", "中欧双方官员就**实际工作**、信息来源和后续安排进行了讨论。"),
		}
		return meeting.Meetings.Save(ctx, tx, access.Operator("load"), "meeting.create", &o, "")
	})
}

// latencies acts until done is closed, and gives how long the acts took, in order.
func (k *keeping) latencies(ctx context.Context, done <-chan struct{}) ([]time.Duration, error) {
	var mu sync.Mutex
	var took []time.Duration
	var failed error
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			time.Sleep(acting * time.Duration(w) / writers)
			tick := time.NewTicker(acting)
			defer tick.Stop()
			for {
				select {
				case <-done:
					return
				case <-tick.C:
				}
				at := time.Now()
				err := k.act(ctx)
				mu.Lock()
				took = append(took, time.Since(at))
				if err != nil {
					failed = err
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took, failed
}

// command runs the program, and gives how long it took and its processor time.
func (k *keeping) command(ctx context.Context, args ...string) (took cost, err error) {
	cmd := exec.CommandContext(ctx, k.program, args...)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "ENTENTE_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%v: %w\n%s", args, err, out)
	}
	p := cmd.ProcessState // nil where it could not start
	if p == nil {
		return took, err
	}
	c := cost{clock: time.Since(start), processor: p.UserTime() + p.SystemTime()}
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		c.memory = u.Maxrss << 10 // Linux counts kilobytes
	}
	return c, err
}

// cost is how long something took, what of that was its own work, and how much memory it had at
// the most, in bytes.
type cost struct {
	clock, processor time.Duration
	memory           int64
}

// String writes them.
func (c cost) String() string {
	return fmt.Sprintf("%s (processor time %s, %d MB)", c.clock.Round(10*time.Millisecond), c.processor.Round(10*time.Millisecond), c.memory>>20)
}

// backup measures acts without and with a backup beside them, in turn, and then what becomes of it.
func (k *keeping) backup(ctx context.Context) error {
	percentile := func(took []time.Duration, p float64) time.Duration {
		return took[int(p*float64(len(took)-1))].Round(100 * time.Microsecond)
	}
	file := ""
	for round := range 3 {
		done := make(chan struct{})
		time.AfterFunc(k.seconds, func() { close(done) })
		calm, err := k.latencies(ctx, done)
		if err != nil {
			return err
		}
		file = filepath.Join(k.dir, fmt.Sprintf("backup-%d.tar", round))
		done = make(chan struct{})
		var took cost
		var failed error
		go func() {
			defer close(done)
			took, failed = k.command(ctx, "backup", "--data", k.data, "--db", k.address, file)
		}()
		busy, err := k.latencies(ctx, done)
		if err != nil {
			return err
		}
		if failed != nil {
			return failed
		}
		i, err := os.Stat(file)
		if err != nil {
			return err
		}
		tell("backup during acts", "%.0f MB in %s; acts alone p50 %s p99 %s (%d); beside it p50 %s p99 %s (%d): %.2f times", float64(i.Size())/1e6, took,
			percentile(calm, .5), percentile(calm, .99), len(calm), percentile(busy, .5), percentile(busy, .99), len(busy),
			float64(percentile(busy, .99))/float64(percentile(calm, .99)))
	}
	if i, err := os.Stat(k.address); err == nil {
		tell("database file", "%.0f MB", float64(i.Size())/1e6)
	}
	took, err := k.command(ctx, "verify", file)
	if err != nil {
		return err
	}
	tell("verify of the backup", "%s", took)
	restored := filepath.Join(k.dir, "restored")
	if took, err = k.command(ctx, "restore", "--data", restored, "--key", filepath.Join(k.data, "node.key"), file); err != nil {
		return err
	}
	tell("restore, to a file, verified", "%s", took)
	if took, err = k.command(ctx, "verify", "--data", restored); err != nil {
		return err
	}
	tell("verify of that node", "%s", took)
	return nil
}

// move moves the restored node to the other database, and back.
func (k *keeping) move(ctx context.Context) error {
	if k.other == "" {
		return nil
	}
	from, back := filepath.Join(k.dir, "restored", "entente.db"), filepath.Join(k.dir, "back.db")
	took, err := k.command(ctx, "migrate-db", "--from", from, "--to", k.other)
	if err != nil {
		return err
	}
	tell("moved from the file", "%s", took)
	if took, err = k.command(ctx, "migrate-db", "--from", k.other, "--to", back); err != nil {
		return err
	}
	tell("moved back", "%s", took)
	return nil
}

// upgrade makes of the restored node one of an older version, and starts the program on it: once
// killed, once to the end.
func (k *keeping) upgrade(ctx context.Context) error {
	all, err := db.Migrations(db.SQLite)
	if err != nil {
		return err
	}
	names, err := fs.Glob(all, "*.sql")
	if err != nil {
		return err
	}
	now, err := bundle.Open(ctx, filepath.Join(k.dir, "restored", "entente.db"), db.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer now.Close()
	for _, name := range names[1:] {
		var version int64
		if _, err := fmt.Sscanf(name, "%d", &version); err != nil {
			return err
		}
		data := filepath.Join(k.dir, "upgrade-"+fmt.Sprint(version))
		if err := os.Mkdir(data, 0o700); err != nil {
			return err
		}
		address := filepath.Join(data, "entente.db")
		old, err := db.Open(ctx, address, db.Options{Target: version, Volatile: true})
		if err != nil {
			return err
		}
		all, err := project(ctx, now, old)
		if err := old.Close(); err != nil {
			return err
		}
		if err != nil {
			return err
		}
		if !all {
			continue // it has not every table that holds something
		}
		for _, secret := range []string{"node.key"} {
			b, err := os.ReadFile(filepath.Join(k.data, secret))
			if err == nil {
				err = os.WriteFile(filepath.Join(data, secret), b, 0o600)
			}
			if err != nil {
				return err
			}
		}
		killed, err := k.killed(ctx, data, address)
		if err != nil {
			return err
		}
		took, err := k.command(ctx, "import", "--data", data, "--dry-run", os.DevNull)
		if err != nil && !strings.Contains(err.Error(), "fault") {
			return err
		}
		tell("upgrade", "from version %d, %d objects, killed once at version %d, then with the copy before it: %s", version, k.objects+k.megabytes, killed, took)
		if took, err = k.command(ctx, "ledger", "verify", address); err != nil {
			return err
		}
		tell("ledger verify after it", "%s", took)
		return nil
	}
	return nil
}

// killed starts an upgrade and kills it when its copy is made and a step or none is taken. It gives
// the version that the database has then.
func (k *keeping) killed(ctx context.Context, data, address string) (version int64, err error) {
	short, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		for short.Err() == nil {
			if done, _ := filepath.Glob(address + ".before-*.bak"); len(done) > 0 {
				time.Sleep(20 * time.Millisecond)
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	_, _ = k.command(short, "import", "--data", data, "--dry-run", os.DevNull)
	d, err := db.Open(ctx, address, db.Options{SkipMigrations: true, ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer d.Close()
	return d.Version(ctx)
}

// project copies the tables and columns that an older version has, and says whether that is all.
func project(ctx context.Context, now, old *db.DB) (all bool, err error) {
	all = true
	err = now.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		tables, err := tx.Tables(ctx)
		if err != nil {
			return err
		}
		return old.Write(ctx, func(ctx context.Context, into *db.Tx) error {
			then, err := into.Tables(ctx)
			if err != nil {
				return err
			}
			for _, t := range tables {
				if t.Name == "derivation" {
					continue // an upgrade says itself what stands
				}
				i := slices.IndexFunc(then, func(o db.Table) bool { return o.Name == t.Name })
				if i < 0 {
					found := false
					if err := t.Rows(ctx, tx, func([]any) error { found = true; return nil }); err != nil {
						return err
					}
					all = all && !found
					continue
				}
				t.Columns = slices.DeleteFunc(slices.Clone(t.Columns), func(c db.Column) bool {
					return !slices.ContainsFunc(then[i].Columns, func(o db.Column) bool { return o.Name == c.Name })
				})
				if len(t.Columns) != len(then[i].Columns) {
					continue // it holds other things now
				}
				f := t.Fill(into)
				if err := t.Rows(ctx, tx, func(row []any) error { return f.Add(ctx, row) }); err != nil {
					return err
				}
				if err := f.Flush(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return all, err
}
