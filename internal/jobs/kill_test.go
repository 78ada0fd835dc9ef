package jobs_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/jobs"
	"entente/internal/ref"
)

// What a life is told by its environment.
const (
	lifeDatabase = "ENTENTE_LIFE_DATABASE"
	lifeOutside  = "ENTENTE_LIFE_OUTSIDE"
	killsWanted  = "ENTENTE_KILLS" // how many times to kill, for a longer run
)

// lived are the options of a process that is about to be killed.
var lived = jobs.Options{Lease: 300 * time.Millisecond, Poll: 10 * time.Millisecond, Grace: 100 * time.Millisecond}

// TestMain is a process of the node where TestKills starts it as one.
func TestMain(m *testing.M) {
	if address := os.Getenv(lifeDatabase); address != "" {
		if err := life(address, os.Getenv(lifeOutside)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// life promises and does jobs until it is killed.
func life(address, outside string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	d, err := db.Open(ctx, address, db.Options{Volatile: true, SkipMigrations: true})
	if err != nil {
		return err
	}
	go func() { // the test died
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println("ready")
	go jobs.NewRunner(d, lived, effect(d, outside)).Run(ctx)
	for {
		if err := ask(ctx, d); err != nil {
			return err
		}
		fmt.Println("asked")
		time.Sleep(rand.N(2 * time.Millisecond))
	}
}

type asked struct{ Number string }

// ask is an act that promises a job: both, or none.
func ask(ctx context.Context, d *db.DB) error {
	err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		n := ref.New()
		if _, err := tx.Exec(ctx, `insert into asked (number) values ($1)`, n); err != nil {
			return err
		}
		if _, _, err := jobs.Enqueue(ctx, tx, jobs.New{Kind: "effect", Key: n, Payload: asked{n}}); err != nil {
			return err
		}
		if rand.IntN(8) == 0 {
			return db.ErrRollback
		}
		return nil
	})
	if errors.Is(err, db.ErrRollback) {
		return nil
	}
	return err
}

// effect writes a line outside and then a row inside.
func effect(d *db.DB, outside string) jobs.Kind {
	return jobs.Kind{Name: "effect", Most: 10_000, Retry: func(int) time.Duration { return time.Millisecond }, Do: func(ctx context.Context, r *jobs.Run) error {
		var p asked
		if err := r.Payload(&p); err != nil {
			return err
		}
		f, err := os.OpenFile(outside, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := f.WriteString(r.ID + "\n"); err != nil {
			return err
		}
		if rand.IntN(6) == 0 {
			return jobs.Problem("unlucky", errors.New("this time"))
		}
		return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `insert into effect (number, job) values ($1, $2)`, p.Number, r.ID); err != nil {
				return err
			}
			return r.Finish(ctx, tx, nil)
		})
	}}
}

// TestKills: whenever a process dies, what was promised happens: in the database once, outside at
// least once under a name that stays the same. Two processes at a time work on one database and
// are killed at random moments, from before they have opened it to the middle of their commits.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	t.Run("sqlite", func(t *testing.T) { kills(t, dbtest.New(t), 600) })
	t.Run("postgres", func(t *testing.T) { kills(t, dbtest.Postgres(t), 300) })
}

func kills(t *testing.T, d *db.DB, n int) {
	if s := os.Getenv(killsWanted); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	address, outside := addressOf(t, d), filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	set(t, d, `create table asked (number text)`)
	set(t, d, `create table effect (number text, job text)`) // no key: what is doubled must be seen

	var processes sync.WaitGroup
	for range 2 {
		processes.Go(func() {
			for range n / 2 {
				kill(t, address, outside)
			}
		})
	}
	processes.Wait()

	start(t, d, lived, effect(d, outside))
	rest := 0
	until(func() bool {
		rest = count(t, d, `select count(*) from job where state in ('waiting', 'running')`)
		return rest == 0
	})
	if rest > 0 {
		t.Fatalf("%d jobs are never done", rest)
	}
	made, again := count(t, d, `select count(*) from asked`), count(t, d, `select sum(attempts) - count(*) from job`)
	for name, query := range map[string]string{
		"promised and without effect": `select count(*) from asked where number not in (select number from effect)`,
		"twice":                       `select count(*) from (select number from effect group by number having count(*) > 1) x`,
		"never promised":              `select count(*) from effect where number not in (select number from asked)`,
		"done and without effect":     `select count(*) from job where id not in (select job from effect)`,
		"not done":                    `select count(*) from job where state <> 'done'`,
	} {
		if k := count(t, d, query); k != 0 {
			t.Errorf("%s: %d", name, k)
		}
	}
	names := told(t, outside)
	for _, id := range list(t, d, `select job from effect`) {
		if names[id] == 0 {
			t.Errorf("%s did nothing outside", id)
		}
		delete(names, id)
	}
	if len(names) > 0 {
		t.Errorf("outside under names that no job has: %v", names)
	}
	t.Logf("%d processes killed, %d jobs, %d further attempts", n, made, again)
	if made < n/4 || again < n/20 {
		t.Error("the processes were killed before they did anything")
	}
}

// kill starts a process and kills it at a random moment.
func kill(t *testing.T, address, outside string) {
	ctx := t.Context()
	c := exec.CommandContext(ctx, os.Args[0])
	c.Env = append(os.Environ(), lifeDatabase+"="+address, lifeOutside+"="+outside)
	var told strings.Builder
	c.Stderr = &told
	in, err := c.StdinPipe()
	if err != nil {
		t.Error(err)
		return
	}
	defer in.Close()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Error(err)
		return
	}
	if err := c.Start(); err != nil {
		t.Error(err)
		return
	}
	if rand.IntN(10) > 0 { // or perhaps before it is ready
		lines := bufio.NewScanner(out)
		for range 1 + rand.IntN(10) {
			lines.Scan()
		}
	}
	time.Sleep(rand.N(5 * time.Millisecond))
	_ = c.Process.Kill()
	_ = c.Wait() // killed, as it should be
	if s := told.String(); s != "" {
		t.Errorf("a process says: %s", s)
	}
}

func addressOf(t *testing.T, d *db.DB) string {
	t.Helper()
	if d.Path() != "" {
		return d.Path()
	}
	return dbtest.PostgresNamed(t, list(t, d, `select current_database()`)[0])
}

func count(t *testing.T, d *db.DB, query string) (n int) {
	t.Helper()
	if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error { return tx.QueryRow(ctx, query).Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func list(t *testing.T, d *db.DB, query string) (all []string) {
	t.Helper()
	if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		all, err = db.Collect(ctx, tx, db.One[string], query)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// told counts the names in the file outside; the last line of a killed process may be cut.
func told(t *testing.T, outside string) map[string]int {
	t.Helper()
	b, err := os.ReadFile(outside)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]int{}
	for line := range strings.Lines(string(b)) {
		names[strings.TrimSpace(line)]++
	}
	return names
}
