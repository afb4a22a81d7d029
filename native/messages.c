/*
 * sendto(2), sendmsg(2), sendmmsg(2): what names an address is copied, judged, and sent here from the copy. A call on a
 * socket that takes no address goes on by itself only if its descriptor cannot be exchanged meanwhile, that is when
 * nobody shares the table of descriptors; otherwise it, too, is carried out here.
 */
#include "relay.h"
#include <sys/uio.h>

enum { DATAGRAM_LIMIT = 256 * 1024, STREAM_LIMIT = 1024 * 1024, CONTROL_LIMIT = 16 * 1024, PIECES_LIMIT = 1024, DESCRIPTORS_LIMIT = 253, MESSAGES_LIMIT = 64 };

struct message {
  int socket, flags;
  struct socket_facts facts;
  struct address name;
  struct judged judged;
  size_t control_length;
  char control[CONTROL_LIMIT];
  int descriptors[DESCRIPTORS_LIMIT];
  size_t descriptor_count;
  size_t size, sent;
  char *bytes;
};

static int takes_addresses(const struct socket_facts *facts) { return facts->domain != AF_NETLINK && facts->type == SOCK_DGRAM; }

static void message_free(struct message *message) {
  for (size_t i = 0; i < message->descriptor_count; i++) close(message->descriptors[i]);
  object_close(&message->judged.object);
  if (message->socket >= 0) close(message->socket);
  free(message->bytes);
  free(message);
}

static struct message *message_new(const struct request *request, int flags, int *error) {
  struct message *message = malloc(sizeof *message);
  if (message == NULL) {
    *error = -ENOMEM;
    return NULL;
  }
  memset(message, 0, offsetof(struct message, control));
  message->descriptor_count = message->size = message->sent = 0;
  message->bytes = NULL;
  message->judged.object.fd = -1;
  message->flags = flags;
  message->socket = take_descriptor(request, (int)request->args[0]);
  *error = message->socket < 0 ? message->socket : socket_facts(message->socket, &message->facts);
  return message;
}

static int read_bytes(const struct request *request, struct message *message, const struct iovec *pieces, size_t count) {
  size_t limit = message->facts.type == SOCK_STREAM ? STREAM_LIMIT : DATAGRAM_LIMIT, total = 0;
  for (size_t i = 0; i < count; i++) total = pieces[i].iov_len > limit - total ? limit + 1 : total + pieces[i].iov_len;
  if (total > limit && message->facts.type != SOCK_STREAM) return -EMSGSIZE;
  /* A stream takes what it takes. */
  if (total > limit) total = limit;
  if ((message->bytes = malloc(total + 1)) == NULL) return -ENOMEM;
  for (size_t i = 0; i < count && message->size < total; i++) {
    size_t size = pieces[i].iov_len < total - message->size ? pieces[i].iov_len : total - message->size;
    int error = size == 0 ? 0 : read_memory(request, (uint64_t)(uintptr_t)pieces[i].iov_base, message->bytes + message->size, size);
    if (error < 0) return error;
    message->size += size;
  }
  return 0;
}

/*
 * Not a route through somebody else's address (IP_RETOPTS, IPV6_RTHDR), nor what the guard may and the caller may not
 * (SO_MARK). Numbers as in linux/in.h, in6.h, asm-generic/socket.h.
 */
static int may_go_beside(const struct cmsghdr *item) {
  static const struct {
    int level, type;
  } ALLOWED[] = {
    {SOL_SOCKET, 1}, {SOL_SOCKET, 2}, {SOL_SOCKET, 37}, {SOL_SOCKET, 61}, /* SCM_RIGHTS, SCM_CREDENTIALS, SO_TIMESTAMPING, SCM_TXTIME */
    {IPPROTO_IP, 8}, {IPPROTO_IP, 2}, {IPPROTO_IP, 1}, {IPPROTO_UDP, 103}, /* IP_PKTINFO, IP_TTL, IP_TOS, UDP_SEGMENT */
    {IPPROTO_IPV6, 50}, {IPPROTO_IPV6, 52}, {IPPROTO_IPV6, 67}, /* IPV6_PKTINFO, IPV6_HOPLIMIT, IPV6_TCLASS */
  };
  for (size_t i = 0; i < sizeof ALLOWED / sizeof *ALLOWED; i++) if (ALLOWED[i].level == item->cmsg_level && ALLOWED[i].type == item->cmsg_type) return 1;
  return 0;
}

