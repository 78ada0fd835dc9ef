// Package officetest opens files in LibreOffice in tests, as the people do who get them.
//
// Where it is not installed the tests are skipped, so that `go test ./...` works anywhere;
// ENTENTE_TEST_OFFICE=required makes that a failure (./check sets it), and
// ENTENTE_TEST_OFFICE=off skips them in any case (./check fast sets it).
package officetest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// envMode steers the tests: required, off, or empty: if there is a LibreOffice.
const envMode = "ENTENTE_TEST_OFFICE"

// limit is how long one conversion may take; its first start makes a profile.
const limit = 2 * time.Minute

// Convert opens a document in LibreOffice, saves it as another format ("txt:Text (encoded):UTF8",
// "pdf", "fodt") and gives what it saved.
func Convert(t testing.TB, document []byte, extension, format string) []byte {
	t.Helper()
	program, found := find()
	switch mode := os.Getenv(envMode); {
	case mode == "off":
		t.Skip("tests with LibreOffice are off (" + envMode + "=off)")
	case mode != "" && mode != "required":
		t.Fatalf("%s=%q: want required, off or nothing", envMode, mode)
	case !found && mode == "required":
		t.Fatal("LibreOffice is required (" + envMode + "=required) and there is none; on Debian: apt-get install libreoffice-writer-nogui")
	case !found:
		t.Skip("there is no LibreOffice; on Debian: apt-get install libreoffice-writer-nogui")
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "document."+extension)
	if err := os.WriteFile(in, document, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), limit)
	defer stop()
	// A profile of its own: two at once on one profile would make the second do nothing.
	cmd := exec.CommandContext(ctx, program, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"),
		"--headless", "--norestore", "--convert-to", format, "--outdir", filepath.Join(dir, "out"), in)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	told, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("LibreOffice: %v\n%s", err, told)
	}
	made, err := filepath.Glob(filepath.Join(dir, "out", "document.*"))
	if err != nil || len(made) != 1 {
		t.Fatalf("LibreOffice could not open the file: %s", told)
	}
	out, err := os.ReadFile(made[0])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// find names the program.
func find() (path string, ok bool) {
	for _, name := range []string{"soffice", "libreoffice"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}
