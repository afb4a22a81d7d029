/*
 * The relay: a thread of the guard that stands between a program's TCP socket and the host that it asked for, and the
 * session's resolver. The program's own socket is joined to the relay's by a simultaneous open (RFC 9293, 3.5) against
 * a port whose listener takes nobody: there is no port at which anybody else could speak to the relay.
 */
#ifndef PATCHWORK_RELAY_H
#define PATCHWORK_RELAY_H

#include "guard.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

/* ---- inet.c: addresses and sockets ---- */
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
struct socket_facts {
  int domain, type, protocol;
};
/* -ENOTSOCK or another -errno. */
int socket_facts(int fd, struct socket_facts *facts);
/* A number that no other socket of this boot has (SO_COOKIE); 0 when there is none. */
uint64_t socket_cookie(int fd);
int read_address(const struct request *request, uint64_t at, uint64_t length, struct address *address);
/* The host that the kernel would reach from such a socket: mapped IPv6 as IPv4, "any" as loopback. 0 or -errno. */
int inet_normal(const struct address *given, int domain, struct address *normal);
void inet_text(const struct address *address, char text[INET6_ADDRSTRLEN]);
int inet_port(const struct address *address);
int inet_is_loopback(const struct address *address);
struct address inet_loopback(int family, int port);
/* The same host for a socket of that domain: IPv4 as mapped IPv6 for one of IPv6. */
struct address inet_for_domain(const struct address *address, int domain);
/* Cookie of the socket that a packet for `local` from `remote` would reach here; 0 when there is none, or it cannot be told. */
int inet_is_local(const struct address *address);
uint64_t inet_find(int protocol, const struct address *local, const struct address *remote);
int inet_set_option(int fd, int level, int name, int value);

/* ---- inet-known.c: what is known of sockets, by their cookies ---- */
void known_listen(uint64_t cookie);
void known_datagram(uint64_t cookie);
int known_is_listener(uint64_t cookie);
int known_is_datagram(uint64_t cookie);
/* Whom a program believes to be connected to. */
void peer_remember(uint64_t cookie, const struct address *address);
void peer_forget(uint64_t cookie);
/* Its program was told that it is connected: the kernel itself waits to be asked once more. */
void peer_finish(uint64_t cookie);
/* It could not be reached: its socket is joined for a moment only to tell so. */
void peer_fail(uint64_t cookie);
int peer_has_failed(uint64_t cookie);
int peer_is_known(uint64_t cookie, int *is_finished);
int peer_find(uint64_t cookie, struct address *address);
/* Why a connect that went on in the background failed; told once. */
void failure_remember(uint64_t cookie, int error);
int failure_take(uint64_t cookie);

/* ---- base64.c ---- */
void text_add_base64(struct text *text, const unsigned char *bytes, size_t length);
/* Bytes written, or -1 when it is no base64 or does not fit. */
ssize_t base64_decode(const char *text, size_t length, unsigned char *out, size_t size);

/* ---- channel.c: a connection to the evaluator on which many questions wait at once ---- */
enum { CHANNEL_QUESTIONS = 512, CHANNEL_DATA = 96 * 1024 };
struct reply {
  enum { REPLY_FAILED, REPLY_DENY, REPLY_ALLOW, REPLY_MORE, REPLY_HTTP } effect;
  int port;
  long length; /* bytes of the client that may go on, then it is asked again; 0: all */
  int has_news; /* what was remembered is not good any more */
  long head, tail; /* whatever begins and ends so may go on for a while, without a question; both 0: nothing */
  char message[4096];
  unsigned char data[CHANNEL_DATA]; /* `reply` or `head` */
  size_t data_length;
};
int reply_parse(const char *line, size_t length, uint32_t *id, struct reply *reply);
typedef void on_reply(void *context, const struct reply *reply);
struct channel {
  int fd;
  struct text out;
  size_t sent;
  char *in;
  size_t in_length, in_capacity;
  uint32_t next_id;
  int waiting;
  struct pending {
    uint32_t id;
    on_reply *run;
    void *context;
  } pending[CHANNEL_QUESTIONS];
};
int channel_has_room(const struct channel *channel);
/* The text begun with channel_begin, up to and with the closing brace. The number by which it can be taken back; 0 when it cannot be asked. */
uint32_t channel_ask(struct channel *channel, const struct text *fields, on_reply *run, void *context);
void channel_flush(struct channel *channel);
void channel_forget(struct channel *channel, uint32_t id);
void channel_ready(struct channel *channel, uint32_t events);
void channel_close(struct channel *channel);
int channel_wants_out(const struct channel *channel);

