"""What programs see of their sockets, one line a row: the same with Patchwork and without."""
import socket, select, errno, os, sys, time, threading, struct, fcntl
H='allowed.test'
A4=[a[4][0] for a in socket.getaddrinfo(H,80,socket.AF_INET,socket.SOCK_STREAM)][0]
A6=[a[4][0] for a in socket.getaddrinfo(H,80,socket.AF_INET6,socket.SOCK_STREAM)][0]
def t(name):
    def deco(f):
        try: r=f()
        except OSError as e: r='OSError '+(errno.errorcode.get(e.errno) or str(e))
        except Exception as e: r=repr(e)
        print(name,'->',r, flush=True)
    return deco
REQ=b'GET /p HTTP/1.0\r\nHost: allowed.test\r\n\r\n'
def slurp(s):
    d=b''
    while True:
        p=s.recv(65536)
        if not p: return d
        d+=p
@t('blocking')
def _():
    s=socket.create_connection((A4,80)); s.sendall(REQ); return s.getpeername(), b'SERVED' in slurp(s)
@t('nonblocking poll')
def _():
    s=socket.socket(); s.setblocking(0); r=s.connect_ex((A4,80)); p=select.poll(); p.register(s,select.POLLOUT); ev=polled(p,3000); return errno.errorcode.get(r,r),[e for f,e in ev],s.getsockopt(1,4),s.connect_ex((A4,80)),s.getpeername()
@t('epoll edge')
def _():
    s=socket.socket(); s.setblocking(0); e=select.epoll(); e.register(s,select.EPOLLIN|select.EPOLLOUT|select.EPOLLRDHUP|select.EPOLLET)
    first=[x for f,x in e.poll(0.1)]
    r=s.connect_ex((A4,80)); out=[x for f,x in e.poll(3)]; s.send(REQ); got=b''; evs=0
    while evs<50:
        evs+=1
        for f,x in e.poll(3):
            try:
                while True:
                    p=s.recv(65536)
                    if not p: return first,errno.errorcode.get(r,r),out,b'SERVED' in got
                    got+=p
            except BlockingIOError: pass
@t('epoll edge registered after connect')
def _():
    s=socket.socket(); s.setblocking(0); s.connect_ex((A4,80)); e=select.epoll(); e.register(s,select.EPOLLOUT|select.EPOLLET); a=[x for f,x in e.poll(3)]; b=[x for f,x in e.poll(0.3)]; return a,b
def polled(p, ms):
    ev=p.poll(ms)
    # tcp_reset() sets the error before the state: whoever polls on another processor just then sees the one without the other, here as there.
    while [x for f,x in ev]==[select.POLLERR]: ev=p.poll(ms)
    return ev
@t('refused blocking')
def _():
    s=socket.socket(); s.connect((A4,81))
@t('refused nonblocking')
def _():
    s=socket.socket(); s.setblocking(0); r=s.connect_ex((A4,81)); p=select.poll(); p.register(s,select.POLLOUT|select.POLLIN); ev=polled(p,3000); return errno.errorcode.get(r,r),[e for f,e in ev],errno.errorcode.get(s.getsockopt(1,4)),s.getsockopt(1,4)
@t('refused nonblocking, always the same')
def _():
    seen=set()
    for h in (A4,A6)*100:
        s=socket.socket(socket.AF_INET6 if ':' in h else socket.AF_INET); s.setblocking(0); s.connect_ex((h,81)); p=select.poll(); p.register(s,select.POLLOUT|select.POLLIN); ev=polled(p,3000); seen.add((tuple(e for f,e in ev),errno.errorcode.get(s.getsockopt(1,4)))); s.close()
    return seen
@t('refused, many at once')
def _():
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE,(resource.getrlimit(resource.RLIMIT_NOFILE)[1],)*2); seen=set(); all=[]
    for i in range(1500):
        h=(A4,A6)[i%2]; s=socket.socket(socket.AF_INET6 if ':' in h else socket.AF_INET); s.setblocking(0); s.connect_ex((h,81)); all.append(s)
    for s in all: p=select.poll(); p.register(s,select.POLLOUT|select.POLLIN); ev=polled(p,5000); seen.add((tuple(e for f,e in ev),errno.errorcode.get(s.getsockopt(1,4)))); s.close()
    return seen
