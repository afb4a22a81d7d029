/** A web server like those that smuggling needs: a line feed alone ends a line, PROXY lines are passed over, and each upgrade is granted. */
import type { Socket } from 'node:net';

export function serveLeniently(socket: Socket, log: (what: string) => void): void {
  let text = '';
  let isUpgraded = false;
  const line = (): string | undefined => {
    const end = text.indexOf('\n');
    if (end < 0) return undefined;
    const taken = text.slice(0, end).replace(/\r$/, '');
    text = text.slice(end + 1);
    return taken;
  };
  /** Undefined, and nothing taken, when it is not there as a whole yet. */
  const request = (): string[] | undefined => {
    const before = text;
    const lines: string[] = [];
    for (let next = line(); next !== ''; next = line()) {
      if (next === undefined) {
        text = before;
        return undefined;
      }
      lines.push(next);
    }
    return lines;
  };
  /** Chunks and trailers. */
  const skipBody = (): boolean => {
    const before = text;
    for (let size = line(); size !== undefined; size = line()) {
      const bytes = Number.parseInt(size, 16);
      if (bytes === 0 && request() !== undefined) return true;
      text = text.slice(bytes);
      line();
    }
    text = before;
    return false;
  };
  let isInBody = false;
  socket.on('data', (data) => {
    text += data.toString('latin1');
    if (isUpgraded) return void socket.end(`GOT ${text.length} upgraded bytes\n`);
    for (;;) {
      if (isInBody) {
        if (!skipBody()) return;
        isInBody = false;
      }
      if (/^PROXY .*\n/.test(text)) line();
      const lines = request();
      if (lines === undefined) return;
      const field = (name: string): string => lines.flatMap((each) => (each.toLowerCase().startsWith(`${name}:`) ? [each.slice(name.length + 1).trim()] : [])).join(', ');
      log(`lenient ${lines[0]} ${field('host')}`);
      const protocol = /h2c|TLS/.exec(field('upgrade'))?.[0];
      isUpgraded = protocol !== undefined;
      if (protocol !== undefined) return void socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
      isInBody = /chunked/i.test(field('transfer-encoding'));
      const body = `SERVED leniently ${field('host')}\n`;
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    }
  });
  socket.on('end', () => socket.end());
}
