package backup_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"entente/access"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/search"
)

// searchFor asks for words in the only dialogue.
func searchFor(t testing.TB, d *db.DB, words string) search.Query {
	t.Helper()
	in, err := dialogue.New(d).First(t.Context(), access.Operator("test"))
	if err != nil {
		t.Fatal(err)
	}
	return search.Query{Dialogue: ref.Dialogue(in.ID), Words: words, Lang: "en", Limit: 10}
}

// readAll gives what a tar says: names and contents.
func readAll(b []byte) ([]byte, error) {
	var out bytes.Buffer
	for r := tar.NewReader(bytes.NewReader(b)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		fmt.Fprintln(&out, h.Name, h.Size)
		if _, err := io.Copy(&out, r); err != nil {
			return nil, err
		}
	}
}

func must[T any](b T, err error) T {
	if err != nil {
		panic(err)
	}
	return b
}