@t('refused second connect')
def _():
    s=socket.socket(); s.setblocking(0); s.connect_ex((A4,81)); time.sleep(.2); a=s.connect_ex((A4,81)); return errno.errorcode.get(a,a)
@t('refused, the reason read, tried again')
def _():
    s=socket.socket(); s.setblocking(0); s.connect_ex((A4,81)); select.select([],[s],[],3); r=s.getsockopt(1,4); a=s.connect_ex((A4,80)); b=s.connect_ex((A4,80)); return [errno.errorcode.get(x,x) for x in (r,a,b)]
@t('connect twice, nonblocking')
def _():
    s=socket.socket(); s.setblocking(0); a=s.connect_ex((A4,80)); select.select([],[s],[],3); b=s.connect_ex((A4,80)); c=s.connect_ex((A4,80)); return [errno.errorcode.get(x,x) for x in (a,b,c)]
@t('refused then reuse')
def _():
    s=socket.socket()
    try: s.connect((A4,81))
    except OSError: pass
    r=s.connect_ex((A4,80)); return errno.errorcode.get(r,r)
@t('connect twice')
def _():
    s=socket.create_connection((A4,80)); r=s.connect_ex((A4,80)); return errno.errorcode.get(r,r)
@t('connect while connecting')
def _():
    s=socket.socket(); s.setblocking(0); s.connect_ex(('203.0.113.200',80)); r=s.connect_ex(('203.0.113.200',80)); return errno.errorcode.get(r,r)
@t('bind port before')
def _():
    s=socket.socket(); s.setsockopt(1,2,1); s.bind(('',23456)); s.connect((A4,80)); n=s.getsockname(); s.sendall(REQ); return n[1], b'SERVED' in slurp(s)
@t('bind address before')
def _():
    s=socket.socket(); s.bind(('203.0.113.1',0)); s.connect((A4,80)); s.sendall(REQ); return b'SERVED' in slurp(s)
@t('bind wrong address')
def _():
    s=socket.socket(); s.bind(('127.0.0.1',0)); s.connect((A4,80)); return 'connected'
@t('bindtodevice')
def _():
    s=socket.socket(); s.setsockopt(1,25,b'pw0\0'); s.connect((A4,80)); s.sendall(REQ); return b'SERVED' in slurp(s)
@t('bindtodevice lo')
def _():
    s=socket.socket(); s.settimeout(2); s.setsockopt(1,25,b'lo\0'); s.connect((A4,80)); return 'connected'
@t('v6')
def _():
    s=socket.create_connection((A6,80)); s.sendall(REQ); return s.getpeername(), b'SERVED' in slurp(s)
@t('mapped')
def _():
    s=socket.socket(socket.AF_INET6); s.connect(('::ffff:'+A4,80)); s.sendall(REQ); return s.getpeername(), b'SERVED' in slurp(s)
@t('v6only mapped')
def _():
    s=socket.socket(socket.AF_INET6); s.setsockopt(41,26,1); r=s.connect_ex(('::ffff:'+A4,80)); return errno.errorcode.get(r,r)
@t('v4 to v6 address family')
def _():
    import ctypes
    l=ctypes.CDLL(None,use_errno=True); s=socket.socket(); sa=struct.pack('=H',10)+struct.pack('!H',80)+b'\0'*4+socket.inet_pton(10,A6)+b'\0'*4
    r=l.connect(s.fileno(),sa,28); return r, errno.errorcode.get(ctypes.get_errno())
@t('short sockaddr')
def _():
    import ctypes
    l=ctypes.CDLL(None,use_errno=True); s=socket.socket(); sa=struct.pack('=H',2)+struct.pack('!H',80)+socket.inet_aton(A4)+b'\0'*8
    return [ (l.connect(s.fileno(),sa,n), errno.errorcode.get(ctypes.get_errno())) for n in (0,1,2,8,15)]
@t('bad pointer')
def _():
    import ctypes
    l=ctypes.CDLL(None,use_errno=True); s=socket.socket(); return l.connect(s.fileno(),ctypes.c_void_p(8),16), errno.errorcode.get(ctypes.get_errno())
