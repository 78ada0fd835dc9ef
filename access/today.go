package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"entente/internal/db"
	"entente/internal/when"
)

// Today gives the day by which everything counts that has a first or a last day or a deadline: the
// transaction's moment in the zone in which the node tells the time, that of its first dialogue. Nothing
// else may say what day it is for anybody's rights and duties, so that a last day ends for all at one
// moment, and at the one that the pages show.
func Today(ctx context.Context, tx *db.Tx) (when.Date, error) {
	zone, err := Zone(ctx, tx)
	return when.DateOf(tx.Now().In(zone.Location())), err
}

// Zone gives the zone in which the node tells the time.
func Zone(ctx context.Context, tx *db.Tx) (when.Zone, error) {
	zone, err := tx.Once("access.Zone", func() (string, error) {
		var body []byte
		err := tx.QueryRow(ctx, `select r.body from object o join revision r on r.object = o.id and r.rev = o.rev
			where o.kind = 'dialogue' and o.tombstone = '' order by o.id limit 1 -- access.Zone`).Scan(&body)
		if errors.Is(err, sql.ErrNoRows) { // before there is one
			return "", nil
		}
		if err != nil {
			return "", err
		}
		zone, err := toldIn(body)
		return string(zone), err
	})
	if zone == "" {
		zone = string(when.ToldIn(nil))
	}
	return when.Zone(zone), err
}

// toldIn gives the zone in which a revision of a dialogue has the time told.
func toldIn(body []byte) (when.Zone, error) {
	var of struct {
		Value struct {
			Zones []when.Zone `json:"zones"`
		} `json:"value"`
	}
	err := json.Unmarshal(body, &of)
	return when.ToldIn(of.Value.Zones), err
}

// dayZones gives the zones by which a day may have been written down that a moment falls on: UTC, by
// which release 0.2.0 and those before it wrote duties, and those by which days counted at any time.
func dayZones(ctx context.Context, tx *db.Tx) ([]*time.Location, error) {
	bodies, err := db.Collect(ctx, tx, db.One[[]byte], `select r.body from revision r join object o on o.id = r.object
		where o.kind = 'dialogue' and r.body is not null order by r.seq -- access.dayZones`)
	zones := []when.Zone{when.ToldIn(nil)} // before there is a dialogue
	for _, body := range bodies {
		zone, err := toldIn(body)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(zones, zone) {
			zones = append(zones, zone)
		}
	}
	out := []*time.Location{time.UTC}
	for _, zone := range zones {
		out = append(out, zone.Location())
	}
	return out, err
}
