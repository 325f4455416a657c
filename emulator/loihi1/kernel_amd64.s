#include "textflag.h"

// DECAY replaces the eight 32-bit numbers in X by x*keep/4096, rounded toward
// zero, where K holds keep in each 64-bit lane. Products of 24 and 13 bits take
// 64-bit lanes, so even and odd numbers are multiplied apart; 4095 is added to
// negative products; and of the quotient the low 32 bits are what is kept, so
// logical shifts do. T1, T2 and T3 are overwritten, Y6 masks the even lanes.
#define DECAY(X, K, T1, T2, T3) \
	VPSRAD   $31, X, T1           \
	VPSRLD   $20, T1, T1          \
	VPSRLQ   $32, X, T2           \
	VPMULDQ  K, X, X              \
	VPMULDQ  K, T2, T2            \
	VPAND    Y6, T1, T3           \
	VPSRLQ   $32, T1, T1          \
	VPADDQ   T3, X, X             \
	VPADDQ   T1, T2, T2           \
	VPSRLQ   $12, X, X            \
	VPSLLQ   $20, T2, T2          \
	VPBLENDD $0xaa, T2, X, X

// func updateBlocks(u, v, due *int32, over *uint8, blocks int, c *constants) int
TEXT ·updateBlocks(SB), NOSPLIT, $0-56
	MOVQ         u+0(FP), AX
	MOVQ         v+8(FP), BX
	MOVQ         due+16(FP), CX
	MOVQ         over+24(FP), DX
	MOVQ         blocks+32(FP), R8
	MOVQ         c+40(FP), R9
	VPBROADCASTQ 0(R9), Y0          // keepU
	VPBROADCASTQ 8(R9), Y1          // keepV
	VPBROADCASTD 16(R9), Y2         // vmin
	VPBROADCASTD 20(R9), Y3         // top
	VPBROADCASTD 24(R9), Y4         // half the range of a sum
	VPBROADCASTD 28(R9), Y5         // half the range of a current
	VPCMPEQD     Y6, Y6, Y6
	VPSRLQ       $32, Y6, Y6
	XORQ         R10, R10

loop:
	CMPQ      R10, R8
	JGE       done
	VMOVDQU   (AX), Y7
	DECAY(Y7, Y0, Y8, Y9, Y10)
	VMOVDQU   (CX), Y11
	VPSLLD    $6, Y11, Y12
	VPADDD    Y12, Y7, Y7           // the current
	VPADDD    Y4, Y11, Y11
	VPSRLD    $16, Y11, Y11
	VPADDD    Y5, Y7, Y12
	VPSRLD    $24, Y12, Y12
	VPOR      Y11, Y12, Y12
	VPTEST    Y12, Y12
	JNZ       done                  // something overflows
	VMOVDQU   (BX), Y8
	DECAY(Y8, Y1, Y9, Y10, Y11)
	VPADDD    Y7, Y8, Y8
	VPMAXSD   Y2, Y8, Y8            // the voltage
	VMOVDQU   Y7, (AX)
	VMOVDQU   Y8, (BX)
	VPCMPGTD  Y3, Y8, Y9
	VMOVMSKPS Y9, R11
	MOVB      R11, (DX)
	ADDQ      $32, AX
	ADDQ      $32, BX
	ADDQ      $32, CX
	INCQ      DX
	INCQ      R10
	JMP       loop

done:
	VZEROUPPER
	MOVQ R10, ret+48(FP)
	RET
