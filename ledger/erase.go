package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"entente/internal/db"
	"entente/internal/ref"

	"golang.org/x/mod/sumdb/tlog"
)

// erasable is an entry with its revision, of which contents may be gone already.
type erasable struct {
	row
	said Entry // what the entry says, where its body is there
	kept bool  // the entry is an older program's erasure, unsigned: it alone says what it erased
}

// chosen lists what an act erases: the contents of the object's revisions up to one, and of the
// entries that left them those that the act chooses. What went at an earlier time is listed again,
// where a signed erasure of the object lists it. Anything else has to be as it was written, for the
// signature of this act excuses what it lists: it refuses where the log differs.
func chosen(ctx context.Context, tx *db.Tx, act Act) (*Erased, error) {
	lines, err := erasables(ctx, tx, act)
	if err != nil {
		return nil, err
	}
	if int64(len(lines)) != act.Erases {
		return nil, refused("of %d revisions of object %s there are %d", act.Erases, act.Object, len(lines))
	}
	before, old, err := erasedBefore(ctx, tx, lines)
	if err != nil {
		return nil, err
	}
	out := &Erased{}
	for i, l := range lines {
		name := fmt.Sprintf("revision %d of object %s (entry %d)", l.rev.Int64, act.Object, l.seq)
		if l.rev.Int64 != int64(i)+1 || i > 0 && l.seq <= lines[i-1].seq {
			return nil, refused("%s is not in its place", name)
		}
		older := l.rev.Int64 <= old
		switch {
		case l.rbody == nil && slices.Contains(before.Revisions, l.seq), l.body != nil && l.revisionHolds():
			out.Revisions = append(out.Revisions, l.seq)
		case l.rbody != nil || !older:
			return nil, refused("%s is not as it was written", name)
		}
		switch {
		case l.body != nil:
			if act.Also != nil && !l.kept && act.Also(l.said) {
				out.Entries = append(out.Entries, l.seq)
				out.Acts = append(out.Acts, Kept{Act: l.said.Act, By: l.said.By, Part: l.said.Part, Rev: l.rev.Int64, Seq: l.seq, When: l.said.When})
			}
		case slices.Contains(before.Entries, l.seq):
			out.Entries = append(out.Entries, l.seq)
			if k := before.kept(l.seq); k != nil {
				out.Acts = append(out.Acts, *k)
			}
		case !older:
			return nil, refused("the contents of entry %d are gone, and no signed erasure of object %s lists them", l.seq, act.Object)
		}
	}
	return out, nil
}

// refused is the refusal to sign for contents that differ.
func refused(format string, args ...any) error { return unlike(differ(format, args...)) }

// erasables reads what is filed as the object's revisions up to one, and refuses an entry that is not
// as it was written or is none of the object's.
func erasables(ctx context.Context, tx *db.Tx, act Act) ([]erasable, error) {
	rows, err := tx.Query(ctx, `select e.seq, e.body, e.salt, e.leaf, r.rev, r.body, r.salt, r.digest
		from revision r join entry e on e.seq = r.seq where r.object = $1 and r.rev <= $2 order by r.rev -- ledger.chosen`, act.Object, act.Erases)
	lines, err := db.Rows(rows, err, func(r *sql.Rows) (l erasable, err error) {
		err = r.Scan(&l.seq, &l.body, &l.salt, &l.leaf, &l.rev, &l.rbody, &l.rsalt, &l.digest)
		return l, err
	})
	if err != nil {
		return nil, err
	}
	var at []int64
	for _, l := range lines {
		at = append(at, tlog.StoredHashIndex(0, l.seq))
	}
	in, err := stored{ctx, tx}.ReadHashes(at)
	if err != nil {
		return nil, err
	}
	for i := range lines {
		l := &lines[i]
		if in[i] != tlog.RecordHash(l.leaf) {
			return nil, refused("entry %d was changed: its leaf is not the one in the tree", l.seq)
		}
		if l.body == nil {
			continue
		}
		if !bytes.Equal(commit(entryPrefix, l.salt, l.body), l.leaf) {
			return nil, refused("entry %d was changed", l.seq)
		}
		if err := json.Unmarshal(l.body, &l.said); err != nil {
			return nil, err
		}
		if l.said.Object != act.Object || l.said.Rev != l.rev.Int64 || l.said.Digest != l.digest.String {
			return nil, refused("entry %d did not leave revision %d of object %s, as which it is filed", l.seq, l.rev.Int64, act.Object)
		}
	}
	return lines, nil
}

