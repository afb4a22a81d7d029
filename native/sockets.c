/*
 * connect(2), bind(2) and sendto(2) with an address: copied, judged, and carried out here on the caller's own socket.
 * Sockets that processes of the session bind are known, so that they reach each other; others are asked about.
 */
#include "guard.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { OWN_LIMIT = 4096, DATAGRAM_LIMIT = 256 * 1024 };

struct address {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
    char bytes[sizeof(struct sockaddr_storage) + 1];
  };
  socklen_t length;
};

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
static int is_own_name(const char *name, size_t length, int remember) {
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

static int read_address(const struct request *request, uint64_t at, uint64_t length, struct address *address) {
  memset(address, 0, sizeof *address);
  if (length > sizeof(struct sockaddr_storage)) return -EINVAL;
  address->length = (socklen_t)length;
  return length == 0 ? 0 : read_memory(request, at, address->bytes, (size_t)length);
}

static int is_local(const struct address *address) { return address->length >= sizeof(sa_family_t) && address->any.sa_family == AF_UNIX && address->length > sizeof(sa_family_t); }
static int is_abstract(const struct address *address) { return address->local.sun_path[0] == '\0'; }
static size_t name_length(const struct address *address) { return address->length - sizeof(sa_family_t); }

static int judge_abstract(struct request *request, const struct address *address) {
  size_t length = name_length(address);
  if (is_own_name(address->local.sun_path, length, 0)) return 0;
  char host[160] = "unix:@";
  size_t at = strlen(host);
  for (size_t i = 1; i < length && at < sizeof host - 1; i++) host[at++] = address->local.sun_path[i] > 0x20 && address->local.sun_path[i] < 0x7f ? address->local.sun_path[i] : '?';
  host[at] = '\0';
  return judge_host(request, host, 0);
}

/* The socket behind a path, and the address by which it is that one and no other. */
static int judge_local(struct request *request, struct address *address, struct object *object, int *is_evaluator) {
  struct base base;
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
  *is_evaluator = strncmp(object->real, session.runtime, runtime) == 0 && strcmp(object->real + runtime, "/sock") == 0;
  snprintf(host, sizeof host, "unix:%s", object->real);
  error = *is_evaluator || is_own_file(&object->stat) ? 0 : judge_host(request, host, 0);
  snprintf(address->local.sun_path, sizeof address->local.sun_path, "/proc/self/fd/%d", object->fd);
  address->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(address->local.sun_path) + 1);
  return error;
}

static int judge_address(struct request *request, struct address *address, struct object *object, int *is_evaluator) {
  object->fd = -1;
  *is_evaluator = 0;
  char host[INET6_ADDRSTRLEN];
  if (is_local(address)) return is_abstract(address) ? judge_abstract(request, address) : judge_local(request, address, object, is_evaluator);
  if (address->any.sa_family == AF_INET && address->length >= sizeof address->v4) {
    inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof host);
    return judge_host(request, host, ntohs(address->v4.sin_port));
  }
  if (address->any.sa_family == AF_INET6 && address->length >= 24) {
    inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof host);
    return judge_host(request, host, ntohs(address->v6.sin6_port));
  }
  return 0;
}

struct connecting {
  int socket;
  struct address address;
  struct object object;
};

static void connect_now(struct request *request, struct connecting *connecting, int is_aside) {
  if (is_aside) let_interrupt(1);
  int result = connect(connecting->socket, &connecting->address.any, connecting->address.length), error = errno;
  if (is_aside) let_interrupt(0);
  if (result < 0) reply_error(request, is_aside && error == EINTR ? RESTART : error);
  else reply_value(request, 0);
  object_close(&connecting->object);
  close(connecting->socket);
}

static void connect_aside(struct request *request) { connect_now(request, request_context(), 1); }

