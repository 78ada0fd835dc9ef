package ledger

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// SignAct is the act by which a node notes that from here on it signs every exceptional entry.
const SignAct = "node.sign"

// EraseAct is the one act that may take contents out of the log, and erasedKind the one kind of
// object of which it may: nothing but the name of a person is ever erased.
const (
	EraseAct   = "person.erase"
	erasedKind = "person"
)

// FaultKey is the message of an act that has to be signed while the node's key is not at hand.
const FaultKey = "fault.key-missing"

// Erased lists what an erasure took out, by the numbers of entries: those whose own contents are
// gone, and those whose revision's are. An object that is erased again is listed with all that
// went before, so that its newest erasure alone says what may be gone.
type Erased struct {
	Entries   []int64 `json:"entries,omitempty"`
	Revisions []int64 `json:"revisions,omitempty"`
	Acts      []Kept  `json:"acts,omitempty"` // what goes on being said of the entries
}

// Kept is what an erasure keeps of an entry whose contents it takes: who acted, when and by which act, for
// that is the log's to say and no name's. It is signed with the erasure, when the entry was still as it
// was written.
type Kept struct {
	Act  string `json:"act"`
	By   By     `json:"by"`
	Part ref.ID `json:"part,omitempty"`
	Rev  int64  `json:"rev"`
	Seq  int64  `json:"seq"`
	When string `json:"when"`
}

// Exception is an entry that excuses what verification would otherwise tell: a restore, with or
// without a new key, or an erasure.
type Exception struct {
	Seq    int64
	Act    string
	When   string
	By     By
	Object ref.ID
	Reason string
	NewKey bool      // the node has signed by a new key since
	Signed bool      // by the node's key; else it is from before signatures began
	Owed   bool      // it bears no signature although they had begun; from Doubtful alone
	Root   tlog.Hash // of the tree that ends with the entry; from Verify alone
}

// excuses says whether an entry is exceptional: it has to be signed by the node's key.
func (e *Entry) excuses() bool {
	return e.Act == RestoreAct || e.Act == SignAct || e.Act == EraseAct || e.Erases > 0 || e.Erased != nil
}

// promises says whether an entry says of itself that it is signed.
func (e *Entry) promises() bool {
	var r Restored
	return e.Act == SignAct || e.Erased != nil || e.Act == RestoreAct && json.Unmarshal([]byte(e.Reason), &r) == nil && r.Signed
}

func (e *Entry) exception(seq int64) Exception {
	x := Exception{Seq: seq, Act: e.Act, When: e.When, By: e.By, Object: e.Object, Reason: e.Reason}
	if e.Act == RestoreAct {
		var r Restored
		x.NewKey = json.Unmarshal([]byte(e.Reason), &r) == nil && r.Before != ""
		x.Reason = ""
	}
	return x
}

// erases says what is wrong with an erasure, "" when nothing is: of which object and by which act
// contents may be erased. State is the revision that the act left, nil where it is gone itself: then
// another erasure lists it, and the newest of an object says by its state what the object is.
func (e *Entry) erases(state []byte) string {
	var s struct {
		Object struct {
			Kind string `json:"kind"`
		} `json:"object"`
	}
	switch {
	case e.Act != EraseAct:
		return fmt.Sprintf("the act %s may not erase anything", e.Act)
	case state != nil && (json.Unmarshal(state, &s) != nil || s.Object.Kind != erasedKind):
		return fmt.Sprintf("nothing of an object of the kind %q may be erased, but of a person alone", s.Object.Kind)
	}
	return ""
}

// stateless says that an erasure left no revision after those that it erases, "" when it did: a lawful
// one always does.
func (e *Entry) stateless() string {
	if e.Digest != "" && e.Rev > e.Erases {
		return ""
	}
	return e.Act + " left no revision after those that it erases, so that nothing says that it was of a person"
}

// commitment is what is signed: the place of an entry, the tree before it and its leaf, which
// commits to its body. No checkpoint can be read as one, for none has a second line like this.
func commitment(seq int64, before tlog.Hash, leaf []byte) string {
	return fmt.Sprintf("entente/entry-signature/v1\nentry %d\nafter %s\nleaf %s\n", seq,
		base64.StdEncoding.EncodeToString(before[:]), base64.StdEncoding.EncodeToString(leaf))
}

// signedBy says whether a note is the commitment, signed by the key.
func signedBy(signed, public, commitment string) bool {
	v, err := note.NewVerifier(public)
	if err != nil {
		return false
	}
	n, err := note.Open([]byte(signed), note.VerifierList(v))
	return err == nil && n.Text == commitment
}

// rootAt gives the root of the tree of the first entries, as it is stored; of none it is all zeroes.
func rootAt(ctx context.Context, tx *db.Tx, size int64) (root tlog.Hash, err error) {
	if size > 0 {
		root, err = tlog.TreeHash(size, stored{ctx, tx})
	}
	return root, err
}

