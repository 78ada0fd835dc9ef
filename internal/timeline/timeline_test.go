package timeline

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write testdata anew")

func on(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

var (
	english = Words{
		Today: "As of 3 September 2018", Unknown: "date not stated", Empty: "No activities yet", Continued: "(continued)",
		Baseline: "endorsed baseline", Vague: "day not known", DependsOn: "waits for",
		Months: [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	}
	chinese = Words{
		Today: "截至2018年9月3日", Unknown: "日期未注明", Empty: "暂无活动", Continued: "（续）",
		Baseline: "双方认可版", Vague: "具体日期不详", DependsOn: "须待其完成",
		Months: [12]string{"1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"},
		Year:   func(y int) string { return strconv.Itoa(y) + "年" },
		Month:  func(y int, m time.Month) string { return fmt.Sprintf("%d年%d月", y, int(m)) },
	}
)

// example is the public programme of the first phase; baselines, states other than held and
// dependencies are made up to show the shapes.
func example(zh bool) Plan {
	w := func(en, cn string) string {
		if zh {
			return cn
		}
		return en
	}
	p := Plan{
		ID: "mmsp1", Lang: w("en", "zh-Hans"), Today: on(2018, 9, 3), Words: english,
		Title: w("Work plan of the first phase", "第一期工作计划"),
		Desc:  w("Fifteen activities from 2015 to 2018 in three groups. The table below holds the same data.", "2015至2018年三组共十五项活动。下表载有相同数据。"),
	}
	if zh {
		p.Words = chinese
	}
	held, planned, underway := w("Held", "已举行"), w("Planned", "已计划"), w("Under way", "进行中")
	postponed, cancelled, proposed := w("Postponed", "已推迟"), w("Cancelled", "已取消"), w("Proposed", "拟议")
	p.Groups = []Group{
		{Title: w("Coordination", "协调"), Rows: []Row{
			{
				ID: "coord", Title: w("First coordination meeting: framework, main focus areas, activities over three years", "第一次协调会：框架、主要重点领域、三年活动"), Href: "/en/activities/1",
				State: "held", StateWords: held, When: w("2015", "2015年"), From: on(2015, 1, 1), To: on(2015, 12, 31), FromVague: true, ToVague: true,
			},
			{
				ID: "anniv", Title: w("Third anniversary of the project", "项目三周年"), Href: "/en/activities/2", Milestone: true,
				State: "held", StateWords: held, When: w("8 May 2018", "2018年5月8日"), From: on(2018, 5, 8), Note: w("about 100 people", "约100人"),
			},
		}},
		{Title: w("Irregular migration", "非正常移民"), Rows: []Row{
			{
				ID: "visit", Title: w("Exchange visit on return and reintegration: Netherlands, France, Belgium", "遣返与重新融入交流访问：荷兰、法国、比利时"), Href: "/en/activities/3",
				State: "held", StateWords: held, When: w("October 2016", "2016年10月"), From: on(2016, 10, 1), To: on(2016, 10, 31), FromVague: true, ToVague: true,
				Baseline: &Span{on(2016, 9, 1), on(2016, 9, 30)}, DependsOn: []string{"coord"},
			},
			{
				ID: "victims", Title: w("Workshop: international standards for identifying and assisting victims of trafficking", "识别和援助被拐卖受害人国际标准研讨会"), Href: "/en/activities/4",
				State: "held", StateWords: held, When: w("15–16 November 2016", "2016年11月15至16日"), From: on(2016, 11, 15), To: on(2016, 11, 16), Baseline: &Span{on(2016, 11, 1), on(2016, 11, 30)},
			},
			{
				ID: "network", Title: w("Network workshop for criminal investigators against trafficking", "打击人口贩运刑事侦查人员网络研讨会"), Href: "/en/activities/5",
				State: "held", StateWords: held, When: w("18 November 2016", "2016年11月18日"), From: on(2016, 11, 18),
			},
			{
				ID: "victims2", Title: w("Second workshop on victim identification, Nanning", "第二次受害人识别研讨会（南宁）"), Href: "/en/activities/6",
				State: "held", StateWords: held, When: w("2017", "2017年"), Note: w("about 85 people", "约85人"), From: on(2017, 1, 1), To: on(2017, 12, 31), FromVague: true, ToVague: true, DependsOn: []string{"victims"},
			},
			{
				ID: "sanya", Title: w("Network seminar for anti-trafficking investigators, Sanya", "打拐侦查人员网络研讨会（三亚）"), Href: "/en/activities/7",
				State: "held", StateWords: held, When: w("January 2018", "2018年1月"), Note: w("three months after the baseline", "晚于认可版三个月"), From: on(2018, 1, 1), To: on(2018, 1, 31), FromVague: true, ToVague: true,
				Baseline: &Span{on(2017, 10, 1), on(2017, 10, 31)}, DependsOn: []string{"network"},
			},
			{
				ID: "visa", Title: w("Training of European visa officers: identifying victims of trafficking", "欧洲签证官培训：识别人口贩运受害人"), Href: "/en/activities/8",
				State: "under-way", StateWords: underway, When: w("2 July to 30 September 2018", "2018年7月2日至9月30日"), From: on(2018, 7, 2), To: on(2018, 9, 30), Baseline: &Span{on(2018, 7, 2), on(2018, 7, 6)},
			},
		}},
		{Title: w("Policy and research", "移民政策和研究"), Rows: []Row{
			{
				ID: "law", Title: w("Training on international migration law and international standards", "国际移民法与国际标准培训"), Href: "/en/activities/9",
				State: "held", StateWords: held, When: w("2–3 March 2017", "2017年3月2至3日"), From: on(2017, 3, 2), To: on(2017, 3, 3),
			},
			{
				ID: "mixed", Title: w("Seminar: global approach to mixed migration", "混合移民问题全球方法研讨会"), Href: "/en/activities/10",
				State: "held", StateWords: held, When: w("6–7 February 2018", "2018年2月6至7日"), From: on(2018, 2, 6), To: on(2018, 2, 7), DependsOn: []string{"law"},
			},
			{
				ID: "citizen", Title: w("Policy seminar: citizenship, residence permits, institutions", "政策研讨会：国籍、居留许可、机构"), Href: "/en/activities/11",
				State: "postponed", StateWords: postponed, When: w("2018, from May", "2018年5月起"), From: on(2018, 5, 14), To: on(2018, 12, 31), ToVague: true, Baseline: &Span{on(2018, 3, 1), on(2018, 3, 31)},
			},
			{ID: "study", Title: w("Study: recruitment costs", "研究：招聘费用"), State: "planned", StateWords: planned, When: w("October to November 2018", "2018年10至11月"), From: on(2018, 10, 1), To: on(2018, 11, 30), DependsOn: []string{"citizen", "visa"}},
			{ID: "comp", Title: w("Study: complaint mechanisms", "研究：投诉机制"), State: "proposed", StateWords: proposed, When: w("November 2018", "2018年11月"), From: on(2018, 11, 1), To: on(2018, 11, 30)},
			{ID: "app", Title: w("Information app and hotline leaflet", "信息应用程序和热线宣传单"), State: "cancelled", StateWords: cancelled, When: w("April to June 2017", "2017年4至6月"), From: on(2017, 4, 1), To: on(2017, 6, 30), Baseline: &Span{on(2017, 4, 1), on(2017, 6, 30)}},
			{ID: "skill", Title: w("Study: attracting and retaining skilled workers", "研究：吸引和留住技术人才"), Href: "/en/activities/15", State: "planned", StateWords: planned, Unknown: true},
		}},
	}
	return p
}

// draw draws p and holds the result against what every drawing keeps.
func draw(t testing.TB, p Plan) string {
	t.Helper()
	var b, again bytes.Buffer
	if err := Draw(&b, p); err != nil {
		t.Fatal(err)
	}
	if err := Draw(&again, p); err != nil || again.String() != b.String() {
		t.Fatal("the same plan gave another drawing")
	}
	if !utf8.Valid(b.Bytes()) {
		t.Fatal("not UTF-8")
	}
	d := xml.NewDecoder(bytes.NewReader(b.Bytes()))
	allowed := strings.Fields("svg title desc g a text rect path")
	ids := map[string]bool{}
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%.2000s", err, b.String())
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if !slices.Contains(allowed, e.Name.Local) {
			t.Fatalf("element %q", e.Name.Local)
		}
		for _, a := range e.Attr {
			name := a.Name.Local
			if strings.HasPrefix(name, "on") || name == "style" || name == "href" && !regexp.MustCompile(`^(https?://|[^:]*$|[^:]*[/?#])`).MatchString(a.Value) {
				t.Fatalf("%s=%q", name, a.Value)
			}
			if name != "aria-label" && name != "href" && (strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf")) {
				t.Fatalf("%s=%q", name, a.Value)
			}
			if name == "id" {
				if ids[a.Value] {
					t.Fatalf("id %q twice", a.Value)
				}
				ids[a.Value] = true
			}
			if v, err := strconv.ParseFloat(a.Value, 64); err == nil && (name == "x" || name == "width") && (math.Abs(v) > Width || name == "width" && v < 0) {
				t.Fatalf("%s %s=%q", e.Name.Local, name, a.Value)
			}
		}
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, zh := range []bool{false, true} {
		name := "testdata/example.en.svg"
		if zh {
			name = "testdata/example.zh.svg"
		}
		got := draw(t, example(zh))
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil || got != string(want) {
			t.Errorf("%s differs (%v); look at it, then go test -update", name, err)
		}
	}
}

// TestHostile draws what nobody should write.
func TestHostile(t *testing.T) {
	bad := `"><script>alert('1')</script><a href=javascript:x onload="y">&amp;]]>` + "\x00\x07\u202e\xff\ufffe\r\n中"
	p := Plan{
		ID: bad, Lang: `en" onload="x`, Title: bad, Desc: bad, Today: on(2018, 1, 1),
		Words: Words{Today: bad, Unknown: bad, Empty: bad, Continued: bad, Baseline: bad, Vague: bad, DependsOn: bad, Months: [12]string{bad}, Year: func(int) string { return bad }},
		Groups: []Group{{Title: bad, Lang: bad, Rows: []Row{
			{ID: bad, Title: bad, Lang: bad, Href: bad, State: bad, StateWords: bad, When: bad, Note: bad, From: on(2018, 1, 1), DependsOn: []string{bad, "", "x"}, FromVague: true},
			{ID: bad, Title: bad, Href: "javascript:alert(1)", From: on(2018, 2, 1), ToVague: true, DependsOn: []string{bad}, Baseline: &Span{}},
			{Href: " javascript:alert(1)", Unknown: true, Note: bad, Milestone: true},
			{Title: "x", Href: "data:text/html,x", To: on(2018, 1, 5)},
			{Title: "x", Href: "//example.org/\"x"},
			{Title: "x", Href: "mailto:a@example.org"},
		}}},
	}
	got := draw(t, p)
	for _, s := range []string{"<script", "javascript:alert", "data:text", "mailto:", "onload=\"", "\u202e<", "\x00"} {
		if strings.Contains(got, s) {
			t.Errorf("%q came through", s)
		}
	}
	if n := strings.Count(got, "<a "); n != 1 {
		t.Errorf("%d links", n)
	}
	for _, s := range Sheets(p, A3) {
		draw(t, s)
	}
}

func TestEmpty(t *testing.T) {
	p := Plan{Title: "Plan", Words: english}
	if got := draw(t, p); !strings.Contains(got, english.Empty) || strings.Contains(got, "today") {
		t.Errorf("%s", got)
	}
	p.Today = on(2026, 11, 23)
	if got := draw(t, p); !strings.Contains(got, ">2026<") || !strings.Contains(got, "today-label") {
		t.Errorf("%s", got)
	}
	p.Groups = []Group{{Title: "Empty group"}}
	if got := draw(t, p); !strings.Contains(got, "Empty group") {
		t.Errorf("%s", got)
	}
	p.Groups[0].Rows = []Row{{Title: "No date", From: on(2020, 1, 1), Unknown: true}}
	if got := draw(t, p); !strings.Contains(got, ">date not stated<") || strings.Contains(got, `class="bar`) {
		t.Errorf("%s", got)
	}
	if got := draw(t, Plan{}); !strings.Contains(got, "</svg>") {
		t.Errorf("%s", got)
	}
}

func TestBeyond(t *testing.T) {
	p := Plan{Words: english, From: on(2018, 1, 1), To: on(2018, 12, 31), Today: on(2026, 1, 1), Groups: []Group{{Rows: []Row{
		{ID: "a", Title: "before", When: "2010", From: on(2010, 1, 1), To: on(2010, 2, 1), DependsOn: []string{"b"}, Baseline: &Span{on(2010, 1, 1), on(2010, 2, 1)}},
		{ID: "b", Title: "after", From: on(2030, 1, 1), To: on(2030, 2, 1), State: "held", FromVague: true, ToVague: true, DependsOn: []string{"a"}},
		{ID: "c", Title: "across", From: on(2010, 1, 1), To: on(2030, 2, 1), FromVague: true, ToVague: true},
		{ID: "d", Title: "turned", From: on(2018, 6, 1), To: on(2018, 5, 1)},
		{ID: "e", Title: "stone before", From: on(2010, 1, 1), Milestone: true},
		{ID: "f", Title: "stone after", From: on(2030, 1, 1), Milestone: true},
	}}}}
	got := draw(t, p)
	if n := strings.Count(got, `class="more"`); n != 6 {
		t.Errorf("%d signs that a row goes on", n)
	}
	if strings.Contains(got, "today") || strings.Count(got, `"endorsed"`) != 1 /* the key's */ {
		t.Error("what lies beyond is drawn")
	}
	for _, span := range [][2]time.Time{{on(2018, 1, 1), on(2018, 1, 1)}, {on(2019, 1, 1), on(2018, 1, 1)}, {on(1, 1, 1), on(9999, 12, 31)}, {on(-5000, 1, 1), on(20000, 1, 1)}, {on(2018, 5, 5), {}}, {{}, on(2018, 5, 5)}} {
		p.From, p.To = span[0], span[1]
		if got := draw(t, p); len(got) > 60_000 {
			t.Errorf("%v: %d bytes", span, len(got))
		}
	}
}

func TestScale(t *testing.T) {
	for _, c := range []struct {
		from, to time.Time
		want     string // words of the scale, in order
	}{
		{on(2026, 11, 23), on(2026, 11, 23), "Nov 2026 2 9 16 23 30"},
		{on(2026, 10, 5), on(2026, 11, 20), "Oct 2026 5 12 19 26 Nov 2026 2 9 16 23 30"},
		{on(2017, 11, 5), on(2018, 5, 3), "2017 Nov Dec 2018 Jan Feb Mar Apr May"},
		{on(2015, 2, 1), on(2017, 12, 31), "2015 Jan Apr Jul Oct 2016 Jan Apr Jul Oct 2017 Jan Apr Jul Oct"},
		{on(2007, 3, 1), on(2016, 3, 1), "2007 2008 2009 2010 2011 2012 2013 2014 2015 2016"},
		{on(1951, 3, 1), on(2019, 3, 1), "1950 1955 1960 1965 1970 1975 1980 1985 1990 1995 2000 2005 2010 2015"},
	} {
		got := draw(t, Plan{Words: english, Groups: []Group{{Rows: []Row{{From: c.from, To: c.to}}}}})
		var words []string
		for _, m := range regexp.MustCompile(`class="(?:year|month)"[^>]*>([^<]*)<`).FindAllStringSubmatch(got, -1) {
			words = append(words, m[1])
		}
		if s := strings.Join(words, " "); s != c.want {
			t.Errorf("%s: %q, want %q", c.from.Format(time.DateOnly), s, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		in    string
		width float64
		lines int
		want  string
	}{
		{"short", 200, 2, "short"},
		{"one two three four five six", 90, 2, "one two three|four five six"},
		{"one two three four five six seven eight", 90, 2, "one two three|four five…"},
		{"支持中欧人员往来和移民领域对话项目", 140, 2, "支持中欧人员往来和移|民领域对话项目"},
		{"遣返与重新融入交流访问：荷兰、法国、比利时", 290, 2, "遣返与重新融入交流访问：|荷兰、法国、比利时"},
		{"会议会议会议会议，会议", 112, 2, "会议会议会议会|议，会议"}, // no line begins with a comma
		{strings.Repeat("x", 50), 100, 2, "xxxxxxxxxxxxx|xxxxxxxxxxx…"},
		{"", 100, 2, ""},
		{" \n ", 100, 2, ""},
		{"ab", 1, 2, "a|…"},
	} {
		if got := strings.Join(wrap(c.in, c.width, 14, c.lines), "|"); got != c.want {
			t.Errorf("wrap(%q, %v) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
	if got := cut("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 100, 14); strings.HasSuffix(strings.TrimSuffix(got, "…"), "\u200d") {
		t.Errorf("a joined sign is cut: %q", got)
	}
}

// many is a plan of n rows.
func many(n int) Plan {
	p := Plan{Title: "Many", Words: english, Today: on(2020, 6, 1)}
	states := []string{"held", "under-way", "planned", "postponed", "cancelled", "proposed"}
	for i := range n {
		if i%10 == 0 {
			p.Groups = append(p.Groups, Group{Title: fmt.Sprintf("Group %d", i/10)})
		}
		g := &p.Groups[len(p.Groups)-1]
		from := on(2018, 1, 1).AddDate(0, 0, i*3)
		g.Rows = append(g.Rows, Row{
			ID: strconv.Itoa(i), Title: "Workshop: international standards for identifying 识别和援助被拐卖受害人国际标准研讨会", Href: "/en/" + strconv.Itoa(i),
			State: states[i%len(states)], StateWords: states[i%len(states)], When: from.Format("2 January 2006"), From: from, To: from.AddDate(0, 0, i%90), FromVague: i%7 == 0, ToVague: i%5 == 0,
			Baseline: &Span{from.AddDate(0, 0, -20), from.AddDate(0, 0, 5)}, DependsOn: []string{strconv.Itoa(i - 1)},
		})
	}
	return p
}

func TestSheets(t *testing.T) {
	p := many(95)
	p.Groups = append(p.Groups, Group{Title: "Nothing yet"})
	sheets := Sheets(p, A3)
	box := regexp.MustCompile(`viewBox="0 0 1200 ([\d.]+)"`)
	var rows []string
	grid := ""
	for i, s := range sheets {
		got := draw(t, s)
		if h, _ := strconv.ParseFloat(box.FindStringSubmatch(got)[1], 64); h > A3 {
			t.Errorf("sheet %d is %v high", i, h)
		}
		g := strings.Join(regexp.MustCompile(`class="year" x="[^"]*"`).FindAllString(got, -1), " ")
		if grid != "" && g != grid {
			t.Errorf("sheet %d has another scale", i)
		}
		grid = g
		for _, g := range s.Groups {
			for _, r := range g.Rows {
				rows = append(rows, r.ID)
			}
		}
	}
	if len(sheets) < 5 || len(rows) != 95 || !slices.IsSortedFunc(rows, func(a, b string) int { x, _ := strconv.Atoi(a); y, _ := strconv.Atoi(b); return x - y }) {
		t.Errorf("%d sheets with %d rows", len(sheets), len(rows))
	}
	if g := sheets[1].Groups[0].Title; !strings.HasSuffix(g, "(continued)") {
		t.Errorf("second sheet begins with %q", g)
	}
	if len(Sheets(Plan{}, A3)) != 1 || len(Sheets(many(3), 1)) != 3 {
		t.Error("small sheets")
	}
}

func TestWriteError(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	if err := Draw(w, example(false)); err == nil {
		t.Error("the writer's error was lost")
	}
}

func FuzzDraw(f *testing.F) {
	f.Add("title", "/en/1", "held", int64(17000), int64(17010), int64(17005), uint8(3))
	f.Add("<&\"'>\x00", "javascript:x", "", int64(-4000000), int64(9000000), int64(0), uint8(255))
	f.Add("中\u0301，。", "http://a/?b#c", "cancelled", int64(1), int64(0), int64(1<<40), uint8(9))
	f.Fuzz(func(t *testing.T, s, href, state string, from, to, base int64, bits uint8) {
		day := func(n int64) time.Time {
			if n == 0 {
				return time.Time{}
			}
			return time.Unix(n%4_000_000*86400, 0).UTC()
		}
		r := Row{
			ID: s, Title: s, Lang: s, Href: href, State: state, StateWords: state, When: s, Note: s, From: day(from), To: day(to),
			FromVague: bits&1 != 0, ToVague: bits&2 != 0, Unknown: bits&4 != 0, Milestone: bits&8 != 0, DependsOn: []string{s, "2"}, Baseline: &Span{day(base), day(to)},
		}
		other := r
		other.ID, other.From, other.DependsOn = "2", day(base), []string{s}
		p := Plan{ID: s, Lang: s, Title: s, Desc: href, Today: day(base), Groups: []Group{{Title: s, Rows: []Row{r, other}}}, Words: Words{Today: s, Baseline: s, Vague: s, DependsOn: s, Months: [12]string{s, s}}}
		if bits&16 != 0 {
			p.From = day(to)
		}
		if bits&32 != 0 {
			p.To = day(base)
		}
		draw(t, p)
		for _, sheet := range Sheets(p, float64(bits)*4) {
			draw(t, sheet)
		}
	})
}

func BenchmarkDraw500(b *testing.B) {
	p := many(500)
	for b.Loop() {
		if err := Draw(io.Discard, p); err != nil {
			b.Fatal(err)
		}
	}
}
