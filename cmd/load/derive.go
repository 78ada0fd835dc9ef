package main

import (
	"context"
	"os"
	"time"

	"entente/bundle"
	"entente/internal/db"
)

// derive lets the program derive everything anew, as after an upgrade that changed every kind: once
// killed in the middle, once to the end, on the node's own database and on the other one.
func (k *keeping) derive(ctx context.Context) error {
	for _, address := range []string{k.address, k.other} {
		if address == "" {
			continue
		}
		d, err := db.Open(ctx, address, db.Options{})
		if err != nil {
			return err
		}
		killed, took, err := k.derived(ctx, d, address)
		if err == nil && killed > 0 {
			tell("derived anew, "+string(d.Engine()), "%d objects, killed once after %s, then %s", k.objects+k.megabytes, killed.Round(10*time.Millisecond), took)
		}
		if err := d.Close(); err != nil {
			return err
		}
		if err != nil {
			return err
		}
		if took, err = k.command(ctx, "ledger", "verify", address); err != nil {
			return err
		}
		tell("ledger verify after it", "%s", took)
		// Nothing has moved: what a start costs beside it.
		begun := time.Now()
		o, err := bundle.Open(ctx, address, db.Options{})
		if err != nil {
			return err
		}
		tell("opened when nothing moved", "%s", time.Since(begun).Round(100*time.Microsecond))
		if err := o.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeping) derived(ctx context.Context, d *db.DB, address string) (killed time.Duration, took cost, err error) {
	if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update derivation set version = 0 -- load.derive`)
		return err
	}); err != nil {
		return 0, took, err
	}
	command := []string{"import", "--data", k.data, "--db", address, "--dry-run", os.DevNull}
	short, kill := context.WithCancel(ctx)
	defer kill()
	begun := time.Now()
	go func() {
		for range time.Tick(100 * time.Millisecond) {
			var n int
			err := d.Read(short, func(ctx context.Context, tx *db.Tx) error { // most objects are meetings
				return tx.QueryRow(ctx, `select count(*) from object o join derivation d on d.kind = o.kind
					where o.kind = 'meeting' and o.id <= d.after -- load.derived`).Scan(&n)
			})
			if err != nil || n > k.objects/3 {
				kill()
				return
			}
		}
	}()
	_, _ = k.command(short, command...)
	killed = time.Since(begun)
	took, err = k.command(ctx, command...)
	if err != nil && took.processor > 0 {
		err = nil // an empty file is a fault of the import, which comes after the opening
	}
	return killed, took, err
}