// sign signs an entry that was just appended.
func sign(ctx context.Context, tx *db.Tx, secret string, seq int64, leaf []byte) error {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return fmt.Errorf("secret key: %w", err)
	}
	before, err := rootAt(ctx, tx, seq)
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: commitment(seq, before, leaf)}, signer)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into entry_signature (seq, note) values ($1, $2) -- ledger.sign`, seq, string(signed))
	return err
}

// Begun gives the first entry that is signed; -1 before there is one.
func Begun(ctx context.Context, tx *db.Tx) (seq int64, err error) {
	err = tx.QueryRow(ctx, `select coalesce(min(seq), -1) from entry_signature -- ledger.Begun`).Scan(&seq)
	return seq, err
}

// Begin notes, once and in an entry that is signed itself, that every exceptional entry is signed
// from here on. Those of an older program stand before it.
func Begin(ctx context.Context, tx *db.Tx, secret string) error {
	begun, err := Begun(ctx, tx)
	if err != nil || begun >= 0 {
		return err
	}
	_, err = appendSigned(ctx, tx, secret, By{Operator: "node"}, Act{Name: SignAct}, nil, nil)
	return err
}

// Start does what Begin does with the key at hand, and refuses as an act that is signed does.
func Start(ctx context.Context, tx *db.Tx) error {
	_, err := ready(ctx, tx)
	return err
}

// BeforeSigning says whether the log is one that the node published before exceptional entries were signed,
// and that has not begun to sign: by its newest checkpoint, which nobody makes without the key, and by what
// stands in it. A log of which nothing was ever published is none.
func BeforeSigning(ctx context.Context, tx *db.Tx) (bool, error) {
	begun, err := Begun(ctx, tx)
	if err != nil || begun >= 0 {
		return false, err
	}
	promised := false
	err = scan(ctx, tx, exceptionMarks, func(_ int64, e Entry) error { promised = promised || e.promises(); return nil })
	if err != nil || promised {
		return false, err
	}
	signed, err := Newest(ctx, tx)
	if err != nil || signed == "" {
		return false, err
	}
	c, current, err := Current(ctx, tx, signed)
	if err != nil || !current || c.Since > 0 {
		return false, nil //nolint:nilerr // what is no checkpoint of this log bears nothing out
	}
	return Extends(ctx, tx, c)
}

// ready gives the key for an exceptional act, which is refused where the node's key is not at hand.
func ready(ctx context.Context, tx *db.Tx) (string, error) {
	secret, used := tx.Key()
	known, err := db.Setting(ctx, tx, db.PublicKey)
	if err != nil {
		return "", err
	}
	public, wrong := "", errors.New("no key was given")
	if secret != "" {
		public, wrong = Public(secret)
	}
	if wrong != nil || public != known {
		f := fault.New(fault.Unavailable, FaultKey)
		f.Cause = wrong
		return "", f
	}
	if err := watched(ctx, tx, known, used); err != nil {
		return "", err
	}
	if used != nil {
		tx.AfterCommit(used)
	}
	return secret, Begin(ctx, tx, secret)
}

// signatureHolds says whether an entry bears a signature by the key.
func signatureHolds(ctx context.Context, tx *db.Tx, seq int64, public string) (bool, error) {
	var signed string
	var leaf []byte
	err := tx.QueryRow(ctx, `select s.note, e.leaf from entry_signature s join entry e on e.seq = s.seq
		where s.seq = $1 -- ledger.signatureHolds`, seq).Scan(&signed, &leaf)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	before, err := rootAt(ctx, tx, seq)
	return err == nil && signedBy(signed, public, commitment(seq, before, leaf)), err
}

// exceptionMarks are what the body of an exceptional entry says one of.
var exceptionMarks = [][]byte{[]byte(`"` + RestoreAct + `"`), []byte(`"` + SignAct + `"`), []byte(`"` + EraseAct + `"`), []byte(`"erase`)}

// Doubtful gives the exceptional entries that somebody should look at: those that the published
// checkpoint of that many entries does not cover, and those that bear no signature although
// signatures had begun.
func Doubtful(ctx context.Context, tx *db.Tx, published int64) (out []Exception, err error) {
	public, err := db.Setting(ctx, tx, db.PublicKey)
	if err != nil {
		return nil, err
	}
	list, err := epochs(ctx, tx, public)
	if err != nil {
		return nil, err
	}
	begun := false
	return out, scan(ctx, tx, exceptionMarks, func(seq int64, e Entry) error {
		if !e.excuses() {
			return nil
		}
		x := e.exception(seq)
		if x.Signed, err = signatureHolds(ctx, tx, seq, keyAt(list, seq)); err != nil {
			return err
		}
		begun = begun || x.Signed || e.promises()
		x.Owed = begun && !x.Signed
		if x.Owed || seq >= published && e.Act != SignAct {
			out = append(out, x)
		}
		return nil
	})
}

// keyAt gives the key by which an entry is signed: the one that began an epoch by the epoch's own.
func keyAt(list []epoch, seq int64) string {
	for _, e := range slices.Backward(list) {
		if e.from <= seq {
			return e.key
		}
	}
	return ""
}
