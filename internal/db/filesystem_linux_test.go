package db

import "testing"

func TestFileSystems(t *testing.T) {
	if m := mountType("/proc"); m != "proc" {
		t.Errorf("/proc is %q", m)
	}
	if n := networkFileSystem(t.TempDir()); n != "" {
		t.Errorf("the folder for tests is %q", n)
	}
	if n := networkFileSystem("/no/such/folder"); n != "" {
		t.Errorf("no folder is %q", n)
	}
}
