/* What was allowed, by a keyed hash of 128 bits: nobody can make two texts meet without the key. */
#include "guard.h"
#include <stdatomic.h>
#include <sys/random.h>

enum { SLOTS = 1 << 16 };
struct mark {
  _Atomic uint64_t high, low;
};
static struct mark allowed[SLOTS];
static uint64_t keys[4];
static pthread_once_t are_keys_made = PTHREAD_ONCE_INIT;

static void make_keys(void) {
  if (getrandom(keys, sizeof keys, 0) != sizeof keys) die("there are no random numbers");
}

static uint64_t rotate(uint64_t value, int by) { return value << by | value >> (64 - by); }
static void sip_round(uint64_t v[4]) {
  v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
  v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
  v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
  v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
}

/* SipHash-2-4 (Aumasson and Bernstein 2012). */
static uint64_t sip_hash(const uint64_t key[2], const char *bytes, size_t length) {
  uint64_t v[4] = {key[0] ^ 0x736f6d6570736575ULL, key[1] ^ 0x646f72616e646f6dULL, key[0] ^ 0x6c7967656e657261ULL, key[1] ^ 0x7465646279746573ULL};
  for (size_t at = 0; at <= length; at += 8) {
    uint64_t word = 0;
    size_t left = length - at;
    if (left >= 8) memcpy(&word, bytes + at, 8);
    else {
      memcpy(&word, bytes + at, left);
      word |= (uint64_t)length << 56;
    }
    v[3] ^= word;
    sip_round(v), sip_round(v);
    v[0] ^= word;
    if (left < 8) break;
  }
  v[2] ^= 0xff;
  for (int i = 0; i < 4; i++) sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct key key_make(const char *text, size_t length) {
  pthread_once(&are_keys_made, make_keys);
  return (struct key){sip_hash(keys, text, length) | 1, sip_hash(keys + 2, text, length)};
}

int key_is_known(struct key key) {
  const struct mark *mark = &allowed[key.low % SLOTS];
  return atomic_load_explicit(&mark->high, memory_order_acquire) == key.high && atomic_load_explicit(&mark->low, memory_order_acquire) == key.low;
}

void key_remember(struct key key) {
  struct mark *mark = &allowed[key.low % SLOTS];
  /* Two writers at once leave a mixture that is nobody's key. */
  atomic_store_explicit(&mark->high, 0, memory_order_release);
  atomic_store_explicit(&mark->low, key.low, memory_order_release);
  atomic_store_explicit(&mark->high, key.high, memory_order_release);
}
