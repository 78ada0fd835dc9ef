package library

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/ledger"
)

// Quota is how many bytes of files may be added within a day, by one person and by all people of one
// institution. 0 is no bound.
type Quota struct{ Person, Institution int64 }

// quotaDay is the time over which a quota counts. What lies further ahead than quotaAhead was entered
// while the clock was ahead, and counts for nothing: nobody waits until that day has come.
const (
	quotaDay   = 24 * time.Hour
	quotaAhead = time.Hour
)

// holds gives a fault where the contents that were added within a day, with what this transaction
// adds, are more than the actor's quota. What the operator brings in is not counted.
func (q Quota) holds(ctx context.Context, tx *db.Tx, who access.Actor) error {
	if who.IsOperator() || q == (Quota{}) {
		return nil
	}
	since, until := db.Stamp(tx.Now().Add(-quotaDay)), db.Stamp(tx.Now().Add(quotaAhead))
	var person, institution int64
	err := added(ctx, tx, since, until, func(by ledger.By, size int64) {
		if by.Person == string(who.Person) {
			person += size
		}
		if who.Institution != "" && by.Institution == string(who.Institution) {
			institution += size
		}
	})
	if err != nil {
		return err
	}
	for _, c := range []struct {
		used, most int64
		key        string
	}{{person, q.Person, "fault.file-quota-person"}, {institution, q.Institution, "fault.file-quota-institution"}} {
		if c.most > 0 && c.used > c.most {
			var f fault.Fields
			f.Add("file", "", c.key, "n", c.most/1_000_000)
			return f.Err()
		}
	}
	return nil
}

// added gives who added each content between two times, and its size. It costs by the files that changed
// since the first, with their versions, whatever else the node holds.
func added(ctx context.Context, tx *db.Tx, since, until string, fn func(by ledger.By, size int64)) error {
	type change struct {
		object string
		entry  ledger.Entry
		file   File
	}
	rows, err := tx.Query(ctx, `select r.object, e.body, r.body from object o
		join revision r on r.object = o.id join entry e on e.seq = r.seq
		where o.kind = $1 and o.changed_at >= $2 and r.body is not null and e.body is not null
		order by r.object, r.rev -- library.added`, Files.Name, since)
	all, err := db.Rows(rows, err, func(r *sql.Rows) (c change, err error) {
		var entry, body []byte
		if err := r.Scan(&c.object, &entry, &body); err != nil {
			return c, err
		}
		if err := json.Unmarshal(entry, &c.entry); err != nil {
			return c, err
		}
		_, v, err := Files.Decode(body)
		if f, ok := v.(*File); ok {
			c.file = *f
		}
		return c, err
	})
	object, version := "", 0
	for _, c := range all {
		if c.object != object {
			object, version = c.object, 0
		}
		if c.file.Version > version && c.entry.When >= since && c.entry.When <= until {
			fn(c.entry.By, c.file.Size)
		}
		version = c.file.Version
	}
	return err
}
