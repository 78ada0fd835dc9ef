// Package dbtest gives tests a database of their own, ready and empty: on SQLite always, on
// PostgreSQL where one is available. The schema is made once and copied for every test.
//
// PostgreSQL is found by ENTENTE_TEST_POSTGRES, the address of a database on a server whose
// user may create databases. If the variable is not set, the tests on PostgreSQL are skipped;
// if it is set and the server does not answer, they fail.
package dbtest

import (
	"testing"

	"entente/internal/db"
)

// Variable is the name of the environment variable that holds the address of a PostgreSQL.
const Variable = "ENTENTE_TEST_POSTGRES"

// New gives a migrated SQLite database that ends with the test. With an option it is opened as
// that says.
func New(t testing.TB, o ...db.Options) *db.DB {
	t.Helper()
	return open(t, sqliteCopy(t), o)
}

// Postgres gives a migrated PostgreSQL database that ends with the test; it skips the test if
// no server was named.
func Postgres(t testing.TB, o ...db.Options) *db.DB {
	t.Helper()
	return open(t, postgresCopy(t), o)
}

// Each runs a test on both engines, as its parts "sqlite" and "postgres".
func Each(t *testing.T, fn func(t *testing.T, d *db.DB), o ...db.Options) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, New(t, o...)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t, o...)) })
}

// EachAddress runs a test on the address of a database that has no schema yet, on both engines.
func EachAddress(t *testing.T, fn func(t *testing.T, address string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, t.TempDir()+"/empty.db") })
	t.Run("postgres", func(t *testing.T) { fn(t, PostgresAddress(t)) })
}

func open(t testing.TB, address string, o []db.Options) *db.DB {
	t.Helper()
	options := db.Options{Volatile: true}
	if len(o) > 0 {
		options = o[0]
	}
	d, err := db.Open(t.Context(), address, options)
	if err != nil {
		t.Fatalf("dbtest: open: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("dbtest: close: %v", err)
		}
	})
	return d
}
