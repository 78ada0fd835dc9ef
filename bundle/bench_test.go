package bundle_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"entente/bundle"
	"entente/internal/db/dbtest"
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
