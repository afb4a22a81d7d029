/* Every way to reach a socket: `socks MODE ADDRESS`. */
#include "scenario.h"
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>

#define MODE(name) static int name(int argc, char **argv)
#define WHERE argv[1]
#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

static int hear(int s) { struct timeval t = { 5, 0 }; setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t); char b[100]; ssize_t n = read(s, b, 99); if (n < 0) return fail("read"); b[n] = 0; printf("%s", b); return strstr(b, "REACHED") ? 0 : 1; }
static socklen_t unix_address(struct sockaddr_un *a, const char *where) {
  memset(a, 0, sizeof *a);
  a->sun_family = AF_UNIX;
  if (*where == '@') { strcpy(a->sun_path + 1, where + 1); return getenv("EXACT") ? (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(where)) : sizeof *a; /* libuv pads the name */ }
  strncpy(a->sun_path, where, sizeof a->sun_path - 1);
  return sizeof *a;
}
static int reach(const char *where) { struct sockaddr_un a; socklen_t n = unix_address(&a, where); int s = socket(AF_UNIX, SOCK_STREAM, 0); if (connect(s, (struct sockaddr *)&a, n)) return fail("connect"); return hear(s); }
MODE(plain) { return reach(WHERE); }
MODE(nonblock) { struct sockaddr_un a; socklen_t n = unix_address(&a, WHERE); int s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0); if (connect(s, (struct sockaddr *)&a, n)) return fail("connect"); usleep(200000); return hear(s); }
MODE(short_length) { struct sockaddr_un a; unix_address(&a, WHERE); int s = socket(AF_UNIX, SOCK_STREAM, 0); if (connect(s, (struct sockaddr *)&a, (socklen_t)(2 + strlen(WHERE)))) return fail("connect"); return hear(s); }
MODE(symlink_) { symlink(WHERE, "l"); return reach("l"); }
MODE(folder_link) { char d[512]; strcpy(d, WHERE); char *s = strrchr(d, '/'); *s = 0; symlink(d, "d"); char p[600]; snprintf(p, 600, "d/%s", s + 1); return reach(p); }
MODE(relative) { char d[512]; strcpy(d, WHERE); char *s = strrchr(d, '/'); *s = 0; if (chdir(d)) return fail("chdir"); return reach(s + 1); }
MODE(proc_root) { char d[512]; strcpy(d, WHERE); char *s = strrchr(d, '/'); *s = 0; int f = open(d, O_PATH); char p[600]; snprintf(p, 600, "/proc/self/fd/%d/%s", f, s + 1); return reach(p); }
MODE(pathfd) { int f = open(WHERE, O_PATH); char p[64]; snprintf(p, 64, "/proc/self/fd/%d", f); return reach(p); }
MODE(hardlink) { link(WHERE, "l"); return reach("l"); }
MODE(renamed) { if (rename(WHERE, "l")) return fail("rename"); int r = reach("l"); rename("l", WHERE); return r; }
MODE(raw) { struct sockaddr_un a; socklen_t n = unix_address(&a, WHERE); int s = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); if (syscall(SYS_connect, s, &a, n)) return fail("connect"); return hear(s); }
MODE(uring) { struct sockaddr_un a; socklen_t n = unix_address(&a, WHERE); int s = socket(AF_UNIX, SOCK_STREAM, 0); int r = ring_do(IORING_OP_CONNECT, s, &a, 0, n, 0); if (r < 0) { errno = -r; return fail("connect"); } return hear(s); }
MODE(int80_) { char *m = low(""); struct sockaddr_un *a = (void *)m; socklen_t n = unix_address(a, WHERE); int s = socket(AF_UNIX, SOCK_STREAM, 0); long r = int80(362, s, (long)a, n); if (r < 0) { errno = (int)-r; return fail("connect"); } return hear(s); }
MODE(int80_call) { char *m = low(""); struct sockaddr_un *a = (void *)(m + 256); socklen_t n = unix_address(a, WHERE); int s = socket(AF_UNIX, SOCK_STREAM, 0); uint32_t *w = (void *)m; w[0] = (uint32_t)s; w[1] = (uint32_t)(uintptr_t)a; w[2] = n; long r = int80(102, 3, (long)w, 0); if (r < 0) { errno = (int)-r; return fail("socketcall"); } return hear(s); }
MODE(forked) { if (fork() == 0) _exit(reach(WHERE)); int s; wait(&s); return s != 0; }
MODE(daemon_) { if (fork() == 0) { setsid(); if (fork() == 0) { usleep(30000); _exit(reach(WHERE)); } _exit(0); } wait(NULL); usleep(300000); return 0; }
static void *threaded_reach(void *w) { reach(w); return NULL; }
MODE(threaded) { pthread_t t; pthread_create(&t, NULL, threaded_reach, WHERE); pthread_join(t, NULL); return 0; }
MODE(chrooted) { char d[512]; strcpy(d, WHERE); char *s = strrchr(d, '/'); *s = 0; if (chroot(d) || chdir("/")) return fail("chroot"); return reach(s); }
MODE(dgram_pair) { /* a datagram to a stream socket says at least that it is there */ struct sockaddr_un a; socklen_t n = unix_address(&a, WHERE); int s = socket(AF_UNIX, SOCK_DGRAM, 0); if (sendto(s, "x", 1, 0, (struct sockaddr *)&a, n) < 0 && errno != EPROTOTYPE) return fail("sendto"); puts("SERVER-REACHED"); return 0; }
MODE(dgram_msg) { struct sockaddr_un a; socklen_t n = unix_address(&a, WHERE); struct iovec v = { "x", 1 }; struct msghdr m = { .msg_name = &a, .msg_namelen = n, .msg_iov = &v, .msg_iovlen = 1 }; int s = socket(AF_UNIX, SOCK_DGRAM, 0); if (sendmsg(s, &m, 0) < 0 && errno != EPROTOTYPE) return fail("sendmsg"); puts("SERVER-REACHED"); return 0; }