/* ---- relay.c: the thread ---- */
struct watch {
  void (*run)(struct watch *watch, uint32_t events);
  int fd;
};
extern struct channel relay_channel, dns_channel;
extern atomic_uint relay_news;
void relay_greet(const char *socket_path, const char *token);
void relay_open(void);
void relay_start(unsigned long descriptors);
enum { WATCHED = EPOLLIN | EPOLLRDHUP | (int)EPOLLET };
int relay_watch(struct watch *watch, uint32_t events);
int relay_watch_again(struct watch *watch, uint32_t events);
/* Runs in the relay's thread before it hears of either of the two, which are `WATCHED` from now on. 0 or -errno. */
int relay_adopt(void (*run)(void *context), void *context, struct watch *one, struct watch *other);
/* In the relay's thread, as soon as it comes round. */
void relay_soon(void (*run)(void *context), void *context);
/* Before its next events, or within 20 ms. */
void relay_later(void (*run)(void *context), void *context);
uint64_t relay_now_ms(void);
/* Whether a port of loopback is one of the guard's own. */
int relay_is_own_port(int port);

/* ---- relay-connection.c, relay-judge.c, relay-known.c, relay-requests.c, relay-splice.c ---- */
enum { BEGINNING_BYTES = 2048 };
struct flow {
  int *pipe; /* two descriptors while something is under way, or NULL */
  size_t held; /* bytes in the pipe */
  uint64_t left; /* bytes that may still be taken from the source, where it is counted */
  unsigned char is_open, has_ended, is_closed; /* may flow; its source has ended; its end was handed on */
  unsigned char is_blocked; /* its reader takes no more for now */
  unsigned char is_counted, is_followed; /* `left` counts; we have a last word when its source has ended */
};
enum stage {
  STAGE_CONNECTING, /* to the host */
  STAGE_JOINING,    /* to the program's socket */
  STAGE_JUDGING,    /* reads what the client says first */
  STAGE_HTTP,       /* connects to the relay that knows HTTP */
  STAGE_OPEN,
  STAGE_REQUESTS,   /* requests of plain HTTP are let through one by one; answers flow */
  STAGE_DRAINING,   /* what the host still answers goes first, then what is to be said or done */
  STAGE_REFUSING,   /* says why, then closes */
  STAGE_RESOLVING,  /* DNS over TCP */
};
struct connection {
  struct watch client, upstream;
  struct flow up, down;
  struct connection *next, *previous;             /* all of them */
  struct connection *timed_next, *timed_previous; /* those with a time to keep */
  struct connection *ready_next;
  uint64_t deadline, next_look;
  enum stage stage;
  unsigned is_timed : 1, is_ready : 1, is_waiting : 1, is_gone : 1, is_silent : 1, has_ended : 1, is_blocking : 1, was_silent_allowed : 1, is_resolver : 1, is_crowded : 1, is_joined : 1, is_joining : 1, is_watched_out : 1, may_pause : 1, is_paused : 1;
  uint32_t question;
  unsigned news; /* when it was asked */
  size_t seen, asked;
  struct address original, local; /* whom the program asked for; its own end */
  uint64_t cookie;
  int domain;
  pid_t pid;
  int standing;
  struct process *process; /* until it is decided */
  int program;             /* the program's own socket, while its call waits */
  uint64_t notification;
  unsigned char *said; /* what went to the host already, and still belongs to what is judged */
  size_t said_length;
  unsigned char *copy; /* of what is asked about, where it may be remembered */
  char *text; /* what is still to be said: to the relay that knows HTTP, or to the client */
  size_t text_length, text_sent;
  int http_port; /* of the relay that knows HTTP, once it is to take over */
};
/* Takes the request and the socket over. */
void relay_connect(struct request *request, int socket, const struct socket_facts *facts, const struct address *target);
void relay_resolve(struct request *request, int socket, const struct socket_facts *facts, const struct address *target);
void connection_close(struct connection *connection, int is_reset);
void connection_time(struct connection *connection, uint64_t deadline);
void connection_untime(struct connection *connection);
void connection_watch_out(struct connection *connection);
void connection_tick(void);
void connection_limit(unsigned long descriptors);
void judge_begin(struct connection *connection);
void judge_look(struct connection *connection);
void judge_time(struct connection *connection);
void judge_write(struct connection *connection);
void judge_refuse(struct connection *connection);
void judge_hand_over(struct connection *connection);
void connection_deny(struct connection *connection, const struct reply *reply);
/* Of a connection that nobody looks into; 0 when it may not pass unasked. */
int relay_tell(const struct process *process, const struct address *address);
void beginning_forget(const struct connection *connection);
void beginning_remember(const struct connection *connection, const struct reply *reply);
struct known {
  int is_counted;
  const unsigned char *word; /* the one that may differ */
  size_t length;
};
int beginning_is_known(const struct connection *connection, const unsigned char *bytes, size_t length, struct known *known);
void requests_pass(struct connection *connection, uint64_t length);
void requests_end(struct connection *connection);
void requests_drain(struct connection *connection);
void requests_drained(struct connection *connection);
void splice_open(struct connection *connection);
void splice_run(struct connection *connection);
void splice_forget(struct connection *connection);
void splice_again(void);
int splice_has_ready(void);

