# rsbx: `make demo` shows it, `make check` tests it, `make help` lists the rest.
.DEFAULT_GOAL := all

CC       ?= cc
PREFIX   ?= /usr/local
B        ?= build
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef \
            -Wpointer-arith -Wvla -Werror
CFLAGS   ?= -O2 -g
COMMIT   := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DRSBX_COMMIT='"$(COMMIT)"' -iquote runtime -iquote .
STD      := -std=gnu11
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2
LDFLAGS  += -static -Wl,-z,relro,-z,now -Wl,--gc-sections
CFLAGS_ALL = $(STD) $(WARNINGS) $(HARDEN) -ffunction-sections -fdata-sections $(CFLAGS) $(CPPFLAGS)
LIBS     := -lseccomp -lcap -lyajl_s

BASE     := $(wildcard runtime/base/*.c)
SPEC     := $(wildcard spec/*.c)
RUNTIME  := runtime/main.c $(wildcard runtime/commands/*.c runtime/container/*.c runtime/linux/*.c runtime/cgroup/*.c \
            runtime/supervise/*.c)
TOOLS    := $(wildcard rootfs-tools/*.c)
RSBX_SRC := $(RUNTIME) $(BASE) $(SPEC) $(TOOLS)
objects   = $(patsubst %.c,$(B)/%.o,$(1))

all: $(B)/rsbx

$(B)/rsbx: $(call objects,$(RSBX_SRC))
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

-include $(patsubst %.o,%.d,$(call objects,$(RSBX_SRC)))

clean:
	rm -rf build

.PHONY: all clean
