package frontend

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/synfire/synfire/internal/testenv"
	"github.com/synfire/synfire/ir"
)

// TestConvert opens every published network, saves it as text and as NIR and
// opens those again: all are the same network.
func TestConvert(t *testing.T) {
	dir := t.TempDir()
	converted := 0
	for _, part := range []string{"golden/nir", "nets"} {
		err := filepath.WalkDir(testenv.Shared(t, part), func(path string, _ fs.DirEntry, err error) error {
			if !strings.HasSuffix(path, ".nir") {
				return err
			}
			n, _, err := Open(path, Options{})
			if err != nil {
				return nil // package nir tests which files fail, and why
			}
			converted++
			for _, ext := range []string{".snn", ".nir"} {
				to := filepath.Join(dir, base(path)+ext)
				if _, err := Save(to, n); err != nil {
					t.Errorf("%s: %v", to, err)
					continue
				}
				back, _, err := Open(to, Options{})
				if err != nil {
					t.Errorf("%s: %v", to, err)
					continue
				}
				if ext == ".nir" { // the notes are not part of the file
					back.Notes = n.Notes
				}
				if !ir.Equal(n, back) {
					t.Errorf("%s changed on the way to %s", path, ext)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if converted < 20 {
		t.Errorf("only %d networks were converted", converted)
	}
}

func TestOpenOtherKinds(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"a.nir", "", "empty file"},
		{"b.nir", "garbage \xff", "not HDF5"},
		{"c.nir", "version https://git-lfs.github.com/spec/v1\n", "Git LFS"},
		{"d.onnx", "\x08\x08\x12\x07pytorch", "ONNX"},
		{"e.bin", "\x08\x08\x12\x07pytorch", "ONNX"},
		{"f.npz", "PK\x03\x04" + strings.Repeat("\x00", 26) + "weight.npy", "NumPy arrays"},
		{"g.pt", "PK\x03\x04" + strings.Repeat("\x00", 26) + "archive/data.pkl", "PyTorch checkpoint"},
		{"h.zip", "PK\x03\x04" + strings.Repeat("\x00", 26) + "a.txt", "zip archive"},
		{"i.pkl", "\x80\x04\x95", "pickle"},
		{"j.npy", "\x93NUMPY\x01\x00", "NumPy array"},
		{"k.py", "import torch\n", "Python program"},
		{"l.txt", "hello\n", "no network"},
		{"m.dat", "\x00\x01\x02\xff", "unknown kind"},
		{"n.h5", "\x89HDF\r\n\x1a\n", ""},
		{"o.snn", "nonsense", ""},
	}
	dir := t.TempDir()
	for _, tt := range tests {
		path := filepath.Join(dir, tt.name)
		if err := os.WriteFile(path, []byte(tt.data), 0o644); err != nil {
			t.Fatal(err)
		}
		n, diags, err := Open(path, Options{})
		if err == nil || n != nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
		if tt.want != "" && (len(diags) != 1 || diags[0].Hint == "") {
			t.Errorf("%s: diagnostics %v, want one with a hint", tt.name, diags)
		}
	}
}

func TestOpenLimits(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "net.snn")
	if err := os.WriteFile(path, []byte("network n {\n}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(path, Options{MaxBytes: 5}); err == nil || !strings.Contains(err.Error(), "larger than 5 bytes") {
		t.Errorf("error %v for a file above the limit", err)
	}
	for _, bad := range []string{dir, filepath.Join(dir, "absent.nir")} {
		if _, diags, err := Open(bad, Options{}); err == nil || len(diags) != 1 {
			t.Errorf("%s: error %v, diagnostics %v", bad, err, diags)
		}
	}
}

// TestSideArrays checks that large arrays go beside the text, exactly, and
// what is said when they are gone.
func TestSideArrays(t *testing.T) {
	weights := make([]float64, 600)
	for i := range weights {
		weights[i] = 1 / float64(i+1)
	}
	n := &ir.Network{Name: "side"}
	in := n.Add(ir.Node{Name: "in", Op: ir.OpInput, In: ir.Shape{30}, Out: ir.Shape{30}})
	fc := ir.Node{Name: "fc", Op: ir.OpDense, In: ir.Shape{30}, Out: ir.Shape{20}}
	fc.Set(ir.PWeight, ir.Floats(ir.Shape{20, 30}, weights))
	id := n.Add(fc)
	out := n.Add(ir.Node{Name: "out", Op: ir.OpOutput, In: ir.Shape{20}, Out: ir.Shape{20}})
	n.Connect(in, id, 0)
	n.Connect(id, out, 0)

	path := filepath.Join(t.TempDir(), "side.snn")
	if _, err := Save(path, n); err != nil {
		t.Fatal(err)
	}
	back, _, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	node := back.Lookup("fc")
	if node == ir.NoNode || !slices.Equal(back.Node(node).P(ir.PWeight).F, weights) {
		t.Error("the weights changed")
	}
	if err := os.Remove(arraysPath(path)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), "side.npz") {
		t.Errorf("error %v without the arrays", err)
	}
	if _, err := Save(filepath.Join(t.TempDir(), "side.txt"), n); err == nil {
		t.Error("a text file was written")
	}
}
