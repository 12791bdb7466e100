import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { textFrame } from './frame.js';

let server: WebSocketServer;
let client: WebSocket;
/** The server's end of the line, past `ws`. */
let wire: Socket;

beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (_socket, request) => (wire = request.socket));
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await Promise.all([once(client, 'open'), once(server, 'connection')]);
});

afterAll(() => {
  client.terminate();
  server.close();
});

/** What a client reads. */
async function read(frame: Buffer): Promise<string> {
  const message = once(client, 'message') as Promise<[Buffer]>;
  wire.write(frame);
  return (await message)[0].toString();
}

describe('a frame', () => {
  test.each([0, 125, 126, 65_535, 65_536])('of %d bytes is read as it was written', async (length) => {
    const text = 'x'.repeat(length);
    expect(await read(textFrame(Buffer.from(text)))).toBe(text);
  });

  test('is one text of all its parts', async () => {
    expect(await read(textFrame(Buffer.from('здрав'), Buffer.alloc(0), Buffer.from('ствуй')))).toBe('здравствуй');
  });
});
