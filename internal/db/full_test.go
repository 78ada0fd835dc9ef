package db

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"entente/internal/fault"
)

// TestFull: where no page can be added an act is Unavailable and changes nothing, what stands can
// be read, and with room acts go on by themselves.
func TestFull(t *testing.T) {
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), "full.db"), Options{Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	limit := func(pages string) {
		if _, err := d.writer.ExecContext(t.Context(), "pragma max_page_count = "+pages); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name string) error {
		return d.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
			if err := Set(ctx, tx, name+" first", "x"); err != nil {
				return err
			}
			return Set(ctx, tx, name, strings.Repeat("x", 1<<20))
		})
	}
	read := func(name string) (value string) {
		if err := d.Read(t.Context(), func(ctx context.Context, tx *Tx) (err error) {
			value, err = Setting(ctx, tx, name)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return value
	}
	if err := write("a"); err != nil {
		t.Fatal(err)
	}
	limit("1") // as many as there are
	if err := write("b"); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "full") {
		t.Errorf("full: %v", err)
	}
	if read("a first") != "x" || read("b first") != "" {
		t.Error("half of an act was kept, or what stood is lost")
	}
	limit("1000000")
	if err := write("b"); err != nil || len(read("b")) != 1<<20 {
		t.Errorf("with room: %v", err)
	}
}
