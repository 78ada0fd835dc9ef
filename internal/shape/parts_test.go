package shape

import (
	"net/url"
	"strconv"
	"testing"

	"entente/internal/text"
)

type leafItem struct {
	Title text.Multi `json:"title"`
}

type branchItem struct {
	Title  text.Multi `json:"title"`
	Leaves []leafItem `json:"leaves,omitempty"`
}

type treeValue struct {
	Branches []branchItem `json:"branches,omitempty"`
}

// TestParts: the items of all lists of a value have a limit together, whichever way they came.
func TestParts(t *testing.T) {
	full := func(branches, leaves int) (v treeValue) {
		for range branches {
			b := branchItem{Title: text.Both("x", "")}
			for range leaves {
				b.Leaves = append(b.Leaves, leafItem{text.Both("x", "")})
			}
			v.Branches = append(v.Branches, b)
		}
		return v
	}
	fits, over := full(40, 49), full(41, 49) // 2,000 and 2,050
	if f := Check(&fits); len(f) > 0 {
		t.Error(f)
	}
	if f := Check(&over); len(f) != 1 || f[0].Key != FaultParts {
		t.Error(f)
	}
	for n, want := range map[int]bool{500: false, 501: true} {
		form, names := url.Values{}, url.Values{}
		for i := range n {
			form.Set("branches."+strconv.Itoa(i)+".title.en", "x")
			form.Set("branches."+strconv.Itoa(i)+".title.zh", "x")
			names.Add("to", "x")
		}
		if Crowded(form) != want || Crowded(names) != want {
			t.Errorf("%d items: %v", n, !want)
		}
	}
	if Crowded(url.Values{"1.2.3": {"x"}, "title.en": {"x"}, "": {"x"}}) {
		t.Error("a few names are no crowd")
	}
}

// TestHiddenMarks: what turns the direction of a text is taken out of it, whether a form or a file
// brings it, in one line or many.
func TestHiddenMarks(t *testing.T) {
	type words struct {
		Title text.Multi `json:"title"`
		Body  text.Multi `json:"body" shape:"long"`
		Code  string     `json:"code"`
	}
	var form, file words
	if f := DecodeForm(url.Values{"title.en": {"a\u202eb"}, "body.en": {"a\u2066b\u200b\n\nc\u2069"}, "code": {"\ufeffx\u200e"}}, &form); len(f) > 0 {
		t.Fatal(f)
	}
	docs, f := ParseFile("x", []byte("title:\n  en: a\u202eb\nbody:\n  en: |-\n    a\u2066b\u200b\n\n    c\u2069\ncode: x\u200e\n"))
	if len(f) > 0 {
		t.Fatal(f)
	}
	if f := DecodeYAML(docs[0].Node, &file, nil); len(f) > 0 {
		t.Fatal(f)
	}
	for name, v := range map[string]words{"form": form, "file": file} {
		if v.Title["en"].Text != "ab" || v.Body["en"].Text != "ab\n\nc" || v.Code != "x" {
			t.Errorf("%s: %+q", name, v)
		}
	}
}
