package backup

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
)

// Lock says how a file is encrypted: for recipients, or by a passphrase, or not at all. The form
// is age's (age-encryption.org/v1), so that the age program opens it as well.
type Lock struct {
	Recipients     []string // age1…
	PassphraseFile string
}

// Locked says whether the file will be encrypted.
func (l Lock) Locked() bool { return len(l.Recipients) > 0 || l.PassphraseFile != "" }

// recipients reads to whom the file is encrypted.
func (l Lock) recipients() (out []age.Recipient, err error) {
	if l.PassphraseFile != "" {
		words, err := passphrase(l.PassphraseFile)
		if err != nil {
			return nil, err
		}
		r, err := age.NewScryptRecipient(words)
		return []age.Recipient{r}, err
	}
	for _, s := range l.Recipients {
		r, err := age.ParseRecipients(strings.NewReader(s))
		if err != nil {
			return nil, fmt.Errorf("--recipient %s is no public key of age, like age1…: %w", s, err)
		}
		out = append(out, r...)
	}
	return out, nil
}

// wrap gives a writer that encrypts, which must be closed.
func (l Lock) wrap(w io.Writer) (io.WriteCloser, error) {
	if !l.Locked() {
		return open{w}, nil
	}
	to, err := l.recipients()
	if err != nil {
		return nil, err
	}
	return age.Encrypt(w, to...)
}

// open is a writer that encrypts nothing.
type open struct{ io.Writer }

// Close closes nothing.
func (open) Close() error { return nil }

// Unlock says how an encrypted file is opened.
type Unlock struct {
	IdentityFile   string // with AGE-SECRET-KEY-…
	PassphraseFile string
}

// ErrLocked is returned for an encrypted file where nothing was given to open it with.
var ErrLocked = errors.New("the backup is encrypted: name the file with the key by --identity, or that with the passphrase by --passphrase-file")

// unwrap gives what a file holds, decrypted where it is encrypted.
func (u Unlock) unwrap(r io.Reader) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	intro, err := in.Peek(len(ageIntro))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(intro, []byte(ageIntro)) {
		return in, nil
	}
	var with []age.Identity
	if u.PassphraseFile != "" {
		words, err := passphrase(u.PassphraseFile)
		if err != nil {
			return nil, err
		}
		id, err := age.NewScryptIdentity(words)
		if err != nil {
			return nil, err
		}
		with = append(with, id)
	}
	if u.IdentityFile != "" {
		f, err := os.Open(u.IdentityFile)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		ids, err := age.ParseIdentities(f)
		if err != nil {
			return nil, fmt.Errorf("%s holds no key of age: %w", u.IdentityFile, err)
		}
		with = append(with, ids...)
	}
	if len(with) == 0 {
		return nil, ErrLocked
	}
	out, err := age.Decrypt(in, with...)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return nil, errors.New("the backup is encrypted to another key or by another passphrase than was given")
	}
	return sealed{out}, err
}

// sealed tells what age says of a broken file from what the disk says.
type sealed struct{ io.Reader }

// Read reads.
func (s sealed) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	var path *os.PathError
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &path) {
		err = damaged("the file was changed or cut off: %v", err)
	}
	return n, err
}

const ageIntro = "age-encryption.org/v1\n"

// passphrase reads the first line of a file.
func passphrase(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimRight(line, "\r"); len(line) < 12 {
		return "", fmt.Errorf("the passphrase in %s has fewer than 12 characters", file)
	}
	return line, nil
}