// revisionHolds says whether the revision's contents are those that it was filed with.
func (l *erasable) revisionHolds() bool {
	return l.rbody != nil && hex.EncodeToString(commit(revisionPrefix, l.rsalt, l.rbody)) == l.digest.String
}

// erasedBefore gives what the signed erasures of an object list, and up to which revision those of an
// older program speak, from before signatures began: they are not signed for afterwards.
func erasedBefore(ctx context.Context, tx *db.Tx, lines []erasable) (out Erased, old int64, err error) {
	begun, err := Begun(ctx, tx)
	if err != nil {
		return out, 0, err
	}
	public, err := db.Setting(ctx, tx, db.PublicKey)
	if err != nil {
		return out, 0, err
	}
	list, err := epochs(ctx, tx, public)
	if err != nil {
		return out, 0, err
	}
	for i := range lines {
		l := &lines[i]
		if l.said.Act != EraseAct {
			continue
		}
		holds, err := signatureHolds(ctx, tx, l.seq, keyAt(list, l.seq))
		switch {
		case err != nil:
			return out, 0, err
		case holds && l.said.Erased != nil:
			out.Entries = append(out.Entries, l.said.Erased.Entries...)
			out.Revisions = append(out.Revisions, l.said.Erased.Revisions...)
			out.Acts = append(out.Acts, l.said.Erased.Acts...)
		case l.said.Erased == nil && l.seq < begun:
			old, l.kept = max(old, l.said.Erases), true
		default:
			return out, 0, refused("entry %d, an erasure, bears no signature by the node's key", l.seq)
		}
	}
	return out, old, nil
}

// erase nulls body and salt of what is listed. The leaves stay, so that the tree is what it was.
func (e *Erased) erase(ctx context.Context, tx *db.Tx) error {
	for _, seq := range e.Entries {
		if _, err := tx.Exec(ctx, `update entry set body = null, salt = null where seq = $1 -- ledger.erase`, seq); err != nil {
			return err
		}
	}
	for _, seq := range e.Revisions {
		if _, err := tx.Exec(ctx, `update revision set body = null, salt = null where seq = $1 -- ledger.erase`, seq); err != nil {
			return err
		}
	}
	return nil
}

// kept gives what an erasure keeps of an entry; nil where it keeps nothing, as those of an older program.
func (e *Erased) kept(seq int64) *Kept {
	if i := slices.IndexFunc(e.Acts, func(k Kept) bool { return k.Seq == seq }); i >= 0 {
		return &e.Acts[i]
	}
	return nil
}

// KeptOf gives what the newest erasure of an object keeps of the entries that it took, by the revisions
// that these left.
func KeptOf(ctx context.Context, tx *db.Tx, object ref.ID) (map[int64]Kept, error) {
	bodies, err := db.Collect(ctx, tx, db.One[[]byte], `select e.body from revision r join entry e on e.seq = r.seq
		where r.object = $1 and e.body is not null order by r.rev -- ledger.KeptOf`, object)
	if err != nil {
		return nil, err
	}
	out := map[int64]Kept{}
	for _, b := range bodies {
		var e Entry
		if err := json.Unmarshal(b, &e); err != nil {
			return nil, err
		}
		if e.Act == EraseAct && e.Erased != nil {
			for _, k := range e.Erased.Acts {
				out[k.Rev] = k
			}
		}
	}
	return out, nil
}
