package frontend

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// A kind is what a file was found to be.
type kind struct {
	isNIR, isText bool
	what, hint    string // of a kind that is not read
}

const exportHint = "export the network to NIR in the framework that trained it (snntorch.export_to_nir, norse.torch.to_nir, sinabs.nir.to_nir) and open that file"

// magics lists kinds by their first bytes.
var magics = []struct {
	prefix string
	kind   kind
}{
	{"version https://git-lfs", kind{what: "a pointer of Git LFS, not the file itself", hint: "run git lfs pull"}},
	{"\x93NUMPY", kind{what: "a NumPy array (.npy)", hint: "it may be an input: give it with --input, and the network as a .nir or .snn file"}},
	{"\x1f\x8b", kind{what: "compressed by gzip", hint: "unpack it with gunzip"}},
	{"\x80\x02", kind{what: "a Python pickle, perhaps a PyTorch checkpoint", hint: exportHint}},
	{"\x80\x03", kind{what: "a Python pickle", hint: exportHint}},
	{"\x80\x04", kind{what: "a Python pickle", hint: exportHint}},
	{"\x80\x05", kind{what: "a Python pickle", hint: exportHint}},
}

// named lists kinds by the extension of the file.
var named = map[string]kind{
	".onnx": {what: "an ONNX graph", hint: "export the spiking network to NIR; ONNX has no spiking neurons"},
	".pt":   {what: "a PyTorch file", hint: exportHint},
	".pth":  {what: "a PyTorch file", hint: exportHint},
	".net":  {what: "a Lava-DL network", hint: "export the network to NIR"},
	".h5":   {what: "not HDF5, in spite of its name", hint: exportHint},
	".nir":  {what: "not HDF5, which a .nir file must be", hint: "copy the file again, or write it with nir.write"},
	".py":   {what: "a Python program", hint: "run it and let it export the network to NIR"},
	".json": {what: "a JSON text", hint: exportHint},
	".csv":  {what: "a table", hint: "it may be an input: give it with --input"},
}

// detect tells what a file is from its content and, where that leaves it open,
// its extension.
func detect(ext string, data []byte) kind {
	if isHDF5(data) {
		return kind{isNIR: true}
	}
	if len(data) == 0 {
		return kind{what: "an empty file", hint: "write or copy it again"}
	}
	for i := range magics {
		if bytes.HasPrefix(data, []byte(magics[i].prefix)) {
			return magics[i].kind
		}
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return archive(data)
	}
	ext = strings.ToLower(ext)
	isText := utf8.Valid(data) && !bytes.ContainsRune(data, 0)
	if ext == ".snn" && isText || isText && hasNetwork(data) {
		return kind{isText: true}
	}
	if k, ok := named[ext]; ok {
		return k
	}
	switch {
	case looksLikeONNX(data):
		return named[".onnx"]
	case isText:
		return kind{what: "a text that is no network", hint: "a text begins with: network NAME {"}
	}
	return kind{what: "a file of unknown kind", hint: exportHint}
}

// isHDF5 looks for the signature where the format allows it: at the start, or
// behind a user block of 512 bytes doubled any number of times.
func isHDF5(data []byte) bool {
	const signature = "\x89HDF\r\n\x1a\n"
	for at := 0; at < len(data); at = max(512, 2*at) {
		if bytes.HasPrefix(data[at:], []byte(signature)) {
			return true
		}
	}
	return false
}

// archive tells apart the zip archives by the name of their first member,
// which stands at offset 30.
func archive(data []byte) kind {
	head := data[min(30, len(data)):min(200, len(data))]
	switch {
	case bytes.Contains(head, []byte(".npy")):
		return kind{what: "an archive of NumPy arrays (.npz)", hint: "open the .snn file that belongs to it; an input is given with --input"}
	case bytes.Contains(head, []byte("data.pkl")) || bytes.Contains(head, []byte(".format_version")):
		return kind{what: "a PyTorch checkpoint", hint: exportHint}
	}
	return kind{what: "a zip archive", hint: "unpack it and open the network inside"}
}

// hasNetwork tells whether the first word of a text, behind comments, is the
// one that begins a network.
func hasNetwork(data []byte) bool {
	for line := range bytes.Lines(data) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
			return bytes.HasPrefix(line, []byte("network"))
		}
	}
	return false
}

// looksLikeONNX tells whether the file begins like an ONNX ModelProto: field 1
// (the version, a small number), then the producer's name or the graph.
func looksLikeONNX(data []byte) bool {
	return len(data) > 3 && data[0] == 0x08 && data[1] < 0x20 && (data[2] == 0x12 || data[2] == 0x3a)
}