@t('bad fd')
def _():
    import ctypes
    l=ctypes.CDLL(None,use_errno=True); sa=struct.pack('=H',2)+struct.pack('!H',80)+socket.inet_aton(A4)+b'\0'*8
    f=os.open('/dev/null',0); a=(l.connect(9999,sa,16), errno.errorcode.get(ctypes.get_errno())); return a,(l.connect(f,sa,16), errno.errorcode.get(ctypes.get_errno()))
@t('sndtimeo to silent host')
def _():
    s=socket.socket(); s.setsockopt(1,21,struct.pack('ll',0,300000)); b=time.time()
    try: s.connect(('10.77.0.99',80))
    except OSError as e: return errno.errorcode.get(e.errno), 0.2 < time.time()-b < 4
@t('python timeout to silent host')
def _():
    b=time.time()
    try: socket.create_connection(('10.77.0.99',80),0.4)
    except OSError as e: return type(e).__name__, str(e), 0.2 < time.time()-b < 4
@t('alarm interrupts connect')
def _():
    import signal
    def h(*a): raise KeyError('alarm')
    signal.signal(signal.SIGALRM,h); signal.setitimer(signal.ITIMER_REAL,.3); s=socket.socket(); b=time.time()
    try: s.connect(('10.77.0.99',80))
    except KeyError: return 'alarm', 0.2 < time.time()-b < 4
    finally: signal.setitimer(signal.ITIMER_REAL,0)
@t('fastopen sendto')
def _():
    s=socket.socket(); s.settimeout(3); n=s.sendto(REQ,0x20000000,(A4,80)); return n, b'SERVED' in slurp(s)
@t('fastopen connect option')
def _():
    s=socket.socket(); s.settimeout(3); s.setsockopt(6,30,1); s.connect((A4,80)); s.sendall(REQ); return b'SERVED' in slurp(s)
@t('udp connect')
def _():
    u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); u.settimeout(2); u.connect(('203.0.113.53',7000)); u.send(b'x'); return u.recv(99),u.getpeername()
@t('udp disconnect reconnect')
def _():
    import ctypes
    l=ctypes.CDLL(None,use_errno=True); u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); u.settimeout(2); u.connect(('203.0.113.53',7000)); r=l.connect(u.fileno(),struct.pack('=H',0)+b'\0'*14,16); u.sendto(b'y',('203.0.113.53',7000)); return r,u.recvfrom(99)
@t('tcp disconnect reuse')
def _():
    import ctypes
    l=ctypes.CDLL(None,use_errno=True); s=socket.create_connection((A4,80)); r=l.connect(s.fileno(),struct.pack('=H',0)+b'\0'*14,16); s.connect((A4,80)); s.sendall(REQ); return r,b'SERVED' in slurp(s)
@t('shutdown and half close')
def _():
    s=socket.create_connection((A4,5432)); s.sendall(b'z'*100000); s.shutdown(1); return len(slurp(s))
@t('server first')
def _():
    s=socket.create_connection((A4,2222)); return s.recv(99)
@t('peer closes')
def _():
    s=socket.create_connection((A4,2222)); s.recv(99); s.send(b'x\n'); d=s.recv(99); time.sleep(.2); p=select.poll(); p.register(s,select.POLLIN|0x2000); return d,[e for f,e in p.poll(1000)], s.recv(9)
@t('linger reset')
def _():
    s=socket.create_connection((A4,2222)); s.recv(9); s.setsockopt(1,13,struct.pack('ii',1,0)); s.close(); return 'ok'
@t('tcp_info state')
def _():
    s=socket.create_connection((A4,80)); return s.getsockopt(6,11,1)
@t('maxseg/nodelay/keepalive opts')
def _():
    s=socket.socket(); s.setsockopt(6,1,1); s.setsockopt(1,9,1); s.connect((A4,80)); return s.getsockopt(6,1),s.getsockopt(1,9)
