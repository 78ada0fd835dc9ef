package text

import (
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

func TestIndex(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"移民局":                       "移民 民局 局",
		"局":                         "局",
		"中国，欧盟":                     "中国 国欧 欧盟 盟",
		"中国EU对话2019":                "中国 国 eu 对话 话 2019",
		"Migration policies":        "migrat polici",
		"O'Neill-Ünal":              "oneil unal oneillun",
		"2019-03-12, 1.5 MMSP2/M/1": "2019 03 12 1 5 mmsp2 m 1",
		"ＭＭＳＰ　Ⅱ":                    "mmsp ii",
		"张　伟、李小龙":                   "张伟 伟李 李小 小龙 龙",
		"移民 政策":                     "移民 民政 政策 策",
		"“一带一路”倡议":                  "一带 带一 一路 路倡 倡议 议",
		"會議紀要":                      "会议 议纪 纪要 要",
		"co-operation":              "co oper cooper",
		"COVID-19 2019-03 G20 3-D":  "covid 19 2019 03 g20 3 d covid19 3d",
		"state‑of-the-Art 2019-03":  "state of the art 2019 03 stateoftheart stateof ofth theart",
		"张𬭎":                        "张u02cb4e u02cb4e",
		"\u202e\x00…！\U0001F600":    "",
		"ひらがな":                      "ひら らが がな な",
	} {
		if got := Index(in); got != want {
			t.Errorf("Index(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Index(strings.Repeat("x1", 1000)); len(got) != maxToken {
		t.Errorf("a token of %d", len(got))
	}
}

func TestQuery(t *testing.T) {
	for in, want := range map[string][]Phrase{
		"":               nil,
		" \x00！* \" ":    nil,
		"移":              {{[]string{"移"}, true, ""}},
		"移民":             {{[]string{"移民"}, false, ""}},
		"移民管理":           {{[]string{"移民", "民管", "管理"}, false, ""}},
		"移民 policies":    {{[]string{"移民"}, false, ""}, {[]string{"polici"}, false, ""}},
		"e-mail 2019-03": {{[]string{"e", "mail"}, false, "email"}, {[]string{"2019", "03"}, false, ""}},
		"cooperation":    {{[]string{"cooper"}, false, ""}},
		"covid-19":       {{[]string{"covid", "19"}, false, "covid19"}},
		"“一带一路”倡议":       {{[]string{"一带", "带一", "一路", "路倡", "倡议"}, false, ""}},
		"EU中国":           {{[]string{"eu"}, false, ""}, {[]string{"中国"}, false, ""}},
	} {
		if got := Query(in); !reflect.DeepEqual(got, want) {
			t.Errorf("Query(%q) = %v, want %v", in, got, want)
		}
	}
	ps := Query("移 e-mail")
	if got := FTS5(ps); got != `"移"* AND ("e mail" OR "email")` {
		t.Error(got)
	}
	if got := TSQuery(ps); got != `('移':*) & ('e' <-> 'mail' | 'email')` {
		t.Error(got)
	}
}

// TestRecall asks a real FTS5 for every string of 1 to 4 characters of every text, and expects
// exactly the texts that contain it.
func TestRecall(t *testing.T) {
	texts := []string{
		"中欧人员往来和移民领域对话第二期支持项目",
		"国家移民管理局、公安部、外交部、民政部",
		"打击人口贩运（拐卖）研讨会在布鲁塞尔举行，为期两天。",
		"移民政策与研究", "局", "边境管理", "移管", "甲骨文：𠀀𠮷野家，张𬭎",
		"“正常移民”与“非正常移民”",
	}
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`create virtual table f using fts5(t, content='', contentless_delete=1, tokenize='unicode61')`); err != nil {
		t.Fatal(err)
	}
	for i, s := range texts {
		if _, err := db.Exec(`insert into f(rowid, t) values($1, $2)`, i, Index(s)); err != nil {
			t.Fatal(err)
		}
	}
	find := func(q string) (ids []int) {
		rows, err := db.Query(`select rowid from f where f match $1 order by rowid`, FTS5(Query(q)))
		if err != nil {
			t.Fatalf("%q: %v", q, err)
		}
		defer rows.Close()
		for rows.Next() {
			var id int
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		return ids
	}
	asked := 0
	for _, s := range texts {
		for _, run := range []string{bare(s)} {
			rs := []rune(run)
			for n := 1; n <= 4; n++ {
				for i := 0; i+n <= len(rs); i++ {
					q := string(rs[i : i+n])
					var want []int
					for j, s := range texts {
						if strings.Contains(bare(s), q) {
							want = append(want, j)
						}
					}
					asked++
					if got := find(q); !slices.Equal(got, want) {
						t.Errorf("%q is in %v, found in %v", q, want, got)
					}
				}
			}
		}
	}
	if asked < 200 {
		t.Errorf("only %d asked", asked)
	}
	for q, want := range map[string]int{"部外": 1, "卖研": 2, "民与非": 8} { // across punctuation
		if got := find(q); !slices.Contains(got, want) {
			t.Errorf("%q found in %v", q, got)
		}
	}
}

// bare gives the Chinese characters of a text alone.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if cjk(r) {
			return r
		}
		return -1
	}, s)
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{"移民 policy", `"*`, "NEAR(a b)", "a' | 'b", "𬭎", "O'Neill", "\x00", "กา", "e\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		// What is typed finds a text that is what was typed, and no character of it is syntax.
		index := " " + Index(s) + " "
		for _, p := range Query(s) {
			q := " " + strings.Join(p.Tokens, " ")
			if !p.Prefix {
				q += " "
			}
			if strings.ContainsAny(q, `"'*()&|:<>\`+"\x00") {
				t.Fatalf("Query(%q) has syntax: %q", s, q)
			}
			// a run that goes on behind a blank has no last character of its own
			if !strings.Contains(index, q) && !strings.ContainsFunc(s, space) {
				t.Fatalf("%q is not found by itself: %q in %q", s, fmt.Sprint(p), index)
			}
		}
	})
}
