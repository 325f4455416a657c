#include "textflag.h"

// func addBlocks(y, x0, x1, x2, x3 *float64, n int, c *[4]float64)
TEXT ·addBlocks(SB), NOSPLIT, $0-56
	MOVQ         y+0(FP), AX
	MOVQ         x0+8(FP), BX
	MOVQ         x1+16(FP), CX
	MOVQ         x2+24(FP), DX
	MOVQ         x3+32(FP), SI
	MOVQ         n+40(FP), R8
	MOVQ         c+48(FP), R9
	VBROADCASTSD 0(R9), Y0
	VBROADCASTSD 8(R9), Y1
	VBROADCASTSD 16(R9), Y2
	VBROADCASTSD 24(R9), Y3
	XORQ         R10, R10

loop:
	CMPQ    R10, R8
	JGE     done
	VMOVUPD (AX)(R10*8), Y4
	VMULPD  (BX)(R10*8), Y0, Y5
	VMULPD  (CX)(R10*8), Y1, Y6
	VMULPD  (DX)(R10*8), Y2, Y7
	VMULPD  (SI)(R10*8), Y3, Y8
	VADDPD  Y5, Y4, Y4           // in the order of the rows, and never fused
	VADDPD  Y6, Y4, Y4
	VADDPD  Y7, Y4, Y4
	VADDPD  Y8, Y4, Y4
	VMOVUPD Y4, (AX)(R10*8)
	ADDQ    $4, R10
	JMP     loop

done:
	VZEROUPPER
	RET
