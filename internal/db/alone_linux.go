package db

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// alone takes the file of a database for this process among those that ask for it, by whatever path
// they name it. The lock is the kernel's, of the open file: it ends with the process however that
// ends, and is none of those by which SQLite lets programs write one after the other.
func alone(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) //nolint:gosec // a descriptor fits
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrTaken
	}
	if err != nil {
		return fmt.Errorf("db: the file of the database cannot be locked: %w", err)
	}
	return nil
}
