package text_test

import (
	"encoding/binary"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"entente/internal/text"
	"entente/internal/text/texttest"
)

const file = "kind: meeting\ntitle:\n  en: Launch – naïve\n  zh: 中欧人员往来和移民领域对话，启动会\n"

func TestDecode(t *testing.T) {
	for name, data := range map[string][]byte{
		"UTF-8": []byte(file), "UTF-8 with the mark": []byte("\uFEFF" + file), "nothing": nil, "plain": []byte("a: b\n"),
		"LE with the mark": texttest.UTF16(file, binary.LittleEndian, true), "LE": texttest.UTF16(file, binary.LittleEndian, false),
		"BE with the mark": texttest.UTF16(file, binary.BigEndian, true), "BE": texttest.UTF16(file, binary.BigEndian, false),
		"English in LE": texttest.UTF16("a: b\n", binary.LittleEndian, false),
	} {
		want := file
		switch name {
		case "nothing":
			want = ""
		case "plain", "English in LE":
			want = "a: b\n"
		}
		if s, enc, ok := text.Decode(data); s != want || !ok {
			t.Errorf("%s: %q %s %v", name, s, enc, ok)
		}
	}
	in := func(e encoding.Encoding, s string) []byte {
		out, err := encoding.ReplaceUnsupported(e.NewEncoder()).String(s)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(out)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"GBK":           {in(simplifiedchinese.GBK, "title: 中欧人员往来和移民领域对话\n"), "GBK / GB 18030"},
		"GB 18030":      {in(simplifiedchinese.GB18030, "title: 中欧人员往来和移民领域对话 é 𬭎\n"), "GBK / GB 18030"},
		"Big5":          {in(traditionalchinese.Big5, "title: 會議紀要與合作方案，邊境管理與人員往來\n"), "Big5"},
		"Western":       {in(charmap.Windows1252, "title: Délégation à Bruxelles, naïve\n"), "windows-1252 / ISO 8859"},
		"UTF-32":        {[]byte("\xff\xfe\x00\x00a\x00\x00\x00"), "UTF-32"},
		"broken UTF-16": {[]byte("\xff\xfea\x00b"), "UTF-16"},
		"binary":        {[]byte("PK\x03\x04\x14\x00\x00\x00\xb7\xac\xff\xfe\x00\x00\x81"), ""},
	} {
		if s, enc, ok := text.Decode(c.data); ok || enc != c.want {
			t.Errorf("%s: %q %q %v", name, s, enc, ok)
		}
	}
	for _, s := range []string{"a: 中文\xff\n", "a: 1\nb: \x00\n"} { // whoever reads on names the place
		if got, _, ok := text.Decode([]byte(s)); got != s || !ok {
			t.Errorf("%q: %q %v", s, got, ok)
		}
	}
}
