# Weir: `make demo` and `make test` do all set-up themselves.

CC       = gcc
OPTIMISE = -O3 -flto=auto
MACHINE  = $(if $(filter x86_64,$(shell uname -m)),-march=x86-64-v2)
WARN     = -Wall -Wextra -Werror
CFLAGS   = $(OPTIMISE) -g $(MACHINE)
PREFIX   = /usr/local
FUZZ_S   = 60

LUAJIT_CFLAGS = $(shell pkg-config --cflags luajit)
LUAJIT_LIBS   = $(shell pkg-config --libs luajit)
LIBS          = -lpcap -lzstd -lz -lpthread

CORE    = $(filter-out core/main.c,$(wildcard core/*.c core/*/*.c))
OBJECTS = $(CORE:%.c=build/%.o)
LUA     = $(shell find lua -name '*.lua' | sort)
LANGUAGE = -std=gnu11 -D_GNU_SOURCE
COMPILE  = $(CC) $(CFLAGS) $(WARN) $(LANGUAGE) -fPIC -fvisibility=hidden -MMD

all: build/weir build/libweir.so

build/%.o: %.c
	@mkdir -p $(@D)
	@echo "  compile $<"
	@$(COMPILE) $(LUAJIT_CFLAGS) -c -o $@ $<

build/core/abi.o: core/weir.h

build/libweir.so: $(OBJECTS)
	@echo "  link    $@"
	@$(CC) $(CFLAGS) -shared -o $@ $^ $(LIBS)
	@mkdir -p build/cpath/weir && ln -sf ../../libweir.so build/cpath/weir/core.so

build/weir: build/core/main.o build/sources.o $(OBJECTS)
	@echo "  link    $@"
	@$(CC) $(CFLAGS) -Wl,-E -o $@ $^ $(LUAJIT_LIBS) $(LIBS)

# The Lua sources, for the program to carry: a table of names and of the bytes between two labels.
build/sources.s: $(LUA) Makefile
	@mkdir -p build
	@{ for f in $(LUA); do echo ".section .rodata; 1: .asciz \"$$(echo $${f#lua/} | \
	     sed 's|/init.lua$$||; s|.lua$$||; s|/|.|g')\"; 2: .incbin \"$$f\"; 3: .byte 0"; \
	     echo ".section .data.rel.ro, \"aw\"; .quad 1b, 2b, 3b"; done | \
	   sed '1i .section .data.rel.ro, "aw"; .balign 8; .globl weir_sources; weir_sources:'; \
	   echo ".quad 0, 0, 0; .section .note.GNU-stack"; } > $@

build/sources.o: build/sources.s
	@$(CC) -c -o $@ $<

clean:
	rm -rf build

-include $(OBJECTS:.o=.d) build/core/main.d
.PHONY: all clean

# ---- fuzzing: one target per parser, FUZZ_S seconds each -------------------------

FUZZERS = $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/*.c))
SEEDS   = $(wildcard samples/*.pcap samples/*.pcapng samples/*.gz samples/*.zst)

build/fuzz/%: tests/fuzz/%.c tests/fuzz/feed.h $(CORE)
	@mkdir -p $(@D)
	@echo "  fuzzer  $@"
	@clang -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined $(WARN) $(LANGUAGE) \
	  -Icore -o $@ $< $(CORE) $(LIBS)

fuzz: build/weir $(FUZZERS)
	@mkdir -p $(FUZZERS:=.seeds) $(FUZZERS:=.corpus)
	@build/weir lua tests/fuzz/seeds.lua build/fuzz $(SEEDS)
	@for f in $(FUZZERS); do echo "$$f for $(FUZZ_S) seconds"; \
	  $$f -max_total_time=$(FUZZ_S) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=$$f. $$f.corpus $$f.seeds > $$f.log 2>&1 || { tail -40 $$f.log; exit 1; }; \
	  grep -oE 'cov: [0-9]+|number_of_executed_units: [0-9]+' $$f.log | tail -2; done
.PHONY: fuzz
