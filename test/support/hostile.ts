import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { onTestFinished } from 'vitest';

/**
 * A server of bytes: it reads one request head, then does with the connection what the test says. Ends with the test.
 *
 * @returns its address, and the first lines of the requests that came
 */
export async function hostile(
  answer: (socket: Socket, count: number) => void,
): Promise<{ url: string; arrived: string[] }> {
  const arrived: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => undefined);
    let head = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      head += text;
      if (!head.includes('\r\n\r\n')) return;
      arrived.push(head.slice(0, head.indexOf('\r\n')));
      head = '';
      answer(socket, arrived.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, arrived };
}

export const jsonHead = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

/** Writes the piece again and again, for as long as somebody reads. */
export function pour(socket: Writable, piece: string | Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}