void on_connect(struct request *request) {
  struct connecting *connecting = calloc(1, sizeof *connecting);
  if (connecting == NULL) return reply_error(request, ENOMEM);
  int is_evaluator = 0, error = read_address(request, request->args[1], request->args[2], &connecting->address);
  connecting->object.fd = -1;
  connecting->socket = take_descriptor(request, (int)request->args[0]);
  if (connecting->socket < 0) error = connecting->socket;
  if (!request_is_valid(request)) error = -ESRCH;
  if (error == 0) error = judge_address(request, &connecting->address, &connecting->object, &is_evaluator);
  if (error < 0) {
    reply_error(request, error);
    object_close(&connecting->object);
    if (connecting->socket >= 0) close(connecting->socket);
    free(connecting);
    return;
  }
  int may_wait = (fcntl(connecting->socket, F_GETFL) & O_NONBLOCK) == 0 && connecting->address.any.sa_family != AF_UNSPEC;
  /* The evaluator takes whoever comes. Others may let their queues fill, and wait for one of us meanwhile. */
  if (is_evaluator) may_wait = 0;
  int type = 0;
  socklen_t size = sizeof type;
  if (may_wait && getsockopt(connecting->socket, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM) may_wait = 0;
  if (may_wait) return run_aside(request, connect_aside, connecting);
  connect_now(request, connecting, 0);
  free(connecting);
}

static void finish(struct request *request, long result) {
  if (result < 0) reply_error(request, errno);
  else reply_value(request, result);
}

/* The name of a socket is a file that is made: judged as one, and remembered as the session's. */
static void bind_file(struct request *request, int fd, struct address *address) {
  struct base base;
  struct place place = {.fd = -1};
  mode_t mask = 0;
  address->bytes[address->length] = '\0';
  char path[sizeof address->local.sun_path + 1];
  snprintf(path, sizeof path, "%s", address->local.sun_path);
  int error = base_open(request, AT_FDCWD, path, &base);
  if (error == 0) error = resolve_place(request, &base, path, &place);
  struct stat stats;
  if (error == 0 && fstatat(place.fd, place.name, &stats, AT_SYMLINK_NOFOLLOW) == 0) error = -EADDRINUSE;
  if (error == 0) error = judge_file(request, ACTION_WRITE, path, base.real, place.real);
  if (error == 0) error = process_umask(request->process, &mask);
  /* getsockname(2) gives the name back as it was given, so it is bound by that name, from the caller's folder. */
  if (error == 0 && base.fd >= 0 && fchdir(base.fd) < 0) error = -errno;
  if (error < 0) reply_error(request, error);
  else {
    umask(mask);
    int result = bind(fd, &address->any, address->length);
    int failure = errno;
    umask(0);
    if (result == 0 && fstatat(place.fd, place.name, &stats, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(stats.st_mode)) sockets_remember(stats.st_dev, stats.st_ino);
    errno = failure;
    finish(request, result);
  }
  if (chdir("/") < 0) die("there is no root folder");
  base_close(&base);
  place_close(&place);
}

void on_bind(struct request *request) {
  struct address address;
  int error = read_address(request, request->args[1], request->args[2], &address);
  if (error < 0) return reply_error(request, error);
  int fd = take_descriptor(request, (int)request->args[0]);
  if (fd < 0) return reply_error(request, fd);
  if (!request_is_valid(request)) request->is_answered = 1;
  else if (!is_local(&address)) finish(request, bind(fd, &address.any, address.length));
  else if (is_abstract(&address)) {
    int result = bind(fd, &address.any, address.length);
    if (result == 0) is_own_name(address.local.sun_path, name_length(&address), 1);
    finish(request, result);
  } else bind_file(request, fd, &address);
  close(fd);
}

struct sending {
  int socket, flags;
  struct address address;
  struct object object;
  size_t size;
  char bytes[];
};

static void send_now(struct request *request, struct sending *sending) {
  finish(request, sendto(sending->socket, sending->bytes, sending->size, sending->flags | MSG_NOSIGNAL, &sending->address.any, sending->address.length));
  object_close(&sending->object);
  close(sending->socket);
}

static void send_aside(struct request *request) {
  let_interrupt(1);
  struct sending *sending = request_context();
  ssize_t sent = sendto(sending->socket, sending->bytes, sending->size, sending->flags | MSG_NOSIGNAL, &sending->address.any, sending->address.length);
  int error = errno;
  let_interrupt(0);
  errno = error == EINTR ? RESTART : error;
  finish(request, sent);
  object_close(&sending->object);
  close(sending->socket);
}

void on_sendto(struct request *request) {
  size_t size = (size_t)request->args[2];
  if (size > DATAGRAM_LIMIT) return reply_error(request, EMSGSIZE);
  if ((request->args[3] & MSG_FASTOPEN) != 0) return reply_error(request, EOPNOTSUPP);
  struct sending *sending = calloc(1, sizeof *sending + size);
  if (sending == NULL) return reply_error(request, ENOMEM);
  sending->object.fd = -1;
  sending->size = size;
  sending->flags = (int)request->args[3];
  sending->socket = take_descriptor(request, (int)request->args[0]);
  int error = sending->socket < 0 ? sending->socket : read_address(request, request->args[4], request->args[5], &sending->address);
  if (error == 0 && size > 0) error = read_memory(request, request->args[1], sending->bytes, size);
  if (!request_is_valid(request)) error = -ESRCH;
  int is_evaluator;
  if (error == 0) error = judge_address(request, &sending->address, &sending->object, &is_evaluator);
  if (error == 0 && (sending->flags & MSG_DONTWAIT) == 0 && (fcntl(sending->socket, F_GETFL) & O_NONBLOCK) == 0) return run_aside(request, send_aside, sending);
  if (error < 0) {
    reply_error(request, error);
    object_close(&sending->object);
    if (sending->socket >= 0) close(sending->socket);
  } else send_now(request, sending);
  free(sending);
}
