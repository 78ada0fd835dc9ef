package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/standard/jcs"

	"golang.org/x/mod/sumdb/tlog"
)

// Report is what verification found. Difference is the first thing that does not agree, in a
// sentence for the operator; empty when everything does.
type Report struct {
	Entries     int64
	Revisions   int64
	Erased      int64
	Checkpoints int64
	Root        tlog.Hash
	Epochs      int        // 1, and one more for each restore from a backup
	Restored    []Restored // what the restores say
	Lost        int64      // entries that were published and that the restores admit to have lost
	Exceptions  []Exception
	Begun       int64 // the entry from which exceptional ones are signed; -1: it has not begun
	Unsigned    int64 // the newest entries, which no checkpoint covers yet
	Difference  string
}

// Verify re-derives the log from its leaves up: tree → entries → revisions, and every checkpoint
// on the way. public is the node's public key; published, when not empty, is a checkpoint kept
// outside the database: it alone can tell that a whole older copy was put back. Verify reads each
// row once, in order, and holds one branch of the tree in memory.
//
// An error means that verification could not be carried out; a difference is not an error.
func Verify(ctx context.Context, tx *db.Tx, public, published string) (Report, error) {
	v := &verifier{ctx: ctx, tx: tx, public: public, gone: map[int64]*erased{}}
	v.report.Begun = -1
	err := v.run(published)
	if d := (difference{}); errors.As(err, &d) {
		v.report.Difference = d.what
		err = nil
	}
	return v.report, err
}

// Intact says whether the contents of a revision are those that its entry committed to. What was
// erased has none, and is.
func Intact(ctx context.Context, tx *db.Tx, object ref.ID, rev int64) (bool, error) {
	var body, salt []byte
	var digest string
	err := tx.QueryRow(ctx, `select body, salt, digest from revision where object = $1 and rev = $2 -- ledger.Intact`, object, rev).Scan(&body, &salt, &digest)
	return body == nil || hex.EncodeToString(commit(revisionPrefix, salt, body)) == digest, err
}

// difference stops the walk at the first thing that does not agree.
type difference struct{ what string }

func (d difference) Error() string { return d.what }

func differ(format string, args ...any) error { return difference{fmt.Sprintf(format, args...)} }

type verifier struct {
	ctx    context.Context
	tx     *db.Tx
	public string
	report Report
	epochs []epoch

	frontier []tlog.Hash  // complete subtrees of the entries read so far, the largest first
	hashes   []storedHash // the stored tree beside this batch's entries
	nextIdx  int64
	points   []Checkpoint // in order of size, still to come
	last     int64        // size of the newest checkpoint in the database
	kept     bool         // the published checkpoint must be in the database

	gone   map[int64]*erased // what is gone, by entry
	signed map[int64]string  // the signatures of entries
}

// erased is an entry of which something is gone, its own contents or its revision's, and of which of
// the two another entry says so.
type erased struct {
	object                  ref.ID
	rev                     int64
	entry, revision         bool
	saidEntry, saidRevision bool
}