static int port(void) { return atoi(getenv("DENIED_PORT") ? getenv("DENIED_PORT") : "0"); }
static struct sockaddr_in at(const char *host) { struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port()) }; inet_pton(AF_INET, host, &a.sin_addr); return a; }
MODE(tcp) { struct sockaddr_in a = at(WHERE); int s = socket(AF_INET, SOCK_STREAM, 0); if (connect(s, (struct sockaddr *)&a, sizeof a)) return fail("connect"); return hear(s); }
MODE(tcp_long) { char b[128] = ""; struct sockaddr_in a = at(WHERE); memcpy(b, &a, sizeof a); int s = socket(AF_INET, SOCK_STREAM, 0); if (connect(s, (struct sockaddr *)b, 128)) return fail("connect"); return hear(s); }
MODE(tcp_nonblock) { struct sockaddr_in a = at(WHERE); int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); if (connect(s, (struct sockaddr *)&a, sizeof a) && errno != EINPROGRESS) return fail("connect"); usleep(200000); return hear(s); }
MODE(tcp_mapped) { struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port()) }; char t[64]; snprintf(t, 64, "::ffff:%s", WHERE); inet_pton(AF_INET6, t, &a.sin6_addr); int s = socket(AF_INET6, SOCK_STREAM, 0); if (connect(s, (struct sockaddr *)&a, sizeof a)) return fail("connect"); return hear(s); }
MODE(tcp_fastopen) { struct sockaddr_in a = at(WHERE); int s = socket(AF_INET, SOCK_STREAM, 0); if (sendto(s, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&a, sizeof a) < 0) return fail("sendto"); return hear(s); }
MODE(tcp_fastopen_msg) { struct sockaddr_in a = at(WHERE); struct iovec v = { "x", 1 }; struct msghdr m = { .msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &v, .msg_iovlen = 1 }; int s = socket(AF_INET, SOCK_STREAM, 0); if (sendmsg(s, &m, MSG_FASTOPEN) < 0) return fail("sendmsg"); return hear(s); }
MODE(tcp_fastopen_connect) { struct sockaddr_in a = at(WHERE); int s = socket(AF_INET, SOCK_STREAM, 0), one = 1; setsockopt(s, IPPROTO_TCP, 30, &one, sizeof one); if (connect(s, (struct sockaddr *)&a, sizeof a)) return fail("connect"); write(s, "x", 1); return hear(s); }
MODE(tcp_uring) { struct sockaddr_in a = at(WHERE); int s = socket(AF_INET, SOCK_STREAM, 0); int r = ring_do(IORING_OP_CONNECT, s, &a, 0, sizeof a, 0); if (r < 0) { errno = -r; return fail("connect"); } return hear(s); }
MODE(tcp_int80) { char *m = low(""); struct sockaddr_in a = at(WHERE); memcpy(m, &a, sizeof a); int s = socket(AF_INET, SOCK_STREAM, 0); long r = int80(362, s, (long)m, sizeof a); if (r < 0) { errno = (int)-r; return fail("connect"); } return hear(s); }
MODE(tcp_again) { /* dissolved and connected anew */ struct sockaddr_in a = at("127.0.0.1"); int s = socket(AF_INET, SOCK_STREAM, 0); if (connect(s, (struct sockaddr *)&a, sizeof a)) perror("first"); struct sockaddr u = { .sa_family = AF_UNSPEC }; connect(s, &u, sizeof u); a = at(WHERE); if (connect(s, (struct sockaddr *)&a, sizeof a)) return fail("connect"); return hear(s); }
MODE(tcp_bound) { struct sockaddr_in b = at("127.0.0.5"), a = at(WHERE); b.sin_port = 0; int s = socket(AF_INET, SOCK_STREAM, 0); bind(s, (struct sockaddr *)&b, sizeof b); if (connect(s, (struct sockaddr *)&a, sizeof a)) return fail("connect"); return hear(s); }
MODE(mptcp) { struct sockaddr_in a = at(WHERE); int s = socket(AF_INET, SOCK_STREAM, 262); if (s < 0) return fail("socket"); if (connect(s, (struct sockaddr *)&a, sizeof a)) return fail("connect"); return hear(s); }
MODE(udp) { struct sockaddr_in a = at(WHERE); int s = socket(AF_INET, SOCK_DGRAM, 0); if (sendto(s, "x", 1, 0, (struct sockaddr *)&a, sizeof a) < 0) return fail("sendto"); return hear(s); }
MODE(udp_connect) { struct sockaddr_in a = at(WHERE); int s = socket(AF_INET, SOCK_DGRAM, 0); if (connect(s, (struct sockaddr *)&a, sizeof a)) return fail("connect"); write(s, "x", 1); return hear(s); }
MODE(udp_msg) { struct sockaddr_in a = at(WHERE); struct iovec v = { "x", 1 }; struct msghdr m = { .msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &v, .msg_iovlen = 1 }; int s = socket(AF_INET, SOCK_DGRAM, 0); if (sendmsg(s, &m, 0) < 0) return fail("sendmsg"); return hear(s); }
MODE(udp_mmsg) { struct sockaddr_in a = at(WHERE); struct iovec v = { "x", 1 }; struct mmsghdr m = { .msg_hdr = { .msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &v, .msg_iovlen = 1 } }; int s = socket(AF_INET, SOCK_DGRAM, 0); if (sendmmsg(s, &m, 1, 0) < 1) return fail("sendmmsg"); return hear(s); }
MODE(udp_mapped) { struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port()) }; char t[64]; snprintf(t, 64, "::ffff:%s", WHERE); inet_pton(AF_INET6, t, &a.sin6_addr); int s = socket(AF_INET6, SOCK_DGRAM, 0); if (sendto(s, "x", 1, 0, (struct sockaddr *)&a, sizeof a) < 0) return fail("sendto"); return hear(s); }
MODE(udp_uring) { struct sockaddr_in a = at(WHERE); struct iovec v = { "x", 1 }; struct msghdr m = { .msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &v, .msg_iovlen = 1 }; int s = socket(AF_INET, SOCK_DGRAM, 0); int r = ring_do(IORING_OP_SENDMSG, s, &m, 1, 0, 0); if (r < 0) { errno = -r; return fail("sendmsg"); } return hear(s); }
MODE(udp_unspec) { /* AF_UNSPEC is taken for AF_INET */ struct sockaddr_in a = at(WHERE); a.sin_family = AF_UNSPEC; int s = socket(AF_INET, SOCK_DGRAM, 0); if (sendto(s, "x", 1, 0, (struct sockaddr *)&a, sizeof a) < 0) return fail("sendto"); return hear(s); }
MODE(udp_other) { /* Connected to one, sent to another. The answer goes to a second socket of that port: the connected one would drop it. */
  struct sockaddr_in a = at(WHERE), b = at("127.0.0.1"); struct iovec v = { "x", 1 }; struct msghdr m = { .msg_name = &a, .msg_namelen = sizeof a, .msg_iov = &v, .msg_iovlen = 1 }; socklen_t n = sizeof b;
  int answers = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  setsockopt(answers, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  b.sin_port = 0; if (bind(answers, (struct sockaddr *)&b, n) || getsockname(answers, (struct sockaddr *)&b, &n) || bind(s, (struct sockaddr *)&b, n)) return fail("bind");
  b.sin_port = htons(9); if (connect(s, (struct sockaddr *)&b, sizeof b)) perror("connect");
  if (sendmsg(s, &m, 0) < 0) return fail("sendmsg");
  return hear(answers); }
MODE(tcp_nocookie) { /* a connect that sends nothing before the first bytes */ struct sockaddr_in a = at(WHERE); int s = socket(AF_INET, SOCK_STREAM, 0), one = 1; setsockopt(s, IPPROTO_TCP, 34, &one, sizeof one); setsockopt(s, IPPROTO_TCP, 30, &one, sizeof one); if (connect(s, (struct sockaddr *)&a, sizeof a)) return fail("connect"); write(s, "x", 1); return hear(s); }
static struct sockaddr_in moving;
static volatile int moved;
static void *move_address(void *to) { volatile in_addr_t *at_ = &moving.sin_addr.s_addr; while (!moved) { *at_ = htonl(0x7f000001); *at_ = *(in_addr_t *)to; } return NULL; }
MODE(udp_moving) { /* rewritten while it is sent */ in_addr_t to = inet_addr(WHERE); moving = at("127.0.0.1"); struct iovec v = { "x", 1 }; struct msghdr m = { .msg_name = &moving, .msg_namelen = sizeof moving, .msg_iov = &v, .msg_iovlen = 1 }; pthread_t t; pthread_create(&t, NULL, move_address, &to); int s = socket(AF_INET, SOCK_DGRAM, 0), r = 1; for (int i = 0; i < 2000; i++) sendmsg(s, &m, MSG_DONTWAIT); moved = 1; pthread_join(t, NULL); r = hear(s); return r; }
static int made(int s) { if (s < 0) return fail("socket"); puts("SERVER-REACHED (made)"); return 0; }
MODE(packet) { return made(socket(AF_PACKET, SOCK_RAW, htons(3))); }
MODE(raw_ip) { return made(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }
MODE(raw_ip6) { return made(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)); }
MODE(vsock) { return made(socket(AF_VSOCK, SOCK_STREAM, 0)); }
MODE(netlink_audit) { return made(socket(AF_NETLINK, SOCK_RAW, 9)); }
MODE(netlink_uevent) { return made(socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT)); }
MODE(netlink_netfilter) { return made(socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER)); }
MODE(sctp) { return made(socket(AF_INET, SOCK_STREAM, 132)); }
MODE(netlink_diag) { return made(socket(AF_NETLINK, SOCK_RAW, 4)); }
MODE(packet_old) { return made(socket(AF_INET, 10, htons(3))); }
MODE(ping) { return made(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)); }
MODE(udplite) { return made(socket(AF_INET, SOCK_DGRAM, 136)); }
MODE(smc) { int s = socket(43, SOCK_STREAM, 0); return made(s); }
MODE(xdp) { return made(socket(44, SOCK_RAW, 0)); }
MODE(alg) { return made(socket(38, SOCK_SEQPACKET, 0)); }

