/* Character devices that are closed whoever has the right to them: what they hold or do reaches past every file, process and terminal that is judged. */
#include "guard.h"
#include <sys/sysmacros.h>

enum closed { MEMORY, DISK, KEYS, SCREEN, MACHINE, NETWORK };
static const struct reason {
  const char *what, *why;
} REASONS[] = {
  [MEMORY] = {"the machine's memory", "it holds what every process has in its own, the guard among them"},
  [DISK] = {"a disk", "it holds every file at once, the policy and the log among them"},
  [KEYS] = {"a keyboard of its own", "it would speak for the person who works there"},
  [SCREEN] = {"a screen", "it shows what somebody else has there"},
  [MACHINE] = {"a change of the running system", "it reaches further than the session"},
  [NETWORK] = {"a device of the network", "what is written there passes every rule about hosts"},
};

enum { ANY = -1 };
/* Documentation/admin-guide/devices.txt */
static const struct numbered {
  int major, minor;
  enum closed kind;
} NUMBERED[] = {
  {1, 1, MEMORY}, {1, 2, MEMORY}, {1, 4, MEMORY}, {1, 12, MEMORY}, {10, 231, MEMORY}, {202, ANY, MEMORY}, /* mem, kmem, port, oldmem; snapshot; msr */
  {21, ANY, DISK}, {90, ANY, DISK}, {162, ANY, DISK},                                                     /* sg, mtd, raw */
  {10, 223, KEYS}, {7, ANY, SCREEN}, {10, 130, MACHINE}, {10, 236, MACHINE},                              /* uinput; vcs; watchdog, mapper/control */
  {10, 200, NETWORK}, {10, 238, NETWORK}, {10, 241, NETWORK}, {108, 0, NETWORK},                          /* net/tun, vhost-net, vhost-vsock, ppp */
};
/* The majors of these are given out as they come: by their names in /proc/devices. */
static const struct named {
  const char *name;
  enum closed kind;
} NAMED[] = {{"bsg", DISK}, {"nvme", DISK}, {"nvme-generic", DISK}, {"ubi0", DISK}, {"watchdog", MACHINE}, {"ipmidev", MACHINE}};

static const struct reason *find_named(unsigned device_major) {
  char line[128], name[64];
  unsigned number;
  int is_character = 0;
  FILE *devices = fopen("/proc/devices", "re");
  /* What it is cannot be told: it may be the worst. */
  const struct reason *reason = devices == NULL ? &REASONS[DISK] : NULL;
  while (devices != NULL && reason == NULL && fgets(line, sizeof line, devices) != NULL) {
    if (strncmp(line, "Character", 9) == 0 || strncmp(line, "Block", 5) == 0) is_character = line[0] == 'C';
    if (!is_character || sscanf(line, "%u %63s", &number, name) != 2 || number != device_major) continue;
    for (size_t i = 0; i < sizeof NAMED / sizeof *NAMED; i++) if (strcmp(name, NAMED[i].name) == 0) reason = &REASONS[NAMED[i].kind];
  }
  if (devices != NULL) fclose(devices);
  return reason;
}

int is_device_closed(const struct request *request, dev_t device, int is_write, const char *real) {
  enum { FIRST_GIVEN_OUT = 234 };
  unsigned device_major = major(device);
  const struct reason *reason = device_major >= FIRST_GIVEN_OUT ? find_named(device_major) : NULL;
  for (size_t i = 0; i < sizeof NUMBERED / sizeof *NUMBERED && reason == NULL; i++) {
    const struct numbered *at = &NUMBERED[i];
    if ((unsigned)at->major == device_major && (at->minor == ANY || (unsigned)at->minor == minor(device))) reason = &REASONS[at->kind];
  }
  if (reason != NULL) explain_file_rule(request, is_write, real, reason->what, reason->why);
  return reason != NULL;
}
