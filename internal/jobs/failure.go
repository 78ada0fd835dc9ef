package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"entente/internal/fault"
)

// ErrLost is what a run finds when the job is no longer its own: the lease was taken over, or an
// administrator cancelled it. What the run has not committed it must not.
var ErrLost = errors.New("jobs: the job is no longer this run's")

// errStopping ends the runs that are under way when the process is asked to end.
var errStopping = errors.New("jobs: the process stops")

// problem is an error with a code that may be kept and shown. Its cause may hold an address or a
// name and goes nowhere.
type problem struct {
	code  string
	final bool
	cause error
}

func (p *problem) Error() string { return "jobs: " + p.code + ": " + p.cause.Error() }

func (p *problem) Unwrap() error { return p.cause }

// Problem gives an error a code, of lower-case words with hyphens, that is kept with the job and
// shown: "smtp-421". The job is tried again. The cause is never kept.
func Problem(code string, cause error) error { return &problem{code: code, cause: cause} }

// Unfit is Problem for what no further attempt can mend.
func Unfit(code string, cause error) error { return &problem{code: code, final: true, cause: cause} }

// Code gives the code of an error that Problem or Unfit made, and whether no further attempt can
// mend it. Any other error is "internal" and may be mended.
func Code(err error) (code string, final bool) {
	var p *problem
	if errors.As(err, &p) {
		return p.code, p.final
	}
	return "internal", false
}

// judge says which step follows an error that a handler returned, and by which code it is known.
func judge(err error, attempt, most int) (s step, code string) {
	var p *problem
	kind := fault.Of(err)
	s = fail
	switch {
	case errors.As(err, &p):
		code = p.code
		if p.final {
			s = giveUp
		}
	case kind == fault.Forbidden, kind == fault.NotFound:
		return refuse, string(kind) // nobody's right comes back by trying
	case kind == fault.Invalid, kind == fault.TooLarge:
		s, code = giveUp, string(kind)
	case kind != "":
		code = string(kind)
	case errors.Is(err, context.DeadlineExceeded):
		code = "took-too-long"
	default:
		code = "internal"
	}
	if s == fail && attempt >= most {
		s = giveUp
	}
	return s, code
}

// Backoff is how long a job that failed waits: ten seconds after the first attempt, twice as long
// after each further one, an hour at most. A fifth more or less keeps those that failed together
// from coming back together.
func Backoff(attempt int) time.Duration {
	d := backoffMost
	if attempt < 20 {
		d = min(backoffMost, backoffFirst<<max(0, attempt-1))
	}
	return d + time.Duration((rand.Float64()*0.4-0.2)*float64(d))
}

const (
	backoffFirst = 10 * time.Second
	backoffMost  = time.Hour
)
