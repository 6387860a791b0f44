/* abi.c - carries weir.h inside the library, so that Lua cannot read a stale one. */
#include "base.h"

__attribute__((visibility("default"))) const char *weir_abi(void);

extern const char abi_text[] __asm__("abi_text");

__asm__(".pushsection .rodata\n"
	"abi_text: .incbin \"core/weir.h\"\n"
	".byte 0\n"
	".popsection\n");

const char *weir_abi(void)
{
	return abi_text;
}
