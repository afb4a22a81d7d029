/** Who is at the other end of a connection to a port of this machine. Linux only: /proc/net/tcp (proc_net_tcp(5)). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface Peer {
  readonly uid: number;
  readonly inode: string;
}

/** The client's end of a connection from `clientPort` to our `serverPort`, both on 127.0.0.1; undefined where it is not found. */
export function findPeer(clientPort: number, serverPort: number): Peer | undefined {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  try {
    const wanted = ` 0100007F:${hex(clientPort)} 0100007F:${hex(serverPort)} `;
    const line = readFileSync('/proc/net/tcp', 'latin1').split('\n').find((each) => each.includes(wanted));
    const fields = line?.trim().split(/\s+/);
    return fields?.[9] === undefined ? undefined : { uid: Number(fields[7]), inode: fields[9] };
  } catch {
    return undefined;
  }
}

/** A process that holds the socket; 0 when none of ours does. */
export function holderOf(inode: string): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) if (readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`) return Number(pid);
    } catch {
      // Gone, or somebody else's.
    }
  }
  return 0;
}
