package web

import (
	"crypto/sha256"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"sync"
	"time"

	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/library"
)

// Bounds of a form that sends a file. What is beyond them was not made by a page of ours.
const (
	maxParts = 2_000   // a picker with every institution of a large dialogue has some hundreds
	maxName  = 200     // bytes of a field's name
	maxHead  = 8 << 10 // bytes of what stands before a part's content: names, types
)

// readAhead is how much the library reads beyond what it was asked for (mime/multipart).
const readAhead = 8 << 10

var errManyParts = fault.New(fault.Invalid, "fault.parts")

// parts reads a form that sends a file, part by part, in memory that does not grow with what somebody
// sends: the library itself would hold ten megabytes of headers for each part.
type parts struct {
	m    *multipart.Reader
	r    *capped
	part *multipart.Part
	n    int
}

// fileLarge is the fault of a form whose file is too large. What stands in its fields is counted apart.
func fileLarge() error {
	var f fault.Fields
	f.Add("file", "", "fault.file-large")
	return f.Err()
}

// capped reads no further than it may.
type capped struct {
	r    io.Reader
	left int64 // bytes that may still be read; below 0: any number
}

func (c *capped) Read(p []byte) (int, error) {
	switch {
	case c.left < 0:
		return c.r.Read(p)
	case c.left == 0:
		return 0, errManyParts
	case int64(len(p)) > c.left:
		p = p[:c.left]
	}
	n, err := c.r.Read(p)
	c.left -= int64(n)
	return n, err
}

func newParts(r io.Reader, boundary string) *parts {
	c := &capped{r: r}
	return &parts{m: multipart.NewReader(c, boundary), r: c}
}

// next gives the next part, or io.EOF after the last.
func (p *parts) next() (*multipart.Part, error) {
	if p.part != nil { // its rest may be long; the head of the next may not
		p.r.left = -1
		if _, err := io.Copy(io.Discard, p.part); err != nil {
			return nil, err
		}
	}
	if p.n++; p.n > maxParts {
		return nil, errManyParts
	}
	p.r.left = maxHead + readAhead
	part, err := p.m.NextPart()
	p.r.left = -1
	if err != nil {
		return nil, err
	}
	if p.part = part; len(part.FormName()) > maxName {
		return nil, errManyParts
	}
	return part, nil
}

// boundary is what parts a form with a file; "" for any other.
func (r *Request) boundary() string {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return ""
	}
	return params["boundary"]
}

// sent is a form with a file as it came in.
type sent struct {
	values url.Values        // as they were sent
	fields map[string]string // the same as names are kept: in one line, without what is invisible
	file   library.Received
	has    bool
}

// drop forgets the file, unless an act kept it.
func (in sent) drop() { in.file.Drop() }

// receive reads a form that sends a file. The file goes to the store as it comes, never to
// memory; the policy was asked before. Whoever receives drops it in the end.
func (s *Server) receive(r *Request) (in sent, err error) {
	in.fields, in.values = map[string]string{}, url.Values{}
	boundary := r.boundary()
	if boundary == "" {
		return in, nil // a form without a file
	}
	end, err := s.uploads.begin(r.Who.Person)
	if err != nil {
		return in, err
	}
	defer end()
	_ = http.NewResponseController(r.W).SetReadDeadline(time.Now().Add(fileTime)) // a slow line is no fault
	r.fields = in.values
	var name string
	var sum *summed
	defer func() {
		if sum != nil {
			r.upload = sum.of(name)
		}
		if r.sent != nil {
			r.digest()
		}
	}()
	p := newParts(r.Body, boundary)
	size := 0
	for err == nil {
		var part *multipart.Part
		if part, err = p.next(); err != nil {
			break
		}
		if part.FormName() == "file" {
			if part.FileName() == "" || in.has {
				continue
			}
			in.has, name, sum = true, part.FileName(), &summed{Reader: part, sum: sha256.New()}
			in.file, err = s.library.Receive(r.Context(), library.Upload{Name: name, Data: sum})
			if fault.Is(err, fault.TooLarge) {
				err = fileLarge()
			}
			continue
		}
		var b []byte
		if b, err = io.ReadAll(io.LimitReader(part, int64(maxBody-size)+1)); err == nil && size+len(b) > maxBody {
			err = fault.New(fault.TooLarge, "fault.form-bytes")
			break
		}
		size += len(b)
		in.values.Add(part.FormName(), string(b))
		in.fields[part.FormName()] = text.CleanName(string(b))
	}
	var large *http.MaxBytesError
	_, _ = io.Copy(io.Discard, r.Body) // or a browser that still sends would not see the answer
	switch {
	case err == io.EOF:
		return in, nil
	case errors.As(err, &large):
		return in, fileLarge()
	case fault.Of(err) == "" && r.Context().Err() == nil:
		return in, &fault.Error{Kind: fault.Invalid, Key: errManyParts.Key, Cause: err}
	}
	return in, err
}

// How many forms with a file may come in at a time: each holds a connection, a file on the disk and
// the scanner for as long as its line is slow.
const (
	uploadsAtOnce   = 32
	uploadsOfPerson = 3
)

// uploads counts the forms with a file that are coming in.
type uploads struct {
	mu  sync.Mutex
	all int
	of  map[ref.Person]int
}

// begin counts one of a person's, until end is called, or gives TooMany.
func (u *uploads) begin(who ref.Person) (end func(), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all >= uploadsAtOnce || u.of[who] >= uploadsOfPerson {
		return nil, fault.New(fault.TooMany, "fault.uploads")
	}
	if u.of == nil {
		u.of = map[ref.Person]int{}
	}
	u.all++
	u.of[who]++
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.all--
		if u.of[who]--; u.of[who] == 0 {
			delete(u.of, who)
		}
	}, nil
}
