package account

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
)

// The counts of attempts to get in. A handful at once and then one every few seconds, by name and
// address together, and by a device that the person is known to use. By a name from wherever, and by
// an address for whatever name, far more: a ministry, a training room, everybody behind a server in
// front that names no address share one.
//
// A name that others try from everywhere is slow and not shut: whoever comes from an address from which
// it was not tried of late waits, and may try a few times nevertheless. Those few bound what many
// addresses guess together.
const (
	triesAtOnce = 8
	triesEvery  = 10 * time.Second

	nameAtOnce = 50
	nameEvery  = 2 * time.Second

	newAtOnce = 3
	newEvery  = 5 * time.Minute

	addressAtOnce = 300
	addressEvery  = time.Second
)

// patience is how long an attempt too many waits for its turn, and slowAtOnce how many of one address, or
// at one name beside its counts, wait so at a time: those of others take nobody's place. Of the places of
// an address no name has more than slowOfName, so that whoever guesses at one leaves some to everybody else
// there.
//
// Where one address tries a name, or whatever names, too often, an attempt from it waits that long and is
// then made, with no count: whoever has the right password and shares it is slowed and not refused, as
// long as there is a place.
// The places bound what is guessed so: slowAtOnce in patience, 5 a second, from one address, one a second at
// one name from there, and 5 at one name from all addresses together, by each process of a node. Of a
// password of MinPassword characters that nobody knows that is nothing; ten that were wrong are told to
// the person.
const (
	patience   = 10 * time.Second
	slowAtOnce = 50
	slowOfName = 10
)

// attempts counts attempts to get in that failed: each is counted before it is made, so that many at a
// time do not slip through, and given back when it was right. The counts are rows, so that all
// processes of a node count together and a restart forgets nothing. A key is kept as its hash: people
// type passwords where names belong.
type attempts struct {
	db    *db.DB
	slow  *places
	pause func(context.Context, time.Duration) error // sleeps
}

func newAttempts(d *db.DB) attempts { return attempts{d, &places{taken: map[string]int{}}, sleep} }

// places counts who waits, by address, by name, and by both.
type places struct {
	mu    sync.Mutex
	taken map[string]int
}

// take gives a place among those who wait under each key, of which there are so many; ok is false where all
// of one are taken.
func (p *places) take(most map[string]int) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, n := range most {
		if p.taken[k] >= n {
			return nil, false
		}
	}
	for k := range most {
		p.taken[k]++
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for k := range most {
			if p.taken[k]--; p.taken[k] == 0 {
				delete(p.taken, k)
			}
		}
	}, true
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// count is a key under which attempts are counted: so many at once, and then one every so often.
type count struct {
	key      string
	atOnce   int
	every    time.Duration
	patience time.Duration
	beyond   *count // counted instead, after waiting as long as that bears, where this one takes no more
	queue    string // where this one takes no more and nothing is beyond, the attempt waits for a place under this key, and counts nowhere
}

// Take counts an attempt from an address under each key, and waits for its turn where there were many. It gives what was
// counted, nothing where the attempt may not be made; such a one is not counted, and costs a point read.
func (t attempts) Take(ctx context.Context, from string, all ...count) (taken []count, err error) {
	places := map[string]int{"from " + from: slowAtOnce}
	var longest time.Duration
	for _, c := range all {
		wait, ok, err := t.take(ctx, c)
		if err == nil && !ok && c.beyond != nil {
			wait = c.patience
			c = *c.beyond
			_, ok, err = t.take(ctx, c)
		}
		if err == nil && !ok && c.queue != "" {
			if err := t.Give(ctx, taken...); err != nil {
				return nil, err
			}
			places[c.queue], places["from "+from+" "+c.queue] = slowAtOnce, slowOfName
			longest, taken = patience, []count{{key: c.queue}}
			break
		}
		if err != nil || !ok {
			return nil, errors.Join(err, t.Give(ctx, taken...))
		}
		longest = max(longest, wait)
		taken = append(taken, c)
	}
	if longest <= 0 {
		return taken, nil
	}
	leave, ok := t.slow.take(places)
	if !ok {
		return nil, t.Give(ctx, taken...)
	}
	defer leave()
	return taken, t.pause(ctx, longest)
}

