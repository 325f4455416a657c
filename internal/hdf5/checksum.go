package hdf5

import "math/bits"

// lookup3 is Bob Jenkins' hash of that name ("hashlittle", 2006) with initial
// value 0, the checksum of version 2 metadata.
func lookup3(data []byte) uint32 {
	a := 0xdeadbeef + uint32(len(data))
	b, c := a, a
	for len(data) > 12 {
		a += le.Uint32(data)
		b += le.Uint32(data[4:])
		c += le.Uint32(data[8:])
		a, b, c = lookup3Mix(a, b, c)
		data = data[12:]
	}
	if len(data) == 0 {
		return c
	}
	var last [12]byte
	copy(last[:], data)
	a += le.Uint32(last[0:])
	b += le.Uint32(last[4:])
	c += le.Uint32(last[8:])
	return lookup3Final(a, b, c)
}

func lookup3Mix(a, b, c uint32) (uint32, uint32, uint32) {
	rot := bits.RotateLeft32
	a = (a - c) ^ rot(c, 4)
	c += b
	b = (b - a) ^ rot(a, 6)
	a += c
	c = (c - b) ^ rot(b, 8)
	b += a
	a = (a - c) ^ rot(c, 16)
	c += b
	b = (b - a) ^ rot(a, 19)
	a += c
	c = (c - b) ^ rot(b, 4)
	b += a
	return a, b, c
}

func lookup3Final(a, b, c uint32) uint32 {
	rot := bits.RotateLeft32
	c = (c ^ b) - rot(b, 14)
	a = (a ^ c) - rot(c, 11)
	b = (b ^ a) - rot(a, 25)
	c = (c ^ b) - rot(b, 16)
	a = (a ^ c) - rot(c, 4)
	b = (b ^ a) - rot(a, 14)
	return (c ^ b) - rot(b, 24)
}

// fletcher32 is the checksum of the filter of that name: two running sums over
// big-endian 16-bit words, modulo 65535 with zero kept as the sums leave it;
// an odd last byte is the high half of a word.
func fletcher32(data []byte) uint32 {
	fold := func(s uint32) uint32 { return s&0xffff + s>>16 }
	var sum1, sum2 uint32
	for len(data) >= 2 {
		// 360 words are the most that cannot overflow 32 bits.
		block := data[:min(len(data)&^1, 720)]
		data = data[len(block):]
		for i := 0; i < len(block); i += 2 {
			sum1 += uint32(block[i])<<8 | uint32(block[i+1])
			sum2 += sum1
		}
		sum1, sum2 = fold(sum1), fold(sum2)
	}
	if len(data) == 1 {
		sum1 += uint32(data[0]) << 8
		sum2 += sum1
		sum1, sum2 = fold(sum1), fold(sum2)
	}
	return fold(sum2)<<16 | fold(sum1)
}
