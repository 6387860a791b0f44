# Weir.  `make demo` and `make test` do all set-up themselves; `make help` lists the rest.

CC       = gcc
OPTIMISE = -O3 -flto=auto
MACHINE  = $(if $(filter x86_64,$(shell uname -m)),-march=x86-64-v2)
WARN     = -Wall -Wextra -Werror
CFLAGS   = $(OPTIMISE) -g $(MACHINE)
LANGUAGE = -std=gnu11 -D_GNU_SOURCE -fms-extensions -Wno-microsoft-anon-tag $(MAY_DEFS)
LIBS     = -lpcap -lsqlite3 -levent_core -lhiredis -lcrypto -lzstd -lz -ledit -lpthread -lm $(MAY_LIBS)
PREFIX   = /usr/local
LUADIR   = $(PREFIX)/share/lua/5.1
LIBDIR   = $(PREFIX)/lib/lua/5.1
B        = build
FUZZ_S   = 60
ROUNDS   = 20
EVERY    = 3
KILLS    = 200

# Libraries that Weir may do without: `weir doctor` says what is off.
MAY      = nghttp2:NGHTTP2 brotlidec:BROTLI psl:PSL idn2:IDN2
FOUND   := $(foreach m,$(MAY),$(shell pkg-config --exists lib$(firstword $(subst :, ,$m)) 2>/dev/null && echo $m))
MAY_DEFS = $(foreach m,$(FOUND),-DWITH_$(lastword $(subst :, ,$m)))
MAY_LIBS = $(foreach m,$(FOUND),-l$(firstword $(subst :, ,$m)))

LUAJIT_CFLAGS = $(shell pkg-config --cflags luajit)
LUAJIT_LIBS   = $(shell pkg-config --libs luajit)

CORE    = $(filter-out core/main.c,$(wildcard core/*.c core/*/*.c))
OBJECTS = $(CORE:%.c=$(B)/%.o)
LUA     = $(shell find lua -name '*.lua' | sort)

all: $(B)/weir $(B)/libweir.so

# Which of them there are: all is compiled again when it changes.
$(B)/found: FORCE
	@mkdir -p $(@D)
	@echo '$(FOUND)' | cmp -s - $@ || echo '$(FOUND)' > $@

$(B)/%.o: %.c $(B)/found
	@mkdir -p $(@D)
	@echo "  compile $<"
	@$(CC) $(CFLAGS) $(WARN) $(LANGUAGE) -fPIC -fvisibility=hidden -MMD $(LUAJIT_CFLAGS) -c -o $@ $<

