package clearance

import "testing"

// AtOnce has fewer notes pass by one handover while a test runs.
func AtOnce(t *testing.T, n int) {
	was := mostHanded
	mostHanded = n
	t.Cleanup(func() { mostHanded = was })
}
