// Makes src/spec/standard_library.txt from the Go installation:
//
//	go run scripts/standard-library.go >src/spec/standard_library.txt
//
// To the go command every folder of GOROOT/src that holds a Go file is a package of the
// standard library, whatever the file says and wherever it is built. Folders for tests are
// left out: nothing outside of the standard library imports them.
package main

import (
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

func main() {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		log.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(goroot)), "src")
	packages := map[string]bool{}
	err = fs.WalkDir(os.DirFS(source), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		hidden := path != "." && (name[0] == '.' || name[0] == '_')
		if entry.IsDir() && (hidden || name == "testdata") {
			return fs.SkipDir
		}
		if !entry.IsDir() && !hidden && strings.HasSuffix(name, ".go") {
			packages[filepath.Dir(path)] = true
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	delete(packages, ".")
	var sorted []string
	for path := range packages {
		sorted = append(sorted, path)
	}
	sort.Strings(sorted)
	for _, path := range sorted {
		fmt.Println(path)
	}
}
