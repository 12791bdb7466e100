import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type RawData, WebSocketServer } from 'ws';

/** What somebody says goes to all as it is. */
export async function startBroadcastServer(): Promise<{ url: string; close(): Promise<void> }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, maxPayload: 128 * 1024 });
  await once(server, 'listening');
  server.on('connection', (speaker) => {
    speaker.on('message', (data: RawData) => {
      for (const client of server.clients) if (client !== speaker) client.send(data, { binary: false });
    });
  });
  const close = async () => {
    for (const client of server.clients) client.terminate();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}
