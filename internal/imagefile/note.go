package imagefile

// Note records an assumption or attribute of the compilation.
type Note struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Note appends a note.
func (w *Writer) Note(n *Note) {
	w.Str(n.Key)
	w.Str(n.Value)
}

// Note reads a note.
func (r *Reader) Note() Note { return Note{Key: r.Str(), Value: r.Str()} }
