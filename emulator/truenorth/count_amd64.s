#include "textflag.h"

// ADD3 is a full adder: A becomes the sum of A, B and C in each place, T the
// carry. U is overwritten.
#define ADD3(A, B, C, T, U) \
	VPXOR B, A, U       \
	VPAND B, A, T       \
	VPXOR C, U, A       \
	VPAND C, U, U       \
	VPOR  U, T, T

// HALF adds the carry C to A and leaves the next carry in C.
#define HALF(A, C, T) \
	VPAND C, A, T \
	VPXOR C, A, A \
	VMOVDQA T, C

// func countRows(rows *uint64, list *int32, n int, planes *[8][4]uint64)
TEXT ·countRows(SB), NOSPLIT, $0-32
	MOVQ  rows+0(FP), AX
	MOVQ  list+8(FP), BX
	MOVQ  n+16(FP), CX
	MOVQ  planes+24(FP), DX
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7

loop:
	CMPQ    CX, $4
	JLT     done
	MOVLQSX 0(BX), R8
	MOVLQSX 4(BX), R9
	MOVLQSX 8(BX), R10
	MOVLQSX 12(BX), R11
	VMOVDQU (AX)(R8*8), Y8
	VMOVDQU (AX)(R9*8), Y9
	ADD3(Y0, Y8, Y9, Y10, Y11)
	VMOVDQU (AX)(R10*8), Y8
	VMOVDQU (AX)(R11*8), Y9
	ADD3(Y0, Y8, Y9, Y12, Y11)
	ADD3(Y1, Y10, Y12, Y13, Y11)
	HALF(Y2, Y13, Y11)
	HALF(Y3, Y13, Y11)
	HALF(Y4, Y13, Y11)
	HALF(Y5, Y13, Y11)
	HALF(Y6, Y13, Y11)
	VPXOR   Y13, Y7, Y7
	ADDQ    $16, BX
	SUBQ    $4, CX
	JMP     loop

done:
	VMOVDQU Y0, 0(DX)
	VMOVDQU Y1, 32(DX)
	VMOVDQU Y2, 64(DX)
	VMOVDQU Y3, 96(DX)
	VMOVDQU Y4, 128(DX)
	VMOVDQU Y5, 160(DX)
	VMOVDQU Y6, 192(DX)
	VMOVDQU Y7, 224(DX)
	VZEROUPPER
	RET
