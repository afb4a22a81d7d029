/* What refused.c and filter.c share: calls that are closed to everybody, and explained. */
#ifndef PATCHWORK_REFUSED_H
#define PATCHWORK_REFUSED_H

#include "guard.h"

enum refused_kind { MOUNT, ROOT, NAMESPACE, HANDLE, WATCH, DESCRIPTOR, MACHINE, CLOCK, TYPING, FLAGS, FILE_SYSTEM, RAW };

struct refused_call {
  int number;
  const char *name;
  enum refused_kind kind;
};
extern const struct refused_call REFUSED[];
extern const size_t REFUSED_COUNT;

/* Commands of ioctl(2), whatever descriptor they are given. */
struct refused_command {
  uint32_t number;
  enum refused_kind kind;
};
extern const struct refused_command REFUSED_COMMANDS[];
extern const size_t REFUSED_COMMANDS_COUNT;

/* CLONE_NEW*; the lowest of them is part of a signal's number in clone(2). */
#define NEW_NAMESPACES (0x00020000u | 0x02000000u | 0x04000000u | 0x08000000u | 0x10000000u | 0x20000000u | 0x40000000u | 0x00000080u)
#define NEW_NAMESPACES_OF_CLONE (NEW_NAMESPACES & ~0x80u)

#endif