/* What goes beside the bytes: descriptors are the caller's, and an address is no business of it. */
static int read_control(const struct request *request, struct message *message, uint64_t at, uint64_t length) {
  if (at == 0 || length == 0) return 0;
  if (length > sizeof message->control) return -ENOBUFS;
  int error = read_memory(request, at, message->control, (size_t)length);
  if (error < 0) return error;
  message->control_length = (size_t)length;
  struct msghdr header = {.msg_control = message->control, .msg_controllen = message->control_length};
  for (struct cmsghdr *item = CMSG_FIRSTHDR(&header); item != NULL; item = CMSG_NXTHDR(&header, item)) {
    size_t left = message->control_length - (size_t)((char *)item - message->control);
    if (item->cmsg_len < CMSG_LEN(0) || item->cmsg_len > left) return -EINVAL;
    if (!may_go_beside(item)) return -EPERM;
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    if (count > DESCRIPTORS_LIMIT - message->descriptor_count) return -EINVAL;
    for (size_t i = 0; i < count; i++) {
      int theirs, ours;
      memcpy(&theirs, CMSG_DATA(item) + i * sizeof(int), sizeof theirs);
      if ((ours = take_descriptor(request, theirs)) < 0) return ours;
      message->descriptors[message->descriptor_count++] = ours;
      memcpy(CMSG_DATA(item) + i * sizeof(int), &ours, sizeof ours);
    }
  }
  return 0;
}

static int read_message(struct request *request, struct message *message, const struct msghdr *given) {
  struct iovec pieces[PIECES_LIMIT];
  size_t count = given->msg_iovlen;
  uint64_t name_length = given->msg_name == NULL ? 0 : given->msg_namelen;
  if ((int)given->msg_namelen < 0) return -EINVAL;
  if (name_length > sizeof(struct sockaddr_storage)) name_length = sizeof(struct sockaddr_storage);
  if (count > PIECES_LIMIT) return -EMSGSIZE;
  int error = count == 0 ? 0 : read_memory(request, (uint64_t)(uintptr_t)given->msg_iov, pieces, count * sizeof *pieces);
  if (error == 0) error = read_address(request, (uint64_t)(uintptr_t)given->msg_name, name_length, &message->name);
  if (error == 0) error = read_bytes(request, message, pieces, count);
  if (error == 0) error = read_control(request, message, (uint64_t)(uintptr_t)given->msg_control, given->msg_controllen);
  return error;
}

/*
 * A device beside a datagram (IP_PKTINFO, IPV6_PKTINFO) would take it out of this machine even where it is meant for an address of its
 * own (sockets-device.c): it is left to the routes, except where an address means nothing without a device.
 */
static int needs_device(const struct message *message) {
  struct address to;
  if (message->name.length == 0 || inet_normal(&message->name, message->facts.domain, &to) < 0) return 0;
  if (to.any.sa_family == AF_INET6) return IN6_IS_ADDR_LINKLOCAL(&to.v6.sin6_addr) || IN6_IS_ADDR_MULTICAST(&to.v6.sin6_addr);
  uint32_t host = ntohl(to.v4.sin_addr.s_addr);
  return IN_MULTICAST(host) || host == INADDR_BROADCAST || host >> 16 == 0xa9fe;
}

static void forget_device(struct message *message) {
  struct msghdr header = {.msg_control = message->control, .msg_controllen = message->control_length};
  for (struct cmsghdr *item = CMSG_FIRSTHDR(&header); item != NULL; item = CMSG_NXTHDR(&header, item)) {
    size_t at = item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == 50 ? 16 : 0;
    if ((at > 0 || (item->cmsg_level == IPPROTO_IP && item->cmsg_type == 8)) && item->cmsg_len >= CMSG_LEN(at + sizeof(int))) memset(CMSG_DATA(item) + at, 0, sizeof(int));
  }
}

/* Streams of the internet take no notice of an address. */
static int judge_message(struct request *request, struct message *message) {
  int is_inet = message->facts.domain == AF_INET || message->facts.domain == AF_INET6;
  if (is_inet && message->facts.type == SOCK_STREAM) message->name.length = 0;
  if (!request_is_valid(request)) return -ESRCH;
  if (is_inet && message->facts.type == SOCK_DGRAM) known_datagram(socket_cookie(message->socket));
  /* udpv6_sendmsg() takes AF_UNSPEC for "the one I am connected to". */
  if (message->facts.domain == AF_INET6 && message->name.length >= sizeof(sa_family_t) && message->name.any.sa_family == AF_UNSPEC) message->name.length = 0;
  if (is_inet && message->control_length > 0 && !needs_device(message)) forget_device(message);
  return message->name.length == 0 ? 0 : judge_address(request, &message->facts, &message->name, 0, &message->judged);
}

static ssize_t send_piece(struct message *message, int flags) {
  struct iovec bytes = {message->bytes + message->sent, message->size - message->sent};
  struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
  if (message->name.length > 0) header.msg_name = &message->name.any, header.msg_namelen = message->name.length;
  if (message->control_length > 0 && message->sent == 0) header.msg_control = message->control, header.msg_controllen = message->control_length;
  ssize_t sent = sendmsg(message->socket, &header, (message->flags & ~MSG_FASTOPEN) | MSG_NOSIGNAL | flags);
  return sent < 0 ? -errno : sent;
}

