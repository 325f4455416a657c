package imagetest

import (
	"encoding/binary"
	"hash/crc32"
)

// Mend makes the checksums of the regions and of the file right again, as far
// as it finds them, so that damage comes to what is behind them.
func Mend(data []byte) {
	for at := 0; at+4+98*4 < len(data); at++ {
		if binary.LittleEndian.Uint32(data[at:]) != 0xAD130AD6 {
			continue
		}
		body := data[at+98*4:]
		for reg := range 32 {
			row := data[at+8+12*reg:]
			n := int64(binary.LittleEndian.Uint32(row[8:]))
			if n*4 > int64(len(body)) {
				break
			}
			sum := uint32(0)
			for i := range n {
				sum += binary.LittleEndian.Uint32(body[4*i:])
			}
			binary.LittleEndian.PutUint32(row[4:], sum)
			body = body[4*n:]
		}
	}
	if len(data) > 4 {
		binary.LittleEndian.PutUint32(data[len(data)-4:], crc32.ChecksumIEEE(data[:len(data)-4]))
	}
}
