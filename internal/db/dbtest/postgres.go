package dbtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"entente/internal/db"
)

const createDatabase = "create database %s encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8' template %s"

// admin is the connection to the server's own database, one per process.
var admin = sync.OnceValues(func() (*sql.DB, error) {
	p, err := sql.Open("pgx", os.Getenv(Variable))
	if err != nil {
		return nil, err
	}
	p.SetMaxOpenConns(2)
	return p, p.Ping()
})

// postgresTemplate makes a migrated database and gives its name. The name is of the schema, so
// that the processes that test several packages at once share one.
var postgresTemplate = sync.OnceValues(func() (string, error) {
	p, err := admin()
	if err != nil {
		return "", err
	}
	ctx := context.Background()
	hash, err := schemaHash()
	if err != nil {
		return "", err
	}
	name := "entente_template_" + hash
	conn, err := p.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	const key = 0x64627465 // "dbte"
	if _, err := conn.ExecContext(ctx, "select pg_advisory_lock($1)", key); err != nil {
		return "", err
	}
	defer conn.ExecContext(ctx, "select pg_advisory_unlock($1)", key) //nolint:errcheck // ends with the connection anyway

	var n int
	if err := conn.QueryRowContext(ctx, "select count(*) from pg_database where datname = $1", name).Scan(&n); err != nil || n == 1 {
		return name, err
	}
	// Under another name until it is complete: a killed process must not leave half of one.
	draft := fresh()
	if _, err := conn.ExecContext(ctx, fmt.Sprintf(createDatabase, draft, "template0")); err != nil {
		return "", err
	}
	address, err := addressOf(draft)
	if err != nil {
		return "", err
	}
	d, err := db.Open(ctx, address, db.Options{})
	if err != nil {
		_, _ = conn.ExecContext(ctx, "drop database "+draft+" with (force)")
		return "", err
	}
	if err := d.Close(); err != nil {
		return "", err
	}
	// The server closes the connections a moment after we do, and a database in use can be
	// neither renamed nor copied.
	if _, err := conn.ExecContext(ctx, "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1", draft); err != nil {
		return "", err
	}
	_, err = conn.ExecContext(ctx, "alter database "+draft+" rename to "+name)
	return name, err
})

func schemaHash() (string, error) {
	files, err := db.Migrations(db.PostgreSQL)
	if err != nil {
		return "", err
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, n := range names { // in order of their names
		b, err := fs.ReadFile(files, n)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", n, len(b), b)
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

func fresh() string {
	u := uuid.New()
	return "entente_test_" + hex.EncodeToString(u[:])
}

func addressOf(name string) (string, error) {
	u, err := url.Parse(os.Getenv(Variable))
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// PostgresAddress gives the address of a new database without a schema, dropped at the end of
// the test; it skips the test if no server was named.
func PostgresAddress(t testing.TB) string {
	t.Helper()
	needServer(t)
	return create(t, "template0")
}

func postgresCopy(t testing.TB) string {
	t.Helper()
	needServer(t)
	template, err := postgresTemplate()
	if err != nil {
		t.Fatalf("dbtest: the template on PostgreSQL: %v", err)
	}
	return create(t, template)
}

func needServer(t testing.TB) {
	t.Helper()
	if os.Getenv(Variable) == "" {
		t.Skip("no PostgreSQL: " + Variable + " is not set")
	}
	if _, err := admin(); err != nil {
		t.Fatalf("dbtest: PostgreSQL does not answer: %v", err)
	}
}

func create(t testing.TB, template string) string {
	t.Helper()
	return createBy(t, fmt.Sprintf(createDatabase, "%s", template))
}

func createBy(t testing.TB, sentence string) string {
	t.Helper()
	p, err := admin()
	if err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	name := fresh()
	if _, err := p.Exec(fmt.Sprintf(sentence, name)); err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	t.Cleanup(func() {
		if _, err := p.Exec("drop database " + name + " with (force)"); err != nil {
			t.Errorf("dbtest: %v", err)
		}
	})
	address, err := addressOf(name)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// PostgresNamed gives the address of another database on the same server.
func PostgresNamed(t testing.TB, name string) string {
	t.Helper()
	address, err := addressOf(name)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// PostgresMade makes a database by a sentence of the caller's, with %s for its name, and gives
// its address; it skips the test if no server was named.
func PostgresMade(t testing.TB, sentence string) string {
	t.Helper()
	needServer(t)
	return createBy(t, sentence)
}
