package web

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/internal/message"
	"entente/internal/shape"

	"github.com/jba/templatecheck"
)

// pages ties every template to its page struct. A template that is missing here fails the test.
var pages = map[string]any{
	"sign_in": SignInPage{}, "first": FirstPage{}, "account": AccountPage{},
	"notices": NoticesPage{}, "mail_confirm": ConfirmMailPage{}, "outbox": OutboxPage{}, "handover": HandoverPage{}, "personal": DataPage{}, "erase": ErasePage{}, "invitation": InvitationPage{}, "invitation_new": InvitePage{}, "invitation_card": CardPage{}, "demo": DemoPage{}, "error": ErrorPage{}, "edit": EditPage{}, "authority": AuthorityPage{},
	"second_factor": SecondPage{}, "recovery_codes": RecoveryPage{}, "sign_in_code": CodePage{},
	"meeting_list": MeetingsPage{}, "meeting_page": MeetingPage{}, "meeting_change": ChangePage{},
	"release_list": ReleasesPage{}, "release_page": ReleasePage{},
	"confirm": ConfirmPage{}, "history": HistoryPage{}, "preview": PreviewPage{}, "bitext": BitextPage{},
	"dialogue": DialoguePage{}, "roadmap": RoadmapPage{}, "project": ProjectPage{}, "phase": PhasePage{}, "result": ResultPage{},
	"plan_list": PlansPage{}, "plan": PlanPage{}, "plan_endorse": EndorsePage{}, "baseline": BaselinePage{}, "activity": ActivityPage{},
	"front": FrontPage{}, "news_list": NewsListPage{}, "news": NewsPage{}, "pages": PagesPage{}, "page": SitePage{}, "search": SearchPage{},
	"desk": DeskPage{}, "brief": BriefPage{}, "readers": ReadersPage{}, "translations": TranslationsPage{}, "publication": PublicationPage{}, "operation": OperationPage{}, "jobs": JobsPage{}, "downloads": DownloadsPage{},
	"files": FilesPage{}, "file": FilePage{},
	"duty_list": DutiesPage{}, "duty_page": DutyPage{}, "calendars": CalendarsPage{},
	"circle": CirclePage{},
	"call":   CallPage{}, "call_form": AskPage{},
	"statements": StatementsPage{}, "statement": StatementPage{}, "statement_new": SayPage{}, "statement_back": TakeBackPage{},
	"gate": GatePage{}, "inside_handover": InsideHandoverPage{}, "admission": AdmissionPage{}, "inside": InsidePage{}, "note": NotePage{}, "own_words": SaidPage{},
	"partners": PartnersPage{}, "institution": InstitutionPage{}, "person": PersonPage{},
}

func TestTemplates(t *testing.T) {
	a, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	v, err := loadViews(a)
	if err != nil {
		t.Fatal(err)
	}
	for name, tpl := range v.pages {
		page, ok := pages[name]
		if !ok {
			t.Errorf("the template %s has no page struct in this test", name)
			continue
		}
		if err := templatecheck.CheckHTML(tpl.Lookup("frame"), page); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var (
	literalKey  = regexp.MustCompile(`(?:\.T|\bT)\(?\s*"([a-z][a-z0-9.-]+)"`)
	computedKey = regexp.MustCompile(`\(print "([a-z][a-z0-9.-]+\.)" `)
	quotedKey   = regexp.MustCompile(`"([a-z][a-z0-9-]*\.[a-z0-9][a-z0-9.-]*)"`)
)

// TestMessages: every key that is asked for exists, and every key that exists is asked for.
func TestMessages(t *testing.T) {
	used := map[string]bool{}
	var prefixes []string
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	templates, _ := filepath.Glob("templates/*.html")
	letters, _ := filepath.Glob("letters/*.html")
	templates = append(templates, letters...)
	for _, f := range templates {
		src := read(f)
		for _, m := range literalKey.FindAllStringSubmatch(src, -1) {
			used[m[1]] = true
			if !message.Has(m[1]) {
				t.Errorf("%s asks for the message %s, which there is not", f, m[1])
			}
		}
		for _, m := range computedKey.FindAllStringSubmatch(src, -1) {
			prefixes = append(prefixes, m[1])
		}
	}
	// In Go code a key is any string of the form of one; those that the catalogue has count.
	_ = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src := read(path)
		for _, m := range quotedKey.FindAllStringSubmatch(src, -1) {
			used[m[1]] = true
			if strings.HasSuffix(m[1], ".") {
				prefixes = append(prefixes, m[1])
			}
		}
		for _, m := range literalKey.FindAllStringSubmatch(src, -1) {
			if !message.Has(m[1]) && !strings.HasSuffix(m[1], ".") {
				t.Errorf("%s asks for the message %s, which there is not", path, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`"([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*\.)"`).FindAllStringSubmatch(src, -1) {
			prefixes = append(prefixes, m[1])
		}
		return nil
	})
	prefixes = append(prefixes, "field.", "hint.", "option.", "add.", "did.")
	for _, k := range message.Keys() {
		base := strings.TrimSuffix(strings.TrimSuffix(k, ".one"), ".other")
		if !used[k] && !used[base] && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(k, p) }) {
			t.Errorf("nobody asks for the message %s", k)
		}
	}
}

