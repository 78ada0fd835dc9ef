package access

import (
	"context"
	"regexp"
	"slices"

	"entente/internal/db"
)

var written = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// Name writes the titles of objects behind their ids in what was found, for the operator. Not those of
// people, nor of what stands inside a side: what a command prints is kept in logs.
func (f *Findings) Name(ctx context.Context, tx *db.Tx) {
	if slices.Contains(f.Broken, "label") || slices.Contains(f.Broken, "object") {
		return
	}
	for i, s := range f.Told {
		f.Told[i] = Named(ctx, tx, s)
	}
}

// Named gives a sentence with the titles of the objects that it names by their ids, where those can be
// read.
func Named(ctx context.Context, tx *db.Tx, sentence string) string {
	seen := map[string]bool{}
	return written.ReplaceAllStringFunc(sentence, func(id string) string {
		if seen[id] {
			return id
		}
		seen[id] = true
		titles, err := db.Collect(ctx, tx, db.One[string], `select l.text from label l join object o on o.id = l.object
			where o.id = $1 and o.kind <> 'person' and o.room = '' and l.field = 'title' and l.lang = l.shown_lang
			order by l.lang = 'en' desc, l.lang limit 1 -- access.Named`, id)
		if err != nil || len(titles) == 0 || titles[0] == "" {
			return id
		}
		return id + " “" + titles[0] + "”"
	})
}
