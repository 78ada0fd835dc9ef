package disk

import "syscall"

// Free gives how many bytes this program may still write where a path lies, and false where that
// cannot be told.
func Free(path string) (int64, bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * s.Bsize, true //nolint:gosec // a disk of 2^63 bytes is not made
}
