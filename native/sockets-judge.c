/* What is asked about an address: sockets of the session's own by file, abstract name or port pass, all others are judged. */
#include "relay.h"

enum { OWN_LIMIT = 4096 };

/* ---- sockets that the session itself made: by file, or by abstract name ---- */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  dev_t device;
  ino_t inode;
} own_files[OWN_LIMIT];
static char own_names[256][sizeof(struct sockaddr_un) + 4];
static size_t file_at, name_at;

void sockets_remember(dev_t device, ino_t inode) {
  pthread_mutex_lock(&lock);
  own_files[file_at].device = device;
  own_files[file_at].inode = inode;
  file_at = (file_at + 1) % OWN_LIMIT;
  pthread_mutex_unlock(&lock);
}

static int is_own_file(const struct stat *stats) {
  int found = 0;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < OWN_LIMIT && !found; i++) found = own_files[i].inode == stats->st_ino && own_files[i].device == stats->st_dev;
  pthread_mutex_unlock(&lock);
  return found;
}

/* Length in the first byte: abstract names may hold anything. */
int is_own_name(const char *name, size_t length, int remember) {
  int found = 0;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < 256 && !found; i++) found = (unsigned char)own_names[i][0] == length && memcmp(own_names[i] + 1, name, length) == 0;
  if (!found && remember) {
    own_names[name_at][0] = (char)length;
    memcpy(own_names[name_at] + 1, name, length);
    name_at = (name_at + 1) % 256;
  }
  pthread_mutex_unlock(&lock);
  return found;
}

int is_local(const struct address *address) { return address->length >= sizeof(sa_family_t) && address->any.sa_family == AF_UNIX && address->length > sizeof(sa_family_t); }
int is_abstract(const struct address *address) { return address->local.sun_path[0] == '\0'; }
size_t name_length(const struct address *address) { return address->length - sizeof(sa_family_t); }

static int judge_abstract(struct request *request, const struct address *address) {
  size_t length = name_length(address);
  if (is_own_name(address->local.sun_path, length, 0)) return 0;
  char host[160] = "unix:@";
  size_t at = strlen(host);
  for (size_t i = 1; i < length && at < sizeof host - 1; i++) host[at++] = address->local.sun_path[i] > 0x20 && address->local.sun_path[i] < 0x7f ? address->local.sun_path[i] : '?';
  host[at] = '\0';
  return judge_host(request, host, 0, NULL);
}

/* The C library asks these first for names, and the resolver of the session when they are not there. */
static int is_resolving_service(const char *real) {
  static const char *const NAMES[] = {"/run/nscd/socket", "/run/systemd/resolve/io.systemd.Resolve", "/run/systemd/resolve/io.systemd.Resolve.Monitor", "/run/avahi-daemon/socket", "/run/unscd/socket"};
  if (strncmp(real, "/var/run/", 9) == 0) real += 4;
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) if (strcmp(real, NAMES[i]) == 0) return 1;
  return 0;
}

/* The socket behind a path, and the address by which it is that one and no other. */
static int judge_local(struct request *request, struct address *address, struct judged *judged) {
  struct base base;
  struct object *object = &judged->object;
  address->bytes[address->length] = '\0';
  const char *path = address->local.sun_path;
  int error = base_open(request, AT_FDCWD, path, &base);
  if (error == 0) {
    error = resolve_object(request, &base, path, 0, object);
    base_close(&base);
  }
  if (error < 0) return error;
  char host[REAL_SIZE + 8];
  size_t runtime = strlen(session.runtime);
  judged->is_evaluator = strncmp(object->real, session.runtime, runtime) == 0 && strcmp(object->real + runtime, "/sock") == 0;
  snprintf(host, sizeof host, "unix:%s", object->real);
  if (judged->is_evaluator || is_own_file(&object->stat)) error = 0;
  else error = is_resolving_service(object->real) ? -ECONNREFUSED : judge_host(request, host, 0, NULL);
  snprintf(address->local.sun_path, sizeof address->local.sun_path, "/proc/self/fd/%d", object->fd);
  address->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(address->local.sun_path) + 1);
  return error;
}

/* ---- hosts ---- */
enum { ALLOWED = 256, ALLOWED_MS = 1000 };
struct allowed {
  struct address address;
  pid_t pid;
  int standing;
  unsigned news;
  uint64_t until;
};
static struct allowed datagrams[ALLOWED], relayed[ALLOWED], direct[ALLOWED];

static size_t slot_of(pid_t pid, const struct address *address) {
  uint64_t hash = 14695981039346656037ULL ^ (uint64_t)pid;
  for (socklen_t i = 0; i < address->length; i++) hash = (hash ^ (unsigned char)address->bytes[i]) * 1099511628211ULL;
  return (size_t)(hash >> 32) % ALLOWED;
}

/*
 * Datagrams of one process to one address come in crowds, and so do its connections. Those that go by the relay are asked
 * about there, with what the program says; of others the evaluator is told, where it said that this is enough.
 */