// onePicture has words of which the messages have others for the same thing.
var onePicture = map[string]string{"回拨": "结束夏令时"}

// TestMessagesComplete: every message in every language, with the same placeholders, and one word for
// one thing.
func TestMessagesComplete(t *testing.T) {
	placeholder := regexp.MustCompile(`\{[a-z-]+\}`)
	files, _ := filepath.Glob("../internal/message/text/*.json")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]map[string]string
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for k, v := range m {
			var first []string
			for i, l := range message.Languages {
				s, ok := v[l]
				if !ok || strings.TrimSpace(s) == "" && k != "list.comma" {
					t.Errorf("%s: %s has no text in %s", f, k, l)
				}
				ps := slices.Compact(slices.Sorted(slices.Values(placeholder.FindAllString(s, -1))))
				if i == 0 {
					first = ps
				} else if !slices.Equal(first, ps) && !strings.HasSuffix(k, ".one") {
					t.Errorf("%s: %s has %v in English and %v in %s", f, k, first, ps, l)
				}
			}
			zh := strings.ReplaceAll(v["zh"], "加?", "") // the sign itself that a date may carry
			if strings.ContainsAny(zh, "!;?") || strings.Contains(v["zh"], ", ") {
				t.Errorf("%s: %s has half-width punctuation in Chinese: %s", f, k, v["zh"])
			}
			for word, other := range onePicture {
				if strings.Contains(zh, word) {
					t.Errorf("%s: %s says %s, elsewhere it is %s", f, k, word, other)
				}
			}
			if strings.ContainsAny(v["en"], "!") && !strings.Contains(v["en"], "://") {
				t.Errorf("%s: %s has an exclamation mark", f, k)
			}
		}
	}
}

// TestWords: every field, choice, kind and act has its word in the interface.
func TestWords(t *testing.T) {
	want := func(keys ...string) {
		t.Helper()
		if !slices.ContainsFunc(keys, message.Has) {
			t.Errorf("no message under any of %v", keys)
		}
	}
	for _, k := range bundle.Objects(nil).Kinds() {
		kind := k.KindName()
		want("kind." + kind)
		var walk func([]shape.Field)
		walk = func(fs []shape.Field) {
			for _, f := range fs {
				want("field."+kind+"."+f.Rel, "field."+f.Name)
				for _, o := range f.Options {
					want("option."+kind+"."+f.Name+"."+o, "option."+o)
				}
				walk(f.Fields)
			}
		}
		walk(k.Fields())
		walk(k.Dropped()) // history shows what it held
	}
	for _, r := range access.Policy {
		want("policy." + r.Act)
	}
}

// TestOptions: what stands in a choice comes from people and is escaped by our own hand.
func TestOptions(t *testing.T) {
	got := string(options([]Option{{Value: `"><script>`, Text: `O'Neill-Ünal & <b>`, Selected: true}}))
	want := `<option value="&#34;&gt;&lt;script&gt;" selected>O&#39;Neill-Ünal &amp; &lt;b&gt;</option>`
	if got != want {
		t.Errorf("%s", got)
	}
}
