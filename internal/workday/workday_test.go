package workday_test

import (
	"fmt"
	"testing"

	"entente/internal/when"
	"entente/internal/workday"
)

// china and commission hold what the tables ask about: the Chinese holidays of spring and autumn
// 2025 with their working weekends, and the European Commission's of the same months.
func china() workday.Calendar {
	c := workday.New("cn")
	for _, d := range []when.Date{
		"2025-05-01", "2025-05-02", "2025-05-03", "2025-05-04", "2025-05-05",
		"2025-10-01", "2025-10-02", "2025-10-03", "2025-10-04", "2025-10-05", "2025-10-06", "2025-10-07", "2025-10-08", "2026-01-01", "2026-01-02",
	} {
		c.Set(d, false)
	}
	for _, d := range []when.Date{"2025-04-27", "2025-09-28", "2025-10-11", "2026-01-04"} {
		c.Set(d, true)
	}
	return c
}

func commission() workday.Calendar {
	c := workday.New("eu")
	for _, d := range []when.Date{
		"2025-05-01", "2025-05-02", "2025-05-09", "2025-12-24", "2025-12-25", "2025-12-26", "2025-12-29", "2025-12-30", "2025-12-31",
		"2026-01-01", "2026-01-02",
	} {
		c.Set(d, false)
	}
	return c
}

func TestAdd(t *testing.T) {
	cn, eu := workday.Calendars{china()}, workday.Calendars{commission()}
	both := workday.Calendars{china(), commission()}
	for _, c := range []struct {
		cs   workday.Calendars
		from when.Date
		n    int
		want when.Date
	}{
		{nil, "2025-09-26", 1, "2025-09-29"},  // the plain week
		{cn, "2025-09-26", 1, "2025-09-28"},   // the Sunday before the National Day week is worked
		{both, "2025-09-26", 1, "2025-09-29"}, // but not by both
		{cn, "2025-09-30", 1, "2025-10-09"},   // over the National Day week
		{cn, "2025-09-30", 3, "2025-10-11"},   // and the Saturday after it
		{eu, "2025-09-30", 1, "2025-10-01"},
		{both, "2025-09-30", 3, "2025-10-13"},
		{both, "2025-09-26", 10, "2025-10-20"},
		{eu, "2025-12-23", 1, "2026-01-05"}, // over the year-end closing
		{cn, "2025-12-31", 1, "2026-01-04"}, // a Sunday
		{both, "2025-12-23", 1, "2026-01-05"},
		{both, "2025-04-30", 1, "2025-05-06"},
		{both, "2025-10-09", -1, "2025-09-30"},
		{eu, "2026-01-05", -5, "2025-12-17"},
		{both, "2025-10-01", 0, "2025-10-09"}, // no working day: the next
		{both, "2025-10-09", 0, "2025-10-09"},
		{both, "2025-10", 1, ""},
		{both, "", 1, ""},
	} {
		t.Run(fmt.Sprintf("%d after %s", c.n, c.from), func(t *testing.T) {
			if got := c.cs.Add(c.from, c.n); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestBetween(t *testing.T) {
	cn, eu := workday.Calendars{china()}, workday.Calendars{commission()}
	both := workday.Calendars{china(), commission()}
	for _, c := range []struct {
		cs       workday.Calendars
		from, to when.Date
		want     int
	}{
		{both, "2025-09-30", "2025-10-13", 3},
		{cn, "2025-09-30", "2025-10-13", 4},
		{eu, "2025-09-30", "2025-10-13", 9},
		{both, "2025-10-01", "2025-10-08", 0},
		{both, "2025-10-13", "2025-09-30", -3}, // late by the 9th, the 10th and the 13th
		{both, "2025-10-10", "2025-10-09", -1},
		{both, "2025-10-09", "2025-10-09", 0},
		{both, "2025", "2025-10-09", 0},
		{nil, "2025-01-01", "2026-01-01", 261},
	} {
		t.Run(fmt.Sprintf("%s to %s", c.from, c.to), func(t *testing.T) {
			if got := c.cs.Between(c.from, c.to); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

// Adding n days and counting them again agree, on every day of a year that is worked.
func TestAddAndBetweenAgree(t *testing.T) {
	both := workday.Calendars{china(), commission()}
	for d, i := when.Date("2025-03-03"), 0; i < 200; i++ {
		for _, n := range []int{1, 2, 5, 20} {
			if got := both.Between(d, both.Add(d, n)); got != n {
				t.Fatalf("%d after %s is %s, which is %d", n, d, both.Add(d, n), got)
			}
		}
		d = workday.Calendars(nil).Add(d, 1)
	}
}

func TestWorksAndUnannounced(t *testing.T) {
	both := workday.Calendars{china(), commission()}
	for d, want := range map[when.Date]bool{"2025-09-28": false, "2025-09-29": true, "2025-10-11": false, "2025-05-09": false, "1969-12-31": true, "1969-12-28": false, "2025-09": false} {
		if both.Works(d) != want {
			t.Errorf("%s: %v", d, !want)
		}
	}
	if !both.Of("cn").Works("2025-10-11") || len(both.Of("x")) != 0 {
		t.Error("the calendars of one side")
	}
	if got := fmt.Sprint(both.Unannounced("2025-12-01", "2027-01-31"), workday.Calendars(nil).Unannounced("2026-01-01", "2026-01-02"), both.Unannounced("", "2027-01-01")); got != "[2027] [2026] []" {
		t.Error(got)
	}
	// A calendar on which nobody ever works ends all the same.
	c := workday.New("x")
	for d := range 40000 {
		c.Set(workday.Calendars(nil).Add("2000-01-01", d%9000), false)
	}
	_ = workday.Calendars{c}.Add("2000-01-01", 900)
}

// TestBeyond: a day that is farther than any calendar reaches is counted by the plain week, all the
// way.
func TestBeyond(t *testing.T) {
	cs := workday.Calendars{workday.New("a"), workday.New("b")}
	for _, c := range cs {
		c.Set("2026-10-01", false)
		c.Set("2027-01-01", false)
	}
	cs[0].Set("2028-01-01", false)
	for _, to := range []when.Date{"2026-10-02", "2035-05-01", "2046-10-08", "2046-10-09", "2200-01-01"} {
		want := 0
		for d := when.Date("2026-10-01"); !to.Before(d); d = d.Plus(1) {
			if cs.Works(d) {
				want++
			}
		}
		if got := cs.Between("2026-09-30", to); got != want {
			t.Errorf("until %s: %d, want %d", to, got, want)
		}
	}
	if a, b := cs.Between("2200-01-01", "2026-09-30"), cs.Between("2026-09-30", "2200-01-01"); a >= 0 || b <= 0 {
		t.Error(a, b)
	}
	if got := fmt.Sprint(cs.Through(2026), cs.Through(2025), workday.Calendars(nil).Through(2026)); got != "2027 0 0" {
		t.Error(got)
	}
}