func (v *verifier) run(published string) error {
	if err := v.loadEpochs(); err != nil {
		return err
	}
	if err := v.loadCheckpoints(); err != nil {
		return err
	}
	if err := v.loadSignatures(); err != nil {
		return err
	}
	outside := Checkpoint{Size: -1}
	if published != "" {
		c, of, err := openIn(v.epochs, published)
		if err != nil {
			return differ("the published %v", err)
		}
		if c.Size <= of.to {
			outside = c
			v.kept = of.end == nil // of an epoch that a restore ended some are lost
		} else if c.Since > 0 && !of.signed {
			return differ("the log was restored from a backup of %d entries by an entry that the node did not sign, and a checkpoint of size %d was published before", of.to, c.Size)
		} else if !of.admits(c) {
			return differ("the log was restored from a backup of %d entries, and does not admit that a checkpoint of size %d was published before", of.to, c.Size)
		}
	}
	if err := v.walk(outside); err != nil {
		return err
	}
	n := v.report.Entries
	if n > 0 {
		v.report.Root = v.root()
	}
	v.report.Unsigned = n - min(n, max(v.last, outside.Size, 0))
	if first, ok := v.unsaid(); ok {
		return differ("the contents of entry %d or of its revision are gone, and no later entry says that they were erased", first)
	}
	var extra int64
	if err := v.tx.QueryRow(v.ctx, `select count(*) from tlog_hash where idx >= $1 -- ledger.Verify`,
		v.nextIdx).Scan(&extra); err != nil {
		return err
	}
	if extra > 0 {
		return differ("entry %d is missing: the tree has hashes for it, so the newest entries were deleted", n)
	}
	if v.last > n {
		return differ("entry %d is missing: a checkpoint of size %d was signed, the log ends before it", n, v.last)
	}
	if outside.Size > n {
		return differ("the database is a restored older copy: it has %d entries and agrees with itself, "+
			"but a checkpoint of size %d was published", n, outside.Size)
	}
	for seq := range v.signed {
		if seq >= n {
			return differ("there is a signature of entry %d, which is missing", seq)
		}
	}
	if v.kept && outside.Size > 0 {
		var have int64
		if err := v.tx.QueryRow(v.ctx, `select count(*) from checkpoint where size = $1 -- ledger.Verify`, outside.Size).Scan(&have); err != nil {
			return err
		}
		if have == 0 {
			return differ("the published checkpoint of size %d is not among those in the database: it was taken out there", outside.Size)
		}
	}
	var orphan string
	err := v.tx.QueryRow(v.ctx, `select r.object from revision r left join entry e on e.seq = r.seq
		where e.seq is null order by r.object limit 1 -- ledger.Verify`).Scan(&orphan)
	if err == nil {
		return differ("a revision of object %s belongs to no entry", orphan)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return v.numbered()
}

// loadEpochs reads what restores there were; the walk looks whether these are all.
func (v *verifier) loadEpochs() (err error) {
	if v.epochs, err = epochs(v.ctx, v.tx, v.public); err != nil {
		return err
	}
	v.report.Epochs = len(v.epochs)
	for _, e := range v.epochs {
		if e.end == nil {
			continue
		}
		v.report.Restored = append(v.report.Restored, *e.end)
		if c, err := ParseCheckpoint(e.end.Published, e.key); err == nil {
			v.report.Lost += max(0, c.Size-e.to)
		}
	}
	return nil
}

// loadCheckpoints reads and opens what was signed; there is at most one an hour.
func (v *verifier) loadCheckpoints() error {
	rows, err := v.tx.Query(v.ctx, `select size, note from checkpoint order by size -- ledger.Verify`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var size int64
		var signed string
		if err := rows.Scan(&size, &signed); err != nil {
			return err
		}
		c, of, err := openIn(v.epochs, signed)
		if err != nil {
			return differ("checkpoint of size %d: %v", size, err)
		}
		if c.Size != size {
			return differ("checkpoint of size %d says size %d", size, c.Size)
		}
		if size <= of.from || size > of.to {
			return differ("checkpoint of size %d is signed under the origin of another epoch, %s", size, c.Origin)
		}
		v.points = append(v.points, c)
		v.last = size
		v.report.Checkpoints++
	}
	return rows.Err()
}

type row struct {
	seq              int64
	id               string
	body, salt, leaf []byte
	object           sql.NullString
	rev              sql.NullInt64
	rbody, rsalt     []byte
	digest           sql.NullString
}

// batch is how many entries are held at once; their tree hashes are at most twice as many. Batches,
// and not two open cursors, because PostgreSQL reads one result at a time on a connection.
const batch = 256

type storedHash struct {
	idx  int64
	hash []byte
}

func (v *verifier) loadRows() ([]row, error) {
	rows, err := v.tx.Query(v.ctx, `select e.seq, e.id, e.body, e.salt, e.leaf,
			r.object, r.rev, r.body, r.salt, r.digest
		from entry e left join revision r on r.seq = e.seq
		where e.seq >= $1 order by e.seq limit $2 -- ledger.Verify`, v.report.Entries, batch)
	return db.Rows(rows, err, func(rows *sql.Rows) (r row, err error) {
		err = rows.Scan(&r.seq, &r.id, &r.body, &r.salt, &r.leaf,
			&r.object, &r.rev, &r.rbody, &r.rsalt, &r.digest)
		return r, err
	})
}

// loadHashes reads the stored tree from where the walk stands up to end.
func (v *verifier) loadHashes(end int64) ([]storedHash, error) {
	rows, err := v.tx.Query(v.ctx, `select idx, hash from tlog_hash
		where idx >= $1 and idx < $2 order by idx -- ledger.Verify`, v.nextIdx, end)
	return db.Rows(rows, err, func(rows *sql.Rows) (h storedHash, err error) {
		err = rows.Scan(&h.idx, &h.hash)
		return h, err
	})
}

func (v *verifier) walk(outside Checkpoint) error {
	for {
		rows, err := v.loadRows()
		if err != nil || len(rows) == 0 {
			return err
		}
		end := tlog.StoredHashCount(rows[len(rows)-1].seq + 1)
		v.hashes, err = v.loadHashes(end)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := v.entry(r, outside); err != nil {
				return err
			}
		}
	}
}

