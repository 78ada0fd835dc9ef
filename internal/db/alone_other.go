//go:build !linux

package db

import "os"

// alone cannot be had on this system: flock and the locks of SQLite may be one and the same there.
func alone(*os.File) error { return nil }