/* Bytes sent or -errno; -EAGAIN when the caller wants to wait for more of them. */
static ssize_t send_message(struct request *request, struct message *message) {
  if (message->judged.is_resolver) return dns_ask_for(request, message->socket, &message->judged.target, (const unsigned char *)message->bytes, message->size);
  return send_piece(message, MSG_DONTWAIT);
}

static int is_waiting_call(const struct message *message) { return (message->flags & MSG_DONTWAIT) == 0 && (fcntl(message->socket, F_GETFL) & O_NONBLOCK) == 0; }

/* What it carried is closed here before: a caller that closes a descriptor, too, may go by its being gone. */
static void answer(struct request *request, struct message *message, ssize_t result) {
  int flags = message->flags;
  message_free(message);
  if (result == -EPIPE && (flags & MSG_NOSIGNAL) == 0) syscall(__NR_tgkill, request->process->tgid, request->process->tid, SIGPIPE);
  if (result < 0) reply_error(request, (int)result);
  else reply_value(request, result);
}

struct waiting {
  struct message *message;
};

static void send_aside(struct request *request) {
  struct message *message = ((struct waiting *)request_context())->message;
  ssize_t result = 0;
  let_interrupt(1);
  do {
    result = send_piece(message, 0);
    if (result > 0) message->sent += (size_t)result;
  } while (result > 0 && message->sent < message->size);
  let_interrupt(0);
  if (message->sent > 0) result = (ssize_t)message->sent;
  answer(request, message, result == -EINTR ? -RESTART : result);
}

/* Sends it, now or in a thread that may wait; the message is taken over. */
static void deliver(struct request *request, struct message *message) {
  ssize_t result = send_message(request, message);
  int is_stream = message->facts.type == SOCK_STREAM, is_part = is_stream && result > 0 && (size_t)result < message->size;
  if ((result == -EAGAIN || is_part) && is_waiting_call(message)) {
    struct waiting *waiting = malloc(sizeof *waiting);
    if (waiting != NULL) {
      if (is_part) message->sent = (size_t)result;
      waiting->message = message;
      return run_aside(request, send_aside, waiting);
    }
  }
  answer(request, message, result);
}

void on_sendto(struct request *request) {
  int error;
  if ((request->args[3] & MSG_FASTOPEN) != 0) return reply_error(request, EOPNOTSUPP);
  struct message *message = message_new(request, (int)request->args[3], &error);
  if (message == NULL) return reply_error(request, error);
  struct iovec piece = {(void *)(uintptr_t)request->args[1], (size_t)request->args[2]};
  if (error == 0) error = read_address(request, request->args[4], request->args[5], &message->name);
  if (error == 0) error = read_bytes(request, message, &piece, 1);
  if (error == 0) error = judge_message(request, message);
  if (error == 0) return deliver(request, message);
  reply_error(request, error);
  message_free(message);
}

void on_sendmsg(struct request *request) {
  int error;
  struct msghdr given;
  struct message *message = message_new(request, (int)request->args[2], &error);
  if (message == NULL) return reply_error(request, error);
  if (error == 0 && !takes_addresses(&message->facts) && still_is_alone(request->process)) {
    message_free(message);
    return reply_continue(request);
  }
  if (error == 0) error = read_memory(request, request->args[1], &given, sizeof given);
  if (error == 0) error = read_message(request, message, &given);
  if (error == 0) error = judge_message(request, message);
  if (error == 0) return deliver(request, message);
  reply_error(request, error);
  message_free(message);
}

static ssize_t send_one_of_many(struct request *request, uint64_t at) {
  int error;
  struct msghdr given;
  struct message *message = message_new(request, (int)request->args[3], &error);
  if (message == NULL) return error;
  if (error == 0) error = read_memory(request, at, &given, sizeof given);
  if (error == 0) error = read_message(request, message, &given);
  if (error == 0) error = judge_message(request, message);
  ssize_t sent = error < 0 ? error : send_message(request, message);
  message_free(message);
  return sent;
}

/* As many as go without waiting, and one at least: the caller goes on with the others. */
void on_sendmmsg(struct request *request) {
  int error, count = 0;
  struct message *first = message_new(request, (int)request->args[3], &error);
  if (first == NULL) return reply_error(request, error);
  int may_go_on = error == 0 && !takes_addresses(&first->facts) && still_is_alone(request->process);
  message_free(first);
  if (error < 0) return reply_error(request, error);
  if (may_go_on) return reply_continue(request);
  int most = request->args[2] > MESSAGES_LIMIT ? MESSAGES_LIMIT : (int)request->args[2];
  ssize_t sent = 0;
  for (; count < most; count++) {
    uint64_t at = request->args[1] + (uint64_t)count * sizeof(struct mmsghdr);
    sent = send_one_of_many(request, at);
    unsigned int length = (unsigned int)sent;
    if (sent < 0 || write_memory(request, at + offsetof(struct mmsghdr, msg_len), &length, sizeof length) < 0) break;
  }
  if (count == 0 && sent < 0) reply_error(request, (int)sent);
  else reply_value(request, count);
}
