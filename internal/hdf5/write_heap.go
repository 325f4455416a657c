package hdf5

// minHeapSize is the least size of a global heap collection that libraries
// accept.
const minHeapSize = 4096

// heapWriter fills global heap collections with strings. One collection is
// open at a time; it takes its place in the file when it is opened.
type heapWriter struct {
	start uint64 // address of the open collection; 0: none
	used  int    // bytes of it in use
	size  int
	index uint16 // of the last object
}

// add stores s and returns the address of its collection and its index there.
func (h *heapWriter) add(e *encoder, s string) (address uint64, index uint16) {
	const collectionHead, objectHead = 16, 16
	need := objectHead + (len(s)+7)&^7
	if h.start == 0 || need > h.size-h.used || h.index == 0xffff {
		h.close(e)
		h.size = max(minHeapSize, collectionHead+need)
		h.start, h.used, h.index = e.place(make([]byte, h.size)), collectionHead, 0
		b := append([]byte("GCOL"), 1, 0, 0, 0)
		copy(e.buf[h.start:], le.AppendUint64(b, uint64(h.size)))
	}
	h.index++
	b := le.AppendUint16(nil, h.index)
	b = le.AppendUint16(b, 1) // reference count
	b = le.AppendUint32(b, 0)
	b = le.AppendUint64(b, uint64(len(s)))
	copy(e.buf[h.start+uint64(h.used):], append(b, s...))
	h.used += need
	return h.start, h.index
}

// close marks the rest of the open collection as free: an object 0 whose size
// includes its own head. Less than a head is free without a mark.
func (h *heapWriter) close(e *encoder) {
	if free := h.size - h.used; h.start != 0 && free >= 16 {
		copy(e.buf[h.start+uint64(h.used):], le.AppendUint64(make([]byte, 8), uint64(free)))
	}
}
