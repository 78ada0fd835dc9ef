package search_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/search"
	"entente/internal/text"
	"entente/internal/text/texttest"
)

// reader reads what is for one of its audiences, as access does.
type reader []string

func (r reader) CanRead(a *db.Args, alias string) string {
	return alias + ".tombstone = '' and " + alias + ".aset in " + a.In(r)
}

// put makes an object for an audience.
func put(t *testing.T, d *db.DB, id, kind, audience, day string, text search.Text) {
	t.Helper()
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into object (id, rev, kind, dialogue, owner, parent, state, mark, aset,
			sort_time, changed_at, changed_by, tombstone) values ($1, 1, $2, 'd', '', '', '', '', $3, $4, '', '', '')
			on conflict (id) do nothing`, id, kind, audience, day)
		if err != nil {
			return err
		}
		return search.Put(ctx, tx, id, text)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// find gives the ids found, and the total.
func find(t *testing.T, d *db.DB, who reader, q search.Query) ([]ref.ID, search.Found) {
	t.Helper()
	q.Dialogue, q.Lang = "d", "en"
	if q.Limit == 0 {
		q.Limit = 50
	}
	var f search.Found
	err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		f, err = search.Find(ctx, tx, who, q)
		return err
	})
	if err != nil {
		t.Fatalf("%q: %v", q.Words, err)
	}
	var ids []ref.ID
	for _, h := range f.Hits {
		ids = append(ids, h.ID)
	}
	return ids, f
}

func TestFind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		put(t, d, "m1", "meeting", "all", "2018-02-06", search.Text{
			Title: []string{"Seminar on mixed migration", "混合移民综合应对研讨会"},
			Body:  []string{"Seminar on mixed migration", "混合移民综合应对研讨会", "Officials met the O’Neill-Ünal institute", "国家移民管理局出入境签证人员参加。", "DCI-MIGR 2010/229-653"},
		})
		put(t, d, "m2", "meeting", "inner", "2019-01-01", search.Text{
			Title: []string{"Network of investigators against trafficking"}, Body: []string{"Network of investigators against trafficking", "打击人口贩运（拐卖）"},
		})
		put(t, d, "n1", "news", "all", "2024-10-17", search.Text{
			Title: []string{"Readmission"}, Body: []string{"Readmission", "A word on the seminar. Victims were trafficked. 移民"},
		})

		all, both := reader{"all"}, reader{"all", "inner"}
		for words, want := range map[string]string{
			"seminar": "m1 n1", // in the name first, though older
			"移":       "m1 n1", "移民": "m1 n1", "移民管": "m1", "移民管理": "m1", "国家移民管理局": "m1", "签证": "m1", "证签": "",
			"人口贩运": "", "trafficking": "n1", "TRAFFICKED": "n1", "seminar 移民": "m1 n1", "seminar 签证": "m1", "seminar 贩运": "",
			"O'Neill": "m1", "oneill": "m1", "O’Neill": "m1", "unal": "m1", "neill": "",
			"DCI-MIGR": "m1", "2010/229": "m1", "229/2010": "", "移民 签证 mixed": "m1", "officials institute": "m1",
			`"seminar"`: "m1 n1", "sem*": "", "seminar OR nothing": "", "title:seminar": "", "NEAR(seminar)": "",
		} {
			ids, f := find(t, d, all, search.Query{Words: words})
			if got := strings.Join(ids, " "); got != want || f.Total != len(ids) {
				t.Errorf("%q: %q of %d, want %q", words, got, f.Total, want)
			}
		}
		if ids, f := find(t, d, both, search.Query{Words: "trafficking"}); strings.Join(ids, " ") != "m2 n1" || fmt.Sprint(f.Counts) != "[{meeting 1} {news 1}]" {
			t.Errorf("to those who may: %v %v", ids, f.Counts)
		}
		if ids, f := find(t, d, both, search.Query{Words: "trafficking", Kind: "news"}); strings.Join(ids, " ") != "n1" || f.Total != 1 || len(f.Counts) != 2 {
			t.Errorf("of a kind: %v %+v", ids, f)
		}
		for _, offset := range []int{-1, 1, 2, 1 << 40} {
			ids, f := find(t, d, all, search.Query{Words: "移民", Limit: 1, Offset: offset})
			want := map[int]string{-1: "m1", 1: "n1"}[offset]
			if strings.Join(ids, " ") != want || f.Total != 2 {
				t.Errorf("page at %d: %v of %d", offset, ids, f.Total)
			}
		}

		// What is replaced or taken out is not found any more.
		put(t, d, "n1", "news", "all", "", search.Text{Body: []string{"other"}})
		put(t, d, "m1", "meeting", "all", "", search.Text{})
		if ids, _ := find(t, d, all, search.Query{Words: "移民"}); len(ids) != 0 {
			t.Errorf("replaced: %v", ids)
		}
		if ids, _ := find(t, d, all, search.Query{Words: "other"}); len(ids) != 1 {
			t.Errorf("new text: %v", ids)
		}
		if err := d.Write(t.Context(), search.Clear); err != nil {
			t.Fatal(err)
		}
		if ids, _ := find(t, d, both, search.Query{Words: "other"}); len(ids) != 0 {
			t.Errorf("cleared: %v", ids)
		}
		put(t, d, "n1", "news", "all", "", search.Text{Body: []string{"again"}})
		if ids, _ := find(t, d, all, search.Query{Words: "again"}); len(ids) != 1 {
			t.Error("after clearing")
		}
	})
}

// A person may type anything.
func TestHostileQueries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		put(t, d, "m1", "meeting", "all", "", search.Text{Title: []string{"a b"}, Body: []string{"a b"}})
		for _, words := range []string{
			"", " ", `"`, `""`, `'`, `';drop table object;--`, `"a`, `a"`, `a AND`, `OR a`, `NOT a`, `(a`, `a)`, `{title}: a`, `-a`, `^a`, `a^`, `a*`, `*`,
			`a + b`, `a:b`, `a & b`, `a | b`, `!a`, `a <-> b`, `a:*`, `\`, `a\`, "a\x00b", "\x00", "\xff\xfe", "%", "_", "a%", "￼", "👩‍👩‍👧", "½ ②", "移\x00民",
			"𬭎", strings.Repeat("移民", 5000), strings.Repeat("a ", 5000), strings.Repeat("(", 5000), strings.Repeat("x", 100000), "a\u202eb", "ﬁ", "ÄÖÜ",
		} {
			_, f := find(t, d, reader{"all"}, search.Query{Words: words})
			if f.Empty && f.Total != 0 {
				t.Errorf("%.20q: %+v", words, f)
			}
			search.Mark("a b 移民", words)
			search.Excerpt("a b 移民", words, 20)
		}
		if _, f := find(t, d, reader{"all"}, search.Query{Words: "%"}); !f.Empty {
			t.Error("% is nothing to be sought")
		}
	})
}

// A text may be longer than a row of the index.
func TestLongText(t *testing.T) {
	var b strings.Builder
	for i := range 30000 {
		fmt.Fprintf(&b, "word%d 移民局第%d号 ", i, i)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		put(t, d, "m1", "meeting", "all", "", search.Text{Title: []string{"Long"}, Body: []string{"Long", b.String()}})
		for i := 0; i < 30000; i += 997 {
			for _, words := range []string{fmt.Sprintf("word%d", i), "民局第", fmt.Sprintf("word0 word%d long", i)} {
				if ids, _ := find(t, d, reader{"all"}, search.Query{Words: words}); len(ids) != 1 {
					t.Fatalf("%q is not found", words)
				}
			}
		}
		if ids, _ := find(t, d, reader{"all"}, search.Query{Words: "word30000"}); len(ids) != 0 {
			t.Error("what is not there is found")
		}
	})
}

func show(ps []search.Piece) string {
	var b strings.Builder
	for _, p := range ps {
		if p.Hit {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestMark(t *testing.T) {
	for _, c := range []struct{ text, words, want string }{
		{"Victims of trafficking were trafficked", "Trafficking", "Victims of [trafficking] were [trafficked]"},
		{"国家移民管理局，移民", "移民", "国家[移民]管理局，[移民]"},
		{"国家移民管理局", "移民管理 民管", "国家[移民管理]局"},
		{"人口贩运受害人", "人", "[人]口贩运受害[人]"},
		{"移 民局", "移民", "[移 民]局"},
		{"共建“一带一路”倡议", "一带一路倡议", "共建“[一带一路”倡议]"},
		{"会议紀要", "會議纪要", "[会议紀要]"},
		{"International co-operation", "cooperation", "International [co-operation]"},
		{"International cooperation", "co‑operation", "International [cooperation]"},
		{"co\u00adoperation", "cooperation", "[co\u00adoperation]"},
		{"the state-of-the-art", "state-of-the-art", "the [state-of-the-art]"},
		{"the ＥＵ and Café", "eu cafe", "the [ＥＵ] and [Café]"},
		{"The O’Neill-Ünal case", "o'neill", "The [O’Neill]-Ünal case"},
		{"The O＇Neill and co\u2064operation", "oneill cooperation", "The [O＇Neill] and [co\u2064operation]"},
		{"DCI-MIGR 2010/229-653", "229-653", "DCI-MIGR 2010/[229-653]"},
		{"IOM驻华", "IOM 驻华", "[IOM驻华]"},
		{"<script>alert(1)</script>", "script", "<[script]>alert(1)</[script]>"},
		{"nothing", "", "nothing"},
		{"", "x", ""},
	} {
		if got := show(search.Mark(c.text, c.words)); got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.words, c.text, got, c.want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("before it ", 30) + "the trafficking of persons " + strings.Repeat("and after ", 30)
	got := show(search.Excerpt(long, "trafficking", 90))
	if !strings.HasPrefix(got, "…") || !strings.Contains(got, "the [trafficking] of persons") || !strings.HasSuffix(got, "…") || len([]rune(got)) > 96 {
		t.Errorf("%q", got)
	}
	zh := strings.Repeat("此前有关内容。", 20) + "打击人口贩运工作" + strings.Repeat("此后有关内容。", 20)
	got = show(search.Excerpt(zh, "人口贩运", 60))
	if !strings.Contains(got, "打击[人口贩运]工作") || len([]rune(got)) > 66 || len([]rune(got)) < 50 {
		t.Errorf("%q", got)
	}
	if show(search.Excerpt("short 移民", "移民", 90)) != "short [移民]" {
		t.Error("a short text stays whole")
	}
	if search.Excerpt("nothing here", "absent", 90) != nil {
		t.Error("an excerpt of nothing")
	}
	for n := range 30 { // never more than is there, wherever it is cut
		plain := strings.NewReplacer("[", "", "]", "", "…", "").Replace(show(search.Excerpt(long, "after", n)))
		if !strings.Contains(long, plain) {
			t.Errorf("%d: %q is no part of the text", n, plain)
		}
	}
}

func FuzzMark(f *testing.F) {
	f.Add("a 移民 O'Neill", "移民 o'neill")
	f.Add("\xff", "\x00")
	f.Fuzz(func(t *testing.T, s, words string) {
		var whole strings.Builder
		for _, p := range search.Mark(s, words) {
			whole.WriteString(p.Text)
		}
		if whole.String() != s {
			t.Errorf("%q marked is %q", s, whole.String())
		}
		ps := search.Excerpt(s, words, 20)
		if len(ps) > 0 && !slices.ContainsFunc(ps, func(p search.Piece) bool { return p.Hit }) {
			t.Errorf("an excerpt of %q without %q", s, words)
		}
	})
}

// TestWritings: what people write in different ways is found in each of them, on both engines, and
// stands marked as it was written.
func TestWritings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for i, same := range texttest.Same {
			for j, written := range same {
				id := fmt.Sprintf("w%d-%d", i, j)
				put(t, d, id, "meeting", "all", "", search.Text{Title: []string{written}, Body: []string{written}})
			}
		}
		for i, same := range texttest.Same {
			for _, words := range same {
				ids, _ := find(t, d, reader{"all"}, search.Query{Words: words})
				for j, written := range same {
					if !slices.Contains(ids, ref.ID(fmt.Sprintf("w%d-%d", i, j))) {
						t.Errorf("%q does not find %q", words, written)
					}
					marked := ""
					for _, p := range search.Excerpt("前文 before "+written+" 后文 after", words, 90) {
						if p.Hit {
							marked += p.Text
						}
					}
					if text.Sought(marked) != text.Sought(written) {
						t.Errorf("%q marks %q in %q", words, marked, written)
					}
				}
			}
		}
	})
}