// Give gives back what was taken for an attempt that was right.
func (t attempts) Give(ctx context.Context, all ...count) error {
	for _, c := range all {
		for done := false; !done; {
			free, from, err := t.free(ctx, c)
			if err != nil || free == "" {
				return err
			}
			if done, err = t.set(ctx, c, free, from.Add(-c.every)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Series counts what failed, and says whether it is this one that makes a series: the key is full, and was
// not before. What comes more often than the key empties belongs to the same series.
func (t attempts) Series(ctx context.Context, c count) (begins bool, err error) {
	for done := false; !done; {
		free, from, err := t.free(ctx, c)
		if err != nil {
			return false, err
		}
		now, full := t.db.Now(), time.Duration(c.atOnce-1)*c.every
		next := from.Add(c.every)
		if most := now.Add(full + c.every); next.After(most) {
			next = most
		}
		if done, err = t.set(ctx, c, free, next); err != nil {
			return false, err
		}
		begins = from.Sub(now) <= full && next.Sub(now) > full
	}
	return begins, nil
}

// take is the cell rate algorithm: the row holds when the key is as good as new again.
func (t attempts) take(ctx context.Context, c count) (wait time.Duration, ok bool, err error) {
	for !ok {
		free, from, err := t.free(ctx, c)
		if err != nil {
			return 0, false, err
		}
		wait = from.Sub(t.db.Now()) - time.Duration(c.atOnce-1)*c.every
		if wait > c.patience {
			return 0, false, nil
		}
		if ok, err = t.set(ctx, c, free, from.Add(c.every)); err != nil {
			return 0, false, err
		}
	}
	return wait, true, nil
}

// free gives what stands in the row, and from when the key is as good as new. What no attempt can
// have brought about was written by a clock that was ahead, and counts for nothing.
func (t attempts) free(ctx context.Context, c count) (stands string, from time.Time, err error) {
	err = t.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		from = tx.Now()
		err := tx.QueryRow(ctx, `select free from account_attempt where key = $1 -- account.free`, hashToken(c.key)).Scan(&stands)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		most := time.Duration(c.atOnce)*c.every + c.patience
		if at, err := db.ParseStamp(stands); err == nil && at.After(from) && at.Sub(from) <= most+triesEvery {
			from = at
		}
		return nil
	})
	return stands, from, err
}

// set writes the row if nobody did meanwhile: another process may have counted, and then this one looks
// again.
func (t attempts) set(ctx context.Context, c count, stands string, next time.Time) (ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	err = t.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := `update account_attempt set free = $2 where key = $1 and free = $3 -- account.set`
		if stands == "" {
			q = `insert into account_attempt (key, free) select $1, $2 where $3 = '' on conflict (key) do nothing -- account.set`
		}
		n, err := changed(tx.Exec(ctx, q, hashToken(c.key), db.Stamp(next), stands))
		ok = n > 0
		return err
	})
	return ok, err
}

// throttled is the fault of an attempt too many, or of a database that could not count it.
func throttled(err error) error {
	if err != nil {
		return err
	}
	return fault.New(fault.TooMany, "fault.throttled")
}

// Forget lets a key begin anew.
func (t attempts) Forget(ctx context.Context, c count) error {
	return t.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `delete from account_attempt where key = $1 -- account.Forget`, hashToken(c.key))
		return err
	})
}

// ForgetAttempts lets everybody begin anew, for the node's operator alone, and says how many counts
// there were. The counts are no part of the record, and this no act.
func (s *Service) ForgetAttempts(ctx context.Context, who access.Actor) (n int64, err error) {
	if !who.IsOperator() {
		return 0, fault.New(fault.Forbidden, "")
	}
	return n, s.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err = changed(tx.Exec(ctx, `delete from account_attempt -- account.ForgetAttempts`))
		return err
	})
}

// fromAddress counts what comes from an address, by what it tries.
func fromAddress(what, from string) count {
	return count{key: "from " + from + " " + what, atOnce: addressAtOnce, every: addressEvery, patience: patience}
}

// counts gives those of an attempt at a name. A device that the person has signed in with before stands
// apart: what strangers try at the name does not keep its owner out there. The name comes last, so that
// what an address may not try is not counted against it.
func (s *Service) counts(from, login, device string) (all []count) {
	if device != "" {
		return []count{{key: "device " + device + " " + login, atOnce: triesAtOnce, every: triesEvery, patience: patience}}
	}
	both, address, queue := from+" "+login, fromAddress("name", from), "queue "+login
	address.queue = queue
	return []count{
		{key: "both " + both, atOnce: triesAtOnce, every: triesEvery, patience: patience, queue: queue},
		address,
		{
			key: "name " + login, atOnce: nameAtOnce, every: nameEvery, patience: patience,
			beyond: &count{key: "new " + both, atOnce: newAtOnce, every: newEvery},
		},
	}
}
