package noc

// onTheWay is a message in the network of Detailed.
type onTheWay struct {
	received int64
	work     int32
	src      int32
	way      way
}

// fifo is a queue in a ring whose size is a power of two and only grows.
type fifo struct {
	ring       []onTheWay
	head, tail int // counts of what was taken out and put in
	peak       int
}

func (f *fifo) len() int         { return f.tail - f.head }
func (f *fifo) first() *onTheWay { return &f.ring[f.head&(len(f.ring)-1)] }

func (f *fifo) push(x onTheWay) {
	if f.len() == len(f.ring) {
		f.grow()
	}
	f.ring[f.tail&(len(f.ring)-1)] = x
	f.tail++
	f.peak = max(f.peak, f.len())
}

func (f *fifo) pop() onTheWay {
	x := *f.first()
	f.head++
	return x
}

func (f *fifo) grow() {
	ring := make([]onTheWay, max(16, 2*len(f.ring)))
	n := f.len()
	for i := range n {
		ring[i] = f.ring[(f.head+i)&(len(f.ring)-1)]
	}
	f.ring, f.head, f.tail = ring, 0, n
}