// entry checks one line: its place, its leaf in the tree, its contents, its revision.
func (v *verifier) entry(r row, outside Checkpoint) error {
	n := v.report.Entries
	if r.seq != n {
		return differ("entry %d is missing", n)
	}
	var before tlog.Hash
	signature, signed := v.signed[n]
	if signed && n > 0 {
		before = v.root()
	}
	if err := v.inTree(n, tlog.RecordHash(r.leaf)); err != nil {
		return err
	}
	v.report.Entries++
	for _, c := range []*Checkpoint{v.pointAt(n + 1), &outside} {
		if c != nil && c.Size == n+1 && c.Root != v.root() {
			return differ("the tree of size %d has another root than the checkpoint that was signed", n+1)
		}
	}
	// Also where the entry was erased since: what is signed is its leaf.
	if signed && !signedBy(signature, keyAt(v.epochs, n), commitment(n, before, r.leaf)) {
		return differ("the signature of entry %d is not one of this entry by the node's key", n)
	}
	if signed && v.report.Begun < 0 {
		v.report.Begun = n
	}
	if r.body == nil {
		v.report.Erased++
		if !r.object.Valid { // only entries that left a revision are ever erased
			return differ("the contents of entry %d are missing", n)
		}
		if r.rbody == nil {
			v.report.Erased++
		}
		v.report.Revisions++
		v.erase(r)
		return nil
	}
	if !bytes.Equal(commit(entryPrefix, r.salt, r.body), r.leaf) {
		return v.changedBody(n, r)
	}
	var e Entry
	if err := json.Unmarshal(r.body, &e); err != nil {
		return differ("entry %d: %v", n, err)
	}
	if e.ID != r.id {
		return differ("entry %d: its id was changed", n)
	}
	if e.Act == RestoreAct && !slices.ContainsFunc(v.epochs, func(p epoch) bool { return p.end != nil && p.to == n }) {
		return differ("entry %d began an epoch, and the setting %s leaves it out", n, EpochsSetting)
	}
	if err := v.exceptional(n, e, r, signed); err != nil {
		return err
	}
	// What reads otherwise than it is written was written by no program of ours.
	if own, err := jcs.Marshal(e); err != nil || !bytes.Equal(own, r.body) {
		return differ("entry %d is not written as this program writes it, in canonical JSON (RFC 8785): somebody else wrote it", n)
	}
	return v.revision(n, e, r)
}

