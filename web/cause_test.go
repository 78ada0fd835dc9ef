package web

import (
	"net/url"
	"strings"
	"testing"
)

// TestCauses: a field at its limits is refused by a sentence that names the cause, in both languages.
func TestCauses(t *testing.T) {
	s := newTest(t)
	for _, c := range []struct{ kind, field, value, en, zh string }{
		{"meeting", "starts", "0001", "lies outside the years that are taken, 1900 to 2200", "1900年至2200年"},
		{"meeting", "starts", "9999-12-31", "lies outside the years that are taken, 1900 to 2200", "1900年至2200年"},
		{"meeting", "starts", "2031-02-30", "is no day or month of the calendar", "在日历中不存在"},
		{"meeting", "at", "24:00", "hours go from 00:00 to 23:59", "00:00至23:59"},
		{"meeting", "agenda.0.day", "99999999999999999999", "is too large a number", "数值过大"},
		{"meeting", "agenda.0.day", "two", "is not a whole number", "不是整数"},
		{"meeting", "papers.0.url", "https://a.example b", "has a space or a line break in it", "含有空格或换行"},
		{"indicator", "baseline.amount", strings.Repeat("1", 31), "has more than 30 digits", "超过30位数字"},
		{"indicator", "baseline.amount", "1,5", "is not an exact figure", "不是精确数值"},
	} {
		form := url.Values{c.field: {c.value}, "title.en": {"x"}}
		s.want(s.post("project-team", "/en/new/"+c.kind, form), 422, c.en)
		s.want(s.post("project-team", "/zh/new/"+c.kind, form), 422, c.zh)
	}
}