/* ---- relay-parking.c: where the sockets of programs wait for their host ---- */

/* 0 or -errno. */
int parking_open(void);
int parking_is_own_port(int port);
/* The program's socket waits from now on. 0 or -errno. */
int parking_take(struct connection *connection);
/* A socket of the relay's at the port where the program's waits; -errno, -ECONNABORTED when it waits there no more. */
int parking_socket(const struct connection *connection);
/* Such a socket and the program's become the two ends of a connection. */
int parking_call(const struct connection *connection, int fd);
/* The program's socket is told that the host refuses. */
void parking_turn_away(const struct connection *connection);

/* ---- dns.c: the session's resolver ---- */
enum { DNS_PORT = 53, DNS_MESSAGE = 65535 };
int dns_open(void);
int dns_is_own_port(int port);
void dns_watch(void);
/* Joins a datagram socket to the resolver. 0 or -errno. */
int dns_connect(struct request *request, int socket, const struct socket_facts *facts, const struct address *server);
/* One question that came with a server's address, answered to the socket's own port. */
int dns_ask_for(struct request *request, int socket, const struct address *server, const unsigned char *message, size_t length);
void dns_tcp_look(struct connection *connection);
void dns_question(struct text *out, pid_t pid, int standing, const struct address *server, const unsigned char *message, size_t length, int is_tcp);

/* ---- sockets.c, sockets-judge.c ---- */
struct judged {
  struct object object;  /* what an AF_UNIX address leads to */
  struct address target; /* an internet address as the kernel would reach it */
  int is_evaluator, is_relayed;
  int is_resolver; /* a name server, whatever its address */
  int is_sealed;   /* may be connected to, but nothing may be sent */
};
/* 0, or -errno after the reason was told. Unix addresses become those of what they lead to. */
int judge_address(struct request *request, const struct socket_facts *facts, struct address *address, int is_connect, struct judged *judged);
/* Of addresses of this machine: sockets-judge.c. */
int is_own_name(const char *name, size_t length, int remember);
int is_local(const struct address *address);
int is_abstract(const struct address *address);
size_t name_length(const struct address *address);

#endif
