/**
 * Programs whose path is written into files that outlive the session. Under a shim it would be a path of this session, dead when it
 * ends. Where the kernel guard judges what starts they have none.
 */

/** Managers of versions: they write their own (`exec "$(command -v pyenv)"` in each of pyenv's shims). */
const MANAGERS = ['pyenv', 'rbenv', 'nodenv', 'goenv', 'jenv', 'phpenv', 'plenv', 'luaenv', 'asdf'];

/** What `./configure`, CMake and Meson look for on PATH and keep in Makefiles and caches. */
const BUILD_TOOLS = [
  'cc c89 c99 gcc g++ c++ clang clang++ gfortran cpp gcc-ar gcc-nm gcc-ranlib ccache distcc',
  'ar as addr2line dlltool ld ld.bfd ld.gold ld.lld lld nm objcopy objdump ranlib readelf size strip llvm-ar llvm-nm llvm-ranlib',
  'make gmake ninja cmake ctest pkg-config pkgconf m4 bison yacc flex lex swig protoc autoconf automake aclocal autoheader autom4te libtoolize',
  'install mkdir sed gsed grep egrep fgrep awk gawk mawk nawk uname',
  'msgfmt msgmerge xgettext xsltproc doxygen help2man makeinfo python python3 perl',
].flatMap((line) => line.split(' '));

const NAMES: ReadonlySet<string> = new Set([...MANAGERS, ...BUILD_TOOLS]);

/** `x86_64-linux-gnu-gcc-ar-12`: the target before the name, the version behind it. */
const DECORATED = /^(?:[a-z0-9_]+-(?:[a-z0-9_]+-){1,2}(?=[a-z]))?(.+?)(?:-?\d+(?:\.\d+)*)?$/;

export function isWrittenDown(name: string): boolean {
  return NAMES.has(name) || NAMES.has(DECORATED.exec(name)?.[1] ?? '');
}
