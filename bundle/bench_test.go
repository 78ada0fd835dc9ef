package bundle_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/meeting"
)

// many is a file of n meetings, each pointing at four institutions.
func many(n int) string {
	var b strings.Builder
	b.WriteString(start)
	for i := range 40 {
		fmt.Fprintf(&b, "---\nkind: institution\nkey: i-%d\nnames:\n  - name:\n      en: Institution %d\n      zh: 机构%d\n", i, i, i)
	}
	for i := range n {
		fmt.Fprintf(&b, `---
kind: meeting
key: m-%d
type: workshop
state: held
starts: 2019-03-12
at: 09:00
zone: Asia/Shanghai
title:
  en: Workshop number %d on regular migration
  zh: 第%d次正常移民研讨会
summary:
  en: |-
    The participants exchanged views on procedures, on the treatment of applications
    and on statistics. Both sides thanked the host.
  zh: 与会人员就办理程序、申请审批和统计工作交换了意见，双方对东道方表示感谢。
agenda:
  - title:
      en: Opening
      zh: 开幕
    at: 09:00
    speakers:
      - institution: i-%d
      - institution: i-%d
  - title:
      en: First session
      zh: 第一节
    at: 10:00
participants:
  - institution: i-%d
    count: 12
  - institution: i-%d
    count: 9
`, i, i, i, i%40, (i+1)%40, (i+2)%40, (i+3)%40)
	}
	return b.String()
}

// Both times are per object. What is in memory at a time does not grow with the export; an
// import holds the text of the files and one value.
func BenchmarkImport(b *testing.B) {
	const n = 10_000
	files := []bundle.File{{Name: "a.yaml", Data: []byte(many(n))}}
	d := dbtest.New(b)
	objects := bundle.Objects(d)
	for b.Loop() { // the first creates, those after it compare
		if _, err := bundle.Import(b.Context(), d, objects, operator, files, bundle.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/n/float64(b.N), "µs/object")
}

// BenchmarkImportLock tells how long an import keeps all others from writing, beside one ordinary act of
// the same machine at the same time: the entering of one meeting like those in the file. The first size is
// about what is taken beside a running node.
func BenchmarkImportLock(b *testing.B) {
	for _, n := range []int{400, 2_000, 20_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			files := []bundle.File{{Name: "a.yaml", Data: []byte(many(n))}}
			var held, act []time.Duration
			for b.Loop() {
				d := dbtest.New(b, db.Options{}) // durable, as a node is
				objects := bundle.Objects(d)
				longest, stop, stopped := time.Duration(0), make(chan bool), make(chan bool)
				go func() { // waits for the lock again and again, and writes nothing
					defer close(stopped)
					for {
						select {
						case <-stop:
							return
						case <-time.After(time.Millisecond):
						}
						begun := time.Now()
						_ = d.Write(context.Background(), func(context.Context, *db.Tx) error { return nil })
						longest = max(longest, time.Since(begun))
					}
				}()
				_, err := bundle.Import(b.Context(), d, objects, operator, files, bundle.Options{Beside: n < 1000})
				close(stop)
				<-stopped
				if err != nil {
					b.Fatal(err)
				}
				held = append(held, longest)
				act = append(act, oneMeeting(b, d, objects))
			}
			lock, one := slices.Min(held), slices.Min(act)
			b.ReportMetric(float64(lock.Milliseconds()), "ms-held")
			b.ReportMetric(float64(one.Microseconds())/1000, "ms-act")
			b.ReportMetric(float64(lock)/float64(one), "acts")
		})
	}
}

// oneMeeting gives how long the entering of a meeting takes, the median of many.
func oneMeeting(b *testing.B, d *db.DB, objects *access.Objects) time.Duration {
	b.Helper()
	var h access.Header
	var value meeting.Meeting
	if err := d.Read(b.Context(), func(ctx context.Context, tx *db.Tx) error {
		list, err := meeting.Meetings.List(ctx, tx, operator, access.Select{Limit: 1, Order: "o.id"})
		if err == nil {
			h, value = access.Header{Dialogue: list[0].Dialogue}, list[0].Value
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for range 101 {
		begun := time.Now()
		v := value
		if _, err := objects.Create(b.Context(), operator, "meeting", h, &v); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)/2]
}

func BenchmarkExport(b *testing.B) {
	const n = 10_000
	d := dbtest.New(b)
	objects := bundle.Objects(d)
	files := []bundle.File{{Name: "a.yaml", Data: []byte(many(n))}}
	if _, err := bundle.Import(b.Context(), d, objects, operator, files, bundle.Options{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := bundle.Export(b.Context(), d, objects, operator, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/n/float64(b.N), "µs/object")
}