@t('rcvbuf small')
def _():
    s=socket.socket(); s.setsockopt(1,8,4096); s.connect((A4,80)); s.sendall(b'GET /bytes/2000000 HTTP/1.0\r\nHost: allowed.test\r\n\r\n'); return len(slurp(s))>2000000
@t('dup and fork')
def _():
    s=socket.create_connection((A4,80)); p=os.fork()
    if p==0: s.sendall(REQ); os._exit(0)
    os.waitpid(p,0); return b'SERVED' in slurp(s)
@t('own listener any')
def _():
    l=socket.create_server(('',0)); c=socket.create_connection(('127.0.0.1',l.getsockname()[1])); a,p=l.accept(); a.send(b'q'); return c.recv(9),p[0],c.getpeername()[1]==l.getsockname()[1]
@t('own listener v6')
def _():
    l=socket.create_server(('::1',0),family=10); c=socket.create_connection(('::1',l.getsockname()[1])); a,p=l.accept(); a.send(b'q'); return c.recv(9),p[0]
@t('own listener by own address')
def _():
    l=socket.create_server(('',0)); c=socket.create_connection(('203.0.113.1',l.getsockname()[1]),3); a,p=l.accept(); a.send(b'q'); return c.recv(9),p[0]
@t('own udp')
def _():
    l=socket.socket(2,2); l.bind(('127.0.0.1',0)); c=socket.socket(2,2); c.sendto(b'u',l.getsockname()); l.settimeout(2); return l.recv(9)
@t('socketpair')
def _():
    a,b=socket.socketpair(); a.send(b'1'); return b.recv(9)
@t('abstract own')
def _():
    l=socket.socket(socket.AF_UNIX); l.bind('\0pwx%d'%os.getpid()); l.listen(1); c=socket.socket(socket.AF_UNIX); c.connect('\0pwx%d'%os.getpid()); return 'ok'
@t('port 0')
def _():
    s=socket.socket(); r=s.connect_ex((A4,0)); return errno.errorcode.get(r,r)
@t('broadcast udp')
def _():
    u=socket.socket(2,2); return u.sendto(b'b',('255.255.255.255',9))
@t('happy eyeballs asyncio')
def _():
    import asyncio
    async def go():
        r,w=await asyncio.open_connection(H,80,happy_eyeballs_delay=.05); w.write(REQ); return b'SERVED' in await r.read()
    return asyncio.run(go())
@t('happy eyeballs dead v6')
def _():
    import asyncio
    async def go():
        b=time.time(); l=asyncio.get_running_loop()
        async def gai(*a,**k): return [(10,1,6,'',('2001:db8:66::99',80,0,0)),(2,1,6,'',(A4,80))]
        l.getaddrinfo=gai
        r,w=await asyncio.open_connection(H,80,happy_eyeballs_delay=.1); w.write(REQ); return b'SERVED' in await r.read(), time.time()-b<2
    return asyncio.run(go())
@t('ioctl outq/inq')
def _():
    s=socket.create_connection((A4,2222)); time.sleep(.5); b=bytearray(4); fcntl.ioctl(s,0x541B,b); return struct.unpack('i',b)
@t('sockname family')
def _():
    s=socket.create_connection((A4,80)); return len(s.getsockname()), s.family
@t('many sequential')
def _():
    return sum(b'SERVED' in slurp((lambda s:(s.sendall(REQ),s)[1])(socket.create_connection((A4,80)))) for i in range(40))
@t('pipelined over 64k')
def _():
    s=socket.create_connection((A4,80)); n=300
    s.sendall(b''.join(b'GET /%d HTTP/1.1\r\nHost: allowed.test\r\n\r\n'%i for i in range(n-1))+REQ); return slurp(s).count(b'SERVED')
@t('sendfile')
def _():
    open('f','wb').write(b'y'*3000000); s=socket.create_connection((A4,5432)); f=open('f','rb'); n=0
    while n<3000000: n+=os.sendfile(s.fileno(),f.fileno(),n,3000000-n)
    s.shutdown(1); return len(slurp(s))
@t('MSG_WAITALL')
def _():
    s=socket.create_connection((A4,5432)); s.sendall(b'k'*5000); s.shutdown(1); return len(s.recv(5000,socket.MSG_WAITALL))