static int was_just_allowed(struct allowed *allowed, const struct process *process, const struct address *address) {
  size_t at = slot_of(process->tgid, address);
  pthread_mutex_lock(&lock);
  int is_known = allowed[at].pid == process->tgid && allowed[at].standing == process->standing && allowed[at].news == relay_news && allowed[at].until > relay_now_ms() && allowed[at].address.length == address->length && memcmp(allowed[at].address.bytes, address->bytes, address->length) == 0;
  pthread_mutex_unlock(&lock);
  return is_known;
}

/* `news`: as it was when the question went out. */
static void remember_allowed(struct allowed *allowed, const struct process *process, const struct address *address, unsigned news) {
  pthread_mutex_lock(&lock);
  allowed[slot_of(process->tgid, address)] = (struct allowed){.address = *address, .pid = process->tgid, .standing = process->standing, .news = news, .until = relay_now_ms() + ALLOWED_MS};
  pthread_mutex_unlock(&lock);
}

static int judge_datagram(struct request *request, const struct address *target, int is_connect, struct judged *judged) {
  char host[INET6_ADDRSTRLEN];
  int port = inet_port(target);
  unsigned news = relay_news;
  judged->is_resolver = port == DNS_PORT;
  /* Names are sorted by what connecting to them would do; it sends nothing, and then nothing can be sent. */
  judged->is_sealed = is_connect && (port == 443 || port == 80 || port == 0);
  if (judged->is_resolver || judged->is_sealed) return 0;
  if (was_just_allowed(datagrams, request->process, target)) return 0;
  inet_text(target, host);
  int error = judge_host(request, host, port, "udp");
  if (error == 0 && request->worker->answer.is_relayed) error = -EACCES;
  if (error == 0) remember_allowed(datagrams, request->process, target, news);
  return error;
}

/* Where nobody listens and no rule names the place, a program learns just that, as it would anyway: many wait for a server of their own to come up. Nothing is sent. */
static int judge_stream(struct request *request, const struct address *target, int is_unheard, struct judged *judged) {
  char host[INET6_ADDRSTRLEN];
  unsigned news = relay_news;
  judged->is_resolver = inet_port(target) == DNS_PORT;
  if (judged->is_resolver) return 0;
  judged->is_relayed = was_just_allowed(relayed, request->process, target);
  if (judged->is_relayed) return 0;
  if (was_just_allowed(direct, request->process, target) && relay_tell(request->process, target)) return 0;
  inet_text(target, host);
  int error = judge_host(request, host, inet_port(target), is_unheard ? "tcp-unheard" : "tcp");
  judged->is_relayed = error == 0 && request->worker->answer.is_relayed;
  if (judged->is_relayed) remember_allowed(relayed, request->process, target, news);
  else if (error == 0 && request->worker->answer.may_repeat) remember_allowed(direct, request->process, target, news);
  return error < 0 && is_unheard && request->worker->answer.message[0] == '\0' ? -ECONNREFUSED : error;
}

/* A server that a process of the session runs itself; or there is none at all. */
static int is_sessions_own(const struct address *target, int is_datagram, int *is_unheard) {
  struct address none = inet_loopback(target->any.sa_family, 0);
  int is_loopback = inet_is_loopback(target);
  uint64_t cookie = inet_find(is_datagram ? IPPROTO_UDP : IPPROTO_TCP, target, &none);
  *is_unheard = is_loopback && cookie == 0 && errno == ENOENT;
  if (is_datagram ? !known_is_datagram(cookie) : !known_is_listener(cookie)) return 0;
  /* One that listens at every address is found for those of others, too. */
  return is_loopback || inet_is_local(target);
}

static int judge_inet(struct request *request, const struct socket_facts *facts, const struct address *address, int is_connect, struct judged *judged) {
  int is_datagram = facts->type != SOCK_STREAM;
  if (is_connect && address->length >= sizeof(sa_family_t) && address->any.sa_family == AF_UNSPEC) return 0;
  int is_unheard = 0, error = inet_normal(address, facts->domain, &judged->target);
  if (error < 0) return error;
  if (inet_is_loopback(&judged->target) && relay_is_own_port(inet_port(&judged->target))) return -ECONNREFUSED;
  if (is_sessions_own(&judged->target, is_datagram, &is_unheard)) return 0;
  return is_datagram ? judge_datagram(request, &judged->target, is_connect, judged) : judge_stream(request, &judged->target, is_unheard, judged);
}

int judge_address(struct request *request, const struct socket_facts *facts, struct address *address, int is_connect, struct judged *judged) {
  *judged = (struct judged){.object.fd = -1};
  switch (facts->domain) {
    case AF_UNIX:
      if (!is_local(address)) return 0;
      return is_abstract(address) ? judge_abstract(request, address) : judge_local(request, address, judged);
    case AF_INET: case AF_INET6: return judge_inet(request, facts, address, is_connect, judged);
    case AF_NETLINK: return 0; /* to the kernel: nobody else listens at NETLINK_ROUTE */
    default: return -EACCES;
  }
}
