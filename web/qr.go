package web

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// QR is a text as a square of dark and light modules (ISO/IEC 18004), to be drawn.
type QR struct {
	Size int    // modules on a side, the quiet ones around it included
	Path string // the dark modules, row by row, as the path of an SVG
}

// quiet is how many light modules stand around the others.
const quiet = 4

// qrOf makes the square of a text; a seventh of it may be unreadable.
func qrOf(text string) (QR, error) {
	b, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return QR{}, fmt.Errorf("qr: %w", err)
	}
	n := b.Bounds().Dx()
	dark := func(x, y int) bool {
		r, _, _, _ := b.At(x, y).RGBA()
		return r == 0
	}
	var path strings.Builder
	for y := range n {
		for x := 0; x < n; x++ {
			run := 0
			for x+run < n && dark(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	return QR{n + 2*quiet, path.String()}, nil
}