// revision checks that what the entry committed to is what stands there.
func (v *verifier) revision(n int64, e Entry, r row) error {
	if e.Digest == "" {
		if r.object.Valid {
			return differ("entry %d has a revision it does not name", n)
		}
		return nil
	}
	name := fmt.Sprintf("revision %d of object %s (entry %d)", e.Rev, e.Object, n)
	switch {
	case !r.object.Valid:
		return differ("%s is missing", name)
	case r.object.String != e.Object || r.rev.Int64 != e.Rev || r.digest.String != e.Digest:
		return differ("%s was changed: it is filed as revision %d of object %s", name, r.rev.Int64, r.object.String)
	case r.rbody == nil:
		v.report.Erased++
		v.erase(r)
	case hex.EncodeToString(commit(revisionPrefix, r.rsalt, r.rbody)) != e.Digest:
		return differ("%s was changed", name)
	}
	v.report.Revisions++
	return nil
}

// inTree adds a record hash to the frontier and compares every hash that the tree gains with
// the stored one. The stored order is that of tlog.StoredHashIndex: a record, then each subtree
// it completes.
func (v *verifier) inTree(n int64, h tlog.Hash) error {
	if err := v.compare(n, 0, h); err != nil {
		return err
	}
	for level, m := 0, n; m&1 == 1; level, m = level+1, m>>1 {
		top := len(v.frontier) - 1
		h = tlog.NodeHash(v.frontier[top], h)
		v.frontier = v.frontier[:top]
		if err := v.compare(n, level+1, h); err != nil {
			return err
		}
	}
	v.frontier = append(v.frontier, h)
	return nil
}

func (v *verifier) compare(n int64, level int, want tlog.Hash) error {
	if len(v.hashes) == 0 {
		return differ("tree hash %d is missing: entry %d was added outside the log", v.nextIdx, n)
	}
	got := v.hashes[0]
	v.hashes = v.hashes[1:]
	if got.idx != v.nextIdx {
		return differ("tree hash %d is missing", v.nextIdx)
	}
	v.nextIdx++
	if bytes.Equal(got.hash, want[:]) {
		return nil
	}
	if level > 0 {
		return differ("tree hash %d was changed", got.idx)
	}
	return v.changedLeaf(n, want)
}

// changedLeaf tells an exchange of two rows from a change of one.
func (v *verifier) changedLeaf(n int64, h tlog.Hash) error {
	var idx int64
	err := v.tx.QueryRow(v.ctx, `select idx from tlog_hash where hash = $1 -- ledger.Verify`, h[:]).Scan(&idx)
	if errors.Is(err, sql.ErrNoRows) {
		return differ("entry %d was changed: its leaf is not the one in the tree", n)
	}
	if err != nil {
		return err
	}
	if _, m := tlog.SplitStoredHashIndex(idx); m != n {
		return differ("entries %d and %d were exchanged", n, m)
	}
	return differ("entry %d was changed", n)
}

// changedBody tells an exchange of two bodies from a change of one.
func (v *verifier) changedBody(n int64, r row) error {
	var m int64
	err := v.tx.QueryRow(v.ctx, `select seq from entry where leaf = $1 -- ledger.Verify`,
		commit(entryPrefix, r.salt, r.body)).Scan(&m)
	if err == nil && m != n {
		return differ("the bodies of entries %d and %d were exchanged", n, m)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return differ("entry %d was changed", n)
}

// pointAt gives the database's checkpoint of that size, dropping those passed.
func (v *verifier) pointAt(size int64) *Checkpoint {
	for len(v.points) > 0 && v.points[0].Size < size {
		v.points = v.points[1:]
	}
	if len(v.points) > 0 && v.points[0].Size == size {
		return &v.points[0]
	}
	return nil
}

// root folds the frontier from its smallest subtree up (RFC 6962, section 2.1).
func (v *verifier) root() tlog.Hash {
	top := len(v.frontier) - 1
	h := v.frontier[top]
	for i := top - 1; i >= 0; i-- {
		h = tlog.NodeHash(v.frontier[i], h)
	}
	return h
}
