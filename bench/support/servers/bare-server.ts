import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { PAGES } from '../../../src/messages/message/messages.queries.js';
import type { MessageRow } from '../../../src/timeline/log/message.row.js';
import type { UserRow } from '../../../src/users/users.queries.js';

const SIZE = 50;

async function bodyOf(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** What one would write who needs nothing but this page: no permissions, no GraphQL, no errors. */
export async function startBareServer(databaseUrl: string): Promise<{ url: string; close(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  // The server may go away while the last connections close.
  pool.on('error', () => undefined);
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const { roomId, before = null } = JSON.parse(await bodyOf(request)) as { roomId: string; before?: string | null };
    const values = [roomId, 0, null, before, null, null, SIZE + 1, null];
    // The product's own statement.
    const { rows } = await pool.query<MessageRow & UserRow>({ ...PAGES.desc.all, values });
    const names = new Map(rows.map((row) => [row.user_id, row.display_name]));
    const page = rows.sort((a, b) => a.sequence - b.sequence).slice(-SIZE);
    const nodes = page.map((row) => ({
      id: row.id,
      sequence: Number(row.sequence),
      kind: row.kind,
      content: row.content,
      metadata: row.metadata,
      clientId: row.client_id,
      createdAt: row.created_at,
      editedAt: row.edited_at,
      deletedAt: row.deleted_at,
      sender: row.sender_id && { id: row.sender_id, displayName: names.get(row.sender_id) },
    }));
    const body = JSON.stringify({ nodes, pageInfo: { hasPreviousPage: rows.length > SIZE, startCursor: nodes[0]?.id } });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  };
  const server = http.createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await pool.end();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`, close };
}