#define M(name) { #name, name }
static const struct mode modes[] = {
  M(plain), M(nonblock), M(short_length), M(symlink_), M(folder_link), M(relative), M(proc_root), M(pathfd), M(hardlink), M(renamed), M(raw), M(uring), M(int80_), M(int80_call), M(forked), M(daemon_), M(threaded), M(chrooted), M(dgram_pair), M(dgram_msg), M(tcp), M(tcp_long), M(tcp_nonblock), M(tcp_mapped), M(tcp_fastopen), M(tcp_fastopen_msg),
  M(tcp_fastopen_connect), M(tcp_uring), M(tcp_int80), M(tcp_again), M(tcp_bound), M(mptcp), M(udp), M(udp_connect), M(udp_msg), M(udp_mmsg), M(udp_mapped), M(udp_uring), M(packet), M(raw_ip), M(raw_ip6), M(vsock), M(netlink_audit), M(netlink_uevent), M(netlink_netfilter), M(sctp), M(alg), M(udp_unspec), M(udp_other), M(udp_moving), M(tcp_nocookie), M(netlink_diag), M(packet_old), M(ping), M(udplite), M(smc), M(xdp),
  { NULL, NULL },
};

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IONBF, 0);
  static char where[512];
  if (argc > 2 && argv[2][0] == '%') { snprintf(where, sizeof where, "%s/servers/%s", getenv("BASE"), argv[2] + 1); argv[2] = where; }
  if (argc > 2 && strcmp(argv[2], "@") == 0) { snprintf(where, sizeof where, "@%s", getenv("ABSTRACT")); argv[2] = where; }
  return choose(modes, argc, argv);
}
