/*
 * main.c - the program: makes the Lua state and hands over to weir.cli.
 *
 * The only C file that knows Lua: nobody calls it but to stop what somebody typed.  The program carries the Lua sources; those
 * of the source tree it was built in, or of the folder WEIR_LUA, come first.
 * Nothing is ever loaded from the current folder: captures of strangers lie there.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include "interrupt.h"

enum { BROKEN = 70 };           /* exit code when Weir itself has failed */

/* A Lua file inside the program: build/sources.s, made by the Makefile, has them all. */
struct source {
	const char *name;       /* as require has it */
	const char *begin, *end;
};

extern const struct source weir_sources[];      /* ends with a NULL name */

static const struct source *find_source(const char *name)
{
	for (const struct source *s = weir_sources; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

static int load_source(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1);
	const struct source *s = find_source(name);
	char chunk[128];

	if (!s) {
		lua_pushfstring(L, "\n\tno module '%s' in the program", name);
		return 1;
	}
	snprintf(chunk, sizeof chunk, "=%s", name);
	if (luaL_loadbuffer(L, s->begin, (size_t)(s->end - s->begin), chunk) != 0)
		return lua_error(L);
	return 1;
}

/* require "weir.carried" (name): the text of a module that the program carries, or nil. */
static int text_of_source(lua_State *L)
{
	const struct source *s = find_source(luaL_checkstring(L, 1));

	if (s)
		lua_pushlstring(L, s->begin, (size_t)(s->end - s->begin));
	else
		lua_pushnil(L);
	return 1;
}

/* The Lua folder of the source tree that this program was built in, if it still lies there. */
static const char *source_tree(char path[PATH_MAX])
{
	static const char here[] = "/build/weir";
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 32);
	size_t tail = sizeof here - 1;

	if (n < (ssize_t)tail || memcmp(path + n - tail, here, tail) != 0)
		return NULL;
	strcpy(path + n - tail, "/lua/weir/init.lua");
	if (access(path, R_OK) != 0)
		return NULL;
	path[(size_t)n - tail + strlen("/lua")] = 0;
	return path;
}

/* Makes package[name] "first;old", old without what would be looked for in the current folder. */
static void set_path(lua_State *L, const char *name, const char *first)
{
	const char *old;

	lua_getglobal(L, "package");
	lua_getfield(L, -1, name);
	old = lua_tostring(L, -1);
	if (strncmp(old, "./", 2) == 0 && strchr(old, ';'))
		old = strchr(old, ';') + 1;
	lua_pushfstring(L, "%s%s", first, old);
	lua_setfield(L, -3, name);
	lua_pop(L, 2);
}

/* Our loader comes before all that look into folders, or behind them. */
static void add_loader(lua_State *L, int before)
{
	int last;

	lua_getglobal(L, "package");
	lua_getfield(L, -1, "loaders");
	last = (int)lua_objlen(L, -1) + 1;
	for (; before && last > 2; last--) {
		lua_rawgeti(L, -1, last - 1);
		lua_rawseti(L, -2, last);
	}
	lua_pushcfunction(L, load_source);
	lua_rawseti(L, -2, last);
	lua_pop(L, 2);
}

/* Where modules come from: a source tree first, else what the program carries. */
static void set_modules(lua_State *L)
{
	char tree[PATH_MAX];
	const char *folder = getenv("WEIR_LUA");

	if (!folder)
		folder = source_tree(tree);
	set_path(L, "path",
		folder ? lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;", folder, folder) : "");
	set_path(L, "cpath", "");
	add_loader(L, !folder);
	lua_settop(L, 0);
}

/* Tells abi.lua that the core is in the program, and others that its sources are. */
static void set_core(lua_State *L)
{
	lua_getglobal(L, "package");
	lua_getfield(L, -1, "loaded");
	lua_pushboolean(L, 1);
	lua_setfield(L, -2, "weir.core");
	lua_pushcfunction(L, text_of_source);
	lua_setfield(L, -2, "weir.carried");
	lua_pop(L, 2);
}

/* ---- breaking in -------------------------------------------------------------- */

enum {
	PATIENCE = 2000000,             /* instructions for the library to see that it is to stop */
	AGAIN    = 1000                 /* and for what was stopped, to clean up */
};

static lua_State *state;
static int patience, stops;             /* how often what runs was stopped */

/*
 * Who is not stopped: weir.interrupt, which asked for it and goes on; and, as long as there is
 * patience, the library, which looks for itself and leaves nothing half done.
 */
static int is_spared(lua_State *L, lua_Debug *at)
{
	static const char runner[] = "weir/interrupt.lua";
	size_t size, tail = sizeof runner - 1;

	lua_getinfo(L, "S", at);
	size = strlen(at->source);
	if (strcmp(at->source, "=weir.interrupt") == 0 ||
			(size > tail && strcmp(at->source + size - tail, runner) == 0))
		return 1;
	return patience > 0 && patience-- && (strncmp(at->source, "=weir.", 6) == 0 ||
		strstr(at->source, "/weir/"));
}

static void stop(lua_State *L, lua_Debug *at)
{
	if (is_spared(L, at))
		return;
	/* Who catches the error and goes on has none left in which to catch it. */
	lua_sethook(L, stop, LUA_MASKCOUNT, stops++ ? 1 : AGAIN);
	lua_pushliteral(L, "interrupted");
	lua_error(L);
}

/* In a signal handler: the next instruction of Lua that is interpreted fails. */
static void break_in(int on)
{
	stops = 0;
	patience = PATIENCE;
	lua_sethook(state, on ? stop : NULL, on ? LUA_MASKCOUNT : 0, on);
}

/* ---- running ------------------------------------------------------------------- */

static int traceback(lua_State *L)
{
	luaL_traceback(L, L, lua_tostring(L, 1), 1);
	return 1;
}

/* require "weir.cli" (arguments…) gives the exit code. */
static int run(lua_State *L, int argc, char **argv)
{
	lua_pushcfunction(L, traceback);
	lua_getglobal(L, "require");
	lua_pushliteral(L, "weir.cli");
	if (lua_pcall(L, 1, 1, 1) == 0) {
		for (int i = 1; i < argc; i++)
			lua_pushstring(L, argv[i]);
		if (lua_pcall(L, argc - 1, 1, 1) == 0)
			return (int)lua_tointeger(L, -1);
	}
	fprintf(stderr, "weir: this is a defect of Weir, please report it: %s\n",
		lua_tostring(L, -1));
	return BROKEN;
}

int main(int argc, char **argv)
{
	lua_State *L = luaL_newstate();
	int code;

	if (!L) {
		fputs("weir: out of memory\n", stderr);
		return BROKEN;
	}
	state = L;
	interrupt_hook(break_in);
	signal(SIGPIPE, SIG_IGN);       /* writing to a closed pipe is an error that says so */
	luaL_openlibs(L);
	set_modules(L);
	set_core(L);
	code = run(L, argc, argv);
	lua_close(L);
	return code;
}