$(B)/core/abi.o: core/weir.h
$(B)/core/store/layout.o: $(wildcard core/store/*.sql)

$(B)/libweir.so: $(OBJECTS)
	@echo "  link    $@"
	@$(CC) $(CFLAGS) -shared -o $@ $^ $(LIBS)
	@mkdir -p $(B)/cpath/weir && ln -sf ../../libweir.so $(B)/cpath/weir/core.so

$(B)/weir: $(B)/core/main.o $(B)/sources.o $(OBJECTS)
	@echo "  link    $@"
	@$(CC) $(CFLAGS) -Wl,-E -o $@ $^ $(LUAJIT_LIBS) $(LIBS)

# The Lua sources, for the program to carry: a table of names and of the bytes between two labels.
$(B)/sources.s: $(LUA) Makefile
	@mkdir -p $(@D)
	@{ echo '.section .data.rel.ro, "aw"; .balign 8; .globl weir_sources; weir_sources:'; \
	   for f in $(LUA); do \
	     name=$$(echo $${f#lua/} | sed 's|/init.lua$$||; s|.lua$$||; s|/|.|g'); \
	     echo ".section .rodata; 1: .asciz \"$$name\"; 2: .incbin \"$$f\"; 3: .byte 0"; \
	     echo '.section .data.rel.ro, "aw"; .quad 1b, 2b, 3b'; \
	   done; \
	   echo '.quad 0, 0, 0; .section .note.GNU-stack'; } > $@

$(B)/sources.o: $(B)/sources.s
	@$(CC) -c -o $@ $<

# ---- using it -----------------------------------------------------------------------

demo:
	@tests/need build
	@$(MAKE) --no-print-directory all
	@samples/demo

install: all rock
	install -D $(B)/weir $(DESTDIR)$(PREFIX)/bin/weir
	@mkdir -p $(DESTDIR)$(PREFIX)/share/man/man1
	@$(B)/weir man --dir $(DESTDIR)$(PREFIX)/share/man/man1
	@echo "installed the Lua library and the extensions in $(DESTDIR)$(LUADIR)/weir"

# What the rockspec installs: the library under its Lua name, the Lua files, the extensions.
rock: $(B)/libweir.so
	install -D $(B)/libweir.so $(DESTDIR)$(LIBDIR)/weir/core.so
	@cd lua && find weir -name '*.lua' -exec install -Dm644 {} $(abspath $(DESTDIR)$(LUADIR))/{} \;
	@find extensions ! -type d -exec install -Dm644 {} $(DESTDIR)$(LUADIR)/weir/{} \;

# ---- proving it -----------------------------------------------------------------------

STOCK = env LUA_PATH=lua/?.lua;lua/?/init.lua;; LUA_CPATH=$(B)/cpath/?.so;; luajit

test:
	@tests/need build test
	@$(MAKE) --no-print-directory all
	@tests/both '$(STOCK)' '$(B)/weir lua'

lint:
	@tests/need build test
	@luacheck --quiet lua tests samples extensions
	@$(MAKE) --no-print-directory B=build/clang CC=clang OPTIMISE=-O1 all

# The specs, and $(ROUNDS) mutations of each capture, with the sanitizers watching.
WATCHED  = WEIR_LUA=$(CURDIR)/lua ASAN_OPTIONS=quarantine_size_mb=2
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

asan:
	@tests/need build test
	@$(MAKE) --no-print-directory B=build/asan CFLAGS="-O1 -g $(SANITIZE)" all
	@$(WATCHED) WEIR_PROGRAM=build/asan/weir build/asan/weir lua tests/run.lua
	@$(WATCHED) build/asan/weir lua tests/mutate.lua $(ROUNDS) samples $(WEIR_CORPUS)

# What two threads do, with the sanitizer for threads watching.
tsan:
	@tests/need build test
	@$(MAKE) --no-print-directory B=build/tsan CFLAGS="-O1 -g -fsanitize=thread" build/tsan/weir
	@WEIR_PROGRAM=build/tsan/weir build/tsan/weir lua tests/run.lua tests/ahead_spec.lua

FUZZERS = $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/*.c))
SEEDS   = $(wildcard samples/*.pcap samples/*.pcapng samples/*.gz samples/*.zst \
  samples/*.db)

# Each has the whole core in it, which is compiled once for all of them: see `fuzz`.
$(FUZZERS): build/fuzz/%: tests/fuzz/%.c $(wildcard tests/fuzz/*.h) $(OBJECTS)
	@echo "  fuzzer  $@"
	@$(CC) $(CFLAGS) -fsanitize=fuzzer $(WARN) -Wno-missing-field-initializers $(LANGUAGE) -Icore \
	  -o $@ $< $(OBJECTS) $(LIBS)

# One target for each parser, FUZZ_S seconds each.
fuzz:
	@tests/need build test
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory B=build/fuzz CC=clang \
	  CFLAGS="-O1 -g -fsanitize=fuzzer-no-link $(SANITIZE)" $(FUZZERS)
	@mkdir -p $(FUZZERS:=.seeds) $(FUZZERS:=.corpus)
	@build/weir lua tests/fuzz/seeds.lua build/fuzz $(SEEDS)
	@for f in $(FUZZERS); do echo "$$f for $(FUZZ_S) seconds"; \
	  $$f -max_total_time=$(FUZZ_S) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=$$f. $$f.corpus $$f.seeds > $$f.log 2>&1 || { tail -40 $$f.log; exit 1; }; \
	  grep -oE 'cov: [0-9]+|number_of_executed_units: [0-9]+' $$f.log | tail -2; done

# One flow of very many packets, and very many flows: half a minute.
load:
	@tests/need build
	@$(MAKE) --no-print-directory all
	@$(B)/weir lua tests/load.lua

# Kills `weir run` at KILLS random moments; nothing may be lost, and nothing be there twice.
crash:
	@tests/need build test
	@$(MAKE) --no-print-directory all
	@$(B)/weir lua tests/crash.lua $(KILLS)
	@WEIR_KILLS=$(KILLS) $(B)/weir lua tests/run.lua tests/batch_spec.lua

# Kills consumers of a channel in mid-batch, KILLS times; no row may be lost.
channels:
	@tests/need build test
	@$(MAKE) --no-print-directory all
	@$(B)/weir lua tests/channels.lua $(KILLS)

# The bars, as ratios of runs side by side; needs WEIR_CORPUS for its makers and peers.
bench:
	@tests/need build
	@$(MAKE) --no-print-directory all
	@build/weir lua tests/bench/run.lua

# How far Weir agrees with other tools over WEIR_CORPUS, as a table; tshark reads each EVERYth.
agree:
	@tests/need build
	@$(MAKE) --no-print-directory all
	@$(B)/weir lua tests/peers/agree.lua --every $(EVERY)

clean:
	rm -rf build

help:
	@echo "make                  build/weir and build/libweir.so"
	@echo "make demo             build, and show what Weir does"
	@echo "make test             the specs, under LuaJIT and inside the program"
	@echo "make lint             luacheck, and clang's warnings"
	@echo "make asan [ROUNDS=N]  the specs and mutated captures under ASan and UBSan"
	@echo "make tsan             what two threads do, under TSan"
	@echo "make fuzz [FUZZ_S=N]  each parser's fuzzer for N seconds"
	@echo "make load             counters, sums and tables under load"
	@echo "make crash [KILLS=N]  kill what fills a workspace at N random moments"
	@echo "make channels [KILLS=N]  kill consumers of a channel over Redis, N times in mid-batch"
	@echo "make bench            speed against the bars"
	@echo "make agree [EVERY=N]  how far Weir agrees with other tools; tshark reads each Nth capture"
	@echo "make install          into PREFIX ($(PREFIX)), below DESTDIR"
	@echo "make clean"
	@echo "WEIR_CORPUS=DIR       a folder of captures for test, asan, bench and agree"

-include $(OBJECTS:.o=.d) $(B)/core/main.d
.PHONY: FORCE all demo install rock test lint asan tsan fuzz load crash channels bench agree clean help
