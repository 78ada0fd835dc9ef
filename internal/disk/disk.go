// Package disk says how much room there is, so that the operator hears of it before people do.
package disk

import "fmt"

// Least is the room below which a disk is called full: a page of a form and the log of a
// transaction still fit, and little else.
const Least = 4 << 20

// Room gives an error when the disk on which a path lies is full, or as good as.
func Room(path string) error {
	if free, known := Free(path); known && free < Least {
		return fmt.Errorf("disk: %d bytes are free where %s lies", free, path)
	}
	return nil
}
